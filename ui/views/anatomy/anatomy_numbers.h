// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

#include "core/explain/attention.h"
#include "core/explain/statistics.h"
#include "core/trace/trace.h"
#include "ui/picture/colour_map.h"
#include "ui/views/anatomy/anatomy_stages.h"

namespace vitrine {

/// The numbers of one stage for one picture, as a table that a heat map can show.
struct StageNumbers {
    enum class Rows { Tokens, Patches, PixelRows, Channels, Classes };  ///< the last two: a single row

    NdArray table;  ///< [rows, columns]
    Rows rows = Rows::Tokens;
    QString columnsAre;  ///< "channel", "key" ...
    Statistics statistics;
    ValueRange range;                      ///< of the colours: 0.5 % of the values at either end are clipped
    ColourMap colours = ColourMap::Magma;  ///< diverging around 0 where values have both signs
};

/// What leaves `stage` in block `layer`. `attention` is that layer's, fused by `heads`. Nothing when a
/// Trace does not hold it and it cannot be derived (see AnatomyBox::recorded).
std::optional<StageNumbers> stageNumbers(const Trace& trace, StageKind stage, int layer, const LayerAttention& attention,
                                         const HeadChoice& heads);

/// "patch 6, 9 · channel 214"
QString cellName(const StageNumbers& numbers, const ModelSpec& spec, int row, int column);

}  // namespace vitrine
