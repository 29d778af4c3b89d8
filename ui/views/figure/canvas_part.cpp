// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "ui/picture/decode.h"
#include "ui/views/canvas/patch_grid.h"
#include "ui/views/figure/canvas_figure.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

QString text(const std::string& value)
{
    return QString::fromStdString(value);
}

/// "tabby cat", "tabby cat against tiger"; empty where the map is of no class.
QString classOf(const Exploration& exploration)
{
    const Method* method = exploration.method();
    const std::optional<int> of = exploration.shownClass(), against = exploration.place().against;
    if (!method || !method->isOfClass || !of)
        return {};
    const ModelSpec& spec = *exploration.trace()->model;
    return against ? QStringLiteral("%1 against %2").arg(text(spec.label(*of)), text(spec.label(*against)))
                   : text(spec.label(*of));
}

QString whatOf(const Exploration& exploration, const QString& query, const QString& of)
{
    QString what;
    if (exploration.method())
        what = of.isEmpty() ? mapName(exploration) : QStringLiteral("%1 of %2").arg(mapName(exploration), of);
    else if (exploration.tokenMap() == TokenMap::Similarity)
        what = QStringLiteral("similarity to %1").arg(query);
    else if (query.isEmpty())
        what = mapName(exploration);
    else if (!exploration.showsAttention() || exploration.direction() == Direction::LooksAt)
        what = QStringLiteral("what %1 looks at").arg(query);
    else
        what = QStringLiteral("who looks at %1").arg(query);
    return what;
}

QMap<QString, QString> wordsOf(const Exploration& exploration, const QString& picture)
{
    QMap<QString, QString> words;
    for (const QString& word : templateWords())
        words.insert(word, {});
    words[QStringLiteral("picture")] = picture;
    if (!exploration.trace())
        return words;
    const QString layer = exploration.usesLayer() ? QString::number(exploration.layer()) : QString();
    const QString head = exploration.usesHeads() ? text(toString(exploration.heads())) : QString();
    const QString query = exploration.usesToken()   ? text(exploration.trace()->model->tokenName(exploration.shownToken()))
                          : exploration.usesHeads() ? QStringLiteral("probe")
                                                    : QString();
    const QString of = classOf(exploration);
    QStringList where;
    if (!layer.isEmpty())
        where += QStringLiteral("layer ") + layer;
    if (!head.isEmpty())
        where += head;
    QStringList what{whatOf(exploration, query, of)}, brief = where;
    what += where;
    if (!exploration.showsAttention())
        brief.prepend(mapName(exploration));
    if (exploration.isChanged())
        for (QStringList* each : {&what, &brief})
            *each += QStringLiteral("changed");
    words[QStringLiteral("what")] = what.join(QStringLiteral(", "));
    words[QStringLiteral("short")] = brief.join(QStringLiteral(", "));
    words[QStringLiteral("model")] = text(exploration.trace()->model->name);
    words[QStringLiteral("map")] = mapName(exploration);
    words[QStringLiteral("layer")] = layer;
    words[QStringLiteral("head")] = head;
    words[QStringLiteral("query")] = query;
    words[QStringLiteral("class")] = of;
    return words;
}

}  // namespace

QStringList templateWords()
{
    return {QStringLiteral("what"),  QStringLiteral("short"), QStringLiteral("model"), QStringLiteral("picture"),
            QStringLiteral("map"),   QStringLiteral("layer"), QStringLiteral("head"),  QStringLiteral("query"),
            QStringLiteral("class"), QStringLiteral("letter")};
}

QString filledTemplate(QString text, const QMap<QString, QString>& words)
{
    QString filled;
    for (qsizetype at = 0; at < text.size();) {
        const qsizetype close = text[at] == u'{' ? text.indexOf(u'}', at) : -1;
        const auto word = close < 0 ? words.end() : words.find(text.mid(at + 1, close - at - 1));
        filled += word == words.end() ? QString(text[at]) : word.value();
        at = word == words.end() ? at + 1 : close + 1;
    }
    return filled.trimmed();
}

CanvasScene canvasScene(QImage original, const Trace& trace, CanvasArea area)
{
    const CropRect& crop = trace.picture.crop;
    const ModelSpec& spec = *trace.model;
    return {std::move(original),
            toQImage(trace.picture.view),
            crop,
            gridRect(crop, spec),
            spec.gridHeight(),
            spec.gridWidth(),
            area};
}

CanvasPart canvasPart(const Exploration& exploration, CanvasScene scene, const QString& picture)
{
    CanvasPart part;
    part.scene = std::move(scene);
    part.map = part.scene.grid.isEmpty() ? std::nullopt : exploration.map();
    part.display = exploration.display();
    part.words = wordsOf(exploration, picture);
    part.metadata = metadataOf(exploration);
    part.metadata.emplace_back(QStringLiteral("Picture"), picture);
    if (!exploration.trace())
        return part;
    if (exploration.usesToken())
        part.marks.query = exploration.shownPatch();
    part.marks.pinned = true;
    part.marks.erased = exploration.place().change.erased;
    part.unit = mapName(exploration);
    part.even = uniformMark(exploration);
    part.assumed = exploration.trace()->model->assumed;
    return part;
}

}  // namespace vitrine
