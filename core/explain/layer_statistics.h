// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/trace/engine.h"

namespace vitrine {

/// What layerStatistics() counts of a network, one name a column: "layer", "head", "distance" (pixels), "entropy" (nats),
/// and mean over the patches of their weight "on_cls", "on_registers" (with the distillation token), "on_itself"; of the
/// layer as a whole, the same for its heads: "patch_norm" and "cls_norm" (after it); TNT: "inner_entropy" (nats, over
/// patches, heads and queries) and "inner_share" (Bridge::varyingShare()).
std::vector<std::string> statisticsColumns(const ModelSpec& spec);

/// [layers * heads, columns]; NaN where there is nothing to count. Throws Error, Cancelled.
NdArray layerStatistics(Engine& engine, const Trace& trace, std::stop_token stop = {});

/// The mean of tables of one shape, entry by entry; a NaN counts for nothing.
class TableMean {
public:
    void add(const NdArray& table);
    NdArray mean() const;

private:
    Shape m_shape;
    std::vector<double> m_sums, m_counts;
};

}  // namespace vitrine
