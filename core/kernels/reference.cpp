// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>
#include <vector>

namespace vitrine::kernels::reference {

namespace {

constexpr std::int64_t innerTokens = 16;

using Numbers = std::vector<double>;

// To the nearest bfloat16, ties to even, unless the product is of float32.
float rounded(float value, Product product)
{
    if (product == Product::Float32 || !std::isfinite(value))
        return value;
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return std::bit_cast<float>((bits + 0x7FFFU + (bits >> 16 & 1U)) & 0xFFFF0000U);
}

// Element `at` of bfloat16s in the space of floats.
float bfloat16At(const float* memory, std::int64_t at)
{
    std::uint16_t bits = 0;
    std::memcpy(&bits, reinterpret_cast<const char*>(memory) + 2 * at, sizeof(bits));
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

void putBFloat16(float* memory, std::int64_t at, float value)
{
    const auto bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(rounded(value, Product::BFloat16)) >> 16);
    std::memcpy(reinterpret_cast<char*>(memory) + 2 * at, &bits, sizeof(bits));
}

struct SoftmaxRow {
    Numbers powers;  ///< the largest is 1
    double sum = 0;

    double operator[](std::int64_t i) const { return powers[static_cast<std::size_t>(i)] / sum; }
};

// Row by row: softmax(scale q k^T), then the product of its powers with v, because they are what is rounded, as scores are in
// units of ln 2.
SoftmaxRow softmaxRow(const HeadView& head, double scale, std::int64_t row)
{
    Numbers p(static_cast<std::size_t>(head.tokens));
    const float factor = static_cast<float>(scale) * static_cast<float>(std::numbers::log2e);
    for (std::int64_t j = 0; j < head.tokens; ++j) {
        double score = 0;
        for (std::int64_t c = 0; c < head.width; ++c)
            score += double(rounded(head.q[row * head.stride + c] * factor, head.product))
                     * rounded(head.k[j * head.stride + c], head.product);
        p[static_cast<std::size_t>(j)] = score;
    }
    const double peak = *std::max_element(p.begin(), p.end());
    double sum = 0;
    for (double& value : p)
        sum += value = std::exp2(value - peak);
    return {std::move(p), sum};
}

// [16, in] -> [16, out]; the weight as packInner() lays it out.
Numbers linear(const Numbers& x, const float* weight, const float* bias, std::int64_t in, std::int64_t out)
{
    const std::int64_t padded = innerPaddedRows(out);
    Numbers y(static_cast<std::size_t>(innerTokens * out));
    for (std::int64_t j = 0; j < out; ++j) {
        const std::int64_t first = j / innerGroup * innerGroup, group = std::min(innerGroup, padded - first);
        for (std::int64_t t = 0; t < innerTokens; ++t) {
            double sum = bias[j];
            for (std::int64_t k = 0; k < in; ++k)
                sum += x[static_cast<std::size_t>(t * in + k)] * weight[first * in + k * group + j - first];
            y[static_cast<std::size_t>(t * out + j)] = sum;
        }
    }
    return y;
}

Numbers normalised(const Numbers& x, std::int64_t channels, const float* weight, const float* bias, double epsilon)
{
    const auto width = static_cast<std::size_t>(channels);
    Numbers y(x.size());
    for (std::size_t t = 0; t < x.size() / width; ++t) {
        double mean = 0, variance = 0;
        for (std::size_t c = 0; c < width && bias != nullptr; ++c)
            mean += x[t * width + c] / static_cast<double>(width);
        for (std::size_t c = 0; c < width; ++c)
            variance += (x[t * width + c] - mean) * (x[t * width + c] - mean) / static_cast<double>(width);
        for (std::size_t c = 0; c < width; ++c)
            y[t * width + c] = (x[t * width + c] - mean) / std::sqrt(variance + epsilon) * weight[c]
                               + (bias != nullptr ? bias[c] : 0);
    }
    return y;
}

// f(x) / x
double gateOf(Epilogue epilogue, double x)
{
    switch (epilogue) {
    case Epilogue::Gelu:
        return 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
    case Epilogue::GeluTanh:
        return 0.5 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Epilogue::QuickGelu:
        return 1 / (1 + std::exp(-1.702 * x));
    case Epilogue::None:
    case Epilogue::Add:
        break;
    }
    return 1;
}

bool activates(Epilogue epilogue)
{
    return epilogue != Epilogue::None && epilogue != Epilogue::Add;
}

void add(Numbers& to, const Numbers& what)
{
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += what[i];
}

Numbers attention(const InnerWeights& w, const Numbers& x, float* probabilities)
{
    const auto normed = normalised(x, w.width, w.norm1Weight, w.norm1Bias, w.epsilon);
    const auto qkv = linear(normed, w.qkv, w.qkvBias, w.width, 3 * w.width);
    const std::vector<float> rounded(qkv.begin(), qkv.end());
    const std::int64_t headWidth = w.width / w.heads;
    Numbers mixed(x.size());
    for (std::int64_t h = 0; h < w.heads; ++h) {
        const float* q = rounded.data() + h * headWidth;
        const HeadView head{q, q + w.width, q + 2 * w.width, 3 * w.width, innerTokens, headWidth};
        for (std::int64_t t = 0; t < innerTokens; ++t) {
            const SoftmaxRow p = softmaxRow(head, 1 / std::sqrt(double(headWidth)), t);
            for (std::int64_t j = 0; j < innerTokens; ++j) {
                if (probabilities != nullptr)
                    probabilities[(h * innerTokens + t) * innerTokens + j] = float(p[j]);
                for (std::int64_t c = 0; c < headWidth; ++c)
                    mixed[static_cast<std::size_t>(t * w.width + h * headWidth + c)] += p[j] * head.v[j * head.stride + c];
            }
        }
    }
    return mixed;
}

}  // namespace

const bool multipliesBFloat16 = true;

std::int64_t packedHeadSize(std::int64_t, std::int64_t)
{
    return 1;
}

std::int64_t attendScratchSize(std::int64_t, std::int64_t)
{
    return 1;
}

void packHead(const HeadView&, float*) {}

void attendRows(const HeadView& head, const float*, float scale, std::int64_t first, std::int64_t last,
                const HeadResult& result, float*)
{
    for (std::int64_t row = first; row < last; ++row) {
        const SoftmaxRow p = softmaxRow(head, scale, row);
        for (std::int64_t j = 0; result.probabilities != nullptr && j < head.tokens; ++j)
            result.probabilities[row * head.tokens + j] = float(p[j]);
        for (std::int64_t c = 0; result.mixed != nullptr && c < head.width; ++c) {
            double sum = 0;
            for (std::int64_t j = 0; j < head.tokens; ++j) {
                const double power = p.powers[static_cast<std::size_t>(j)];
                sum += (head.product == Product::Float32 ? power : rounded(float(power), head.product))
                       * rounded(head.v[j * head.stride + c], head.product);
            }
            result.mixed[row * result.mixedStride + c] = float(sum / p.sum);
        }
    }
}

void attendColumn(const HeadView& head, float scale, std::int64_t key, const float*, const float*, float* column, float*)
{
    for (std::int64_t row = 0; row < head.tokens; ++row)
        column[row] = float(softmaxRow(head, scale, row)[key]);
}

std::int64_t packedLinearSize(const PackedLinear& packed)
{
    return packed.out * packed.in;
}

std::int64_t linearScratchSize(const LinearCall&)
{
    return 1;
}

std::int64_t linearPanels(const PackedLinear& packed)
{
    return packed.out;
}

void packLinear(const float* weight, const PackedLinear& packed, std::int64_t first, std::int64_t last, float* memory)
{
    for (std::int64_t i = first * packed.in; i < last * packed.in; ++i)
        memory[i] = rounded(weight[i], packed.product);
}

std::int64_t linearBlocks(const LinearCall& call)
{
    return call.rows;
}

void runLinear(const LinearCall& call, std::int64_t first, std::int64_t last, float*)
{
    const std::int64_t in = call.weight.in, out = call.weight.out;
    for (std::int64_t row = first; row < last; ++row) {
        Numbers x(static_cast<std::size_t>(in));
        for (std::int64_t k = 0; k < in; ++k)
            x[static_cast<std::size_t>(k)] = call.xIsRounded ? bfloat16At(call.x, row * in + k) : call.x[row * in + k];
        if (call.norm.weight != nullptr)
            x = normalised(x, in, call.norm.weight, call.norm.bias, call.norm.epsilon);
        for (double& value : x)
            value = rounded(static_cast<float>(value), call.weight.product);
        for (std::int64_t j = 0; j < out; ++j) {
            double sum = call.bias != nullptr ? call.bias[j] : 0;
            for (std::int64_t k = 0; k < in; ++k)
                sum += x[static_cast<std::size_t>(k)] * call.weight.memory[j * in + k];
            sum *= gateOf(call.epilogue, sum);
            if (call.epilogue == Epilogue::Add)
                sum += call.residual[row * out + j];
            if (activates(call.epilogue) && call.weight.product == Product::BFloat16)
                putBFloat16(call.y, row * out + j, float(sum));
            else
                call.y[row * out + j] = float(sum);
        }
    }
}

void rotate(const RotaryCall& call, float* row, std::int64_t patch)
{
    const std::int64_t width = call.width;
    for (std::int64_t vector = 0; vector < 2 * call.heads; ++vector) {
        const std::int64_t angles = vector % call.heads * call.ofHead + patch * width;
        float* const x = row + vector * width;
        const Numbers before(x, x + width);
        for (std::int64_t i = 0; i < width; ++i) {
            const std::int64_t partner = call.halves ? (i + width / 2) % width : i ^ 1;
            x[i] = float(before[static_cast<std::size_t>(i)] * call.cosine[angles + i]
                         + before[static_cast<std::size_t>(partner)] * call.sine[angles + i]);
        }
    }
}

std::int64_t innerScratchSize(const InnerWeights&)
{
    return 1;
}

void innerBlock(const InnerWeights& w, const float* state, std::int64_t patches, const InnerResult& result, float*)
{
    const std::int64_t size = w.width * innerTokens;
    for (std::int64_t patch = 0; patch < patches; ++patch) {
        Numbers x(static_cast<std::size_t>(size));
        for (std::int64_t i = 0; i < size; ++i)
            x[static_cast<std::size_t>(i % innerTokens * w.width + i / innerTokens)] = state[patch * size + i];
        float* probabilities = result.attention == nullptr ? nullptr
                                                           : result.attention + patch * w.heads * innerTokens * innerTokens;
        add(x, linear(attention(w, x, probabilities), w.projection, w.projectionBias, w.width, w.width));
        const auto normed = normalised(x, w.width, w.norm2Weight, w.norm2Bias, w.epsilon);
        auto hidden = linear(normed, w.fc1, w.fc1Bias, w.width, w.hidden);
        for (double& value : hidden)
            value *= 0.5 * (1 + std::erf(value / std::sqrt(2.0)));
        add(x, linear(hidden, w.fc2, w.fc2Bias, w.hidden, w.width));
        for (std::int64_t i = 0; i < size; ++i) {
            result.tokens[patch * size + i] = float(x[static_cast<std::size_t>(i)]);
            result.state[patch * size + i] = float(x[static_cast<std::size_t>(i % innerTokens * w.width + i / innerTokens)]);
        }
    }
}

}  // namespace vitrine::kernels::reference
