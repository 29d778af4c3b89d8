// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner/inner_patch.h"

#include <algorithm>
#include <cmath>

#include "ui/picture/decode.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr double patchCellForNumbers = 34;

QImage patchPixels(const Trace& trace, int patch)
{
    const ModelSpec& spec = *trace.model;
    const int left = patch % spec.gridWidth() * spec.patchWidth, top = patch / spec.gridWidth() * spec.patchHeight;
    QImage pixels(spec.patchWidth, spec.patchHeight, QImage::Format_RGB32);
    for (int y = 0; y < spec.patchHeight; ++y) {
        const std::uint8_t* from = trace.picture.view.row(top + y) + left * 3;
        for (int x = 0; x < spec.patchWidth; ++x, from += 3)
            pixels.setPixel(x, y, qRgb(from[0], from[1], from[2]));
    }
    return pixels;
}

}  // namespace

InnerPatch::InnerPatch(std::shared_ptr<const Trace> trace, int layer, int patch, const HeadChoice& heads, Direction direction)
    : m_trace(std::move(trace))
    , m_patch(patch)
    , m_direction(direction)
    , m_matrix(fuseHeads(m_trace->innerAttention.at(static_cast<std::size_t>(layer))[patch], heads))
    , m_pixels(patchPixels(*m_trace, patch))
{
}

ValueRange InnerPatch::range() const
{
    const float high = rangeOf(m_matrix.values()).high;
    // An even map up to its own largest weight would shine as if all of it mattered.
    return {0, isUniform() ? 4 * high : high};
}

std::vector<float> InnerPatch::weights(std::optional<int> token) const
{
    const auto count = static_cast<std::size_t>(tokens());
    std::vector<float> result(count);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < count; ++j) {
            const float value = m_matrix.data()[i * count + j];
            if (!token)
                result[j] += value / static_cast<float>(count);
            else if (m_direction == Direction::LooksAt && i == static_cast<std::size_t>(*token))
                result[j] = value;
            else if (m_direction == Direction::LookedAtBy && j == static_cast<std::size_t>(*token))
                result[i] = value;
        }
    return result;
}

Heatmap InnerPatch::map(std::optional<int> token) const
{
    Heatmap map;
    map.values = weights(token);
    map.rows = map.columns = side();
    map.range = range();
    return map;
}

bool InnerPatch::isUniform() const
{
    constexpr float tolerance = 0.1F;
    const float even = 1.0F / static_cast<float>(tokens());
    return std::ranges::all_of(m_matrix.values(), [even](float weight) { return std::abs(weight - even) <= tolerance * even; });
}

void InnerPatch::paint(QPainter& painter, const QRectF& target, std::optional<int> token, const DisplaySettings& display) const
{
    paintCells(painter, target, m_pixels);
    DisplaySettings plain;
    plain.colours = display.colours;
    plain.opacity = display.opacity;
    plain.heatmap = display.heatmap;
    plain.byValue = display.byValue;
    const Heatmap shown = map(token);
    paintHeatmap(painter, target, shown, plain);
    const auto cell = [&](int index) { return cellRect(target, side(), side(), index / side(), index % side()); };
    if (cell(0).width() >= patchCellForNumbers) {
        painter.save();
        for (int i = 0; i < tokens(); ++i) {
            const QString number
                = QString::number(static_cast<double>(shown.values[static_cast<std::size_t>(i)]), 'f', 3).mid(1);
            // A shadow keeps the number readable on any pixel.
            painter.setPen(QColor(0, 0, 0, 190));
            painter.drawText(cell(i).translated(1, 1), Qt::AlignCenter, number);
            painter.setPen(Qt::white);
            painter.drawText(cell(i), Qt::AlignCenter, number);
        }
        painter.restore();
    }
    if (token)
        paintPinFrame(painter, cell(*token).adjusted(1, 1, -1, -1));
}

void InnerPatch::paintMatrix(QPainter& painter, const QRectF& target, std::optional<int> token, ColourMap colours) const
{
    const int count = tokens();
    paintCells(painter, target, colourImage(m_matrix.values(), count, count, range(), colours));
    if (!token)
        return;
    const double cell = target.width() / count;
    const QRectF row(target.left(), target.top() + *token * cell, target.width(), cell);
    const QRectF column(target.left() + *token * cell, target.top(), cell, target.height());
    paintOutline(painter, m_direction == Direction::LooksAt ? row : column, QColor(markColour), 1.5);
}

}  // namespace vitrine
