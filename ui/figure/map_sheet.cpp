// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/map_sheet.h"

#include <algorithm>
#include <cmath>

#include <QFontMetricsF>

#include "ui/figure/figure_text.h"

namespace vitrine {

namespace {

constexpr double margin = figureMargin, barWidth = 14, barSpace = 92, labelSize = figureTextSize;

/// Where everything lies, in logical pixels.
struct Layout {
    int rows = 0, columns = 0;
    double panelWidth = 0, panelHeight = 0, gap = 0;
    double labelHeight = 0;  ///< above every panel
    double left = 0, top = 0;
    QSizeF size;

    QRectF panel(int index) const
    {
        return {left + index % columns * (panelWidth + gap),
                top + labelHeight + index / columns * (panelHeight + gap + labelHeight), panelWidth, panelHeight};
    }
};

/// Height over width of every panel.
double aspectOf(const MapSheet& sheet)
{
    const MapPanel& first = sheet.panels.front();
    if (sheet.picture.isNull() && first.cells.isNull())
        return double(first.map.rows) / first.map.columns;
    const QImage& image = sheet.picture.isNull() ? first.cells : sheet.picture;
    return double(image.height()) / image.width();
}

Layout layoutOf(const MapSheet& sheet)
{
    Layout layout;
    const int count = static_cast<int>(sheet.panels.size());
    layout.columns = std::max(1, sheet.columns);
    layout.rows = (count + layout.columns - 1) / layout.columns;
    layout.panelWidth = sheet.panelWidth > 0 ? sheet.panelWidth : std::clamp(900.0 / layout.columns, 48.0, 480.0);
    layout.panelHeight = layout.panelWidth * aspectOf(sheet);
    layout.gap = sheet.gap > 0 ? sheet.gap : std::max(3.0, layout.panelWidth / 16);
    const bool labelled = std::ranges::any_of(sheet.panels, [](const MapPanel& panel) { return !panel.label.isEmpty(); });
    layout.labelHeight = labelled ? labelSize + 6 : 0;
    const QFontMetricsF metrics(labelFont(labelSize));
    double labels = 0;
    for (const QString& label : sheet.rowLabels)
        labels = std::max(labels, metrics.horizontalAdvance(label) + 8);
    layout.left = margin + labels;
    layout.top = margin + (sheet.title.isEmpty() ? 0 : figureTitleHeight) + (sheet.columnLabels.isEmpty() ? 0 : labelSize + 7);
    const double width = layout.columns * (layout.panelWidth + layout.gap) - layout.gap;
    const double height = layout.rows * (layout.panelHeight + layout.gap + layout.labelHeight) - layout.gap;
    layout.size = {
        std::ceil(std::max(layout.left + width + (sheet.sharedScale ? barSpace : margin), widthOfTitle(sheet.title))),
        std::ceil(layout.top + height + margin)};
    return layout;
}

/// The first panel with a map; those with colours of their own have no scale.
const MapPanel& firstMap(const MapSheet& sheet)
{
    const auto found = std::ranges::find_if(sheet.panels, [](const MapPanel& panel) { return panel.cells.isNull(); });
    return found == sheet.panels.end() ? sheet.panels.front() : *found;
}

ValueRange rangeOverAll(const MapSheet& sheet)
{
    ValueRange all = firstMap(sheet).map.range;
    for (const MapPanel& panel : sheet.panels)
        if (panel.cells.isNull())
            all = {std::min(all.low, panel.map.range.low), std::max(all.high, panel.map.range.high)};
    return all;
}

void paintLabels(QPainter& painter, const MapSheet& sheet, const Layout& layout)
{
    paintTitle(painter, sheet.title, layout.size.width());
    painter.setFont(labelFont(labelSize));
    for (int column = 0; column < sheet.columnLabels.size(); ++column) {
        const QRectF panel = layout.panel(column);
        painter.drawText(QRectF(panel.left() - 20, layout.top - labelSize - 7, panel.width() + 40, labelSize + 6),
                         Qt::AlignCenter, sheet.columnLabels[column]);
    }
    for (std::size_t i = 0; i < sheet.panels.size(); ++i) {
        const QRectF panel = layout.panel(static_cast<int>(i));
        painter.drawText(QRectF(panel.left(), panel.top() - labelSize - 6, panel.width(), labelSize + 5), Qt::AlignLeft,
                         sheet.panels[i].label);
    }
    for (int row = 0; row < sheet.rowLabels.size(); ++row) {
        const QRectF panel = layout.panel(row * layout.columns);
        painter.drawText(QRectF(margin, panel.top(), layout.left - margin - 8, panel.height()),
                         Qt::AlignRight | Qt::AlignVCenter, sheet.rowLabels[row]);
    }
}

}  // namespace

Figure mapSheet(MapSheet sheet)
{
    const Layout layout = layoutOf(sheet);
    const ValueRange shared = rangeOverAll(sheet);
    if (sheet.sharedScale)
        for (MapPanel& panel : sheet.panels)
            panel.map.range = shared;
    if (sheet.picture.isNull())
        sheet.display.opacity = 1;
    Figure figure;
    figure.title = sheet.title;
    figure.showsTitle = true;
    figure.size = layout.size;
    figure.paint = [sheet = std::move(sheet), layout, shared](QPainter& painter) {
        paintLabels(painter, sheet, layout);
        for (std::size_t i = 0; i < sheet.panels.size(); ++i) {
            const QRectF target = layout.panel(static_cast<int>(i));
            if (!sheet.panels[i].cells.isNull()) {
                paintCells(painter, target, sheet.panels[i].cells);
                continue;
            }
            if (!sheet.picture.isNull()) {
                paintCells(painter, target, sheet.picture, true);
            }
            const MapPanel& panel = sheet.panels[i];
            paintHeatmap(painter, target, panel.map, sheet.display);
            if (panel.outlined)
                paintPinFrame(painter, cellRect(target, panel.map.rows, panel.map.columns, *panel.outlined / panel.map.columns,
                                                *panel.outlined % panel.map.columns));
        }
        if (sheet.sharedScale) {
            const QRectF last = layout.panel(layout.columns - 1);
            const double bottom = layout.panel(static_cast<int>(sheet.panels.size()) - 1).bottom();
            const double height = std::min(bottom - layout.top, 320.0);
            painter.setFont(labelFont(labelSize));
            paintColourBar(painter, {last.right() + 18, layout.top + 16, barWidth, height - 16}, shared,
                           coloursOf(firstMap(sheet).map, sheet.display), Qt::black, sheet.unit);
        }
    };
    return figure;
}

QRect patchedRect(const ModelSpec& spec)
{
    return {0, 0, spec.gridWidth() * spec.patchWidth, spec.gridHeight() * spec.patchHeight};
}

}  // namespace vitrine
