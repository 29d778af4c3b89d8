// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/trace.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/trace/engine.h"

namespace vitrine {

NdArray Trace::patchTokens(int state) const
{
    const NdArray& all = tokens[static_cast<std::size_t>(state)];
    const std::int64_t prefix = model->prefixTokens(), width = all.dim(1);
    return {{all.dim(0) - prefix, width}, std::shared_ptr<const float>(all.owner(), all.data() + prefix * width)};
}

std::size_t Trace::bytes() const
{
    std::int64_t floats = picture.input.size() + patchEmbedding.size() + positionEmbedding.size() + logits.size()
                          + innerPosition.size() + embedding.size() + pooling.size();
    for (const auto* list : {&tokens, &innerAttention, &innerTokens, &innerProjection})
        for (const NdArray& array : *list)
            floats += array.size();
    std::size_t ofAttention = 0;
    for (const LayerAttention& layer : attention)
        ofAttention += layer.bytes();
    return static_cast<std::size_t>(floats) * sizeof(float) + ofAttention + picture.view.pixels().size();
}

std::string toString(Precision precision)
{
    switch (precision) {
    case Precision::Float32:
        return "float32";
    case Precision::BFloat16:
        return "bfloat16";
    case Precision::Float16:
        return "float16";
    }
    return {};
}

std::vector<float> probabilities(const NdArray& logits)
{
    std::vector<float> result(logits.values().begin(), logits.values().end());
    if (result.empty())
        return result;
    const float largest = *std::ranges::max_element(result);
    double sum = 0;
    for (float& value : result) {
        value = std::exp(value - largest);
        sum += value;
    }
    for (float& value : result)
        value = static_cast<float>(value / sum);
    return result;
}

namespace {

// NaN logits come last, so that broken weights still give a defined answer; of equal ones the first.
bool isMoreProbable(const NdArray& logits, int a, int b)
{
    const auto key = [&](int index) {
        const float logit = logits.data()[index];
        return std::isnan(logit) ? -INFINITY : logit;
    };
    return key(a) != key(b) ? key(a) > key(b) : a < b;
}

}  // namespace

int topClass(const NdArray& logits)
{
    int best = 0;
    for (int index = 1; index < static_cast<int>(logits.size()); ++index)
        if (isMoreProbable(logits, index, best))
            best = index;
    return best;
}

std::vector<Prediction> topK(const NdArray& logits, int k)
{
    const std::vector<float> probability = probabilities(logits);
    std::vector<int> order(probability.size());
    std::iota(order.begin(), order.end(), 0);
    const auto count = std::min(static_cast<std::size_t>(std::max(k, 0)), order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      [&](int a, int b) { return isMoreProbable(logits, a, b); });
    std::vector<Prediction> best;
    for (std::size_t i = 0; i < count; ++i)
        best.push_back({order[i], logits.data()[order[i]], probability[static_cast<std::size_t>(order[i])]});
    return best;
}

}  // namespace vitrine
