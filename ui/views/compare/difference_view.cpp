// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compare/difference_view.h"

#include <QMouseEvent>

#include "ui/figure/figure_text.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr qreal differenceBarWidth = 12;

struct Parts {
    QRectF grid, bar;
};

Parts partsOf(const QRectF& area, const QSize& picture, const QFontMetricsF& metrics)
{
    const qreal numbers = metrics.horizontalAdvance(QStringLiteral("-8.88e-88")) + 20;
    const QRectF grid = fitted(area.adjusted(0, 0, -differenceBarWidth - numbers, 0), picture.width(), picture.height());
    return {grid, {grid.right() + 10, grid.top(), differenceBarWidth, grid.height()}};
}

QImage pictureOf(const Trace& trace)
{
    return toQImage(trace.picture.view).copy(patchedRect(*trace.model));
}

void paintDifference(QPainter& painter, const QRectF& area, const Heatmap& map, const QImage& picture, const QPalette& palette)
{
    const Parts parts = partsOf(area, picture.size(), QFontMetricsF(painter.font()));
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(parts.grid, picture);
    DisplaySettings display;
    display.colours = ColourMap::Diverging;
    display.opacity = 0.8;
    paintHeatmap(painter, parts.grid, map, display);
    paintColourBar(painter, parts.bar, map.range, ColourMap::Diverging, quietText(palette));
}

}  // namespace

DifferenceView::DifferenceView(Exploration& first, const Exploration& second, QWidget* parent)
    : QWidget(parent)
    , m_first(first)
    , m_second(second)
{
    setMouseTracking(true);
    setAccessibleName(tr("Difference of the two maps"));
    for (const Exploration* pane : {static_cast<const Exploration*>(&first), &second}) {
        connect(pane, &Exploration::traceChanged, this, &DifferenceView::refresh);
        connect(pane, &Exploration::placeChanged, this, &DifferenceView::refresh);
        connect(pane, &Exploration::hoverChanged, this, &DifferenceView::refresh);
        connect(pane, &Exploration::attentionProvided, this, &DifferenceView::refresh);
    }
}

void DifferenceView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void DifferenceView::refresh()
{
    if (!isVisible())
        return;
    m_map = differenceMap(m_first, m_second);
    if (m_pictureOf != m_first.trace()) {
        m_pictureOf = m_first.trace();
        m_picture = m_pictureOf ? pictureOf(*m_pictureOf) : QImage();
    }
    setAccessibleDescription(m_map ? tr("from %1 to %2").arg(formatValue(m_map->range.low), formatValue(m_map->range.high))
                                   : whyEmpty());
    update();
}

QString DifferenceView::whyEmpty() const
{
    if (!m_first.trace() || !m_second.trace())
        return tr("The difference appears as soon as both sides have a result.");
    const ModelSpec &a = *m_first.trace()->model, &b = *m_second.trace()->model;
    if (a.gridHeight() != b.gridHeight() || a.gridWidth() != b.gridWidth())
        return tr("The patch grids differ (%1 × %2 and %3 × %4): there is no difference patch by patch.")
            .arg(a.gridHeight())
            .arg(a.gridWidth())
            .arg(b.gridHeight())
            .arg(b.gridWidth());
    return tr("This layer's attention is not there yet.");
}

void DifferenceView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(font());
    if (!m_map || m_picture.isNull()) {
        paintMessage(painter, rect(), whyEmpty(), palette());
        return;
    }
    paintDifference(painter, rect(), *m_map, m_picture, palette());
    const auto hovered = m_first.shownPatch();
    const QRectF grid = partsOf(rect(), m_picture.size(), QFontMetricsF(font())).grid;
    if (hovered)
        paintPinFrame(painter,
                      cellRect(grid, m_map->rows, m_map->columns, *hovered / m_map->columns, *hovered % m_map->columns));
}

void DifferenceView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_map || m_picture.isNull())
        return;
    const QRectF grid = partsOf(rect(), m_picture.size(), QFontMetricsF(font())).grid;
    const auto cell = cellAt(grid, m_map->rows, m_map->columns, event->position());
    const ModelSpec& spec = *m_first.trace()->model;
    m_first.hover(cell ? std::optional(*cell + spec.prefixTokens()) : std::nullopt);
    Q_EMIT readoutChanged(cell && m_map
                              ? QString::fromStdString(spec.tokenName(*cell + spec.prefixTokens())) + QStringLiteral(": ")
                                    + formatValue(m_map->values[static_cast<std::size_t>(*cell)])
                              : QString());
}

void DifferenceView::leaveEvent(QEvent*)
{
    m_first.hover(std::nullopt);
    Q_EMIT readoutChanged({});
}

Figure DifferenceView::figure() const
{
    Figure result;
    result.title = tr("Difference");
    result.size = {560, 440};
    const std::optional<Heatmap> map = differenceMap(m_first, m_second);
    const QPalette colours = figurePalette();
    result.paint = [=, size = result.size, why = whyEmpty(),
                    picture = map ? pictureOf(*m_first.trace()) : QImage()](QPainter& painter) {
        painter.setFont(labelFont(figureTextSize));
        if (map)
            paintDifference(painter, QRectF({}, size).adjusted(8, 8, -8, -8), *map, picture, colours);
        else
            paintMessage(painter, {{}, size}, why, colours);
    };
    if (map)
        result.numbers = {{"difference", NdArray({map->rows, map->columns}, map->values)}};
    return result;
}

}  // namespace vitrine
