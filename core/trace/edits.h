// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/ndarray.h"

namespace vitrine {

struct ModelSpec;

/// One head of one layer.
struct LayerHead {
    int layer = 0, head = 0;

    bool operator==(const LayerHead&) const = default;
};

/// What a head adds once it is off: nothing, or for every token what it adds in the mean over all tokens.
enum class HeadOff { Zero, Mean };

/// Token states taken from another pass (activation patching): before block `state` (0 .. L; L: before the final norm) the
/// rows `tokens` become `rows` [tokens.size(), D].
struct TokenPatch {
    int state = 0;
    std::vector<int> tokens;
    NdArray rows;
};

/// What is changed inside a pass. Patches, tokens, layers and heads count from 0.
struct Edits {
    std::vector<int> maskedPatches;  ///< no other token attends to these, in any layer; their own rows are computed, but a
                                     ///< head that takes the mean of the patches leaves them out
    std::vector<LayerHead> headsOff;
    HeadOff headOff = HeadOff::Zero;
    std::vector<TokenPatch> tokenPatches;
    std::vector<int> innerProjectionsOff;  ///< TNT: layers in which the pixels add nothing
    struct InnerMask {
        int patch = 0;
        std::vector<int> tokens;
    };
    std::vector<InnerMask> maskedInner;  ///< TNT: inner tokens to which no other of their patch attends, in any layer

    bool empty() const;
    /// The first block whose result differs (0 .. L): what is below is the base pass.
    int firstLayer() const;
};

/// Throws Error where something is named that this network does not have; says what there is.
void check(const Edits& edits, const ModelSpec& spec);

}  // namespace vitrine
