// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"
#include "core/kernels/simd.h"

namespace vitrine::kernels::VITRINE_ISA {

namespace {

// The 16 tokens of a patch lie in the 16 lanes of a vector, so that norms, products with the weights, softmax and GELU
// all run down the channels without a single sum across lanes. Two patches at a time share each weight that is loaded.
constexpr int tokens = 16;
constexpr int pair = 2;
using V = Simd<tokens>::Floats;

// One channel of both patches is 2 vectors.
constexpr std::int64_t channel = static_cast<std::int64_t>(pair) * tokens;

struct Scratch {
    float *state, *normed, *qkv, *mixed, *hidden, *probabilities;

    Scratch(const InnerWeights& weights, float* memory)
        : state(memory)
        , normed(state + innerPadded(weights.width) * channel)
        , qkv(normed + innerPadded(weights.width) * channel)
        , mixed(qkv + innerPadded(3 * weights.width) * channel)
        , hidden(mixed + innerPadded(weights.width) * channel)
        , probabilities(hidden + innerPadded(weights.hidden) * channel)
    {
    }
    static std::int64_t innerPadded(std::int64_t rows) { return (rows + 3) / 4 * 4; }
    static std::int64_t size(const InnerWeights& weights)
    {
        return (3 * innerPadded(weights.width) + innerPadded(3 * weights.width) + innerPadded(weights.hidden)) * channel
               + tokens * tokens;
    }
};

void normalise(const float* in, std::int64_t width, const float* weight, const float* bias, float epsilon, float* out)
{
    for (int half = 0; half < pair; ++half) {
        const float* x = in + half * tokens;
        float* y = out + half * tokens;
        V sum = {};
        for (std::int64_t c = 0; c < width; ++c)
            sum += load<V>(x + c * channel);
        const V mean = sum / static_cast<float>(width);
        V squares = {};
        for (std::int64_t c = 0; c < width; ++c) {
            const V d = load<V>(x + c * channel) - mean;
            squares += d * d;
        }
        const V variance = squares / static_cast<float>(width) + epsilon;
        V factor;
        for (int i = 0; i < tokens; ++i)
            factor[i] = 1.0F / __builtin_sqrtf(variance[i]);
        for (std::int64_t c = 0; c < width; ++c)
            store(y + c * channel, (load<V>(x + c * channel) - mean) * factor * weight[c] + bias[c]);
    }
}

enum class Then { Store, Gelu, Add };

// `rows` outputs of both patches, from `depth` inputs.
template <int rows, Then then>
void multiplyGroup(const float* in, const float* weight, const float* bias, std::int64_t depth, float* out)
{
    V sum[rows][pair];
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
        for (int p = 0; p < pair; ++p)
            sum[r][p] = splat<V>(bias[r]);
    }
    for (std::int64_t k = 0; k < depth; ++k) {
        const V x0 = load<V>(in + k * channel), x1 = load<V>(in + k * channel + tokens);
#pragma GCC unroll 12
        for (int r = 0; r < rows; ++r) {
            const float w = weight[k * rows + r];
            sum[r][0] += x0 * w;
            sum[r][1] += x1 * w;
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
        for (int p = 0; p < pair; ++p) {
            float* to = out + r * channel + p * tokens;
            V value = sum[r][p];
            if constexpr (then == Then::Gelu)
                value = gelu<tokens>(value);
            if constexpr (then == Then::Add)
                value += load<V>(to);
            store(to, value);
        }
    }
}

template <Then then>
void multiply(const float* in, const float* weight, const float* bias, std::int64_t depth, std::int64_t outputs, float* out)
{
    const std::int64_t padded = Scratch::innerPadded(outputs);
    std::int64_t row = 0;
    for (; row + 12 <= padded; row += 12)
        multiplyGroup<12, then>(in, weight + row * depth, bias + row, depth, out + row * channel);
    if (padded - row == 8)
        multiplyGroup<8, then>(in, weight + row * depth, bias + row, depth, out + row * channel);
    if (padded - row == 4)
        multiplyGroup<4, then>(in, weight + row * depth, bias + row, depth, out + row * channel);
}

// One head of one patch: q, k, v and `mixed` [d] channels of 16 tokens each. `scale` brings scores to units of ln 2.
void attendHead(const float* q, const float* k, const float* v, std::int64_t width, float scale, float* mixed, float* attention)
{
    V p[tokens] = {};
    for (std::int64_t c = 0; c < width; ++c) {
        const V query = load<V>(q + c * channel) * scale;
        const float* key = k + c * channel;
#pragma GCC unroll 16
        for (int i = 0; i < tokens; ++i)
            p[i] += query * key[i];
    }
    V peak = p[0];
#pragma GCC unroll 16
    for (int i = 1; i < tokens; ++i)
        peak = largest(peak, p[i]);
    V sum = {};
#pragma GCC unroll 16
    for (int i = 0; i < tokens; ++i) {
        p[i] = softmaxPower<tokens>(p[i], peak);
        sum += p[i];
    }
    const V factor = 1.0F / sum;
#pragma GCC unroll 16
    for (int i = 0; i < tokens; ++i)
        p[i] *= factor;
    for (std::int64_t c = 0; c < width; ++c) {
        const float* value = v + c * channel;
        V out = p[0] * value[0];
#pragma GCC unroll 16
        for (int i = 1; i < tokens; ++i)
            out += p[i] * value[i];
        store(mixed + c * channel, out);
    }
    if (attention == nullptr)
        return;
    transpose<tokens>(p);
#pragma GCC unroll 16
    for (int i = 0; i < tokens; ++i)
        store(attention + static_cast<std::int64_t>(i) * tokens, p[i]);
}

// [c, channel] of one half -> [16, c]
void storeTokens(const float* state, std::int64_t width, float* to)
{
    for (std::int64_t first = 0; first < width; first += tokens) {
        const std::int64_t present = width - first < tokens ? width - first : tokens;
        V rows[tokens] = {};
        for (std::int64_t c = 0; c < present; ++c)
            rows[c] = load<V>(state + (first + c) * channel);
        transpose<tokens>(rows);
        for (int i = 0; i < tokens; ++i)
            std::memcpy(to + i * width + first, &rows[i], static_cast<std::size_t>(present) * sizeof(float));
    }
}

void blockOfPair(const InnerWeights& w, const Scratch& s, float scale, int present, std::int64_t patch,
                 const InnerResult& result)
{
    const std::int64_t headWidth = w.width / w.heads;
    normalise(s.state, w.width, w.norm1Weight, w.norm1Bias, w.epsilon, s.normed);
    multiply<Then::Store>(s.normed, w.qkv, w.qkvBias, w.width, 3 * w.width, s.qkv);
    for (int half = 0; half < present; ++half) {
        for (std::int64_t h = 0; h < w.heads; ++h) {
            const float* q = s.qkv + h * headWidth * channel + half * tokens;
            float* attention = result.attention == nullptr
                                   ? nullptr
                                   : result.attention + ((patch + half) * w.heads + h) * tokens * tokens;
            attendHead(q, q + w.width * channel, q + 2 * w.width * channel, headWidth, scale,
                       s.mixed + h * headWidth * channel + half * tokens, attention);
        }
    }
    multiply<Then::Add>(s.mixed, w.projection, w.projectionBias, w.width, w.width, s.state);
    normalise(s.state, w.width, w.norm2Weight, w.norm2Bias, w.epsilon, s.normed);
    multiply<Then::Gelu>(s.normed, w.fc1, w.fc1Bias, w.width, w.hidden, s.hidden);
    multiply<Then::Add>(s.hidden, w.fc2, w.fc2Bias, w.hidden, w.width, s.state);
}

}  // namespace

std::int64_t innerScratchSize(const InnerWeights& weights)
{
    return Scratch::size(weights);
}

void innerBlock(const InnerWeights& weights, const float* state, std::int64_t patches, const InnerResult& result,
                float* scratch)
{
    const std::int64_t size = weights.width * tokens;
    const Scratch s(weights, scratch);
    const float scale = log2OfE / __builtin_sqrtf(static_cast<float>(weights.width / weights.heads));
    std::memset(scratch, 0, static_cast<std::size_t>(Scratch::size(weights)) * sizeof(float));
    for (std::int64_t patch = 0; patch < patches; patch += pair) {
        const int present = patches - patch < pair ? 1 : pair;
        for (int half = 0; half < present; ++half) {
            for (std::int64_t c = 0; c < weights.width; ++c)
                store(s.state + c * channel + half * tokens, load<V>(state + (patch + half) * size + c * tokens));
        }
        blockOfPair(weights, s, scale, present, patch, result);
        for (int half = 0; half < present; ++half) {
            for (std::int64_t c = 0; c < weights.width; ++c)
                store(result.state + (patch + half) * size + c * tokens, load<V>(s.state + c * channel + half * tokens));
            storeTokens(s.state + half * tokens, weights.width, result.tokens + (patch + half) * size);
        }
    }
}

}  // namespace vitrine::kernels::VITRINE_ISA
