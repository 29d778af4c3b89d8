// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/explain/attention.h"
#include "core/trace/trace.h"

namespace vitrine {

enum class InnerMeasure {
    Received,  ///< mean over a patch's inner queries of the weight on this inner token
    Entropy,   ///< nats, of this inner token's row
    Norm,      ///< L2 norm of this inner token after the block
};

/// One number per inner token [N * t] as a picture [grid rows * side, grid columns * side].
NdArray assembleInner(const ModelSpec& spec, std::span<const float> values);

/// All patches' inner tokens laid out as one picture: [grid rows * side, grid columns * side]. Throws Error for a ViT.
NdArray innerAssembled(const Trace& trace, int layer, InnerMeasure measure, const HeadChoice& heads);

/// The entropy in nats of a patch's inner attention in each layer, mean over inner heads and queries; 1 number a layer.
std::vector<double> innerEntropies(const Trace& trace, int patch);
/// Whether attention of such an entropy tells no pixel from another: 99 % of the most that it can be.
bool isFlat(double entropy, const InnerSpec& inner);
/// Where `layer` tells no pixel of the patch from another: the layer that does so best, if one does.
std::optional<int> layerInside(const Trace& trace, int patch, int layer);

/// What the pixels add to the patches in one block (TNT, eq. 4: the inner projection p of a patch is added to its embedding
/// z; CLS gets nothing), split into what every patch gets, m = the mean of p over the patches, and what is a patch's own,
/// v = p - m. The parts are orthogonal in the mean: mean ||p||² = ||m||² + mean ||v||² (as the variance is).
struct Bridge {
    NdArray varying;          ///< [patches], ||v|| / ||z||, 0 where z is 0
    NdArray constant;         ///< [patches], ||m|| / ||z||, 0 where z is 0
    double varyingNorm = 0;   ///< root mean square of ||v|| over the patches
    double constantNorm = 0;  ///< ||m||

    /// sqrt(mean ||v||² / mean ||p||²), from 0 (all patches get the same) to 1 (nothing in common); 0 where nothing is added.
    double varyingShare() const;
    /// Below 1 %: nothing that the pixels add tells one patch from another.
    bool sameForAll() const { return varyingShare() < 0.01; }
};

/// Throws Error for a ViT, a layer that is not there, and a pass that did not record the inner transformer.
Bridge bridge(const Trace& trace, int layer);

/// One sentence: "the pixels add the same to every patch here (0.02 % of it differs)" or by how much it differs.
std::string toString(const Bridge& bridge);

}  // namespace vitrine
