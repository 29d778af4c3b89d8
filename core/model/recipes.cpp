// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/tensor_map.h"

namespace vitrine {

const Shape* TensorMap::shape(std::string_view name) const
{
    const auto found = tensors.find(name);
    return found == tensors.end() ? nullptr : &found->second.shape;
}

TensorRecipe reshapedRecipe(const TensorInfo& tensor, Shape shape)
{
    return {shape, {tensor.name}, [name = tensor.name, shape](const Checkpoint& checkpoint) {
                return checkpoint.read(name).reshaped(shape);
            }};
}

TensorRecipe zeroRecipe(Shape shape)
{
    return {shape, {}, [shape](const Checkpoint&) {
                return NdArray(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), 0.0F));
            }};
}

TensorRecipe changedRecipe(const TensorRecipe& from, Shape shape, std::function<NdArray(const NdArray&)> change)
{
    return {std::move(shape), from.sources,
            [read = from.read, change = std::move(change)](const Checkpoint& checkpoint) { return change(read(checkpoint)); }};
}

}  // namespace vitrine
