// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_painter.h"

#include <QCoreApplication>
#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

#include "ui/picture/heatmap_painter.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr qreal radius = 4;

void paintArrow(QPainter& painter, const AnatomyLayout::Arrow& arrow, const QColor& colour)
{
    painter.setPen(QPen(colour, arrow.bridge ? 1.8 : 1.2));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(arrow.points.data(), static_cast<int>(arrow.points.size()));
    const QPointF tip = arrow.points.back(), before = arrow.points[arrow.points.size() - 2];
    const QPointF along = tip - before;
    const qreal length = std::max(1.0, std::hypot(along.x(), along.y()));
    const QPointF unit = along / length, across(-unit.y(), unit.x());
    const QPointF head[] = {tip, tip - unit * 6 + across * 3.2, tip - unit * 6 - across * 3.2};
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(head, 3);
}

void paintBox(QPainter& painter, const AnatomyLayout& layout, std::size_t index, const AnatomyMarks& marks,
              const QPalette& palette)
{
    const AnatomyBox& box = layout.boxes[index];
    const QRectF rect = layout.rects[index];
    const bool chosen = marks.chosen == index;
    const QColor window = palette.color(QPalette::Window), text = palette.color(QPalette::WindowText);
    const QColor accent = palette.color(QPalette::Highlight);
    QPen border(chosen ? accent : mixed(window, text, 0.32), chosen ? 1.6 : 1);
    if (box.recorded == Recorded::No)
        border.setStyle(Qt::DashLine);
    painter.setPen(border);
    const double strength = marks.hovered == index ? 0.16 : box.recorded == Recorded::No ? 0.0 : 0.08;
    painter.setBrush(chosen ? mixed(window, accent, 0.3) : mixed(window, text, strength));
    painter.drawRoundedRect(rect, radius, radius);

    const QFont plain = painter.font();
    QFont bold = plain;
    bold.setBold(true);
    const QRectF upper(rect.left(), rect.top() + 4, rect.width(), rect.height() / 2 - 4);
    const QRectF lower(rect.left(), rect.center().y(), rect.width(), rect.height() / 2 - 4);
    painter.setFont(bold);
    painter.setPen(text);
    painter.drawText(upper, Qt::AlignCenter, box.title);
    painter.setFont(plain);
    painter.setPen(quietText(palette));
    painter.drawText(lower, Qt::AlignCenter, shapeText(box.shape));
    if (chosen && marks.focused)
        paintFocusRing(painter, rect.adjusted(-3, -3, 3, 3), palette);
}

}  // namespace

void paintAnatomy(QPainter& painter, const AnatomyLayout& layout, const AnatomyMarks& marks, const QPalette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor window = palette.color(QPalette::Window), text = palette.color(QPalette::WindowText);
    const QFontMetricsF metrics(painter.font());
    for (const AnatomyLayout::Section& section : layout.sections) {
        painter.setPen(QPen(mixed(window, text, 0.16), 1));
        painter.setBrush(mixed(window, text, 0.025));
        painter.drawRoundedRect(section.frame, 6, 6);
        painter.setPen(quietText(palette));
        const QRectF title(section.frame.left() + 9, section.frame.top() + 5, section.frame.width() - 18, metrics.height() + 2);
        painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(section.title, Qt::ElideRight, title.width()));
    }
    for (const AnatomyLayout::Arrow& arrow : layout.arrows)
        paintArrow(painter, arrow, arrow.bridge ? palette.color(QPalette::Highlight) : mixed(window, text, 0.5));
    for (std::size_t i = 0; i < layout.boxes.size(); ++i)
        paintBox(painter, layout, i, marks, palette);
    painter.restore();
}

NumbersLayout layoutNumbers(const StageNumbers& numbers, const QRectF& area, const QFontMetricsF& metrics)
{
    const qreal barRoom = 14 + metrics.horizontalAdvance(QStringLiteral("-0.000e-00")) + 8;
    const bool beside = area.width() > 1.9 * area.height();
    NumbersLayout result;
    const QRectF upper = beside ? QRectF(area.left(), area.top(), area.width() * 0.64, area.height())
                                : QRectF(area.left(), area.top(), area.width(), area.height() * 0.66);
    result.map = upper.adjusted(0, 0, -barRoom, 0);
    // A single row needs no tall map, and a picture keeps its shape, as a matrix of tokens x tokens does.
    if (numbers.table.dim(0) == 1)
        result.map.setHeight(std::min(result.map.height(), 40.0));
    if (numbers.rows == StageNumbers::Rows::PixelRows || numbers.table.dim(0) == numbers.table.dim(1)) {
        const qreal aspect = static_cast<qreal>(numbers.table.dim(1)) / static_cast<qreal>(numbers.table.dim(0));
        const qreal width = std::min(result.map.width(), result.map.height() * aspect);
        result.map.setSize({width, width / aspect});
    }
    result.bar = {result.map.right() + 8, result.map.top(), 12, result.map.height()};
    result.histogram = beside ? QRectF(upper.right() + 12, area.top(), area.right() - upper.right() - 12, area.height())
                              : QRectF(area.left(), upper.bottom() + 12, area.width(), area.bottom() - upper.bottom() - 12);
    return result;
}

QImage numbersPicture(const StageNumbers& numbers)
{
    return colourImage(numbers.table.values(), static_cast<int>(numbers.table.dim(1)), static_cast<int>(numbers.table.dim(0)),
                       numbers.range, numbers.colours);
}

/// How high each bin is, 0 .. 1: by the logarithm where one bin would leave the others without a pixel.
static std::vector<qreal> heightsOf(const std::vector<int>& histogram, bool& logarithmic)
{
    const int highest = std::max(1, *std::ranges::max_element(histogram));
    const auto filled = std::ranges::count_if(histogram, [](int count) { return count > 0; });
    const auto visible = std::ranges::count_if(histogram, [highest](int count) { return count * 50.0 > highest; });
    logarithmic = filled > 3 * visible;
    std::vector<qreal> heights;
    for (const int count : histogram)
        heights.push_back(logarithmic ? std::log1p(count) / std::log1p(highest) : count / static_cast<qreal>(highest));
    return heights;
}

/// The ends of the axis, shorter where both would not fit, and only the upper one where they still do not.
static void paintEnds(QPainter& painter, const QRectF& labels, const Statistics& statistics)
{
    const QFontMetricsF metrics(painter.font());
    for (const int digits : {4, 2}) {
        const QString low = QString::number(statistics.minimum, 'g', digits),
                      high = QString::number(statistics.maximum, 'g', digits);
        const bool both = metrics.horizontalAdvance(low) + metrics.horizontalAdvance(high) + 8 <= labels.width();
        if (!both && digits == 4)
            continue;
        if (both)
            painter.drawText(labels, Qt::AlignLeft, low);
        painter.drawText(labels, Qt::AlignRight, high);
        return;
    }
}

static void paintHistogram(QPainter& painter, const QRectF& rect, const Statistics& statistics, const QPalette& palette)
{
    const QFontMetricsF metrics(painter.font());
    const QRectF plot = rect.adjusted(0, 2, 0, -metrics.height() - 4);
    if (plot.height() < 12 || statistics.histogram.empty())
        return;
    bool logarithmic = false;
    const std::vector<qreal> heights = heightsOf(statistics.histogram, logarithmic);
    const qreal step = plot.width() / static_cast<qreal>(statistics.histogram.size());
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.color(QPalette::Highlight));
    for (std::size_t i = 0; i < heights.size(); ++i) {
        const qreal height = plot.height() * heights[i];
        painter.drawRect(
            QRectF(plot.left() + static_cast<qreal>(i) * step, plot.bottom() - height, std::max(1.0, step - 1), height));
    }
    painter.setPen(QPen(mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.4), 1));
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    const double width = statistics.maximum - statistics.minimum;
    const QRectF labels(plot.left(), plot.bottom() + 3, plot.width(), metrics.height());
    painter.setPen(quietText(palette));
    paintEnds(painter, labels, statistics);
    if (logarithmic)
        painter.drawText(plot, Qt::AlignTop | Qt::AlignRight,
                         QCoreApplication::translate("vitrine::Anatomy", "logarithm of counts"));
    if (width <= 0)
        return;
    const qreal mean = plot.left() + plot.width() * (statistics.mean - statistics.minimum) / width;
    painter.setPen(QPen(palette.color(QPalette::WindowText), 1, Qt::DashLine));
    painter.drawLine(QPointF(mean, plot.top()), QPointF(mean, plot.bottom()));
    const QString text = QCoreApplication::translate("vitrine::Anatomy", "mean %1").arg(formatValue(statistics.mean));
    const qreal textWidth = metrics.horizontalAdvance(text);
    const qreal ends = 10
                       + std::max(metrics.horizontalAdvance(formatValue(statistics.minimum)),
                                  metrics.horizontalAdvance(formatValue(statistics.maximum)));
    const qreal left = std::clamp(mean - textWidth / 2, plot.left() + ends,
                                  std::max(plot.left() + ends, plot.right() - ends - textWidth));
    if (plot.width() > textWidth + 2 * ends)
        painter.drawText(QPointF(left, labels.top() + metrics.ascent()), text);
}

void paintNumbers(QPainter& painter, const QRectF& area, const StageNumbers& numbers, const QImage& picture,
                  const QPalette& palette)
{
    painter.save();
    const NumbersLayout layout = layoutNumbers(numbers, area, QFontMetricsF(painter.font()));
    // More numbers than pixels: average them instead of dropping some.
    painter.setRenderHint(QPainter::SmoothPixmapTransform,
                          picture.width() > layout.map.width() || picture.height() > layout.map.height());
    painter.drawImage(layout.map, picture);
    painter.setRenderHint(QPainter::Antialiasing);
    paintColourBar(painter, layout.bar, numbers.range, numbers.colours, quietText(palette));
    paintHistogram(painter, layout.histogram, numbers.statistics, palette);
    painter.restore();
}

QString statisticsText(const StageNumbers& numbers)
{
    const Statistics& all = numbers.statistics;
    QString text = QCoreApplication::translate("vitrine::Anatomy", "%1 · mean %2 · deviation %3 · min %4 · max %5")
                       .arg(shapeText(numbers.table.shape()), formatValue(all.mean), formatValue(all.deviation),
                            formatValue(all.minimum), formatValue(all.maximum));
    if (all.notFinite > 0)
        text += QCoreApplication::translate("vitrine::Anatomy", " · %1 not finite").arg(all.notFinite);
    return text;
}

}  // namespace vitrine
