// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>

#include "core/base/error.h"
#include "core/explain/what_if.h"
#include "ui/figure/recipe.h"
#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"
#include "ui/session/picture_source.h"
#include "ui/views/figure/canvas_figure.h"
#include "ui/views/figure/figure_recipe.h"

namespace vitrine {

namespace {

/// What the window would ask its worker for, one after the other.
void complete(Exploration& exploration, Engine& engine)
{
    if (const std::optional<WhatIf> change = exploration.missingPass())
        exploration.provideChanged(exploration.base().get(), *change, changedPass(engine, exploration.base(), *change));
    const std::shared_ptr<const Trace> trace = exploration.trace();
    if (exploration.showsAttention() && exploration.attention(exploration.layer()).empty())
        exploration.provideAttention(trace.get(), exploration.layer(), engine.attention(*trace, exploration.layer()));
    if (const std::optional<MapRequest> map = exploration.missingMap())
        exploration.provideMap(trace.get(), *map, {computeMap(*map->method, engine, *trace, map->query()), {}});
}

CanvasPart partOf(const Session& panel, Engine& engine)
{
    const Image picture = readImage(panel.picture);
    const PreparedImage prepared = prepare(picture, *engine.model());
    Exploration exploration;
    exploration.setDisplay(panel.display);
    exploration.setTrace(engine.run(std::span(&prepared, 1)).front());
    exploration.beginAt(panel.place);
    if (exploration.place() != panel.place)
        throw Error("A panel looks at a layer, head, token, class or method that " + engine.model()->name + " does not have.");
    complete(exploration, engine);
    const auto area = static_cast<CanvasArea>(std::clamp(panel.window.value(QStringLiteral("part")).toInt(), 0, 2));
    CanvasPart part = canvasPart(exploration, canvasScene(toQImage(picture), *exploration.trace(), area),
                                 PictureSource::fromFile(panel.picture).name);
    if (!part.map)
        throw Error("There is no " + part.unit.toStdString() + " of " + panel.picture.toStdString() + " to show.");
    return part;
}

}  // namespace

Figure madeAgain(const FigureRecipe& recipe, const QString& text, const EngineForPicture& engines)
{
    std::map<QString, std::unique_ptr<Engine>> made;
    std::vector<CanvasPart> parts;
    for (const Session& panel : recipe.panels) {
        std::unique_ptr<Engine>& engine = made[panel.model.key() + u'|' + panel.picture];
        if (!engine)
            engine = engines(panel.model, panel.picture);
        parts.push_back(partOf(panel, *engine));
    }
    Figure figure = canvasFigure(std::move(parts), recipe.style);
    figure.metadata.emplace_back(recipeKey, text);
    return figure;
}

}  // namespace vitrine
