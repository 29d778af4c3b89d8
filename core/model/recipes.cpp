// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <span>

#include "core/base/error.h"
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

TensorRecipe rowsRecipe(const TensorRecipe& from, std::int64_t first, std::int64_t count)
{
    Shape shape = from.shape;
    shape[0] = count;
    const std::int64_t row = elementCount(shape) / std::max<std::int64_t>(count, 1);
    return changedRecipe(from, shape, [=](const NdArray& whole) {
        const std::span<const float> values = whole.values();
        return NdArray(shape, std::vector<float>(values.begin() + first * row, values.begin() + (first + count) * row));
    });
}

std::int64_t thirdOfRows(const TensorRecipe& whole)
{
    if (whole.shape.empty() || whole.shape[0] % 3 != 0)
        throw Error("the tensor \"" + whole.sources.front() + "\" has the shape " + toString(whole.shape)
                    + ", which is not three times as many rows as anything");
    return whole.shape[0] / 3;
}

}  // namespace vitrine
