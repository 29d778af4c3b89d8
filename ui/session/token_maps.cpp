// SPDX-License-Identifier: GPL-3.0-or-later
// The maps of an Exploration that are neither attention between tokens nor a method's.
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/explain/components.h"
#include "core/explain/embeddings.h"
#include "ui/session/exploration.h"

namespace vitrine {

namespace {

std::vector<QRgb> colourCells(const NdArray& patches)
{
    constexpr int count = 3;
    std::vector<QRgb> cells;
    try {
        const NdArray shades = componentShades(principalComponents(patches, count));
        for (std::int64_t i = 0; i < shades.dim(0); ++i) {
            const auto part = [&](int k) { return static_cast<int>(std::lround(255 * shades.at({i, k}))); };
            cells.push_back(qRgb(part(0), part(1), part(2)));
        }
    } catch (const Error&) {
        // A pass with infinite states has no components, as it has no other map.
        cells.clear();
    }
    return cells;
}

}  // namespace

std::vector<float> Exploration::tokenValues() const
{
    const auto after = static_cast<std::size_t>(m_place.layer) + 1;
    if (!m_trace)
        return {};
    if (m_place.tokenMap == TokenMap::Pooling) {
        HeadChoice heads = m_place.heads;
        heads.subset.clear();
        heads.head = std::min(heads.head, static_cast<int>(m_trace->pooling.dim(0)) - 1);
        return fuseRows(m_trace->pooling, heads);
    }
    if (after >= m_trace->tokens.size() || m_trace->tokens[after].empty())
        return {};
    const NdArray& tokens = m_trace->tokens[after];
    if (m_place.tokenMap == TokenMap::Similarity)
        return similarities(static_cast<int>(after), shownToken());
    if (m_place.tokenMap != TokenMap::Norm)
        return {};
    const NdArray norms = rowNorms(tokens);
    return {norms.values().begin(), norms.values().end()};
}

const std::vector<float>& Exploration::similarities(int state, int token) const
{
    const std::pair asked(state, token);
    if (!m_similarities || m_similarities->first != asked)
        m_similarities = {asked, cosineTo(m_trace->tokens[static_cast<std::size_t>(state)], token)};
    return m_similarities->second;
}

std::optional<Heatmap> Exploration::tokenMapOfPatches() const
{
    const std::vector<float> all = tokenValues();
    if (all.empty())
        return std::nullopt;
    const ModelSpec& spec = *m_trace->model;
    Heatmap result = heatmapOf({{spec.gridHeight(), spec.gridWidth()}, {all.begin() + spec.prefixTokens(), all.end()}},
                               m_place.tokenMap == TokenMap::Similarity);
    if (m_display.range)
        result.range = *m_display.range;
    return result;
}

std::optional<Heatmap> Exploration::componentMap() const
{
    const auto after = static_cast<std::size_t>(m_place.layer) + 1;
    if (!m_trace || after >= m_trace->tokens.size() || m_trace->tokens[after].empty())
        return std::nullopt;
    if (!m_components || m_components->first != m_place.layer)
        m_components = {m_place.layer, colourCells(m_trace->patchTokens(static_cast<int>(after)))};
    if (m_components->second.empty())
        return std::nullopt;
    const ModelSpec& spec = *m_trace->model;
    Heatmap result;
    result.rows = spec.gridHeight();
    result.columns = spec.gridWidth();
    result.colours = m_components->second;
    result.values.assign(result.colours.size(), 0);
    result.range = {0, 1};
    return result;
}

}  // namespace vitrine
