// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/head.h"

#include <ATen/ATen.h>

#include "core/nn/linear.h"

namespace vitrine::nn::plain {

namespace {

struct Features {
    Normed tokens;
    at::Tensor pooled;
    Normed normed;         ///< of `pooled`
    at::Tensor preLogits;  ///< before tanh
    at::Tensor last;       ///< what the linear head takes
};

/// One pass through an AttentionPool.
struct Pooled {
    at::Tensor keys, values, attention;  ///< [B, heads, T, d], [B, heads, 1, T]
    at::Tensor projected;                ///< [B, D]
    Normed normed;
    at::Tensor hidden;
    at::Tensor result;
};

Pooled pass(const AttentionPool& pool, const at::Tensor& tokens)
{
    const std::int64_t heads = pool.query.size(0);
    Pooled result;
    result.keys = byHead(affine(tokens, pool.keys), heads);
    result.values = byHead(affine(tokens, pool.values), heads);
    const at::Tensor logits = pool.query.matmul(result.keys.transpose(-2, -1));
    logits.narrow(-1, 0, pool.hidden).fill_(-INFINITY);
    result.attention = at::softmax(logits, -1);
    result.projected = affine(result.attention.matmul(result.values).flatten(1), pool.projection);
    result.result = result.projected;
    if (pool.norm.weight.defined()) {
        result.normed = normed(result.projected, pool.norm);
        result.hidden = affine(result.normed.values, pool.first);
        result.result = result.projected + affine(activate(result.hidden, pool.activation), pool.second);
    }
    return result;
}

// `gradient` [B, D], of what the pool gives, as that of the tokens.
at::Tensor beforePool(const AttentionPool& pool, const at::Tensor& gradient, const at::Tensor& tokens, Backward backward)
{
    const Pooled found = pass(pool, tokens);
    at::Tensor projected = gradient;
    if (pool.norm.weight.defined()) {
        const at::Tensor hidden = beforeActivation(gradient.matmul(pool.second.weight), found.hidden, pool.activation,
                                                   backward);
        projected = projected
                    + beforeNorm(hidden.matmul(pool.first.weight), found.projected, found.normed, pool.norm, backward);
    }
    const at::Tensor mixed = projected.matmul(pool.projection.weight).unflatten(-1, {pool.query.size(0), -1}).unsqueeze(2);
    const at::Tensor values = found.attention.transpose(-2, -1).matmul(mixed).transpose(1, 2).flatten(2);
    const at::Tensor result = values.matmul(pool.values.weight);
    if (backward == Backward::Libra)
        return result;
    const at::Tensor attention = mixed.matmul(found.values.transpose(-2, -1));
    const at::Tensor logits = at::_softmax_backward_data(attention, found.attention, -1, found.attention.scalar_type());
    const at::Tensor keys = logits.transpose(-2, -1).matmul(pool.query).transpose(1, 2).flatten(2);
    return result + keys.matmul(pool.keys.weight);
}

at::Tensor pooled(const Head& head, const at::Tensor& tokens)
{
    const at::Tensor cls = tokens.select(1, 0), patches = tokens.slice(1, head.prefix).mean(1);
    switch (head.pool) {
    case Pool::Cls:
        return cls;
    case Pool::Mean:
        return patches;
    case Pool::ClsMean:
        return at::cat({cls, patches}, -1);
    case Pool::Attention:
        return pass(head.query, tokens).result;
    }
    return {};
}

// `gradient` [1, D], or [1, 2D] where CLS and mean are side by side, as that of the tokens.
at::Tensor beforePooling(const Head& head, const at::Tensor& gradient, const at::Tensor& tokens, Backward backward)
{
    if (head.pool == Pool::Attention)
        return beforePool(head.query, gradient, tokens, backward);
    at::Tensor result = at::zeros_like(tokens);
    const auto halves = gradient.chunk(head.pool == Pool::ClsMean ? 2 : 1, -1);
    if (head.pool != Pool::Mean)
        result.select(1, 0).add_(halves.front());
    if (head.pool != Pool::Cls)
        result.slice(1, head.prefix).add_(halves.back().unsqueeze(1) / (tokens.size(1) - head.prefix));
    return result;
}

Features features(const Head& head, const at::Tensor& tokens)
{
    Features result;
    result.tokens = normed(tokens, head.norm);
    result.pooled = pooled(head, result.tokens.values);
    result.normed = normed(result.pooled, head.fcNorm);
    result.last = result.normed.values;
    if (head.preLogits.weight.defined()) {
        result.preLogits = affine(result.last, head.preLogits);
        result.last = at::tanh(result.preLogits);
    }
    return result;
}

// The row of a linear head that gives the objective, [1, in].
at::Tensor row(const Affine& classes, const Objective& objective)
{
    const at::Tensor one = classes.weight[objective.index];
    return (objective.against ? one - classes.weight[*objective.against] : one).unsqueeze(0);
}

}  // namespace

at::Tensor logits(const Head& head, const at::Tensor& tokens)
{
    const Features found = features(head, tokens);
    const at::Tensor result = affine(found.last, head.classes);
    if (!head.distilled.weight.defined())
        return result;
    return (result + affine(found.tokens.values.select(1, 1), head.distilled)) / 2;
}

at::Tensor beforeHead(const Head& head, const at::Tensor& tokens, const Objective& objective, Backward backward)
{
    const Features found = features(head, tokens);
    const bool two = head.distilled.weight.defined();
    at::Tensor gradient = row(head.classes, objective) / (two ? 2 : 1);
    if (found.preLogits.defined())
        gradient = beforeTanh(gradient, found.preLogits, backward).matmul(head.preLogits.weight);
    gradient = beforeNorm(gradient, found.pooled, found.normed, head.fcNorm, backward);
    at::Tensor ofTokens = beforePooling(head, gradient, found.tokens.values, backward);
    if (two)
        ofTokens.select(1, 1).add_(row(head.distilled, objective) / 2);
    return beforeNorm(ofTokens, tokens, found.tokens, head.norm, backward);
}

at::Tensor beforeHeadOfMean(const Head& head, const at::Tensor& tokens, const Objective& objective, Backward backward)
{
    // One patch is as good as many that are the same.
    const at::Tensor same = tokens.mean(1, true).expand({-1, head.prefix + 1, -1}).contiguous();
    return beforeHead(head, same, objective, backward).sum(1, true) / tokens.size(1);
}

}  // namespace vitrine::nn::plain
