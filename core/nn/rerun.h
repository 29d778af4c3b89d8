// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/nn/network.h"
#include "core/nn/plain/weights.h"
#include "core/trace/trace.h"

namespace vitrine::nn {

/// A pass with changes, which begins where they do. Blocks without one run as in every pass.
class ChangedPass {
public:
    /// All of these outlive this object. `edits` are checked.
    ChangedPass(const Network& network, plain::PlainWeights& weights, const ModelSpec& spec, const Placement& placement,
                const Edits& edits);

    /// From the token states of `base`; the recorder gets the states from edits.firstLayer() on.
    void run(const Trace& base, Recorder& recorder);
    /// What is changed inside a block.
    BlockEdit ofBlock(int layer);

private:
    State start(const Trace& base) const;
    void patchTokens(int index, State& state) const;

    const Network& m_network;
    plain::PlainWeights& m_weights;
    const ModelSpec& m_spec;
    Placement m_placement;
    const Edits& m_edits;
    at::Tensor m_hidden, m_hiddenInner;  ///< undefined where nothing is masked
};

}  // namespace vitrine::nn
