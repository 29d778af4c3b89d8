// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ndarray.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/model_spec.h"

namespace vitrine {

struct Family;

using Names = std::map<std::string, const TensorInfo*, std::less<>>;

/// The network's tensors inside a checkpoint, wrappers ("state_dict.", "module.", "teacher.backbone." ...) taken off.
struct NameTable {
    const Family* family = nullptr;      ///< never null
    std::string prefix;                  ///< what was taken off
    Names names;                         ///< point into the Checkpoint
    Names beside;                        ///< outside of the prefix, by their whole names; other networks' left out
    Names known;                         ///< beside, too, and known to belong to the family's other half
    std::vector<FoundNetwork> networks;  ///< for ModelSpec::networks
    std::vector<Assumption> notes;       ///< why this network was taken
    const TensorInfo* find(std::string_view name) const;
};

/// Finds the network in a checkpoint by its tensor names; `prefix`, when given, says which. Throws Error "this is not a
/// ViT or TNT: ..." with the reason.
NameTable locateNetwork(const Checkpoint& checkpoint, const std::optional<std::string>& prefix = {});

/// How one canonical tensor comes from the file. Nothing is read before read() is called.
struct TensorRecipe {
    Shape shape;                       ///< as core/model/model.h promises it
    std::vector<std::string> sources;  ///< names in the file; empty for zeros that the file leaves out
    std::function<NdArray(const Checkpoint&)> read;
};

/// All tensors under canonical names (see Model::tensors).
struct TensorMap {
    std::string source;  ///< for ModelSpec::source
    const Family* family = nullptr;
    std::map<std::string, TensorRecipe, std::less<>> tensors;
    int headsFromShape = 0;         ///< where a tensor tells (Google's kernels, QK norm); 0: unknown
    std::int64_t parameters = 0;    ///< numbers in the file that the recipes read
    std::vector<int> summary;       ///< for ModelSpec::summary
    std::string headProblem;        ///< for ModelSpec::headProblem
    std::string headNorm;           ///< the name in the file of "fc_norm" where it belongs to a head of a person's own
    std::vector<Assumption> notes;  ///< what was left out

    const Shape* shape(std::string_view name) const;
    bool has(std::string_view name) const { return tensors.contains(name); }
};

/// Renames, fuses and reshapes, and accounts for every tensor of the checkpoint: used, known to change nothing, or
/// unknown. Throws Error for a structure that is not supported, and for an unknown tensor of the network itself.
TensorMap mapTensors(const NameTable& table);

/// The part of mapTensors() for Google's JAX arrays.
TensorMap mapGoogleTensors(const NameTable& table);

/// A recipe that takes a tensor as it is, seen under `shape` (the same number of elements).
TensorRecipe reshapedRecipe(const TensorInfo& tensor, Shape shape);

/// Zeros for what a family leaves out.
TensorRecipe zeroRecipe(Shape shape);

/// `from` read, and then changed by `change`.
TensorRecipe changedRecipe(const TensorRecipe& from, Shape shape, std::function<NdArray(const NdArray&)> change);

/// `count` rows of `from`, beginning with `first`.
TensorRecipe rowsRecipe(const TensorRecipe& from, std::int64_t first, std::int64_t count);

/// How many rows q, k and v have each in a matrix or bias that holds all three. Throws Error where it cannot.
std::int64_t thirdOfRows(const TensorRecipe& whole);

}  // namespace vitrine
