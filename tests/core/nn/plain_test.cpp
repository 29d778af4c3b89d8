// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include "core/nn/linear.h"
#include "core/nn/network.h"
#include "core/nn/plain/weights.h"

namespace vitrine::nn::plain {
namespace {

using Function = std::function<at::Tensor(const at::Tensor&)>;

/// Everything in float64, so that differences have digits left.
class Plain : public testing::Test {
protected:
    Plain() { at::manual_seed(1); }

    static at::Tensor random(at::IntArrayRef shape, double scale = 1) { return at::randn(shape, at::kDouble) * scale; }
    static Norm norm(std::int64_t width) { return {1 + random({width}, 0.3), random({width}, 0.3), 1e-3}; }
    static Affine map(std::int64_t out, std::int64_t in)
    {
        return {random({out, in}, 1 / std::sqrt(static_cast<double>(in))), random({out}, 0.3)};
    }

    static Block block(Activation activation = Activation::Gelu, bool gated = false)
    {
        Block result;
        result.heads = 2;
        result.norm1 = norm(8);
        result.qkv = map(24, 8);
        result.projection = map(8, 8);
        result.norm2 = norm(8);
        result.activation = activation;
        result.gated = gated;
        result.first = map(gated ? 24 : 12, 8);
        result.second = map(8, 12);
        return result;
    }

    /// Whether `gradient`, of <upstream, f(x)>, agrees with differences in random directions.
    static void expectDerivative(const Function& f, const at::Tensor& x, const at::Tensor& upstream, const at::Tensor& gradient)
    {
        ASSERT_EQ(gradient.sizes(), x.sizes());
        constexpr double step = 1e-5;
        for (int i = 0; i < 3; ++i) {
            const at::Tensor direction = at::randn_like(x);
            const at::Tensor change = (f(x + step * direction) - f(x - step * direction)) / (2 * step);
            const double expected = (change * upstream).sum().item<double>();
            EXPECT_NEAR((gradient * direction).sum().item<double>(), expected, 1e-7 * (1 + std::abs(expected)));
        }
    }

    static void expectBlock(const Block& block, double attentionScale = 1)
    {
        const at::Tensor x = random({2, 5, 8}), upstream = random({2, 5, 8});
        const at::Tensor attention = record(block, x).attention;
        const auto tape = [&](const at::Tensor& at, const at::Tensor& matrix = {}) {
            return record(block, at, {matrix, {}, attentionScale});
        };
        const BlockGradients found = beforeBlock(block, tape(x, attention), upstream, Backward::Exact, Reach::Input);
        expectDerivative([&](const at::Tensor& at) { return output(block, tape(at)); }, x, upstream, found.x);
        expectDerivative([&](const at::Tensor& matrix) { return output(block, tape(x, matrix / attentionScale)); },
                         attention * attentionScale, upstream, found.attention);
        const BlockGradients only = beforeBlock(block, record(block, x, {attention, {}, attentionScale, false}), upstream,
                                                Backward::Exact, Reach::Attention);
        EXPECT_TRUE(at::allclose(only.attention, found.attention, 1e-12, 1e-12));
    }
};

TEST_F(Plain, BlocksWithEachActivation)
{
    for (const Activation activation : {Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu})
        expectBlock(block(activation));
}

TEST_F(Plain, GatedBlocks)
{
    expectBlock(block(Activation::Gelu, true));
}

TEST_F(Plain, BlocksWithLayerScaleAndQkNorm)
{
    Block scaled = block();
    scaled.scale1 = random({8});
    scaled.scale2 = random({8});
    scaled.qNorm = norm(4);
    scaled.kNorm = norm(4);
    expectBlock(scaled);
}

TEST_F(Plain, BlocksWithNormsOfTheMixedValuesAndOfTheHiddenUnits)
{
    for (const bool gated : {false, true}) {
        Block inside = block(Activation::Gelu, gated);
        inside.mixedNorm = norm(8);
        inside.hiddenNorm = norm(12);
        expectBlock(inside);
    }
}

TEST_F(Plain, BlocksWithRmsNorms)
{
    Block root = block(Activation::Gelu, true);
    root.norm1.bias = root.norm2.bias = at::Tensor();
    expectBlock(root);
    const at::Tensor x = random({2, 8}) + 3, gradient = random({2, 8});
    const Normed found = normed(x, root.norm1);
    const at::Tensor scale = root.norm1.weight / (x.square().mean(-1, true) + root.norm1.epsilon).sqrt();
    EXPECT_TRUE(at::allclose(found.values, x * scale, 1e-12, 1e-12));
    EXPECT_TRUE(at::allclose(beforeNorm(gradient, x, found, root.norm1, Backward::Libra), gradient * scale, 1e-12, 1e-12))
        << "for Libra its scale is a constant";
}

TEST_F(Plain, BlocksWithoutBiasAndWithScaledMatrices)
{
    Block bare = block();
    bare.qkv.bias = bare.projection.bias = at::Tensor();
    expectBlock(bare, 0.6);
}

// The pictures of a class: the same derivative for every token.
TEST_F(Plain, OneDerivativeForAllTokens)
{
    const Block some = block();
    const Tape tape = record(some, random({1, 5, 8}));
    const at::Tensor one = random({1, 1, 8});
    const BlockGradients found = beforeBlock(some, tape, one, Backward::Exact, Reach::Input);
    const BlockGradients all = beforeBlock(some, tape, one.expand({1, 5, 8}), Backward::Exact, Reach::Input);
    EXPECT_TRUE(at::allclose(found.attention, all.attention, 1e-12, 1e-12));
    EXPECT_TRUE(at::allclose(found.x, all.x, 1e-12, 1e-12));
}

// What a query adds that sees one token, with one head.
TEST_F(Plain, ValueNormsAreWhatATokenAdds)
{
    Block scaled = block();
    scaled.scale1 = random({8});
    const at::Tensor x = random({1, 5, 8}), norms = valueNorms(scaled, x);
    ASSERT_EQ(norms.sizes(), (at::IntArrayRef{3, 5}));
    for (int head = 0; head < 2; ++head) {
        for (int token = 0; token < 5; ++token) {
            const at::Tensor attention = at::zeros({1, 2, 5, 5}, at::kDouble);
            attention[0][head][3][token] = 1;
            const at::Tensor added = record(scaled, x, {attention, {}}).middle - x - scaled.projection.bias * scaled.scale1;
            EXPECT_NEAR(norms[head][token].item<double>(), added[0][3].norm().item<double>(), 1e-12);
        }
    }
    // All heads look at the same token: what they add together.
    for (int token = 0; token < 5; ++token) {
        const at::Tensor attention = at::zeros({1, 2, 5, 5}, at::kDouble);
        for (int head = 0; head < 2; ++head)
            attention[0][head][3][token] = 1;
        const at::Tensor added = record(scaled, x, {attention, {}}).middle - x - scaled.projection.bias * scaled.scale1;
        EXPECT_NEAR(norms[2][token].item<double>(), added[0][3].norm().item<double>(), 1e-12);
    }
}

// f(x) / x as a constant: the derivative times x is the function's value.
TEST_F(Plain, LibrasActivationsAreTheirGates)
{
    const at::Tensor x = random({3, 6});
    for (const Activation activation : {Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu}) {
        const at::Tensor gate = beforeActivation(at::ones_like(x), x, activation, Backward::Libra);
        EXPECT_TRUE(at::allclose(gate * x, activate(x, activation), 1e-9, 1e-9));
    }
    EXPECT_TRUE(at::allclose(beforeTanh(at::ones_like(x), x, Backward::Libra) * x, at::tanh(x)));
    EXPECT_EQ(beforeTanh(at::ones({1}), at::zeros({1}), Backward::Libra).item<float>(), 1);
    const auto halves = x.chunk(2, -1);
    const at::Tensor product = at::silu(halves[0]) * halves[1];
    const at::Tensor found = beforeGate(at::ones_like(product), x, Backward::Libra) * x;
    EXPECT_TRUE(at::allclose(found.narrow(-1, 0, 3), product / 2) && at::allclose(found.narrow(-1, 3, 3), product / 2));
}

// (x - mean) / deviation, the deviation of the place where the way back begins.
TEST_F(Plain, LibrasNormsHaveAConstantDeviation)
{
    const Norm some = norm(8);
    const at::Tensor x = random({2, 5, 8}), upstream = random({2, 5, 8});
    const Normed found = normed(x, some);
    const auto constant = [&](const at::Tensor& at) {
        return (at - at.mean(-1, true)) * found.inverseDeviation * some.weight + some.bias;
    };
    EXPECT_TRUE(at::allclose(constant(x), found.values, 1e-9, 1e-9));
    expectDerivative(constant, x, upstream, beforeNorm(upstream, x, found, some, Backward::Libra));
}

// Where nothing else of the block depends on its place, Libra's derivative is that of a pass with the same matrices.
TEST_F(Plain, LibrasMatricesAreConstant)
{
    Block some = block();
    some.norm1 = some.norm2 = Norm();
    some.second.weight = at::zeros_like(some.second.weight);
    const at::Tensor x = random({2, 5, 8}), upstream = random({2, 5, 8}), attention = record(some, x).attention;
    const auto tape = [&](const at::Tensor& at) { return record(some, at, {attention, {}}); };
    expectDerivative([&](const at::Tensor& at) { return output(some, tape(at)); }, x, upstream,
                     beforeBlock(some, tape(x), upstream, Backward::Libra, Reach::Input).x);
}

TEST_F(Plain, ProjectionsOfBothForms)
{
    const at::Tensor inner = random({6, 4, 3}), upstream = random({1, 6, 8});
    for (const bool legacy : {false, true}) {
        Layer layer;
        layer.projectionNorm1 = norm(legacy ? 3 : 12);
        layer.projection = map(8, 12);
        if (!legacy)
            layer.projectionNorm2 = norm(8);
        expectDerivative([&](const at::Tensor& at) { return projected(layer, at); }, inner, upstream,
                         beforeProjection(layer, upstream, inner, Backward::Exact));
    }
}

class Heads : public Plain, public testing::WithParamInterface<Pool> {};
INSTANTIATE_TEST_SUITE_P(, Heads, testing::Values(Pool::Cls, Pool::Mean, Pool::ClsMean));

TEST_P(Heads, OfEveryKind)
{
    const std::int64_t features = GetParam() == Pool::ClsMean ? 16 : 8;
    for (int kind = 0; kind < 4; ++kind) {
        Head head;
        head.pool = GetParam();
        head.prefix = 2;
        head.norm = kind == 1 ? Norm() : norm(8);
        head.fcNorm = kind == 1 ? norm(features) : Norm();
        if (kind == 2)
            head.preLogits = map(6, features);
        head.classes = map(4, kind == 2 ? 6 : features);
        if (kind == 3)
            head.distilled = map(4, 8);
        const at::Tensor tokens = random({1, 7, 8}), one = at::ones({}, at::kDouble);
        const auto score = [&](const at::Tensor& at) { return logits(head, at)[0][2] - logits(head, at)[0][1]; };
        expectDerivative(score, tokens, one, beforeHead(head, tokens, {2, 1}, Backward::Exact));
        expectDerivative([&](const at::Tensor& at) { return logits(head, at)[0][3]; }, tokens, one,
                         beforeHead(head, tokens, {3, {}}, Backward::Exact));
        expectDerivative(
            [&](const at::Tensor& at) {
                return score(at.mean(1, true).expand({1, 7, 8}));
            },
            tokens, one, beforeHeadOfMean(head, tokens, {2, 1}, Backward::Exact).expand_as(tokens));
    }
}

TEST_F(Plain, AQueryThatPoolsWithAndWithoutAnMlp)
{
    for (const bool mlp : {false, true}) {
        Head head;
        head.pool = Pool::Attention;
        head.norm = norm(8);
        head.query.query = random({2, 1, 4});
        head.query.keys = map(8, 8);
        head.query.values = map(8, 8);
        head.query.projection = map(8, 8);
        head.query.hidden = 1;
        if (mlp) {
            head.query.norm = norm(8);
            head.query.first = map(12, 8);
            head.query.second = map(8, 12);
        }
        head.classes = map(4, 8);
        const at::Tensor tokens = random({1, 7, 8}), one = at::ones({}, at::kDouble);
        expectDerivative([&](const at::Tensor& at) { return logits(head, at)[0][3]; }, tokens, one,
                         beforeHead(head, tokens, {3, {}}, Backward::Exact));
        if (mlp)
            continue;
        // With a constant matrix and without norms and biases all is linear.
        head.norm = Norm();
        head.query.values.bias = head.query.projection.bias = head.classes.bias = at::Tensor();
        const at::Tensor libra = beforeHead(head, tokens, {3, {}}, Backward::Libra);
        EXPECT_NEAR((libra * tokens).sum().item<double>(), logits(head, tokens)[0][3].item<double>(), 1e-9);
        EXPECT_EQ(libra[0][0].abs().max().item<double>(), 0) << "the query does not see this token";
    }
}

TEST_F(Plain, AStemWithNormsAndARestAtItsEdges)
{
    ModelSpec spec;
    spec.patchHeight = 4;
    spec.patchWidth = 3;
    spec.imageHeight = 9;
    spec.imageWidth = 13;
    Stem stem;
    stem.norm1 = norm(36);
    stem.patches = map(8, 36);
    stem.norm2 = norm(8);
    stem.afterPositions = norm(8);
    const at::Tensor input = random({1, 3, 9, 13}), positions = random({8, 8}), upstream = random({1, 8, 8});
    const auto tokens = [&](const at::Tensor& at) {
        return normed(patchEmbeddings(stem, at, {}, spec) + positions, stem.afterPositions).values;
    };
    const at::Tensor embedded = beforePositions(stem, upstream, patchEmbeddings(stem, input, {}, spec), positions,
                                                Backward::Exact);
    expectDerivative(tokens, input, upstream, beforePixels(stem, embedded, input, spec, Backward::Exact));
}

TEST_F(Plain, TheStemOfATntOfBothForms)
{
    for (const bool whole : {false, true}) {
        ModelSpec spec;
        spec.architecture = Architecture::Tnt;
        spec.width = 8;
        spec.patchHeight = spec.patchWidth = 8;
        spec.imageHeight = 16;
        spec.imageWidth = 27;
        spec.inner = {.side = 4, .width = 3, .stride = 2, .wholePicture = whole};
        Stem stem;
        stem.pixelWeight = random({3, 3, 7, 7}, 0.1);
        stem.pixelBias = random({3});
        stem.innerPosition = random({16, 3});
        stem.norm1 = norm(48);
        stem.patches = map(8, 48);
        stem.norm2 = norm(8);
        const at::Tensor input = random({1, 3, 16, 27}), upstream = random({1, 6, 8});
        const at::Tensor inner = innerTokens(stem, input, spec);
        const at::Tensor found = beforePixels(stem, beforePatches(stem, upstream, inner, Backward::Exact), input, spec,
                                              Backward::Exact);
        expectDerivative([&](const at::Tensor& at) { return patchEmbeddings(stem, at, innerTokens(stem, at, spec), spec); },
                         input, upstream, found);
    }
}

}  // namespace
}  // namespace vitrine::nn::plain
