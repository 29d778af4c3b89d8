// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/trace/engine.h"

namespace vitrine::nn {

/// Position embeddings of a checkpoint, [1, n, D] or [n, D], on the grid of the present input.
struct Positions {
    at::Tensor added;      ///< [T', D]: T' = T, or N where ModelSpec::positionsCoverPrefix is false
    at::Tensor trained;    ///< [h * w, D] as in the file, without prefix rows
    at::Tensor resampled;  ///< [h' * w', D]
};

/// `stored`: nothing where positions are not learned; then zeros are added and the others have no rows.
/// Resamples as the model's family does (ModelSpec::positionResampling). Prefix rows are kept as they are; prefix
/// tokens without a row (registers of Hugging Face's Dinov2) get zeros. Throws Error when the row count fits neither.
Positions makePositions(const std::optional<at::Tensor>& stored, const ModelSpec& spec);

/// Which row of a relative bias' table (ModelSpec::relativeBias) is added for a query and a key, [T, T]; undefined where
/// there is none.
at::Tensor relativeBiasIndex(const ModelSpec& spec, const at::Device& device);

}  // namespace vitrine::nn
