// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/attention.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/error.h"

namespace vitrine {

namespace {

void requireAttention(const LayerAttention& layer)
{
    if (layer.empty())
        throw Error("This layer's attention was not recorded: raise the memory budget or choose a smaller input size.");
    const Shape shape = layer.shape();
    if (shape.size() != 3 || shape[1] != shape[2])
        throw Error("This layer's attention has the shape " + toString(shape)
                    + " instead of heads x tokens x tokens: it is of another network.");
}

std::vector<int> chosenHeads(const LayerAttention& layer, const HeadChoice& choice)
{
    std::vector<int> heads = choice.subset;
    if (choice.fusion == HeadFusion::Single) {
        heads = {choice.head};
    } else if (heads.empty()) {
        heads.resize(static_cast<std::size_t>(layer.heads()));
        std::iota(heads.begin(), heads.end(), 0);
    }
    for (const int head : heads)
        if (head < 0 || head >= layer.heads())
            throw Error("There is no head " + std::to_string(head) + ": the heads are 0 to " + std::to_string(layer.heads() - 1)
                        + ".");
    return heads;
}

// Numbers in memory, or computed and kept by `owner`.
struct Values {
    const float* first = nullptr;
    std::int64_t stride = 1;
    NdArray owner{};
};

Values ownedBy(std::vector<float> values)
{
    const auto count = static_cast<std::int64_t>(values.size());
    const NdArray owner({count}, std::move(values));
    return {owner.data(), 1, owner};
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

// What `valuesOf(head, from, stride)` says where they lie, fused over the heads; each head's may be gone with the next.
template <typename ValuesOf>
std::vector<float> fused(const LayerAttention& layer, const HeadChoice& choice, std::int64_t count, const ValuesOf& valuesOf)
{
    const std::vector<int> heads = chosenHeads(layer, choice);
    std::vector<float> result(static_cast<std::size_t>(count));
    for (std::size_t h = 0; h < heads.size(); ++h) {
        const Values values = valuesOf(heads[h]);
        for (std::int64_t i = 0; h == 0 && i < count; ++i)
            result[static_cast<std::size_t>(i)] = values.first[i * values.stride];
        if (h > 0)
            fuse(result, values.first, values.stride, choice.fusion);
    }
    if (choice.fusion == HeadFusion::Mean && heads.size() > 1)
        for (float& value : result)
            value /= static_cast<float>(heads.size());
    return result;
}

}  // namespace

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

std::vector<float> attentionOf(const LayerAttention& layer, const HeadChoice& choice, int token, Direction direction)
{
    requireAttention(layer);
    const std::int64_t tokens = layer.tokens();
    if (token < 0 || token >= tokens)
        throw Error("There is no token " + std::to_string(token) + ": the tokens are 0 to " + std::to_string(tokens - 1) + ".");
    const bool isRow = direction == Direction::LooksAt;
    return fused(layer, choice, tokens, [&](std::int64_t head) {
        if (!layer.isWhole())
            return ownedBy(isRow ? layer.rows(head, std::span(&token, 1)) : layer.column(head, token));
        const NdArray matrix = layer.matrix(head);
        return isRow ? Values{matrix.data() + token * tokens, 1} : Values{matrix.data() + token, tokens};
    });
}

NdArray attentionByHead(const LayerAttention& layer, int token, Direction direction)
{
    std::vector<float> all;
    for (int head = 0; head < layer.heads(); ++head) {
        const std::vector<float> one = attentionOf(layer, {HeadFusion::Single, head, {}}, token, direction);
        all.insert(all.end(), one.begin(), one.end());
    }
    return {{layer.heads(), layer.tokens()}, std::move(all)};
}

NdArray rowsOf(const LayerAttention& layer, const HeadChoice& choice, const std::vector<int>& queries)
{
    requireAttention(layer);
    const auto count = static_cast<std::int64_t>(queries.size());
    return {{count, layer.tokens()}, fused(layer, choice, count * layer.tokens(), [&](std::int64_t head) {
                return ownedBy(layer.rows(head, queries));
            })};
}

std::vector<float> fuseRows(const NdArray& rows, const HeadChoice& choice)
{
    const std::int64_t tokens = rows.dim(1);
    return fused(rows.reshaped({rows.dim(0), 1, tokens}), choice, tokens, [&](std::int64_t head) {
        return Values{rows.data() + head * tokens, 1};
    });
}

NdArray fuseHeads(const LayerAttention& layer, const HeadChoice& choice)
{
    requireAttention(layer);
    if (choice.fusion == HeadFusion::Single)
        return layer.matrix(chosenHeads(layer, choice).front());
    const std::int64_t tokens = layer.tokens();
    return {{tokens, tokens}, fused(layer, choice, tokens * tokens, [&](std::int64_t head) {
                const NdArray matrix = layer.matrix(head);
                return Values{matrix.data(), 1, matrix};
            })};
}

}  // namespace vitrine
