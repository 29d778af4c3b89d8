// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/ndarray.h"
#include "core/trace/layer_attention.h"

namespace vitrine {

enum class HeadFusion { Single, Mean, Max, Min };

/// One head, or several fused element by element.
struct HeadChoice {
    HeadFusion fusion = HeadFusion::Mean;
    int head = 0;             ///< Single: which one
    std::vector<int> subset;  ///< Mean, Max, Min: of these heads; empty means all
    /// Whether what a token looks at sums to 1, as it does in one head and in a mean.
    bool isDistribution() const { return fusion == HeadFusion::Single || fusion == HeadFusion::Mean; }

    bool operator==(const HeadChoice&) const = default;
};

/// "head 3", "mean of heads", "max of heads 0, 2, 5"
std::string toString(const HeadChoice& choice);

/// The two readings of an attention matrix: a row (what the query looks at) or a column (who looks at this key).
enum class Direction { LooksAt, LookedAtBy };

/// [T]: the fused row or column of `token`. Touches only that row or column.
std::vector<float> attentionOf(const LayerAttention& layer, const HeadChoice& choice, int token, Direction direction);

/// [heads, T]: the row or column of `token` in every head; fuseRows() of it are attentionOf().
NdArray attentionByHead(const LayerAttention& layer, int token, Direction direction);

/// The fused rows of these tokens, [queries, T].
NdArray rowsOf(const LayerAttention& layer, const HeadChoice& choice, const std::vector<int>& queries);

/// Rows of heads [heads, T] fused into one.
std::vector<float> fuseRows(const NdArray& rows, const HeadChoice& choice);

/// The fused matrix [T, T].
NdArray fuseHeads(const LayerAttention& layer, const HeadChoice& choice);

}  // namespace vitrine
