// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/trace/edits.h"
#include "core/trace/gradients.h"
#include "core/trace/trace.h"

namespace vitrine {

enum class Precision { Float32, BFloat16, Float16 };
/// "float32", "bfloat16", "float16".
std::string toString(Precision precision);

/// What a pass keeps.
struct RecordOptions {
    /// A layer's attention is kept as its matrices, or, where those are more than twice as large, as what they are computed
    /// from (on the CPU). More than this (bytes per picture) is not kept; Engine::attention() recomputes it from the token states.
    std::optional<std::size_t> attentionBudget = std::nullopt;  ///< nothing: the engine's own
    bool queriesAndKeys = false;  ///< keep what attention is computed from, however small its matrices are
    bool logitsOnly = false;      ///< evaluation: nothing but the logits

    bool operator==(const RecordOptions&) const = default;
};

/// No attention is kept.
inline constexpr RecordOptions tokensAlone{.attentionBudget = 0};

struct PositionEmbeddings {
    NdArray trained;  ///< [h * w, D] as in the file, prefix rows left out
    int trainedHeight = 0, trainedWidth = 0;
    NdArray resampled;  ///< [h' * w', D] on the present grid (the same as `trained` where the grids agree)
    NdArray inner;      ///< TNT: [t, c]
};

/// A loaded network. One thread makes, uses and destroys an Engine.
class Engine {
public:
    virtual ~Engine() = default;

    virtual std::shared_ptr<const ModelSpec> model() const = 0;
    virtual std::string device() const = 0;            ///< for people: "CPU, 2 threads"
    virtual std::string remark() const { return {}; }  ///< what is odd about it, for people, in device(), too
    virtual std::string deviceId() const = 0;          ///< what EngineOptions::device takes: "cpu", "cuda:0"
    virtual Precision precision() const = 0;
    virtual int threads() const { return 1; }  ///< CPU threads that a pass uses
    virtual PositionEmbeddings positions() const = 0;

    /// One forward pass over a batch; one Trace a picture. Looks at `stop` and tells `progress` after each block.
    /// Throws Error, Cancelled.
    virtual std::vector<std::shared_ptr<const Trace>> run(std::span<const PreparedImage> pictures,
                                                          const RecordOptions& options = {}, std::stop_token stop = {},
                                                          const Progress& progress = {})
        = 0;

    /// One layer's attention [heads, T, T]: the recorded one, or computed from what is kept of it or from trace.tokens[layer]. Looks at `stop` before
    /// it begins. Throws Error, Cancelled.
    virtual NdArray attention(const Trace& trace, int layer, std::stop_token stop = {}) = 0;

    // An engine that only runs passes need not have what follows: unless it is overridden, it throws Error.

    /// The pass of `base` with changes: only the blocks from edits.firstLayer() on are computed, the arrays below are
    /// shared. Needs the token states of an unchanged pass. Throws Error, Cancelled.
    virtual std::shared_ptr<const Trace> rerun(const Trace& base, const Edits& edits, std::stop_token stop = {},
                                               const Progress& progress = {});

    /// The score's derivatives, block by block backwards from the recorded token states of an unchanged pass; in float32,
    /// whatever the precision of the pass. Throws Error where the network has no head, Cancelled.
    virtual Gradients gradients(const Trace& trace, const Objective& objective, const GradientOptions& options = {},
                                std::stop_token stop = {}, const Progress& progress = {});

    /// The same several times; what they share of the way forward is computed once.
    virtual std::vector<Gradients> allGradients(const Trace& trace, const Objective& objective,
                                                std::span<const GradientOptions> options, std::stop_token stop = {},
                                                const Progress& progress = {});

    /// Logit lens (nostalgebraist 2020): final norm and head on every token of trace.tokens[state] as if it were the pooled
    /// one, [T, classes]. Throws Error where the network has no head, Cancelled.
    virtual NdArray lens(const Trace& trace, int state, std::stop_token stop = {});

    /// Per layer what the matrices alone do not show, [heads + 1, T]: the norm of each token's value after the projection of
    /// its head (and LayerScale, where there is one), |v W_o| (Kobayashi et al. 2020), and last of all heads together.
    /// Throws Error, Cancelled.
    virtual NdArray valueNorms(const Trace& trace, int layer, std::stop_token stop = {});

    /// softmax's arguments q k^T / sqrt(d), [heads, T, T]. Throws Error, Cancelled.
    virtual NdArray attentionLogits(const Trace& trace, int layer, std::stop_token stop = {});
};

/// Where to run and how.
struct EngineOptions {
    std::string device = "auto";  ///< "auto", "cpu", "cuda", "cuda:N"
    int threads = 0;              ///< 0: one per physical core
    Precision precision = Precision::Float32;
    std::size_t attentionBudget = std::size_t(1) << 30;  ///< of passes whose RecordOptions have none
};

}  // namespace vitrine
