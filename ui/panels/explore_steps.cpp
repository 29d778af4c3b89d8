// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/explore_steps.h"

#include <QCoreApplication>

#include <algorithm>

#include "core/explain/opening.h"

namespace vitrine {

void stepLayer(Exploration& exploration, int by)
{
    exploration.setLayer(exploration.layer() + by);
}

void stepHead(Exploration& exploration, int by)
{
    HeadChoice heads = exploration.heads();
    const int last = exploration.trace() ? exploration.trace()->model->heads - 1 : 0;
    if (heads.fusion == HeadFusion::Single)
        heads.head = std::clamp(heads.head + by, 0, std::max(0, last));
    else
        heads.head = by > 0 ? 0 : last;
    heads.fusion = HeadFusion::Single;
    exploration.setHeads(heads);
}

void toggleMean(Exploration& exploration)
{
    HeadChoice heads = exploration.heads();
    heads.fusion = heads.fusion == HeadFusion::Mean ? HeadFusion::Single : HeadFusion::Mean;
    exploration.setHeads(heads);
}

void stepMethod(Exploration& exploration, int by)
{
    if (!exploration.trace())
        return;
    std::vector<const Method*> all{nullptr};
    for (const Method& method : methods())
        if (whyNot(method, *exploration.trace()->model).empty())
            all.push_back(&method);
    const auto count = static_cast<std::ptrdiff_t>(all.size());
    const std::ptrdiff_t at = std::ranges::find(all, exploration.method()) - all.begin();
    exploration.setMethod(all[static_cast<std::size_t>((at + by + count) % count)]);
}

Place openingPlace(const Trace& trace)
{
    Place start;
    start.layer = trace.layers() - 1;  // what the model decides from
    if (const std::optional<Opening> found = opening(trace)) {
        start.layer = found->layer;
        start.pinned = trace.model->prefixTokens() + found->patch;
    }
    // Where nothing is decided, what is alike is the first thing to see, wherever the mouse is.
    if (trace.logits.empty()) {
        start.tokenMap = TokenMap::Similarity;
        start.pinned.reset();
    }
    return start;
}

bool letGo(Exploration& exploration)
{
    if (exploration.pinned() || exploration.hovered()) {
        // The mouse may rest on a patch, which would take the place of CLS.
        exploration.hover(std::nullopt);
        exploration.pin(std::nullopt);
    } else if (!exploration.place().change.empty())
        exploration.restore();
    else if (exploration.method())
        exploration.setMethod(nullptr);
    else if (!exploration.showsAttention())
        exploration.setTokenMap(TokenMap::Attention);
    else
        return false;
    return true;
}

std::vector<TokenMapChoice> tokenMapChoices(const Trace* trace)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("vitrine::ExploreBar", text); };
    std::vector<TokenMapChoice> choices{
        {TokenMap::Attention, QStringLiteral("~attention"), tr("token attention"),
         tr("What the hovered or pinned token looks at, or who looks at it.")},
        {TokenMap::Similarity, QStringLiteral("~similarity"), tr("token similarity"),
         tr("How alike the hovered or pinned token is to every patch after the layer.")},
        {TokenMap::Components, QStringLiteral("~components"), tr("token components"),
         tr("The first three principal components (PCA) of the patches' tokens after the layer, as red, green and blue.")},
        {TokenMap::Norm, QStringLiteral("~norm"), tr("token norms"), tr("How long every patch's token is after the layer.")}};
    if (!trace || !trace->pooling.empty())
        choices.push_back({TokenMap::Pooling, QStringLiteral("~pooling"), tr("pooling"),
                           tr("What the probe attends to: the learnt query with which the head reads the patches.")});
    return choices;
}

void swapDirection(Exploration& exploration)
{
    exploration.setDirection(exploration.direction() == Direction::LooksAt ? Direction::LookedAtBy : Direction::LooksAt);
}

void queryCls(Exploration& exploration)
{
    if (exploration.trace() && exploration.trace()->model->cls)
        exploration.pin(0);
}

void stepColours(Exploration& exploration, int by)
{
    // Diverging is for differences and signed numbers: attention has no sign.
    constexpr int count = static_cast<int>(ColourMap::Grey) + 1;
    changeDisplay(exploration, [by](DisplaySettings& display) {
        display.colours = static_cast<ColourMap>((static_cast<int>(display.colours) + by + count) % count);
    });
}

void changeOpacity(Exploration& exploration, double by)
{
    changeDisplay(exploration,
                  [by](DisplaySettings& display) { display.opacity = std::clamp(display.opacity + by, 0.0, 1.0); });
}

void changeMass(Exploration& exploration, double by)
{
    changeDisplay(exploration, [by](DisplaySettings& display) { display.mass = std::clamp(display.mass + by, 0.0, 1.0); });
}

}  // namespace vitrine
