// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/matrix/matrix_picture.h"

#include <algorithm>
#include <cmath>

#include "core/explain/statistics.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr double cellForNumbers = 42, cellForLines = 10;

/// At most this many of the values decide on percentiles: enough for two digits, and fast for 1025 x 1025.
constexpr std::size_t sampleSize = 65536;

std::vector<float> sampleOf(std::span<const float> values)
{
    // An odd stride does not fall into step with the rows.
    const std::size_t stride = std::max<std::size_t>(1, values.size() / sampleSize) | 1U;
    std::vector<float> sample;
    sample.reserve(values.size() / stride + 1);
    for (std::size_t i = 0; i < values.size(); i += stride)
        sample.push_back(values[i]);
    return sample;
}

}  // namespace

MatrixPicture::MatrixPicture(NdArray matrix, std::shared_ptr<const ModelSpec> model, MatrixScale scale, ColourMap colours)
    : m_matrix(std::move(matrix))
    , m_model(std::move(model))
{
    chooseRange(scale);
    const int side = tokens();
    m_image = colourImage(m_matrix.values(), side, side, m_range, colours, m_scale);
}

void MatrixPicture::chooseRange(MatrixScale scale)
{
    const ValueRange all = rangeOf(m_matrix.values());
    m_range = {0, all.high};
    if (scale == MatrixScale::Percentile) {
        m_range.high = quantile(sampleOf(m_matrix.values()), 0.99);
    } else if (scale == MatrixScale::Logarithmic && all.high > 0) {
        m_scale = ColourScale::Logarithmic;
        // Below a millionth of the largest weight nothing can be told apart anyway.
        m_range.low = std::max(quantile(sampleOf(m_matrix.values()), 0.01), all.high * 1e-6F);
    }
    if (!(m_range.high > m_range.low))
        m_range.high = std::nextafter(m_range.low, INFINITY);
}

void MatrixPicture::paint(QPainter& painter, const QRectF& target, const QRectF& clip) const
{
    if (empty())
        return;
    painter.save();
    painter.setClipRect(clip, Qt::IntersectClip);
    const double cell = target.width() / tokens();
    // Fewer pixels than cells: averages instead of every other cell.
    paintCells(painter, target, m_image, cell < 1);
    QVector<QLineF> lines;
    const auto across = [&](int token) {
        const double at = token * cell;
        lines.append({target.left(), target.top() + at, target.right(), target.top() + at});
        lines.append({target.left() + at, target.top(), target.left() + at, target.bottom()});
    };
    if (cell >= cellForLines) {
        for (int token = 1; token < tokens(); ++token)
            across(token);
        painter.setPen(QPen(QColor(128, 128, 128, 70), 1));
        painter.drawLines(lines);
        lines.clear();
    }
    const int prefix = m_model->prefixTokens();
    if (cell * m_model->gridWidth() >= 24) {
        for (int token = prefix + m_model->gridWidth(); token < tokens(); token += m_model->gridWidth())
            across(token);
        painter.setPen(QPen(QColor(255, 255, 255, 70), 1));
        painter.drawLines(lines);
        lines.clear();
    }
    if (prefix > 0) {
        across(prefix);
        painter.setPen(QPen(QColor(255, 255, 255, 190), 1));
        painter.drawLines(lines);
    }
    if (cell >= cellForNumbers)
        paintNumbers(painter, target, clip);
    painter.restore();
}

void MatrixPicture::paintNumbers(QPainter& painter, const QRectF& target, const QRectF& clip) const
{
    const double cell = target.width() / tokens();
    const auto first = [&](double from, double edge) { return std::max(0, static_cast<int>((edge - from) / cell)); };
    const auto last = [&](double from, double edge) { return std::min(tokens() - 1, static_cast<int>((edge - from) / cell)); };
    QFont font = painter.font();
    font.setPixelSize(std::clamp(static_cast<int>(cell / 4), 10, 14));
    painter.setFont(font);
    for (int query = first(target.top(), clip.top()); query <= last(target.top(), clip.bottom()); ++query)
        for (int key = first(target.left(), clip.left()); key <= last(target.left(), clip.right()); ++key) {
            painter.setPen(inkOn(m_image.pixel(key, query)));
            painter.drawText(cellRect(target, tokens(), tokens(), query, key), Qt::AlignCenter,
                             QString::number(static_cast<double>(at(query, key)), 'g', 2));
        }
}

void MatrixPicture::paintAxes(QPainter& painter, const QRectF& target, const QRectF& clip, const QColor& text) const
{
    if (empty())
        return;
    painter.save();
    painter.setPen(text);
    const double cell = target.width() / tokens();
    const int prefix = m_model->prefixTokens(), width = m_model->gridWidth();
    const QFontMetricsF metrics(painter.font());
    const auto label = [&](int token, int count, const QString& left, const QString& top) {
        const double size = cell * count, middle = (token + count / 2.0) * cell;
        const double y = target.top() + middle, x = target.left() + middle;
        if (size >= metrics.height() && y >= clip.top() && y <= clip.bottom())
            painter.drawText(QRectF(0, y - 10, clip.left() - 6, 20), Qt::AlignRight | Qt::AlignVCenter, left);
        if (size >= metrics.horizontalAdvance(top) + 4 && x >= clip.left() && x <= clip.right())
            painter.drawText(QRectF(x - 60, clip.top() - 20, 120, 18), Qt::AlignHCenter | Qt::AlignBottom, top);
    };
    for (int token = 0; token < prefix; ++token) {
        const QString name = QString::fromStdString(m_model->tokenName(token));
        label(token, 1, name, name);
    }
    const bool single = cell >= metrics.horizontalAdvance(QStringLiteral("00, 00")) + 6;
    for (int patch = 0; patch < m_model->patches(); patch += single ? 1 : width) {
        const QString row = QString::number(patch / width);
        const QString name = QStringLiteral("%1, %2").arg(patch / width).arg(patch % width);
        label(prefix + patch, single ? 1 : width, single ? name : QStringLiteral("row %1").arg(row), single ? name : row);
    }
    if (cell < metrics.height())
        painter.drawText(QRectF(0, clip.top() - 20, clip.left() - 6, 18), Qt::AlignRight | Qt::AlignBottom,
                         QStringLiteral("q ↓  k →"));
    painter.restore();
}

}  // namespace vitrine
