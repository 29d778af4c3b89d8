// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/figure/canvas_figure.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QFontMetricsF>

#include "ui/figure/figure_text.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr double sheetMargin = 8, partGap = 10, barAcross = 10, barSpace = 66, labelHeight = 17, longest = 600;
constexpr double titleLine = 16, captionLine = 14;

QFont titleFont()
{
    return labelFont(12, true);
}

QFont captionFont()
{
    return labelFont(10);
}

/// Where everything lies, in logical pixels.
struct Layout {
    int columns = 1;
    std::vector<QRectF> pictures;
    QStringList title, caption;
    double captionTop = 0;
    QSizeF size;
};

struct Sheet {
    std::vector<CanvasPart> parts;
    FigureStyle style;
    QStringList labels;  ///< of each part; empty: none
    bool sharesScale = false;
    Layout layout;

    bool hasBar(std::size_t part) const
    {
        return style.bar && parts[part].map && parts[part].map->colours.empty() && parts[part].display.heatmap;
    }
    /// Every part has its bar; else there is one for all.
    bool hasBars() const { return !sharesScale || parts.size() == 1; }
};

/// The same text of all parts, or what they say one after the other.
QMap<QString, QString> wordsOfAll(const std::vector<CanvasPart>& parts)
{
    QMap<QString, QString> words = parts.front().words;
    for (auto word = words.begin(); word != words.end(); ++word) {
        QStringList said;
        for (const CanvasPart& part : parts)
            if (const QString one = part.words.value(word.key()); !one.isEmpty() && !said.contains(one))
                said += one;
        word.value() = said.join(QStringLiteral(", "));
    }
    const auto isOfOne = std::ranges::all_of(parts, [&](const CanvasPart& part) {
        return part.words.value(QStringLiteral("what")) == parts.front().words.value(QStringLiteral("what"));
    });
    if (!isOfOne)
        words[QStringLiteral("what")] = words.value(QStringLiteral("map"));
    return words;
}

bool haveOneUnit(const std::vector<CanvasPart>& parts)
{
    return std::ranges::all_of(parts, [&](const CanvasPart& part) {
        return part.map && part.map->colours.empty() && part.unit == parts.front().unit
               && part.map->scale == parts.front().map->scale && part.display.colours == parts.front().display.colours;
    });
}

void shareScale(std::vector<CanvasPart>& parts)
{
    ValueRange all = parts.front().map->range;
    for (const CanvasPart& part : parts)
        all = {std::min(all.low, part.map->range.low), std::max(all.high, part.map->range.high)};
    for (CanvasPart& part : parts)
        part.map->range = all;
}

Layout layoutOf(const Sheet& sheet, const QMap<QString, QString>& words)
{
    const auto count = static_cast<int>(sheet.parts.size());
    const FigureStyle& style = sheet.style;
    const bool anyBar = style.bar
                        && std::ranges::any_of(sheet.parts, [](const CanvasPart& part) { return part.map.has_value(); });
    const double beside = anyBar ? barSpace : 0;
    constexpr double pointsPerMillimetre = 72 / 25.4;
    const double given = style.size.millimetres * pointsPerMillimetre / style.font * figureTextSize;
    Layout layout;
    const double narrow = sheet.hasBars() ? 180 : 130;
    layout.columns = given > 0 ? std::clamp(static_cast<int>(given / narrow), 1, count) : std::min(count, 3);
    const double bars = beside * (sheet.hasBars() ? layout.columns : 1);
    const double spaces = 2 * sheetMargin + bars + partGap * (layout.columns - 1);
    const double width = given > 0 ? std::max(24.0, (given - spaces) / layout.columns) : longest;
    layout.size.setWidth(width * layout.columns + spaces);
    const double inside = layout.size.width() - 2 * sheetMargin;
    if (const QString title = filledTemplate(style.title, words); !title.isEmpty())
        layout.title = wrapped(title, titleFont(), inside);
    if (const QString caption = filledTemplate(style.caption, words); !caption.isEmpty())
        layout.caption = wrapped(caption, captionFont(), inside);
    double top = sheetMargin + titleLine * static_cast<double>(layout.title.size()), lowest = 0;
    const bool hasLine = anyBar || !sheet.labels.isEmpty();
    for (int i = 0; i < count; ++i) {
        if (i % layout.columns == 0) {
            top += (i > 0 ? lowest + partGap : 0) + (hasLine ? labelHeight : 0);
            lowest = 0;
        }
        const QSizeF shown = sheet.parts[static_cast<std::size_t>(i)].scene.shown().size();
        const QSizeF size = given > 0 ? QSizeF(width, width * shown.height() / shown.width())
                                      : shown.scaled(longest, longest, Qt::KeepAspectRatio);
        const double step = width + partGap + (sheet.hasBars() ? beside : 0);
        layout.pictures.emplace_back(QPointF(sheetMargin + i % layout.columns * step, top), size);
        lowest = std::max(lowest, size.height());
    }
    layout.captionTop = top + lowest + 4;
    layout.size.setHeight(layout.captionTop + captionLine * static_cast<double>(layout.caption.size()) + sheetMargin);
    // A picture that stands upright is narrower than its place.
    if (given <= 0 && count == 1)
        layout.size.setWidth(std::max(layout.pictures.front().width() + spaces, 240.0));
    // Whole points in a PDF.
    constexpr double step = 4;
    if (given <= 0)
        layout.size = {step * std::ceil(layout.size.width() / step), step * std::ceil(layout.size.height() / step)};
    return layout;
}

void paintPart(QPainter& painter, const QRectF& target, const CanvasPart& part, const FigureStyle& style)
{
    ZoomPan layout;
    layout.setViewport({{}, target.size()});
    layout.setScene(part.scene.shown());
    QPalette colours;
    colours.setColor(QPalette::Shadow, Qt::darkGray);
    DisplaySettings display = part.display;
    display.grid = style.grid;
    CanvasMarks marks = part.marks;
    std::optional<Heatmap> map = part.map;
    if (!style.marks) {
        marks.query.reset();
        if (map)
            map->marked.clear();
    }
    painter.save();
    painter.translate(target.topLeft());
    painter.setClipRect(QRectF(QPointF(0, 0), target.size()));
    paintCanvasPicture(painter, layout, part.scene, colours);
    paintCanvasOverlay(painter, layout, part.scene, map, display, marks);
    painter.restore();
}

void paintBar(QPainter& painter, const QRectF& picture, const CanvasPart& part)
{
    painter.setFont(labelFont(figureTextSize));
    const QString unit = QFontMetricsF(painter.font()).elidedText(part.unit, Qt::ElideRight, barSpace - partGap + sheetMargin);
    const QRectF bar(picture.right() + partGap, picture.top(), barAcross, std::min(picture.height(), 420.0));
    paintColourBar(painter, bar, part.map->range, coloursOf(*part.map, part.display), Qt::black, unit, part.map->scale,
                   part.even);
}

void paintSheet(QPainter& painter, const Sheet& sheet)
{
    const Layout& layout = sheet.layout;
    painter.setPen(Qt::black);
    painter.setFont(titleFont());
    for (int line = 0; line < layout.title.size(); ++line)
        painter.drawText(QPointF(sheetMargin, sheetMargin + titleLine * line + 11), layout.title[line]);
    painter.setFont(labelFont(figureTextSize));
    for (int i = 0; i < sheet.labels.size(); ++i) {
        const QRectF& picture = layout.pictures[static_cast<std::size_t>(i)];
        painter.drawText(QPointF(picture.left(), picture.top() - 5),
                         QFontMetricsF(painter.font()).elidedText(sheet.labels[i], Qt::ElideRight, picture.width()));
    }
    for (std::size_t i = 0; i < sheet.parts.size(); ++i) {
        paintPart(painter, layout.pictures[i], sheet.parts[i], sheet.style);
        const bool isLastOfRow = static_cast<int>(i) == layout.columns - 1;
        if (sheet.hasBar(i) && (sheet.hasBars() || isLastOfRow))
            paintBar(painter, layout.pictures[i], sheet.parts[i]);
    }
    painter.setPen(Qt::black);
    painter.setFont(captionFont());
    for (int line = 0; line < layout.caption.size(); ++line)
        painter.drawText(QPointF(sheetMargin, layout.captionTop + captionLine * line + 11), layout.caption[line]);
}

/// Of a map that is colours their shares of red, green and blue, one after the other.
std::vector<float> valuesOf(const Heatmap& map)
{
    if (map.colours.empty())
        return map.values;
    std::vector<float> shades;
    constexpr std::array<int (*)(QRgb), 3> channels{qRed, qGreen, qBlue};
    for (int (*const channel)(QRgb) : channels)
        for (const QRgb colour : map.colours)
            shades.push_back(static_cast<float>(channel(colour)) / 255);
    return shades;
}

/// Every value of every map on a line of its own.
std::vector<Column> tableOf(const std::vector<CanvasPart>& parts)
{
    const std::array texts{"letter", "picture", "model", "map", "layer", "head", "query", "class"};
    std::vector<Column> table;
    for (const char* name : texts)
        table.push_back({name, std::vector<std::string>()});
    std::vector<std::int64_t> rows, columns;
    std::vector<float> values;
    for (const CanvasPart& part : parts) {
        const std::vector<float> all = part.map ? valuesOf(*part.map) : std::vector<float>();
        const std::array channels{" red", " green", " blue"};
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto cell = static_cast<std::int64_t>(i % part.map->values.size());
            for (Column& column : table) {
                std::string word = part.words.value(QString::fromStdString(column.name)).toStdString();
                if (column.name == "map" && !part.map->colours.empty())
                    word += channels.at(i / part.map->values.size());
                std::get<std::vector<std::string>>(column.cells).push_back(std::move(word));
            }
            rows.push_back(cell / part.map->columns);
            columns.push_back(cell % part.map->columns);
            values.push_back(all[i]);
        }
    }
    table.front().name = "panel";
    table.push_back({"row", std::move(rows)});
    table.push_back({"column", std::move(columns)});
    table.push_back({"value", std::move(values)});
    return table;
}

std::vector<NamedArray> numbersOf(const std::vector<CanvasPart>& parts)
{
    std::vector<NamedArray> numbers;
    for (const CanvasPart& part : parts)
        if (part.map) {
            const QString letter = part.words.value(QStringLiteral("letter"));
            const QString name = parts.size() == 1 ? part.unit : letter + u'_' + part.unit;
            Shape shape{part.map->rows, part.map->columns};
            if (!part.map->colours.empty())
                shape.insert(shape.begin(), 3);
            numbers.push_back({name.toStdString(), NdArray(std::move(shape), valuesOf(*part.map))});
        }
    return numbers;
}

std::vector<Assumption> assumedOfAll(const std::vector<CanvasPart>& parts)
{
    std::vector<Assumption> all;
    for (const CanvasPart& part : parts)
        for (const Assumption& one : part.assumed)
            if (std::ranges::find(all, one.text, &Assumption::text) == all.end())
                all.push_back(one);
    return all;
}

}  // namespace

Figure canvasFigure(std::vector<CanvasPart> parts, const FigureStyle& style)
{
    Figure figure;
    if (parts.empty() || std::ranges::any_of(parts, [](const CanvasPart& part) { return part.scene.original.isNull(); }))
        return figure;
    for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i].words[QStringLiteral("letter")] = QString(QChar(static_cast<char16_t>(u'a' + i % 26)));
    const QMap<QString, QString> words = wordsOfAll(parts);
    Sheet sheet;
    sheet.style = style;
    sheet.sharesScale = style.oneScale && parts.size() > 1 && haveOneUnit(parts);
    if (sheet.sharesScale)
        shareScale(parts);
    if (parts.size() > 1 && !style.labels.isEmpty())
        for (const CanvasPart& part : parts)
            sheet.labels += filledTemplate(style.labels, part.words);
    figure.title = filledTemplate(style.title, words);
    figure.numbers = numbersOf(parts);
    if (!figure.numbers.empty())
        figure.table = [parts] { return tableOf(parts); };
    figure.metadata = parts.front().metadata;
    figure.transparent = style.transparent;
    figure.isWhole = std::ranges::all_of(parts, [](const CanvasPart& part) { return part.map.has_value(); });
    const std::vector<Assumption> assumed = assumedOfAll(parts);
    sheet.parts = std::move(parts);
    sheet.layout = layoutOf(sheet, words);
    figure.size = sheet.layout.size;
    figure.paint = [sheet = std::move(sheet)](QPainter& painter) { paintSheet(painter, sheet); };
    addAssumptions(figure, assumed);
    return figure;
}

}  // namespace vitrine
