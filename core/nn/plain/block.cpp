// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/block.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "core/base/error.h"
#include "core/nn/attention.h"
#include "core/nn/linear.h"
#include "core/nn/mlp.h"

namespace vitrine::nn::plain {

namespace {

at::Tensor scaled(const at::Tensor& x, const at::Tensor& scale)
{
    return scale.defined() ? x * scale : x;
}

// [B, heads, T, d] -> [B, T, A]
at::Tensor sideBySide(const at::Tensor& x)
{
    return x.transpose(1, 2).flatten(2);
}

// The rows of q, k and v from `first` on.
Affine part(const Affine& qkv, std::int64_t first)
{
    const std::int64_t from = qkv.weight.size(0) / 3 * first, count = qkv.weight.size(0) - from;
    return {qkv.weight.narrow(0, from, count), qkv.bias.defined() ? qkv.bias.narrow(0, from, count) : qkv.bias};
}

double softmaxScale(const Tape& tape)
{
    return 1 / std::sqrt(static_cast<double>(tape.v.size(-1)));
}

void project(const Block& block, Tape& tape, bool queriesAndKeys, const Attention* packed)
{
    if (!queriesAndKeys) {
        tape.v = byHead(affine(tape.norm1.values, part(block.qkv, 2)), block.heads);
        return;
    }
    const auto parts = (packed != nullptr ? packed->qkv(tape.x) : affine(tape.norm1.values, block.qkv)).chunk(3, -1);
    tape.q = byHead(parts[0], block.heads);
    tape.k = byHead(parts[1], block.heads);
    tape.v = byHead(parts[2], block.heads);
    tape.qNormed = normed(tape.q, block.qNorm);
    tape.kNormed = normed(tape.k, block.kNorm);
    tape.qTurned = turned(tape.qNormed.values, block.turning);
    tape.kTurned = turned(tape.kNormed.values, block.turning);
}

at::Tensor probabilities(const Block& block, const Tape& tape, const at::Tensor& hidden)
{
    at::Tensor logits = tape.qTurned.matmul(tape.kTurned.transpose(-2, -1)) * softmaxScale(tape);
    if (block.bias.defined())
        logits = logits + block.bias;
    return at::softmax(hidden.defined() ? logits.masked_fill(hidden, -INFINITY) : logits, -1);
}

at::Tensor activatedHidden(const Block& block, const Tape& tape)
{
    if (!block.gated)
        return activate(tape.hidden, block.activation);
    const auto halves = tape.hidden.chunk(2, -1);
    return at::silu(halves[0]) * halves[1];
}

// Of what the norm of the MLP gives.
at::Tensor beforeMlp(const Block& block, const Tape& tape, const at::Tensor& gradient, Backward backward)
{
    at::Tensor activated = scaled(gradient, block.scale2).matmul(block.second.weight);
    if (block.hiddenNorm.weight.defined()) {
        const at::Tensor x = activatedHidden(block, tape);
        activated = beforeNorm(activated, x, normed(x, block.hiddenNorm), block.hiddenNorm, backward);
    }
    const at::Tensor hidden = block.gated ? beforeGate(activated, tape.hidden, backward)
                                          : beforeActivation(activated, tape.hidden, block.activation, backward);
    return hidden.matmul(block.first.weight);
}

// Of what the norm of the attention gives. `mixed`, `attention`: gradients of the weighted sums and of the scaled matrices.
at::Tensor beforeAttention(const Block& block, const Tape& tape, const at::Tensor& mixed, const at::Tensor& attention,
                           Backward backward)
{
    const at::Tensor v = sideBySide(tape.attention.transpose(-2, -1).matmul(mixed) * tape.attentionScale);
    if (backward == Backward::Libra)
        return v.matmul(part(block.qkv, 2).weight);
    const at::Tensor logits = at::_softmax_backward_data(attention * tape.attentionScale, tape.attention, -1,
                                                         tape.attention.scalar_type());
    const double scale = softmaxScale(tape);
    const at::Tensor q = beforeNorm(turned(logits.matmul(tape.kTurned) * scale, block.turning, true), tape.q, tape.qNormed,
                                    block.qNorm, backward);
    const at::Tensor k = beforeNorm(turned(logits.transpose(-2, -1).matmul(tape.qTurned) * scale, block.turning, true), tape.k,
                                    tape.kNormed, block.kNorm, backward);
    return at::cat({sideBySide(q), sideBySide(k), v}, -1).matmul(block.qkv.weight);
}

}  // namespace

Tape record(const Block& block, const at::Tensor& x, const TapeOptions& options)
{
    Tape tape;
    tape.x = x;
    tape.attentionScale = options.attentionScale;
    tape.norm1 = normed(x, block.norm1);
    project(block, tape, options.queriesAndKeys || !options.attention.defined(), options.packedAttention);
    tape.attention = options.attention.defined() ? options.attention : probabilities(block, tape, options.hidden);
    tape.mixed = sideBySide(tape.attention.matmul(tape.v) * tape.attentionScale);
    tape.mixedNormed = normed(tape.mixed, block.mixedNorm);
    tape.middle = options.packedAttention != nullptr
                      ? options.packedAttention->projectedTo(x, tape.mixed)
                      : x + scaled(affine(tape.mixedNormed.values, block.projection), block.scale1);
    tape.norm2 = normed(tape.middle, block.norm2);
    tape.hidden = options.packedMlp != nullptr ? options.packedMlp->hidden(tape.middle)
                                               : affine(tape.norm2.values, block.first);
    return tape;
}

at::Tensor output(const Block& block, const Tape& tape)
{
    const at::Tensor activated = normed(activatedHidden(block, tape), block.hiddenNorm).values;
    return tape.middle + scaled(affine(activated, block.second), block.scale2);
}

BlockGradients beforeBlock(const Block& block, const Tape& tape, const at::Tensor& gradient, Backward backward, Reach reach)
{
    const at::Tensor middle = gradient
                              + beforeNorm(beforeMlp(block, tape, gradient, backward), tape.middle, tape.norm2, block.norm2,
                                           backward);
    const at::Tensor mixed = byHead(beforeNorm(scaled(middle, block.scale1).matmul(block.projection.weight), tape.mixed,
                                               tape.mixedNormed, block.mixedNorm, backward),
                                    block.heads);
    BlockGradients result;
    result.attention = mixed.matmul(tape.v.transpose(-2, -1));
    if (reach == Reach::Attention)
        return result;
    result.norm1 = beforeAttention(block, tape, mixed, result.attention, backward);
    result.x = middle + beforeNorm(result.norm1, tape.x, tape.norm1, block.norm1, backward);
    return result;
}

at::Tensor valueNorms(const Block& block, const at::Tensor& x)
{
    if (block.mixedNorm.weight.defined())
        throw Error("What a token's value adds cannot be told apart: a norm of all heads stands before their projection.");
    const at::Tensor values = byHead(affine(normed(x, block.norm1).values, part(block.qkv, 2)), block.heads)[0];
    const at::Tensor weight = block.scale1.defined() ? block.projection.weight * block.scale1.unsqueeze(1)
                                                     : block.projection.weight;
    const auto ofHeads = weight.chunk(block.heads, 1);
    std::vector<at::Tensor> norms;
    for (std::int64_t head = 0; head < block.heads; ++head)
        norms.push_back(at::linear(values[head], ofHeads[static_cast<std::size_t>(head)]).norm(2, -1));
    norms.push_back(at::linear(values.transpose(0, 1).flatten(1), weight).norm(2, -1));
    return at::stack(norms);
}

}  // namespace vitrine::nn::plain
