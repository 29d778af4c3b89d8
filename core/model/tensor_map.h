// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ndarray.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// Whose names a checkpoint has.
enum class Naming { TimmVit, TimmTnt, HuaweiTnt, HuggingFace, Torchvision, Google };

/// The network's tensors inside a checkpoint, wrappers ("state_dict.", "module.", "teacher.backbone." ...) taken off.
struct NameTable {
    Naming naming = Naming::TimmVit;
    std::string prefix;                                        ///< what was taken off
    std::map<std::string, const TensorInfo*, std::less<>> names;  ///< points into the Checkpoint
    const TensorInfo* find(std::string_view name) const;
};

/// Finds the network in a checkpoint by its tensor names. Throws Error "... is not a ViT or TNT: ..." with the reason.
NameTable locateNetwork(const Checkpoint& checkpoint);

/// How one canonical tensor comes from the file. Nothing is read before read() is called.
struct TensorRecipe {
    Shape shape;                       ///< as core/model/model.h promises it
    std::vector<std::string> sources;  ///< names in the file; empty for zeros that the file leaves out
    std::function<NdArray(const Checkpoint&)> read;
};

/// All tensors under canonical names (see Model::tensors).
struct TensorMap {
    std::string source;  ///< for ModelSpec::source
    std::map<std::string, TensorRecipe, std::less<>> tensors;
    int headsFromShape = 0;          ///< where a tensor tells (Google's kernels, QK norm); 0: unknown
    std::vector<Assumption> notes;   ///< what was left out

    const Shape* shape(std::string_view name) const;
    bool has(std::string_view name) const { return tensors.contains(name); }
};

/// Renames, fuses and reshapes; throws Error for a structure that is not supported.
TensorMap mapTensors(const NameTable& table);

/// The part of mapTensors() for Google's JAX arrays.
TensorMap mapGoogleTensors(const NameTable& table);

/// A recipe that takes a tensor as it is, seen under `shape` (the same number of elements).
TensorRecipe reshapedRecipe(const TensorInfo& tensor, Shape shape);

} // namespace vitrine
