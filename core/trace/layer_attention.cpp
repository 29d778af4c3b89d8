// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/layer_attention.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/kernels/thread_scratch.h"

namespace vitrine {

namespace {

float softmaxScale(std::int64_t width)
{
    return static_cast<float>(1 / std::sqrt(static_cast<double>(width)));
}

// The first `rows` of a head's matrix.
void attend(const kernels::HeadView& head, std::int64_t rows, float* to)
{
    const kernels::Kernels& kernel = kernels::best();
    const std::int64_t packedSize = kernel.packedHeadSize(head.tokens, head.width);
    float* const packed = kernels::threadScratch(packedSize + kernel.attendScratchSize(head.tokens, head.width));
    kernel.packHead(head, packed);
    kernels::HeadResult result;
    result.probabilities = to;
    kernel.attendRows(head, packed, softmaxScale(head.width), 0, rows, result, packed + packedSize);
}

}  // namespace

LayerAttention::LayerAttention(NdArray matrices)
    : m_matrices(std::move(matrices))
{
}

LayerAttention::LayerAttention(AttentionFactors factors)
    : m_factors(std::move(factors))
{
}

Shape LayerAttention::shape() const
{
    if (isWhole() || empty())
        return m_matrices.shape();
    const NdArray& qkv = m_factors.qkv;
    return {qkv.dim(2), qkv.dim(0), qkv.dim(0)};
}

kernels::HeadView LayerAttention::view(std::int64_t head) const
{
    const std::int64_t heads = m_factors.qkv.dim(2), width = m_factors.qkv.dim(3);
    const float* const q = m_factors.qkv.data() + head * width;
    return {q, q + heads * width, nullptr, 3 * heads * width, m_factors.qkv.dim(0), width, m_factors.product};
}

std::vector<float> LayerAttention::rows(std::int64_t head, std::span<const int> queries) const
{
    const std::int64_t count = tokens();
    std::vector<float> values;
    if (isWhole()) {
        for (const int query : queries) {
            const float* const first = m_matrices.data() + (head * count + query) * count;
            values.insert(values.end(), first, first + count);
        }
        return values;
    }
    values.resize(queries.size() * static_cast<std::size_t>(count));
    kernels::HeadView of = view(head);
    // Beside each other, as many at a time as the kernel takes at once.
    std::vector<float> chosen;
    const auto isGap = [](int one, int next) { return next != one + 1; };
    if (!queries.empty() && std::ranges::adjacent_find(queries, isGap) == queries.end()) {
        of.q += queries.front() * of.stride;
    } else {
        chosen.resize(queries.size() * static_cast<std::size_t>(of.stride));
        for (std::size_t i = 0; i < queries.size(); ++i)
            std::copy_n(of.q + queries[i] * of.stride, of.width, chosen.data() + static_cast<std::int64_t>(i) * of.stride);
        of.q = chosen.data();
    }
    attend(of, static_cast<std::int64_t>(queries.size()), values.data());
    return values;
}

std::vector<float> LayerAttention::column(std::int64_t head, std::int64_t key) const
{
    const std::int64_t count = tokens();
    std::vector<float> values(static_cast<std::size_t>(count));
    if (isWhole() || m_factors.rows.empty()) {
        const NdArray all = matrix(head);
        for (std::int64_t i = 0; i < count; ++i)
            values[static_cast<std::size_t>(i)] = all.data()[i * count + key];
        return values;
    }
    const kernels::HeadView of = view(head);
    const kernels::Kernels& kernel = kernels::best();
    const float* const peaks = m_factors.rows.data() + head * 2 * count;
    kernel.attendColumn(of, softmaxScale(of.width), key, peaks, peaks + count, values.data(),
                        kernels::threadScratch(kernel.attendScratchSize(of.tokens, of.width)));
    return values;
}

NdArray LayerAttention::matrix(std::int64_t head) const
{
    if (isWhole())
        return m_matrices[head];
    const std::int64_t count = tokens();
    std::vector<float> values(static_cast<std::size_t>(count * count));
    attend(view(head), count, values.data());
    return {{count, count}, std::move(values)};
}

NdArray LayerAttention::matrices() const
{
    if (isWhole() || empty())
        return m_matrices;
    const std::int64_t count = tokens();
    std::vector<float> values(static_cast<std::size_t>(heads() * count * count));
    for (std::int64_t head = 0; head < heads(); ++head)
        attend(view(head), count, values.data() + head * count * count);
    return {shape(), std::move(values)};
}

NdArray LayerAttention::part(std::int64_t which) const
{
    const std::int64_t count = tokens(), width = m_factors.qkv.dim(3), stride = 3 * heads() * width;
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(heads() * count * width));
    for (std::int64_t head = 0; head < heads(); ++head) {
        const float* row = m_factors.qkv.data() + (which * heads() + head) * width;
        for (std::int64_t i = 0; i < count; ++i, row += stride)
            values.insert(values.end(), row, row + width);
    }
    return {{heads(), count, width}, std::move(values)};
}

std::size_t LayerAttention::bytes() const
{
    return static_cast<std::size_t>(m_matrices.size() + m_factors.qkv.size() + m_factors.rows.size()) * sizeof(float);
}

std::size_t bytesOfMatrices(std::int64_t heads, std::int64_t tokens)
{
    return static_cast<std::size_t>(heads * tokens * tokens) * sizeof(float);
}

std::size_t bytesOfFactors(std::int64_t heads, std::int64_t tokens, std::int64_t width)
{
    return static_cast<std::size_t>(heads * tokens * (3 * width + 2)) * sizeof(float);
}

}  // namespace vitrine
