// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

/// Resamples as the model's family does (ModelSpec::positionResampling). Prefix rows are kept as they are; prefix
/// tokens without a row (registers of Hugging Face's Dinov2) get zeros. Throws Error when the row count fits neither.
Positions makePositions(const at::Tensor& stored, const ModelSpec& spec);

} // namespace vitrine::nn
