// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/ndarray.h"
#include "core/kernels/kernels.h"

namespace vitrine {

/// What a layer's matrices are computed from. T tokens, d numbers a head.
struct AttentionFactors {
    NdArray qkv;   ///< [T, 3, heads, d], q and k as the product takes them
    NdArray rows;  ///< [heads, 2, T]: of each row of a matrix the largest score, in units of ln 2, and its softmax's factor;
                   ///< empty where no kernel computed them: then a column costs the whole matrix
    kernels::Product product = kernels::Product::Float32;
};

/// One layer's attention as a pass keeps it: the matrices, or what they are computed from where those are larger, or
/// nothing. What is computed has the bits that the matrices would have. Copies share the memory; any thread.
class LayerAttention {
public:
    LayerAttention() = default;
    LayerAttention(NdArray matrices);  ///< [heads, T, T], rows are queries
    explicit LayerAttention(AttentionFactors factors);

    bool empty() const { return m_matrices.empty() && m_factors.qkv.empty(); }
    /// Whether the matrices lie in memory; else reading a row or a column costs a product, and a matrix T of them.
    bool isWhole() const { return !m_matrices.empty(); }
    const AttentionFactors& factors() const { return m_factors; }
    Shape shape() const;  ///< [heads, T, T]
    std::int64_t heads() const { return shape()[0]; }
    std::int64_t tokens() const { return shape()[1]; }

    NdArray matrices() const;                 ///< [heads, T, T]
    NdArray matrix(std::int64_t head) const;  ///< [T, T]
    /// One row after the other, [queries, T].
    std::vector<float> rows(std::int64_t head, std::span<const int> queries) const;
    std::vector<float> column(std::int64_t head, std::int64_t key) const;
    /// [heads, T, d], of factors.
    NdArray queries() const { return part(0); }
    NdArray keys() const { return part(1); }

    std::size_t bytes() const;
    /// The same for copies of one layer alone.
    const void* identity() const { return isWhole() ? m_matrices.data() : m_factors.qkv.data(); }

private:
    kernels::HeadView view(std::int64_t head) const;
    NdArray part(std::int64_t which) const;

    NdArray m_matrices;
    AttentionFactors m_factors;
};

/// Bytes that a pass keeps of a layer in either form.
std::size_t bytesOfMatrices(std::int64_t heads, std::int64_t tokens);
std::size_t bytesOfFactors(std::int64_t heads, std::int64_t tokens, std::int64_t width);

}  // namespace vitrine
