// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "ui/figure/figure.h"
#include "ui/figure/figure_text.h"

namespace vitrine {

namespace {

constexpr double lineHeight = 14, textSize = 10, narrowestCaption = 360;

struct CaptionLine {
    QString text;
    QColor colour;
};

QString sentence(const Assumption& assumption)
{
    QString text = QString::fromStdString(toString(assumption.severity) + ": " + assumption.text).simplified();
    text[0] = text[0].toUpper();
    return text;
}

void paintCaption(QPainter& painter, const std::vector<CaptionLine>& lines, double top)
{
    painter.setFont(labelFont(textSize));
    for (const CaptionLine& line : lines) {
        painter.setPen(line.colour);
        top += lineHeight;
        painter.drawText(QPointF(figureMargin, top), line.text);
    }
}

/// Of a second model the same key: an image keeps one text for each.
void appendMetadata(Figure& figure, const QString& key, const QString& text)
{
    const auto found = std::ranges::find(figure.metadata, key, &std::pair<QString, QString>::first);
    if (found == figure.metadata.end())
        figure.metadata.emplace_back(key, text);
    else
        found->second += u'\n' + text;
}

}  // namespace

Figure framed(Figure figure, const QString& title, const QString& caption)
{
    const double inside = figure.size.width() - 2 * figureMargin, top = figure.size.height();
    const QFont bold = labelFont(13, true), plain = labelFont(figureTextSize);
    const bool isThere = figure.showsTitle && title == figure.title;
    const QStringList head = title.isEmpty() || isThere ? QStringList() : wrapped(title, bold, inside);
    const QStringList foot = caption.isEmpty() ? QStringList() : wrapped(caption, plain, inside);
    constexpr double headLine = 18, footLine = 15;
    const double above = head.isEmpty() ? 0 : headLine * static_cast<double>(head.size()) + figureMargin / 2;
    const double below = foot.isEmpty() ? 0 : footLine * static_cast<double>(foot.size()) + figureMargin;
    if (!title.isEmpty())
        figure.title = title;
    figure.size.rheight() += above + below;
    figure.paint = [=, paint = std::move(figure.paint)](QPainter& painter) {
        painter.setPen(Qt::black);
        painter.setFont(bold);
        for (int line = 0; line < head.size(); ++line)
            painter.drawText(QPointF(figureMargin, headLine * (line + 1)), head[line]);
        painter.translate(0, above);
        painter.save();
        paint(painter);
        painter.restore();
        painter.setPen(Qt::black);
        painter.setFont(plain);
        for (int line = 0; line < foot.size(); ++line)
            painter.drawText(QPointF(figureMargin, top + footLine * (line + 1)), foot[line]);
    };
    return figure;
}

void addAssumptions(Figure& figure, const std::vector<Assumption>& assumed)
{
    figure.assumed.insert(figure.assumed.end(), assumed.begin(), assumed.end());
    const double width = std::max(figure.size.width(), narrowestCaption);
    std::vector<CaptionLine> lines;
    QStringList sentences;
    for (const Assumption& assumption : assumed) {
        if (assumption.severity == Severity::Information)
            continue;
        const QColor colour = assumption.severity == Severity::Unreliable ? QColor(0xb0, 0x1c, 0x1c) : QColor(0x6b, 0x4a, 0x00);
        sentences.append(sentence(assumption));
        for (const QString& line : wrapped(sentences.back(), labelFont(textSize), width - 2 * figureMargin))
            lines.push_back({line, colour});
    }
    if (lines.empty())
        return;
    const double top = figure.size.height();
    figure.size = {width, top + lineHeight * static_cast<double>(lines.size()) + figureMargin};
    appendMetadata(figure, QStringLiteral("Assumed"), sentences.join(u'\n'));
    figure.paint = [paint = std::move(figure.paint), lines = std::move(lines), top](QPainter& painter) {
        painter.save();
        if (paint)
            paint(painter);
        painter.restore();
        paintCaption(painter, lines, top);
    };
}

}  // namespace vitrine
