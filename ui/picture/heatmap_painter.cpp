// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/heatmap_painter.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <QPaintEngine>

#include "core/explain/statistics.h"

namespace vitrine {

namespace {

bool isVector(const QPainter& painter)
{
    const QPaintEngine* const engine = painter.paintEngine();
    return engine && engine->type() != QPaintEngine::Raster;
}

/// Drawing in the device's own pixels: Qt blends unscaled images at once, but hands scaled ones and half-clear lines span by
/// span to threads and waits for them.
class DevicePixels {
public:
    /// Of what lies in `target`.
    DevicePixels(QPainter& painter, const QRectF& target)
        : m_painter(painter)
        , m_whole(painter.deviceTransform().mapRect(target))
        , m_base(painter.worldTransform().inverted() * painter.deviceTransform())
    {
        const QRect box(QPoint(qRound(m_whole.left()), qRound(m_whole.top())),
                        QPoint(qRound(m_whole.right()) - 1, qRound(m_whole.bottom()) - 1));
        m_seen = box & m_base.mapRect(QRectF(painter.viewport())).toAlignedRect();
    }
    static bool canBeUsed(const QPainter& painter)
    {
        return !isVector(painter) && painter.deviceTransform().type() <= QTransform::TxScale;
    }
    /// `target`, and the pixels of it that the device has.
    const QRectF& whole() const { return m_whole; }
    const QRect& seen() const { return m_seen; }
    void draw(const QPoint& pixel, QImage image)
    {
        image.setDevicePixelRatio(m_base.m11());
        m_painter.save();
        m_painter.setWorldTransform({});
        m_painter.drawImage(m_base.inverted().map(QPointF(pixel)), image);
        m_painter.restore();
    }

private:
    QPainter& m_painter;
    QRectF m_whole;
    QTransform m_base;  ///< logical -> device pixels, without the world transform
    QRect m_seen;
};

void drawContour(QPainter& painter, const QRectF& target, const Heatmap& map, const std::vector<bool>& shown)
{
    const auto isShown = [&](int row, int column) {
        return row >= 0 && column >= 0 && row < map.rows && column < map.columns
               && shown[static_cast<std::size_t>(row * map.columns + column)];
    };
    QVector<QLineF> lines;
    for (int row = 0; row < map.rows; ++row)
        for (int column = 0; column < map.columns; ++column) {
            if (!isShown(row, column))
                continue;
            const QRectF cell = cellRect(target, map.rows, map.columns, row, column);
            if (!isShown(row - 1, column))
                lines.append({cell.topLeft(), cell.topRight()});
            if (!isShown(row + 1, column))
                lines.append({cell.bottomLeft(), cell.bottomRight()});
            if (!isShown(row, column - 1))
                lines.append({cell.topLeft(), cell.bottomLeft()});
            if (!isShown(row, column + 1))
                lines.append({cell.topRight(), cell.bottomRight()});
        }
    // A dark line under the white one: seen on any picture.
    for (const auto& [colour, width] : {std::pair(QColor(0, 0, 0, 150), 3.5), std::pair(QColor(255, 255, 255), 1.5)}) {
        painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::SquareCap));
        painter.drawLines(lines);
    }
}

/// A small triangle in the corner of every cell whose token norm is an outlier.
void drawMarks(QPainter& painter, const QRectF& target, const Heatmap& map)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1));
    painter.setBrush(QColor(markColour));
    for (std::size_t i = 0; i < map.marked.size(); ++i) {
        if (!map.marked[i])
            continue;
        const int index = static_cast<int>(i);
        const QRectF cell = cellRect(target, map.rows, map.columns, index / map.columns, index % map.columns);
        const double side = std::min({cell.width() / 2, cell.height() / 2, 9.0});
        painter.drawPolygon(QPolygonF{cell.topRight(), cell.topRight() - QPointF(side, 0), cell.topRight() + QPointF(0, side)});
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

/// Which pixel of `count` lies under each device pixel from `first` on; the `count` pixels fill `size` from `start` on.
std::vector<int> samples(int first, int length, double start, double size, int count)
{
    std::vector<int> result(static_cast<std::size_t>(length));
    for (int i = 0; i < length; ++i)
        result[static_cast<std::size_t>(i)] = std::clamp(static_cast<int>((first + i + 0.5 - start) / size * count), 0,
                                                         count - 1);
    return result;
}

/// `part` of the colour over nothing, premultiplied.
QRgb faded(QRgb colour, float part)
{
    const auto times = [part = std::clamp(part, 0.0F, 1.0F)](int channel) {
        return static_cast<int>(std::lround(channel * part));
    };
    return qRgba(times(qRed(colour)), times(qGreen(colour)), times(qBlue(colour)), times(qAlpha(colour)));
}

/// How much of its colour a value shows where opacity grows with it.
float weightOf(const Heatmap& map, float value)
{
    const float position = positionOf(value, map.range, map.scale);
    return map.isSigned ? std::abs(2 * position - 1) : position;
}

/// One pixel a cell.
QImage imageOf(const Heatmap& map, const DisplaySettings& display)
{
    if (map.colours.empty())
        return colourImage(map.values, map.columns, map.rows, map.range, coloursOf(map, display), map.scale);
    QImage image(map.columns, map.rows, QImage::Format_ARGB32_Premultiplied);
    for (std::size_t i = 0; i < map.colours.size(); ++i)
        image.setPixel(static_cast<int>(i) % map.columns, static_cast<int>(i) / map.columns, map.colours[i]);
    return image;
}

/// Enlarges the cells pixel by pixel and draws the result unscaled.
void drawEnlarged(QPainter& painter, const QRectF& target, const QImage& cells)
{
    DevicePixels pixels(painter, target);
    const QRectF& whole = pixels.whole();
    const QRect& seen = pixels.seen();
    if (seen.isEmpty())
        return;
    const std::vector<int> columns = samples(seen.left(), seen.width(), whole.left(), whole.width(), cells.width());
    const std::vector<int> rows = samples(seen.top(), seen.height(), whole.top(), whole.height(), cells.height());
    QImage large(seen.size(), cells.format());
    for (int y = 0; y < large.height(); ++y) {
        auto* const line = reinterpret_cast<QRgb*>(large.scanLine(y));
        const int row = rows[static_cast<std::size_t>(y)];
        if (y > 0 && row == rows[static_cast<std::size_t>(y) - 1]) {
            std::copy_n(reinterpret_cast<const QRgb*>(large.constScanLine(y - 1)), large.width(), line);
            continue;
        }
        const auto* const from = reinterpret_cast<const QRgb*>(cells.constScanLine(row));
        for (int x = 0; x < large.width(); ++x)
            line[x] = from[columns[static_cast<std::size_t>(x)]];
    }
    pixels.draw(seen.topLeft(), large);
}

/// Every number of one bar in the same notation, with three digits of what lies between its ends.
std::function<QString(double)> labelsFor(ValueRange range, ColourScale scale)
{
    const double largest = std::max(std::abs(double(range.low)), std::abs(double(range.high)));
    if (scale == ColourScale::Logarithmic || !(largest >= 1e-3) || largest >= 1e6)
        return [](double value) { return QString::number(value, 'g', 3); };
    const double span = std::max(double(range.high) - double(range.low), largest * 1e-6);
    const int decimals = std::clamp(2 - static_cast<int>(std::floor(std::log10(span))), 0, 9);
    return [decimals](double value) { return value == 0 ? QStringLiteral("0") : QString::number(value, 'f', decimals); };
}

/// The numbers of a colour bar: its ends, its mark, and its middle where that leaves room.
void paintNumbers(QPainter& painter, const QRectF& bar, ValueRange range, ColourScale scale, const std::optional<BarMark>& mark)
{
    const QFontMetricsF metrics(painter.font());
    const auto label = labelsFor(range, scale);
    const auto topAt = [&](double part) {
        return std::clamp(bar.bottom() - bar.height() * part - metrics.height() / 2, bar.top(),
                          bar.bottom() - metrics.height());
    };
    const auto draw = [&](double top, const QString& text) {
        painter.drawText(QPointF(bar.right() + 8, top + metrics.ascent()), text);
    };
    std::vector<double> taken;
    const auto isFree = [&](double top) {
        return std::ranges::none_of(taken, [&](double other) { return std::abs(other - top) < metrics.height(); });
    };
    for (const double part : {0.0, 1.0}) {
        taken.push_back(topAt(part));
        draw(taken.back(), label(part == 0 ? range.low : range.high));
    }
    if (mark && mark->value > range.low && mark->value < range.high) {
        const double part = positionOf(static_cast<float>(mark->value), range, scale), y = bar.bottom() - bar.height() * part;
        painter.drawLine(QPointF(bar.left() - 3, y), QPointF(bar.right() + 5, y));
        // Near an end it gives way to the end's number.
        const double top = std::clamp(topAt(part), bar.top() + metrics.height(), bar.bottom() - 2 * metrics.height());
        if (isFree(top)) {
            taken.push_back(top);
            draw(top, mark->name);
        }
    }
    if (!isFree(topAt(0.5)))
        return;
    const double low = range.low, high = range.high;
    draw(topAt(0.5), label(scale == ColourScale::Linear ? (low + high) / 2 : std::sqrt(low * high)));
}

}  // namespace

void paintGrid(QPainter& painter, const QRectF& target, int rows, int columns)
{
    const QColor colour(255, 255, 255, 56);
    if (DevicePixels::canBeUsed(painter)) {
        DevicePixels pixels(painter, target);
        const QRectF& whole = pixels.whole();
        const QRect& seen = pixels.seen();
        if (seen.isEmpty())
            return;
        QImage across(seen.width(), 1, QImage::Format_ARGB32_Premultiplied);
        QImage down(1, seen.height(), QImage::Format_ARGB32_Premultiplied);
        across.fill(colour);
        down.fill(colour);
        for (int row = 1; row < rows; ++row)
            if (const int y = qRound(whole.top() + whole.height() * row / rows); y >= seen.top() && y <= seen.bottom())
                pixels.draw({seen.left(), y}, across);
        for (int column = 1; column < columns; ++column)
            if (const int x = qRound(whole.left() + whole.width() * column / columns); x >= seen.left() && x <= seen.right())
                pixels.draw({x, seen.top()}, down);
        return;
    }
    QVector<QLineF> lines;
    for (int row = 1; row < rows; ++row) {
        const double y = target.top() + target.height() * row / rows;
        lines.append({target.left(), y, target.right(), y});
    }
    for (int column = 1; column < columns; ++column) {
        const double x = target.left() + target.width() * column / columns;
        lines.append({x, target.top(), x, target.bottom()});
    }
    QPen pen(colour, 1);
    pen.setCosmetic(true);
    painter.setPen(pen);
    painter.drawLines(lines);
}

void paintCells(QPainter& painter, const QRectF& target, QImage image, bool smooth)
{
    // Viewers of SVG and PDF blur enlarged pixels as they like: enlarge them here.
    if (isVector(painter)) {
        const int factor = std::max(1, 512 / std::max(image.width(), image.height()));
        image = image.scaled(image.size() * factor, Qt::IgnoreAspectRatio,
                             smooth ? Qt::SmoothTransformation : Qt::FastTransformation);
    } else if (!smooth && image.depth() == 32 && DevicePixels::canBeUsed(painter)) {
        drawEnlarged(painter, target, image);
        return;
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, smooth);
    painter.drawImage(target, image);
}

std::vector<bool> shownCells(const Heatmap& map, const DisplaySettings& display)
{
    const std::size_t count = map.values.size();
    if (!map.colours.empty())
        return std::vector<bool>(count, true);
    std::vector<bool> shown(count);
    const auto counts = [&](std::size_t i) {
        return std::isfinite(map.values[i]) && !(display.ignoreOutliers && i < map.marked.size() && map.marked[i]);
    };
    float least = display.threshold.value_or(-INFINITY);
    if (display.mass < 1) {
        std::vector<float> counted;
        counted.reserve(count);
        for (std::size_t i = 0; i < count; ++i)
            if (counts(i))
                counted.push_back(map.values[i]);
        if (!counted.empty())
            least = std::max(least, massThreshold(counted, display.mass));
    }
    for (std::size_t i = 0; i < count; ++i)
        shown[i] = counts(i) && map.values[i] >= least;
    return shown;
}

QRectF cellRect(const QRectF& target, int rows, int columns, int row, int column)
{
    // From edge to edge, so that neighbours share theirs exactly.
    const double left = target.left() + target.width() * column / columns;
    const double right = target.left() + target.width() * (column + 1) / columns;
    const double top = target.top() + target.height() * row / rows;
    const double bottom = target.top() + target.height() * (row + 1) / rows;
    return {left, top, right - left, bottom - top};
}

std::optional<int> cellAt(const QRectF& target, int rows, int columns, const QPointF& position)
{
    if (rows <= 0 || columns <= 0 || target.width() <= 0 || target.height() <= 0)
        return std::nullopt;
    const int column = static_cast<int>(std::floor((position.x() - target.left()) / target.width() * columns));
    const int row = static_cast<int>(std::floor((position.y() - target.top()) / target.height() * rows));
    if (row < 0 || column < 0 || row >= rows || column >= columns)
        return std::nullopt;
    return row * columns + column;
}

Heatmap heatmapOf(const NdArray& values, bool isSigned)
{
    Heatmap result;
    result.rows = static_cast<int>(values.dim(0));
    result.columns = static_cast<int>(values.dim(1));
    result.values.assign(values.values().begin(), values.values().end());
    result.isSigned = isSigned;
    float largest = 0;
    for (const float value : result.values)
        largest = std::max(largest, isSigned ? std::abs(value) : value);
    result.range = {isSigned ? -largest : 0, largest > 0 ? largest : 1};
    return result;
}

ColourMap coloursOf(const Heatmap& map, const DisplaySettings& display)
{
    return map.isSigned ? ColourMap::Diverging : display.colours;
}

void paintHeatmap(QPainter& painter, const QRectF& target, const Heatmap& map, const DisplaySettings& display)
{
    if (map.rows <= 0 || map.columns <= 0)
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (display.heatmap) {
        const std::vector<bool> shown = shownCells(map, display);
        QImage image = imageOf(map, display);
        for (std::size_t i = 0; i < shown.size(); ++i) {
            const int x = static_cast<int>(i) % map.columns, y = static_cast<int>(i) / map.columns;
            if (!shown[i])
                image.setPixel(x, y, 0);
            else if (display.byValue && map.colours.empty())
                image.setPixel(x, y, faded(image.pixel(x, y), weightOf(map, map.values[i])));
        }
        painter.setOpacity(display.opacity);
        paintCells(painter, target, image, display.smooth);
        painter.setOpacity(1);
        if (map.colours.empty() && (display.mass < 1 || display.threshold))
            drawContour(painter, target, map, shown);
    }
    if (display.grid)
        paintGrid(painter, target, map.rows, map.columns);
    if (display.heatmap)
        drawMarks(painter, target, map);
    painter.restore();
}

void paintPinFrame(QPainter& painter, const QRectF& cell)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const auto& [colour, width] : {std::pair(QColor(Qt::black), 5.0), std::pair(QColor(markColour), 2.0)}) {
        painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(cell);
    }
    painter.restore();
}

void paintColourBar(QPainter& painter, const QRectF& bar, ValueRange range, ColourMap map, const QColor& text,
                    const QString& title, ColourScale scale, const std::optional<BarMark>& mark)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    QImage colours(1, 256, QImage::Format_RGB32);
    for (int i = 0; i < 256; ++i)
        colours.setPixel(0, i, colourAt(map, static_cast<float>(255 - i) / 255));
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(bar, colours);
    QColor frame = text;
    frame.setAlphaF(0.35F);
    painter.setPen(QPen(frame, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar);

    painter.setPen(text);
    paintNumbers(painter, bar, range, scale, mark);
    const QFontMetricsF metrics(painter.font());
    if (!title.isEmpty())
        painter.drawText(QPointF(bar.left(), bar.top() - metrics.descent() - 6), title);
    painter.restore();
}

QString formatValue(double value)
{
    if (std::isnan(value))
        return QStringLiteral("not a number");
    return QString::number(value, 'g', 3);
}

}  // namespace vitrine
