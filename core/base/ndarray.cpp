// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ndarray.h"

#include <cassert>

#include "core/base/error.h"

namespace vitrine {

std::string toString(const Shape& shape)
{
    if (shape.empty())
        return "scalar";
    std::string text;
    for (const std::int64_t dim : shape)
        text += (text.empty() ? "" : "x") + std::to_string(dim);
    return text;
}

std::int64_t elementCount(const Shape& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t dim : shape) {
        if (dim < 0 || __builtin_mul_overflow(count, dim, &count))
            throw Error("The shape " + toString(shape) + " is not possible.");
    }
    return count;
}

NdArray::NdArray(Shape shape, std::vector<float> values)
    : m_shape(std::move(shape))
    , m_size(elementCount(m_shape))
{
    assert(m_size == static_cast<std::int64_t>(values.size()));
    auto owner = std::make_shared<const std::vector<float>>(std::move(values));
    m_data = std::shared_ptr<const float>(owner, owner->data());
}

NdArray::NdArray(Shape shape, std::shared_ptr<const float> data)
    : m_shape(std::move(shape))
    , m_size(elementCount(m_shape))
    , m_data(std::move(data))
{
}

std::int64_t NdArray::dim(int axis) const
{
    const int index = axis < 0 ? axis + rank() : axis;
    assert(index >= 0 && index < rank());
    return m_shape[static_cast<std::size_t>(index)];
}

NdArray NdArray::operator[](std::int64_t index) const
{
    assert(rank() > 0 && index >= 0 && index < m_shape[0]);
    Shape rest(m_shape.begin() + 1, m_shape.end());
    const std::int64_t stride = elementCount(rest);
    return {std::move(rest), std::shared_ptr<const float>(m_data, m_data.get() + index * stride)};
}

float NdArray::at(std::initializer_list<std::int64_t> indices) const
{
    assert(static_cast<int>(indices.size()) == rank());
    std::int64_t offset = 0;
    std::size_t axis = 0;
    for (const std::int64_t index : indices) {
        assert(index >= 0 && index < m_shape[axis]);
        offset = offset * m_shape[axis++] + index;
    }
    return m_data.get()[offset];
}

NdArray NdArray::reshaped(Shape shape) const
{
    assert(elementCount(shape) == m_size);
    return {std::move(shape), m_data};
}

}  // namespace vitrine
