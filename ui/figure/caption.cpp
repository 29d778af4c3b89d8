// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <QTextLayout>

#include "ui/figure/figure.h"
#include "ui/figure/figure_text.h"

namespace vitrine {

namespace {

constexpr double lineHeight = 14, textSize = 10, narrowest = 360;

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

/// Broken at words, or anywhere in a word that is longer than a line.
void appendWrapped(std::vector<CaptionLine>& lines, const QString& text, const QColor& colour, double width)
{
    QTextLayout layout(text, labelFont(textSize));
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        lines.push_back({text.mid(line.textStart(), line.textLength()).trimmed(), colour});
    }
    layout.endLayout();
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

void addAssumptions(Figure& figure, const std::vector<Assumption>& assumed)
{
    figure.assumed.insert(figure.assumed.end(), assumed.begin(), assumed.end());
    const double width = std::max(figure.size.width(), narrowest);
    std::vector<CaptionLine> lines;
    QStringList sentences;
    for (const Assumption& assumption : assumed) {
        if (assumption.severity == Severity::Information)
            continue;
        const QColor colour = assumption.severity == Severity::Unreliable ? QColor(0xb0, 0x1c, 0x1c) : QColor(0x6b, 0x4a, 0x00);
        sentences.append(sentence(assumption));
        appendWrapped(lines, sentences.back(), colour, width - 2 * figureMargin);
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
