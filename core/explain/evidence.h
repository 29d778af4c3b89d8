// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/explain/attention.h"
#include "core/explain/method.h"

namespace vitrine {

/// The parameters of one method as a query sets them.
class Arguments {
public:
    Arguments(const Method& method, const Query& query, const ModelSpec& spec)
        : m_method(&method)
        , m_query(&query)
        , m_spec(&spec)
    {
    }

    double number(std::string_view name) const;
    int whole(std::string_view name) const { return static_cast<int>(number(name)); }

private:
    const Method* m_method;
    const Query* m_query;
    const ModelSpec* m_spec;
};

/// A recorded pass, a question about it, and what follows from both: each part is computed once and is finite. For the
/// engine's thread. Everything throws Error, Cancelled.
class Evidence {
public:
    /// Gradients are taken so that all of `chosen` find in them what they need.
    Evidence(Engine& engine, const Trace& trace, const Query& query, std::span<const Method* const> chosen,
             std::stop_token stop, Progress progress);

    Engine& engine() { return m_engine; }
    const Trace& trace() const { return m_trace; }
    const ModelSpec& spec() const { return *m_trace.model; }
    const Objective& objective() const { return m_query.objective; }
    const std::stop_token& stop() const { return m_stop; }
    /// How much of the present method is done, 0 .. 1.
    void tell(double fraction) const;
    /// The method that is computed from here on.
    void begin(std::size_t method) { m_at = method; }

    const NdArray& attention(int layer);             ///< [heads, T, T]; until another layer's is asked for
    const NdArray& innerAttention(int layer) const;  ///< TNT, [N, inner heads, t, t]
    const Gradients& gradients(Score score, Backward backward = Backward::Exact);
    /// [T, T]: the factor of one layer in a rollout.
    const std::vector<float>& rolloutMatrix(int layer, HeadFusion fusion, double discard);

private:
    using Kind = std::pair<Score, Backward>;

    GradientOptions wanted(const Kind& kind) const;
    void computeGradients(const Kind& asked);

    Engine& m_engine;
    const Trace& m_trace;
    const Query& m_query;
    std::span<const Method* const> m_chosen;
    std::stop_token m_stop;
    Progress m_progress;
    std::size_t m_at = 0;
    std::map<int, NdArray> m_attention;
    std::int64_t m_held = 0;                ///< floats in m_attention that are not the trace's
    std::map<Kind, Gradients> m_gradients;  ///< of all kinds that the methods need, from the first question on
    std::set<Kind> m_finite;                ///< those that were looked through
    std::map<std::tuple<int, HeadFusion, double>, std::vector<float>> m_rollout;
};

/// Throws Error where a number is not finite; `what` begins its sentence ("The attention of layer 3").
void requireFinite(const NdArray& array, const std::string& what, const std::string& advice);

}  // namespace vitrine
