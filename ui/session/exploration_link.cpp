// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/exploration_link.h"

#include <QScopedValueRollback>

#include <algorithm>
#include <cmath>

namespace vitrine {

namespace {

// Position of a prefix token in another model: CLS, then distillation, then registers.
std::optional<int> prefixCounterpart(int token, const ModelSpec& from, const ModelSpec& to)
{
    const int cls = from.cls ? 1 : 0, distillation = from.distillation ? 1 : 0;
    if (token < cls)
        return to.cls ? std::optional(0) : std::nullopt;
    const int afterCls = to.cls ? 1 : 0;
    if (token < cls + distillation)
        return to.distillation ? std::optional(afterCls) : std::nullopt;
    const int registerIndex = token - cls - distillation;
    return registerIndex < to.registers ? std::optional(afterCls + (to.distillation ? 1 : 0) + registerIndex) : std::nullopt;
}

}  // namespace

std::optional<int> counterpart(int token, const ModelSpec& from, const ModelSpec& to)
{
    if (token < 0 || token >= from.tokens())
        return std::nullopt;
    if (token < from.prefixTokens())
        return prefixCounterpart(token, from, to);
    if (to.patches() == 0)
        return std::nullopt;
    const int patch = token - from.prefixTokens();
    // The middle of the patch, as a part of the picture.
    const double y = (patch / from.gridWidth() + 0.5) / from.gridHeight();
    const double x = (patch % from.gridWidth() + 0.5) / from.gridWidth();
    const int row = std::min(static_cast<int>(y * to.gridHeight()), to.gridHeight() - 1);
    const int column = std::min(static_cast<int>(x * to.gridWidth()), to.gridWidth() - 1);
    return to.prefixTokens() + row * to.gridWidth() + column;
}

std::optional<Heatmap> differenceMap(const Exploration& first, const Exploration& second)
{
    std::optional<Heatmap> a = first.map(), b = second.map();
    if (first.method() != second.method() || first.tokenMap() != second.tokenMap() || !a || !b || !a->colours.empty()
        || a->rows != b->rows || a->columns != b->columns)
        return std::nullopt;
    Heatmap result;
    result.rows = a->rows;
    result.columns = a->columns;
    result.values.resize(a->values.size());
    std::ranges::transform(a->values, b->values, result.values.begin(), std::minus<>());
    float largest = 0;
    for (const float value : result.values)
        if (std::isfinite(value))
            largest = std::max(largest, std::abs(value));
    if (largest == 0)
        largest = 1;
    result.range = {-largest, largest};
    return result;
}

ExplorationLink::ExplorationLink(Exploration& first, Exploration& second, QObject* parent)
    : QObject(parent)
    , m_first(first)
    , m_second(second)
{
    connect(&first, &Exploration::placeChanged, this, [this] { follow(m_first, m_second, m_layerOffset); });
    connect(&second, &Exploration::placeChanged, this, [this] { follow(m_second, m_first, -m_layerOffset); });
    connect(&first, &Exploration::hoverChanged, this, [this] { followHover(m_first, m_second); });
    connect(&second, &Exploration::hoverChanged, this, [this] { followHover(m_second, m_first); });
    connect(&first, &Exploration::displayChanged, this, [this] { followDisplay(m_first, m_second); });
    connect(&second, &Exploration::displayChanged, this, [this] { followDisplay(m_second, m_first); });
    for (const Exploration* pane : {&first, &second}) {
        // Not before everybody has heard of the pass: a scale that changes has views look at it.
        connect(pane, &Exploration::traceChanged, this, &ExplorationLink::shareScale, Qt::QueuedConnection);
        connect(pane, &Exploration::attentionProvided, this, &ExplorationLink::shareScale);
        connect(pane, &Exploration::mapProvided, this, &ExplorationLink::shareScale);
    }
}

void ExplorationLink::setLinked(bool linked)
{
    if (linked == m_linked)
        return;
    m_linked = linked;
    m_layerOffset = m_second.layer() - m_first.layer();
    if (linked) {
        follow(m_first, m_second, m_layerOffset);
        followDisplay(m_first, m_second);
    }
}

void ExplorationLink::setSharedScale(bool shared)
{
    if (shared == m_sharedScale)
        return;
    m_sharedScale = shared;
    shareScale();
}

void ExplorationLink::follow(const Exploration& from, Exploration& to, int layerOffset)
{
    if (m_following)
        return;
    if (m_linked && from.trace() && to.trace()) {
        const QScopedValueRollback following(m_following, true);
        Place place = to.place();
        place.layer = from.layer() + layerOffset;
        place.direction = from.direction();
        place.method = from.method();
        place.tokenMap = from.tokenMap();
        if (from.trace()->model->classes == to.trace()->model->classes) {
            place.chosenClass = from.chosenClass();
            place.against = from.place().against;
        }
        place.pinned = from.pinned() ? counterpart(*from.pinned(), *from.trace()->model, *to.trace()->model) : std::nullopt;
        to.passTo(place);
    }
    shareScale();
}

void ExplorationLink::followHover(const Exploration& from, Exploration& to)
{
    if (m_following)
        return;
    if (m_linked && from.trace() && to.trace()) {
        const QScopedValueRollback following(m_following, true);
        const auto mapped = [&](std::optional<int> token) {
            return token ? counterpart(*token, *from.trace()->model, *to.trace()->model) : std::nullopt;
        };
        to.hover(mapped(from.hovered()), mapped(from.hoveredKey()));
    }
    shareScale();
}

void ExplorationLink::followDisplay(const Exploration& from, Exploration& to)
{
    if (m_following)
        return;
    if (m_linked) {
        const QScopedValueRollback following(m_following, true);
        to.followDisplay(from.display());
    }
    shareScale();
}

void ExplorationLink::shareScale()
{
    if (m_following)
        return;
    std::optional<ValueRange> both;
    if (m_sharedScale) {
        const std::optional<Heatmap> first = m_first.map(m_first.layer(), m_first.heads());
        const std::optional<Heatmap> second = m_second.map(m_second.layer(), m_second.heads());
        // One pane alone has nothing to share.
        if (first && second)
            both = {std::min(first->range.low, second->range.low), std::max(first->range.high, second->range.high)};
    }
    const QScopedValueRollback following(m_following, true);
    m_first.setLinkedRange(both);
    m_second.setLinkedRange(both);
}

}  // namespace vitrine
