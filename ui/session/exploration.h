// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/explain/attention.h"
#include "core/explain/what_if.h"
#include "core/trace/trace.h"
#include "ui/picture/heatmap_painter.h"
#include "ui/session/map_request.h"

namespace vitrine {

/// What a map without a method says of the patches.
enum class TokenMap {
    Attention,   ///< between the shown token and each patch, in a layer and head
    Similarity,  ///< the cosine of the shown token with each patch, after a layer
    Norm,        ///< the length of each patch's token after a layer
    Components,  ///< the patches' first three principal components after a layer, as colours
    Pooling,     ///< what the learnt query of the head attends to, in a head
};

/// A place one can come back to with Back and Forward.
struct Place {
    int layer = 0;
    HeadChoice heads;
    std::optional<int> pinned;  ///< token; nothing: CLS (or the first patch where there is no CLS)
    Direction direction = Direction::LooksAt;
    std::optional<int> chosenClass;
    std::optional<int> against{};  ///< a second class: what speaks for the first rather than for this one
    /// Whose map covers the picture; nothing: the attention of the query, head and layer above.
    const Method* method = nullptr;
    WhatIf change{};
    TokenMap tokenMap = TokenMap::Attention;  ///< while there is no method

    bool operator==(const Place&) const = default;
};

/// Where one is and how it is painted: one step of Back and Forward.
struct Look {
    Place place;
    DisplaySettings display;
    quint64 step = 0;  ///< the later, the larger, whichever exploration made it
};

/// One token's attention by layer and head, where it is computed when it is read.
struct TokenSlices {
    int token = -1;  ///< none
    Direction direction = Direction::LooksAt;
    std::vector<NdArray> ofLayers;  ///< [heads, T] or empty

    bool areOf(int wanted, Direction read) const { return token == wanted && direction == read; }
};

/// What a person is looking at in one pane. Every view shows this and changes only this; GUI thread only.
/// Setters clamp to what the present model has and emit only on a change.
class Exploration : public QObject {
    Q_OBJECT

public:
    explicit Exploration(QObject* parent = nullptr);

    /// What is shown: the pass, or the changed one.
    const std::shared_ptr<const Trace>& trace() const { return m_trace; }
    /// The pass without changes.
    const std::shared_ptr<const Trace>& base() const { return m_base; }
    bool isChanged() const { return m_trace != m_base; }
    void setTrace(std::shared_ptr<const Trace> trace);
    /// The base pass with `change`; dropped when something else is wanted by now.
    void provideChanged(const Trace* base, const WhatIf& change, std::shared_ptr<const Trace> changed);
    /// The change whose pass is wanted and not shown.
    std::optional<WhatIf> missingPass() const;

    const Place& place() const { return m_place; }
    int layer() const { return m_place.layer; }
    const HeadChoice& heads() const { return m_place.heads; }
    Direction direction() const { return m_place.direction; }
    std::optional<int> pinned() const { return m_place.pinned; }
    std::optional<int> chosenClass() const { return m_place.chosenClass; }
    const Method* method() const { return m_place.method; }
    TokenMap tokenMap() const { return m_place.tokenMap; }
    /// The picture is covered by attention, not by a method's map or by another number of the tokens.
    bool showsAttention() const { return !m_place.method && m_place.tokenMap == TokenMap::Attention; }
    /// Whether the shown map is one of heads, of a layer, of a token.
    bool usesHeads() const { return showsAttention() || (!m_place.method && m_place.tokenMap == TokenMap::Pooling); }
    bool usesLayer() const { return m_place.method ? hasLayer(*m_place.method) : m_place.tokenMap != TokenMap::Pooling; }
    bool usesToken() const { return showsAttention() || (!m_place.method && m_place.tokenMap == TokenMap::Similarity); }
    /// The class that maps are of: the chosen one, else the most probable one. Nothing where there are none.
    std::optional<int> shownClass() const;
    /// Token under the mouse or the keyboard cursor, in whichever view.
    std::optional<int> hovered() const { return m_hovered; }
    /// The other token of a hovered cell of the attention matrix: the key where hovered() looks, and the other way round.
    std::optional<int> hoveredKey() const { return m_hoveredKey; }
    /// Inner token (0 .. t - 1) of the query patch under the mouse in the inner view.
    std::optional<int> hoveredInner() const { return m_hoveredInner; }
    /// The pinned token, else CLS, else the first patch. Hovering previews another one: see shownToken().
    int query() const;
    /// The token whose attention is shown: hovered while nothing is pinned, else query().
    int shownToken() const;
    /// Patch index of shownToken(), if it is a patch.
    std::optional<int> shownPatch() const;

    /// Where one begins: there is no way back from it.
    void beginAt(const Place& place);
    void setPlace(const Place& place);
    /// Moves on without a way back to where it was: what plays by itself is no choice of a person's.
    void passTo(const Place& place);
    /// `goesOn`: the same pull of a slider or turn of the wheel; one step back takes all of it.
    void setLayer(int layer, bool goesOn = false);
    void setHeads(const HeadChoice& heads);
    void setDirection(Direction direction);
    void pin(std::optional<int> token);
    void chooseClass(std::optional<int> index);
    void chooseAgainst(std::optional<int> index);
    /// What a click on a class asks for: a map of it, unless the one that is shown is of a class already.
    void explainClass(int index);
    void contrastClass(int index);
    void setMethod(const Method* method);
    /// Instead of a method.
    void setTokenMap(TokenMap map);
    /// `goesOn`: the same stroke of the brush; one step back takes all of it.
    /// Brings back what was erased and switched off; what erased patches become stays as it was chosen.
    void restore();
    void setChange(const WhatIf& change, bool goesOn = false);
    void hover(std::optional<int> token, std::optional<int> key = std::nullopt);
    void hoverInner(std::optional<int> inner);

    bool canGoBack() const { return m_at > 0; }
    bool canGoForward() const { return m_at + 1 < m_looks.size(); }
    void goBack();
    void goForward();
    /// The step that goBack() takes back, and the one that goForward() takes again; 0: none.
    quint64 lastStep() const { return canGoBack() ? m_looks[m_at].step : 0; }
    quint64 nextStep() const { return canGoForward() ? m_looks[m_at + 1].step : 0; }

    const DisplaySettings& display() const { return m_display; }
    /// Steps of one slider in a row are one step back.
    void setDisplay(const DisplaySettings& display);
    /// No step of its own: another pane made it.
    void followDisplay(const DisplaySettings& display);
    /// The range of map() while two panes share one scale; a range set by hand wins over it.
    const std::optional<ValueRange>& linkedRange() const { return m_linkedRange; }
    void setLinkedRange(std::optional<ValueRange> range);

    /// This layer's attention; empty while there is none (no trace, or not recorded and being recomputed).
    LayerAttention attention(int layer) const;
    /// A layer that the trace left out, recomputed by the engine.
    void provideAttention(const Trace* trace, int layer, NdArray attention);

    /// A method's map at the present place; nothing without a pass, or where the method does not suit the model.
    std::optional<MapRequest> request(const Method& method) const;
    /// What came of a request of the present pass; null while there is no answer.
    const MapAnswer* answer(const MapRequest& request) const;
    void provideMap(const Trace* trace, const MapRequest& request, MapAnswer answer);
    /// Whether the shown class depends on a map, once that was measured.
    const Judgement* judgement(const MapRequest& request) const;
    void provideJudgement(const Trace* trace, Judgement judgement);
    /// The chosen method's map while there is no answer.
    std::optional<MapRequest> missingMap() const;
    /// The chosen method's map; else the map of shownToken() at the present layer, heads and direction over the patch grid, with its range
    /// (DisplaySettings: own, shared or by hand; linkedRange()). Nothing without attention.
    std::optional<Heatmap> map() const;
    /// The attention for another layer and choice of heads: the cells of the head sheet.
    std::optional<Heatmap> map(int layer, const HeadChoice& heads) const;
    /// Attention between shownToken() and all tokens, of a layer that has attention().
    std::vector<float> weights(int layer, const HeadChoice& heads) const;
    /// The map of weights that are there already: of shownToken() at the layer, between it and all tokens.
    Heatmap mapOf(int layer, const std::vector<float>& weights) const;
    /// What map() gives `token`: attention between it and shownToken(), or the method's number for a patch; nothing without.
    std::optional<float> value(int token) const;
    /// Patches (indices, ascending) with outlier norms after `layer`.
    const std::vector<int>& outlierPatches(int layer) const;

Q_SIGNALS:
    void traceChanged();
    void placeChanged();  ///< layer, heads, pinned token, direction or class
    void hoverChanged();
    void displayChanged();
    void attentionMissing(int layer);  ///< not recorded: whoever owns the engine may provideAttention()
    void attentionProvided(int layer);
    void passMissing();  ///< missingPass(): whoever owns the engine may provideChanged()
    void mapMissing();   ///< missingMap(): whoever owns the engine may provideMap()
    void mapProvided();
    void judgementProvided();

private:
    void explain(Place place);
    Place clamped(Place place) const;
    void announcePlace(int layerBefore);
    void askForMap();
    void askForPass();
    void show(std::shared_ptr<const Trace> trace);
    void goTo(std::size_t at);
    /// `goesOn`: takes the place of the last step.
    void remember(bool goesOn = false);
    std::optional<float> methodValue(int token) const;
    /// One number of each token that is no attention between two of them; empty where it was not recorded.
    std::vector<float> tokenValues() const;
    /// A state's tokens against one of them. Several views ask for the same.
    const std::vector<float>& similarities(int state, int token) const;
    std::optional<Heatmap> tokenMapOfPatches() const;
    std::optional<Heatmap> componentMap() const;
    ValueRange ownRange(const Heatmap& map) const;
    /// Sets also the scale; a logarithmic one begins above 0.
    void setRange(Heatmap& map, ValueRange range) const;
    /// From 0 to the largest weight of shownToken() in any layer and head.
    ValueRange sharedRange() const;

    std::shared_ptr<const Trace> m_base, m_trace;
    WhatIf m_shownChange;  ///< of m_trace
    Place m_place;
    std::vector<Look> m_looks{Look{}};
    std::size_t m_at = 0;
    std::optional<int> m_hovered, m_hoveredKey, m_hoveredInner;
    DisplaySettings m_display;
    int m_pulled = 0;  ///< the slider of the display that moved last; 0: none
    std::optional<ValueRange> m_linkedRange;
    std::vector<NdArray> m_provided;
    std::vector<Judgement> m_judgements;
    std::vector<std::pair<MapRequest, MapAnswer>> m_maps;  ///< of the present pass, newest last
    mutable std::optional<ValueRange> m_sharedRange;
    mutable std::optional<std::pair<int, std::vector<QRgb>>> m_components;                     ///< of a layer
    mutable std::optional<std::pair<std::pair<int, int>, std::vector<float>>> m_similarities;  ///< of a state and a token
    mutable TokenSlices m_slices;                                                              ///< several views read the same
    mutable std::vector<std::optional<std::vector<int>>> m_outliers;  ///< by layer, as far as they were asked for
};

}  // namespace vitrine
