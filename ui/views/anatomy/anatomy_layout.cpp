// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_layout.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace vitrine {

namespace {

constexpr qreal margin = 8;
constexpr qreal padding = 8;     ///< inside a frame and inside a box
constexpr qreal arrowRoom = 18;  ///< between two boxes of a line
constexpr qreal lineRoom = 16;   ///< between two lines of a section

struct Metrics {
    qreal line, boxHeight, titleHeight;
};

// Puts the boxes [first, last) into lines below `top`; returns the frame.
QRectF placeSection(AnatomyLayout& layout, std::size_t first, std::size_t last, qreal top, qreal width,
                    const std::vector<qreal>& widths, const Metrics& metrics)
{
    const qreal left = margin + padding;
    const qreal right = std::max(width - margin - padding, left + 1);
    qreal x = left;
    qreal y = top + metrics.titleHeight;
    for (std::size_t i = first; i < last; ++i) {
        if (x > left && x + widths[i] > right) {
            x = left;
            y += metrics.boxHeight + lineRoom;
        }
        layout.rects[i] = {x, y, widths[i], metrics.boxHeight};
        x += widths[i] + arrowRoom;
    }
    return {margin, top, std::max(width - 2 * margin, 1.0), y + metrics.boxHeight + padding - top};
}

// From one box to the next: straight on, or around to the start of the next line.
AnatomyLayout::Arrow arrowBetween(const QRectF& from, const QRectF& to, qreal between)
{
    if (qFuzzyCompare(from.center().y(), to.center().y()))
        return {{{from.right(), from.center().y()}, {to.left(), to.center().y()}}};
    return {{{from.center().x(), from.bottom()},
             {from.center().x(), between},
             {to.center().x(), between},
             {to.center().x(), to.top()}}};
}

bool isNext(const AnatomyBox& box, const AnatomyBox& next)
{
    // The inner path runs beside the outer one: only its projection enters the block, as the bridge.
    if (box.section == StageSection::InnerBlock && next.section == StageSection::Block)
        return false;
    return box.section == next.section;
}

}  // namespace

std::optional<std::size_t> AnatomyLayout::boxAt(const QPointF& position) const
{
    for (std::size_t i = 0; i < rects.size(); ++i)
        if (rects[i].contains(position))
            return i;
    return std::nullopt;
}

std::optional<std::size_t> AnatomyLayout::find(StageKind stage) const
{
    const auto found = std::ranges::find(boxes, stage, &AnatomyBox::stage);
    return found == boxes.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - boxes.begin()));
}

std::size_t AnatomyLayout::neighbour(std::size_t box, Qt::Key key) const
{
    if (rects.empty())
        return 0;
    if (key == Qt::Key_Left)
        return box > 0 ? box - 1 : box;
    if (key == Qt::Key_Right)
        return std::min(box + 1, rects.size() - 1);
    const bool down = key == Qt::Key_Down;
    const QPointF from = rects[box].center();
    std::size_t best = box;
    qreal distance = INFINITY;
    for (std::size_t i = 0; i < rects.size(); ++i) {
        const QPointF delta = rects[i].center() - from;
        if (down ? delta.y() <= 1 : delta.y() >= -1)
            continue;
        // The nearest line first, then the nearest box in it.
        const qreal score = std::abs(delta.y()) * 1000 + std::abs(delta.x());
        if (score < distance) {
            distance = score;
            best = i;
        }
    }
    return best;
}

AnatomyLayout layoutAnatomy(const ModelSpec& spec, int layer, qreal width, const QFont& font)
{
    QFont bold = font;
    bold.setBold(true);
    const QFontMetricsF text(font), title(bold);
    const Metrics metrics{text.height(), std::ceil(2 * text.height() + 12), std::ceil(text.height() + 14)};

    AnatomyLayout layout;
    layout.boxes = anatomyStages(spec);
    layout.rects.resize(layout.boxes.size());
    std::vector<qreal> widths;
    for (const AnatomyBox& box : layout.boxes)
        widths.push_back(std::ceil(
            2 * padding + std::max(title.horizontalAdvance(box.title), text.horizontalAdvance(shapeText(box.shape)))));
    qreal top = margin;
    for (std::size_t first = 0; first < layout.boxes.size();) {
        std::size_t last = first;
        while (last < layout.boxes.size() && layout.boxes[last].section == layout.boxes[first].section)
            ++last;
        const StageSection section = layout.boxes[first].section;
        const QRectF frame = placeSection(layout, first, last, top, width, widths, metrics);
        layout.sections.push_back({section, sectionTitle(section, spec, layer), frame});
        top = frame.bottom() + margin;
        first = last;
    }
    for (std::size_t i = 0; i + 1 < layout.boxes.size(); ++i)
        if (isNext(layout.boxes[i], layout.boxes[i + 1]))
            layout.arrows.push_back(
                arrowBetween(layout.rects[i], layout.rects[i + 1], layout.rects[i].bottom() + lineRoom / 2));
    const auto projection = layout.find(StageKind::Projection), bridge = layout.find(StageKind::Bridge);
    if (projection && bridge) {
        const qreal betweenFrames = layout.rects[*projection].bottom() + padding + margin / 2;
        layout.arrows.push_back(arrowBetween(layout.rects[*projection], layout.rects[*bridge], betweenFrames));
        layout.arrows.back().bridge = true;
    }
    layout.size = {width, top};
    return layout;
}

}  // namespace vitrine
