// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/tensors.h"

#include <ATen/ATen.h>

#include "core/base/error.h"

namespace vitrine::nn {

at::Tensor toTensor(const NdArray& array)
{
    auto owner = array.owner();
    return at::from_blob(
        const_cast<float*>(array.data()), array.shape(), [owner](void*) {}, at::kFloat);
}

NdArray toNdArray(const at::Tensor& tensor)
{
    auto owner = std::make_shared<at::Tensor>(tensor.to(at::kCPU, at::kFloat).contiguous());
    const float* data = owner->const_data_ptr<float>();
    return {owner->sizes().vec(), std::shared_ptr<const float>(std::move(owner), data)};
}

void forget(Model& model, const std::string& prefix)
{
    auto first = model.tensors.lower_bound(prefix), last = first;
    while (last != model.tensors.end() && last->first.starts_with(prefix))
        ++last;
    model.tensors.erase(first, last);
}

Weights::Weights(const Model& model)
    : Weights(model.tensors, model.spec.name, {})
{
}

Weights::Weights(const Tensors& tensors, const std::string& modelName, std::string prefix)
    : m_tensors(&tensors)
    , m_modelName(&modelName)
    , m_prefix(std::move(prefix))
{
}

Weights Weights::operator[](std::string_view module) const
{
    return Weights(*m_tensors, *m_modelName, m_prefix + std::string(module) + ".");
}

at::Tensor Weights::get(std::string_view name) const
{
    if (auto tensor = find(name))
        return *tensor;
    throw Error("The model " + *m_modelName + " has no tensor \"" + m_prefix + std::string(name)
                + "\"; the checkpoint is incomplete.");
}

std::optional<at::Tensor> Weights::find(std::string_view name) const
{
    const auto found = m_tensors->find(m_prefix + std::string(name));
    if (found == m_tensors->end())
        return std::nullopt;
    return toTensor(found->second);
}

}  // namespace vitrine::nn
