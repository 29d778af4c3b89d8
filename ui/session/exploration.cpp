// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/exploration.h"

#include <algorithm>
#include <utility>

#include "core/explain/embeddings.h"
#include "core/explain/method.h"

namespace vitrine {

Exploration::Exploration(QObject* parent)
    : QObject(parent)
{
}

void Exploration::setTrace(std::shared_ptr<const Trace> trace)
{
    m_hovered.reset();
    m_hoveredKey.reset();
    m_hoveredInner.reset();
    m_base = trace;
    m_shownChange = {};
    // The same place may not exist in another model, and whoever hears of the trace asks for the place at once. What was
    // changed belongs to the pass before.
    m_trace = trace;
    Place place = clamped(m_place);
    place.change = {{}, place.change.with, {}};
    const Place before = std::exchange(m_place, std::move(place));
    show(std::move(trace));
    if (m_place != before)
        Q_EMIT placeChanged();
    if (m_trace && attention(m_place.layer).empty())
        Q_EMIT attentionMissing(m_place.layer);
    askForMap();
}

void Exploration::show(std::shared_ptr<const Trace> trace)
{
    m_trace = std::move(trace);
    m_provided.assign(m_trace ? static_cast<std::size_t>(m_trace->layers()) : 0, NdArray());
    m_maps.clear();
    m_judgements.clear();
    m_sharedRange.reset();
    m_components.reset();
    m_similarities.reset();
    m_slices = {};
    m_outliers.assign(m_provided.size(), std::nullopt);
    Q_EMIT traceChanged();
}

std::optional<WhatIf> Exploration::missingPass() const
{
    const bool none = m_place.change.empty() && m_shownChange.empty();
    return m_base && !none && m_place.change != m_shownChange ? std::optional(m_place.change) : std::nullopt;
}

void Exploration::askForPass()
{
    if (!missingPass())
        return;
    if (m_place.change.empty())
        provideChanged(m_base.get(), m_place.change, m_base);
    else
        Q_EMIT passMissing();
}

void Exploration::provideChanged(const Trace* base, const WhatIf& change, std::shared_ptr<const Trace> changed)
{
    if (base != m_base.get() || change != m_place.change)
        return;
    m_shownChange = change;
    show(std::move(changed));
    if (m_trace && attention(m_place.layer).empty())
        Q_EMIT attentionMissing(m_place.layer);
    askForMap();
}

void Exploration::restore()
{
    setChange({{}, m_place.change.with, {}});
}

void Exploration::setChange(const WhatIf& change, bool goesOn)
{
    Place place = m_place;
    place.change = change;
    if (goesOn)
        passTo(place);
    else
        setPlace(place);
}

int Exploration::query() const
{
    return m_place.pinned.value_or(0);
}

int Exploration::shownToken() const
{
    return m_place.pinned ? *m_place.pinned : m_hovered.value_or(query());
}

std::optional<int> Exploration::shownPatch() const
{
    if (!m_trace)
        return std::nullopt;
    const int patch = shownToken() - m_trace->model->prefixTokens();
    return patch >= 0 ? std::optional(patch) : std::nullopt;
}

Place Exploration::clamped(Place place) const
{
    if (!m_trace)
        return place;
    const ModelSpec& spec = *m_trace->model;
    place.layer = std::clamp(place.layer, 0, std::max(0, spec.layers - 1));
    place.heads.head = std::clamp(place.heads.head, 0, std::max(0, spec.heads - 1));
    std::erase_if(place.heads.subset, [&](int head) { return head < 0 || head >= spec.heads; });
    if (place.pinned && (*place.pinned < 0 || *place.pinned >= spec.tokens()))
        place.pinned.reset();
    for (std::optional<int>* index : {&place.chosenClass, &place.against})
        if (*index && (**index < 0 || **index >= spec.classes))
            index->reset();
    if (place.against == place.chosenClass)
        place.against.reset();
    std::erase_if(place.change.erased, [&](int patch) { return patch < 0 || patch >= spec.patches(); });
    std::erase_if(place.change.headsOff, [&](const LayerHead& off) {
        return off.layer < 0 || off.layer >= spec.layers || off.head < 0 || off.head >= spec.heads;
    });
    if (place.method && !whyNot(*place.method, spec).empty())
        place.method = nullptr;
    if (place.tokenMap == TokenMap::Pooling && m_trace->pooling.empty())
        place.tokenMap = TokenMap::Attention;
    return place;
}

void Exploration::beginAt(const Place& place)
{
    const int layerBefore = m_place.layer;
    m_place = clamped(place);
    m_looks = {{m_place, m_display}};
    m_at = 0;
    announcePlace(layerBefore);
}

void Exploration::setPlace(const Place& place)
{
    const Place valid = clamped(place);
    if (valid == m_place)
        return;
    const int layerBefore = m_place.layer;
    m_place = valid;
    remember();
    announcePlace(layerBefore);
}

void Exploration::passTo(const Place& place)
{
    const Place valid = clamped(place);
    if (valid == m_place)
        return;
    const int layerBefore = m_place.layer;
    m_place = valid;
    remember(true);
    announcePlace(layerBefore);
}

void Exploration::announcePlace(int layerBefore)
{
    m_sharedRange.reset();
    Q_EMIT placeChanged();
    askForPass();
    if (m_place.layer != layerBefore && m_trace && attention(m_place.layer).empty())
        Q_EMIT attentionMissing(m_place.layer);
    askForMap();
}

void Exploration::askForMap()
{
    if (missingMap())
        Q_EMIT mapMissing();
}

void Exploration::setLayer(int layer, bool goesOn)
{
    Place place = m_place;
    place.layer = layer;
    if (goesOn)
        passTo(place);
    else
        setPlace(place);
}

void Exploration::setHeads(const HeadChoice& heads)
{
    Place place = m_place;
    place.heads = heads;
    setPlace(place);
}

void Exploration::setDirection(Direction direction)
{
    Place place = m_place;
    place.direction = direction;
    setPlace(place);
}

void Exploration::pin(std::optional<int> token)
{
    Place place = m_place;
    place.pinned = token;
    setPlace(place);
}

void Exploration::chooseClass(std::optional<int> index)
{
    Place place = m_place;
    place.chosenClass = index;
    setPlace(place);
}

void Exploration::chooseAgainst(std::optional<int> index)
{
    Place place = m_place;
    place.against = index;
    setPlace(place);
}

void Exploration::explain(Place place)
{
    const Method& usual = findMethod("chefer");
    if (!(place.method && place.method->isOfClass) && m_trace && whyNot(usual, *m_trace->model).empty())
        place.method = &usual;
    setPlace(place);
}

void Exploration::explainClass(int index)
{
    Place place = m_place;
    place.chosenClass = index;
    explain(place);
}

void Exploration::contrastClass(int index)
{
    Place place = m_place;
    place.against = index;
    explain(place);
}

void Exploration::setMethod(const Method* method)
{
    Place place = m_place;
    place.method = method;
    setPlace(place);
}

void Exploration::setTokenMap(TokenMap map)
{
    Place place = m_place;
    place.method = nullptr;
    place.tokenMap = map;
    setPlace(place);
}

std::optional<int> Exploration::shownClass() const
{
    if (!m_trace || m_trace->logits.empty())
        return std::nullopt;
    return m_place.chosenClass ? m_place.chosenClass : std::optional(topClass(m_trace->logits));
}

void Exploration::hover(std::optional<int> token, std::optional<int> key)
{
    for (std::optional<int>* const each : {&token, &key})
        if (*each && (!m_trace || **each < 0 || **each >= m_trace->model->tokens()))
            each->reset();
    if (token == m_hovered && key == m_hoveredKey)
        return;
    m_hovered = token;
    m_hoveredKey = key;
    m_sharedRange.reset();
    Q_EMIT hoverChanged();
}

void Exploration::hoverInner(std::optional<int> inner)
{
    if (inner && (!m_trace || *inner < 0 || *inner >= m_trace->model->inner.tokens()))
        inner.reset();
    if (inner == m_hoveredInner)
        return;
    m_hoveredInner = inner;
    Q_EMIT hoverChanged();
}

void Exploration::remember(bool goesOn)
{
    m_pulled = 0;
    if (goesOn) {
        m_looks[m_at] = {m_place, m_display, m_looks[m_at].step};
        return;
    }
    static quint64 steps = 0;
    m_looks.resize(m_at + 1);
    m_looks.push_back({m_place, m_display, ++steps});
    constexpr std::size_t most = 500;
    if (m_looks.size() > most)
        m_looks.erase(m_looks.begin());
    m_at = m_looks.size() - 1;
}

void Exploration::goBack()
{
    if (canGoBack())
        goTo(m_at - 1);
}

void Exploration::goForward()
{
    if (canGoForward())
        goTo(m_at + 1);
}

void Exploration::goTo(std::size_t at)
{
    const int layerBefore = m_place.layer;
    m_at = at;
    m_pulled = 0;
    m_sharedRange.reset();
    // A place of another model may not exist in this one.
    const Place place = clamped(m_looks[at].place);
    if (std::exchange(m_display, m_looks[at].display) != m_display)
        Q_EMIT displayChanged();
    if (place == m_place)
        return;
    m_place = place;
    announcePlace(layerBefore);
}

void Exploration::setDisplay(const DisplaySettings& display)
{
    if (display == m_display)
        return;
    DisplaySettings opacity = m_display, mass = m_display, range = m_display;
    opacity.opacity = display.opacity;
    mass.mass = display.mass;
    range.range = display.range;
    const int pulled = opacity == display ? 1 : mass == display ? 2 : range == display ? 3 : 0;
    const bool goesOn = !m_trace || (pulled != 0 && pulled == m_pulled && !canGoForward());
    m_display = display;
    m_sharedRange.reset();
    remember(goesOn);
    m_pulled = pulled;
    Q_EMIT displayChanged();
}

void Exploration::followDisplay(const DisplaySettings& display)
{
    if (display == m_display)
        return;
    m_display = display;
    m_sharedRange.reset();
    remember(true);
    Q_EMIT displayChanged();
}

void Exploration::setLinkedRange(std::optional<ValueRange> range)
{
    if (range == m_linkedRange)
        return;
    m_linkedRange = range;
    Q_EMIT displayChanged();
}

LayerAttention Exploration::attention(int layer) const
{
    if (!m_trace || layer < 0 || layer >= static_cast<int>(m_trace->attention.size()))
        return {};
    const auto index = static_cast<std::size_t>(layer);
    return m_provided[index].empty() ? m_trace->attention[index] : m_provided[index];
}

void Exploration::provideAttention(const Trace* trace, int layer, NdArray attention)
{
    if (trace != m_trace.get() || layer < 0 || layer >= static_cast<int>(m_provided.size()))
        return;
    // One recomputed layer at a time: the trace left them out because they do not fit in the budget.
    std::ranges::fill(m_provided, NdArray());
    m_provided[static_cast<std::size_t>(layer)] = std::move(attention);
    m_sharedRange.reset();
    Q_EMIT attentionProvided(layer);
}

std::optional<MapRequest> Exploration::request(const Method& method) const
{
    // An engine differentiates the pass that the network makes, not a changed one.
    if (!m_trace || !whyNot(method, *m_trace->model).empty()
        || (isChanged() && !m_shownChange.changesPixelsAlone() && needsEngine(method)))
        return std::nullopt;
    MapRequest result{&method, {}, hasLayer(method) ? m_place.layer : 0};
    if (!method.isOfClass)
        return result;
    const std::optional<int> of = shownClass();
    if (!of)
        return std::nullopt;
    result.objective = {*of, m_place.against == of ? std::nullopt : m_place.against};
    return result;
}

std::optional<MapRequest> Exploration::missingMap() const
{
    const std::optional<MapRequest> wanted = m_place.method ? request(*m_place.method) : std::nullopt;
    return wanted && !answer(*wanted) ? wanted : std::nullopt;
}

const MapAnswer* Exploration::answer(const MapRequest& request) const
{
    const auto found = std::ranges::find(m_maps, request, &std::pair<MapRequest, MapAnswer>::first);
    return found != m_maps.end() ? &found->second : nullptr;
}

void Exploration::provideMap(const Trace* trace, const MapRequest& request, MapAnswer answer)
{
    if (trace != m_trace.get() || !m_trace || this->answer(request))
        return;
    constexpr std::size_t most = 500;
    if (m_maps.size() == most)
        m_maps.erase(m_maps.begin());
    m_maps.emplace_back(request, std::move(answer));
    Q_EMIT mapProvided();
}

const Judgement* Exploration::judgement(const MapRequest& request) const
{
    const std::optional<int> of = shownClass();
    const auto found = std::ranges::find_if(m_judgements,
                                            [&](const Judgement& each) { return each.request == request && each.of == of; });
    return found != m_judgements.end() ? &*found : nullptr;
}

void Exploration::provideJudgement(const Trace* trace, Judgement judgement)
{
    if (!m_trace || trace != m_trace.get())
        return;
    m_judgements.push_back(std::move(judgement));
    Q_EMIT judgementProvided();
}

std::optional<Heatmap> Exploration::map() const
{
    if (m_place.method) {
        const std::optional<MapRequest> wanted = request(*m_place.method);
        const MapAnswer* found = wanted ? answer(*wanted) : nullptr;
        if (!found || found->values.empty())
            return std::nullopt;
        Heatmap result = heatmapOf(found->values, m_place.method->isSigned);
        if (m_display.range)
            result.range = *m_display.range;
        return result;
    }
    if (m_place.tokenMap == TokenMap::Components)
        return componentMap();
    if (m_place.tokenMap != TokenMap::Attention)
        return tokenMapOfPatches();
    std::optional<Heatmap> result = map(m_place.layer, m_place.heads);
    if (result && m_linkedRange && !m_display.range)
        setRange(*result, *m_linkedRange);
    return result;
}

std::optional<Heatmap> Exploration::map(int layer, const HeadChoice& heads) const
{
    return attention(layer).empty() ? std::nullopt : std::optional(mapOf(layer, weights(layer, heads)));
}

std::vector<float> Exploration::weights(int layer, const HeadChoice& heads) const
{
    const LayerAttention matrix = attention(layer);
    if (matrix.isWhole())
        return attentionOf(matrix, heads, shownToken(), m_place.direction);
    if (!m_slices.areOf(shownToken(), m_place.direction))
        m_slices = {shownToken(), m_place.direction, std::vector<NdArray>(static_cast<std::size_t>(m_trace->layers()))};
    NdArray& slice = m_slices.ofLayers[static_cast<std::size_t>(layer)];
    if (slice.empty())
        slice = attentionByHead(matrix, shownToken(), m_place.direction);
    return fuseRows(slice, heads);
}

Heatmap Exploration::mapOf(int layer, const std::vector<float>& weights) const
{
    const ModelSpec& spec = *m_trace->model;
    Heatmap result;
    result.rows = spec.gridHeight();
    result.columns = spec.gridWidth();
    result.values.assign(weights.begin() + spec.prefixTokens(), weights.end());
    result.marked.assign(result.values.size(), false);
    for (const int patch : outlierPatches(layer))
        result.marked[static_cast<std::size_t>(patch)] = true;
    setRange(result, m_display.range ? *m_display.range : m_display.sharedScale ? sharedRange() : ownRange(result));
    return result;
}

ValueRange Exploration::ownRange(const Heatmap& map) const
{
    std::vector<float> counted;
    counted.reserve(map.values.size());
    for (std::size_t i = 0; i < map.values.size(); ++i)
        if (!m_display.ignoreOutliers || !map.marked[i])
            counted.push_back(map.values[i]);
    return {0, rangeOf(counted).high};
}

void Exploration::setRange(Heatmap& map, ValueRange range) const
{
    map.range = range;
    if (!m_display.logarithmic || range.high <= 0)
        return;
    map.scale = ColourScale::Logarithmic;
    if (range.low <= 0)
        map.range.low = range.high / 1000;  // three decades: what is less counts as nothing
}

ValueRange Exploration::sharedRange() const
{
    if (m_sharedRange)
        return *m_sharedRange;
    const int prefix = m_trace->model->prefixTokens();
    float largest = 0;
    for (int layer = 0; layer < m_trace->layers(); ++layer) {
        if (attention(layer).empty())
            continue;
        // The largest of the heads bounds their mean as well.
        const std::vector<float> all = weights(layer, {HeadFusion::Max, 0, {}});
        for (std::size_t token = static_cast<std::size_t>(prefix); token < all.size(); ++token)
            if (!m_display.ignoreOutliers
                || !std::ranges::binary_search(outlierPatches(layer), static_cast<int>(token) - prefix))
                largest = std::max(largest, all[token]);
    }
    m_sharedRange = ValueRange{0, largest > 0 ? largest : 1};
    return *m_sharedRange;
}

std::optional<float> Exploration::methodValue(int token) const
{
    const ModelSpec& spec = *m_trace->model;
    const std::optional<Heatmap> shown = map();
    const int patch = token - spec.prefixTokens();
    if (!shown || patch < 0 || patch >= spec.patches())
        return std::nullopt;
    const int side = shown->rows / spec.gridHeight();
    const int row = patch / spec.gridWidth() * side, column = patch % spec.gridWidth() * side;
    float sum = 0;
    for (int y = row; y < row + side; ++y)
        for (int x = column; x < column + side; ++x)
            sum += shown->values[static_cast<std::size_t>(y * shown->columns + x)];
    return sum;
}

std::optional<float> Exploration::value(int token) const
{
    if (m_trace && m_place.method)
        return methodValue(token);
    if (m_place.tokenMap != TokenMap::Attention) {
        const std::vector<float> all = tokenValues();
        return token >= 0 && token < static_cast<int>(all.size()) ? std::optional(all[static_cast<std::size_t>(token)])
                                                                  : std::nullopt;
    }
    const LayerAttention matrix = attention(m_place.layer);
    if (matrix.empty() || token < 0 || token >= matrix.tokens())
        return std::nullopt;
    return weights(m_place.layer, m_place.heads)[static_cast<std::size_t>(token)];
}

const std::vector<int>& Exploration::outlierPatches(int layer) const
{
    static const std::vector<int> none;
    if (layer < 0 || layer >= static_cast<int>(m_outliers.size()))
        return none;
    std::optional<std::vector<int>>& outliers = m_outliers[static_cast<std::size_t>(layer)];
    if (!outliers) {
        outliers.emplace();
        const auto after = static_cast<std::size_t>(layer) + 1;
        const int prefix = m_trace->model->prefixTokens();
        if (after < m_trace->tokens.size())
            for (const int token : outlierTokens(rowNorms(m_trace->tokens[after]), prefix))
                outliers->push_back(token - prefix);
    }
    return *outliers;
}

}  // namespace vitrine
