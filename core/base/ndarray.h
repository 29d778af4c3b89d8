// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vitrine {

using Shape = std::vector<std::int64_t>;

/// "196x768"; "scalar" for a shape without dimensions.
std::string toString(const Shape& shape);

/// Number of elements; throws Error when a dimension is negative or the product overflows.
std::int64_t elementCount(const Shape& shape);

/// An immutable, contiguous, row-major array of floats. Copying shares the memory; whoever owns it (a vector, a
/// tensor, a memory-mapped file) lives as long as the last copy. Safe to read from several threads.
class NdArray {
public:
    NdArray() = default;
    NdArray(Shape shape, std::vector<float> values);
    /// `data` points at elementCount(shape) floats and keeps their owner alive.
    NdArray(Shape shape, std::shared_ptr<const float> data);

    const Shape& shape() const { return m_shape; }
    int rank() const { return static_cast<int>(m_shape.size()); }
    /// Length of an axis; negative axes count from the end.
    std::int64_t dim(int axis) const;
    std::int64_t size() const { return m_size; }
    bool empty() const { return m_size == 0; }

    const float* data() const { return m_data.get(); }
    std::span<const float> values() const { return {m_data.get(), static_cast<std::size_t>(m_size)}; }
    const std::shared_ptr<const float>& owner() const { return m_data; }

    /// The sub-array at `index` of the first axis; shares the memory.
    NdArray operator[](std::int64_t index) const;
    /// One element, as many indices as axes; asserts the bounds.
    float at(std::initializer_list<std::int64_t> indices) const;
    /// The same elements under another shape of equal size; shares the memory.
    NdArray reshaped(Shape shape) const;

private:
    Shape m_shape;
    std::int64_t m_size = 0;
    std::shared_ptr<const float> m_data;
};

}  // namespace vitrine
