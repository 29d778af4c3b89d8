// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <stop_token>

#include "core/trace/trace.h"

namespace vitrine {

enum class HeadMetric {
    MeanDistance,    ///< pixels of the input; prefix rows and columns left out, rows renormalised (vit_analysis); rows
                     ///< that give patches no weight at all are left out, NaN if that is every row
    Entropy,         ///< nats, -sum a ln a, mean over all queries
    AttentionToCls,  ///< mean over patch queries of the weight on CLS; 0 without CLS
    SelfAttention,   ///< mean over patch queries of the weight on themselves
};
inline constexpr std::array headMetrics{HeadMetric::MeanDistance, HeadMetric::Entropy, HeadMetric::AttentionToCls,
                                        HeadMetric::SelfAttention};

/// One number per head, [layers, heads]. Layers whose attention was not recorded are NaN. Throws Cancelled.
NdArray headMetric(const Trace& trace, HeadMetric metric, const std::stop_token& stop = {});

/// The same of one layer's attention, [heads]. Of queries and keys a few rows are computed at a time. Throws Error, Cancelled.
NdArray headMetric(const LayerAttention& layer, const ModelSpec& spec, HeadMetric metric, const std::stop_token& stop = {});

}  // namespace vitrine
