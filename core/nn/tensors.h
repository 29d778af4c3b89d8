// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "core/base/ndarray.h"
#include "core/model/model.h"
#include "core/kernels/kernels.h"

namespace vitrine::nn {

/// A float32 CPU tensor over the array's memory; keeps its owner alive. Must not be written to.
at::Tensor toTensor(const NdArray& array);

/// An array over the tensor's memory; copies only what is not already contiguous float32 on the CPU.
NdArray toNdArray(const at::Tensor& tensor);

/// Where a network computes and in which type. On the CPU Precision::BFloat16 means float32 tensors whose products round
/// their factors, where the kernels have that: as fast as tensors of bfloat16, and more exact.
struct Placement {
    at::Device device = at::kCPU;
    at::ScalarType type = at::kFloat;
    kernels::Product product = kernels::Product::Float32;
};

/// Takes the tensors whose names begin with `prefix` out of the model; who needs them still holds them.
void forget(Model& model, const std::string& prefix);

/// Tensors by name, below a prefix ("blocks.3."). Refers to the tensors and the name.
class Weights {
public:
    explicit Weights(const Model& model);
    Weights(const Tensors& tensors, const std::string& modelName, std::string prefix);

    Weights operator[](std::string_view module) const;  ///< adds "module." to the prefix
    Weights operator[](int index) const { return (*this)[std::to_string(index)]; }
    /// Throws Error when there is no such tensor.
    at::Tensor get(std::string_view name) const;
    std::optional<at::Tensor> find(std::string_view name) const;

private:
    const Tensors* m_tensors;
    const std::string* m_modelName;
    std::string m_prefix;
};

}  // namespace vitrine::nn
