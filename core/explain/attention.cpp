// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/attention.h"

#include <algorithm>
#include <numeric>

#include "core/base/error.h"

namespace vitrine {

namespace {

void requireAttention(const NdArray& layer)
{
    if (layer.empty())
        throw Error("This layer's attention was not recorded: raise the memory budget or choose a smaller input size.");
    if (layer.rank() != 3 || layer.dim(1) != layer.dim(2))
        throw Error("This layer's attention has the shape " + toString(layer.shape())
                    + " instead of heads x tokens x tokens: it is of another network.");
}

std::vector<int> chosenHeads(const NdArray& layer, const HeadChoice& choice)
{
    std::vector<int> heads = choice.subset;
    if (choice.fusion == HeadFusion::Single) {
        heads = {choice.head};
    } else if (heads.empty()) {
        heads.resize(static_cast<std::size_t>(layer.dim(0)));
        std::iota(heads.begin(), heads.end(), 0);
    }
    for (const int head : heads)
        if (head < 0 || head >= layer.dim(0))
            throw Error("There is no head " + std::to_string(head) + ": the heads are 0 to "
                        + std::to_string(layer.dim(0) - 1) + ".");
    return heads;
}

/// result <- result (fused with) the next head's values, `stride` floats apart.
void fuse(std::span<float> result, const float* values, std::int64_t stride, HeadFusion fusion)
{
    const auto n = static_cast<std::int64_t>(result.size());
    float* out = result.data();
    switch (fusion) {
    case HeadFusion::Single:
    case HeadFusion::Mean:
        for (std::int64_t i = 0; i < n; ++i)
            out[i] += values[i * stride];
        break;
    case HeadFusion::Max:
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = std::max(out[i], values[i * stride]);
        break;
    case HeadFusion::Min:
        for (std::int64_t i = 0; i < n; ++i)
            out[i] = std::min(out[i], values[i * stride]);
        break;
    }
}

std::vector<float> fused(const NdArray& layer, const HeadChoice& choice, std::int64_t offset, std::int64_t count,
                         std::int64_t stride)
{
    const std::vector<int> heads = chosenHeads(layer, choice);
    const std::int64_t matrix = layer.dim(1) * layer.dim(2);
    std::vector<float> result(static_cast<std::size_t>(count));
    const float* first = layer.data() + heads.front() * matrix + offset;
    for (std::int64_t i = 0; i < count; ++i)
        result[static_cast<std::size_t>(i)] = first[i * stride];
    for (std::size_t h = 1; h < heads.size(); ++h)
        fuse(result, layer.data() + heads[h] * matrix + offset, stride, choice.fusion);
    if (choice.fusion == HeadFusion::Mean && heads.size() > 1)
        for (float& value : result)
            value /= static_cast<float>(heads.size());
    return result;
}

} // namespace

std::string toString(const HeadChoice& choice)
{
    if (choice.fusion == HeadFusion::Single)
        return "head " + std::to_string(choice.head);
    std::string text = choice.fusion == HeadFusion::Mean ? "mean" : choice.fusion == HeadFusion::Max ? "max" : "min";
    text += " of heads";
    for (std::size_t i = 0; i < choice.subset.size(); ++i)
        text += (i ? ", " : " ") + std::to_string(choice.subset[i]);
    return text;
}

std::vector<float> attentionOf(const NdArray& layer, const HeadChoice& choice, int token, Direction direction)
{
    requireAttention(layer);
    const std::int64_t tokens = layer.dim(1);
    if (token < 0 || token >= tokens)
        throw Error("There is no token " + std::to_string(token) + ": the tokens are 0 to " + std::to_string(tokens - 1)
                    + ".");
    if (direction == Direction::LooksAt)
        return fused(layer, choice, token * tokens, tokens, 1);
    return fused(layer, choice, token, tokens, tokens);
}

NdArray fuseHeads(const NdArray& layer, const HeadChoice& choice)
{
    requireAttention(layer);
    if (choice.fusion == HeadFusion::Single)
        return layer[chosenHeads(layer, choice).front()];
    const std::int64_t tokens = layer.dim(1);
    return {{tokens, tokens}, fused(layer, choice, 0, tokens * tokens, 1)};
}

} // namespace vitrine
