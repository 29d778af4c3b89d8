// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/lens.h"

#include <utility>

#include "core/explain/components.h"
#include "core/explain/evidence.h"

namespace vitrine {

namespace {

/// All tokens of a state in the place of the last one.
Edits endingAt(const Trace& trace, int state)
{
    TokenPatch whole{trace.layers(), {}, trace.tokens[static_cast<std::size_t>(state)]};
    for (int token = 0; token < trace.model->tokens(); ++token)
        whole.tokens.push_back(token);
    Edits edits;
    edits.tokenPatches.push_back(std::move(whole));
    return edits;
}

NdArray logitsOfStates(Evidence& evidence, const Arguments&)
{
    const Trace& trace = evidence.trace();
    std::vector<NdArray> rows;
    for (int state = 0; state < trace.layers(); ++state) {
        const NdArray logits = evidence.engine().rerun(trace, endingAt(trace, state), evidence.stop())->logits;
        rows.push_back(logits.reshaped({1, logits.size()}));
        evidence.tell((state + 1.0) / trace.layers());
    }
    // Recorded, not computed again: the curve ends exactly where the predictions stand.
    rows.push_back(trace.logits.reshaped({1, trace.logits.size()}));
    return stackedRows(rows);
}

constexpr Method ofStates{.id = "lens-of-states",
                          .needs = {.engine = true},
                          .sentence = "Logit lens: what the network would answer if it ended after a layer.",
                          .formula = "head(pool(norm(z_l)))",
                          .source = "nostalgebraist, interpreting GPT: the logit lens, 2020",
                          .compute = logitsOfStates};

}  // namespace

const Method& lensOfStates()
{
    return ofStates;
}

NdArray probabilityByState(const NdArray& logits, int index)
{
    std::vector<float> curve;
    for (std::int64_t state = 0; state < logits.dim(0); ++state)
        curve.push_back(probabilities(logits[state])[static_cast<std::size_t>(index)]);
    return {{logits.dim(0)}, std::move(curve)};
}

std::string whatHeadReads(const ModelSpec& spec)
{
    switch (spec.pool) {
    case Pool::Cls:
        // Some heads read both, some CLS alone.
        return spec.distillation ? "the tokens that the head reads" : "the CLS token";
    case Pool::Mean:
        return "the mean of the patches";
    case Pool::ClsMean:
        return "the CLS token and the mean of the patches";
    case Pool::Attention:
        break;
    }
    return "what a learned query attends to";
}

}  // namespace vitrine
