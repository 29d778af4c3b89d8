// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/kernels.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace vitrine::kernels {
namespace {

std::vector<float> noise(std::int64_t count, unsigned seed, float size = 1)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, size);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values)
        value = normal(generator);
    return values;
}

float largestDifference(const std::vector<float>& a, const std::vector<float>& b)
{
    EXPECT_EQ(a.size(), b.size());
    float largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(std::abs(a[i] - b[i]) <= largest))
            largest = std::abs(a[i] - b[i]);
    }
    return largest;
}

struct HeadOutput {
    std::vector<float> probabilities, mixed;
};

HeadOutput attend(const Kernels& with, const std::vector<float>& qkv, std::int64_t tokens, std::int64_t width, std::int64_t cut,
                  Product product = Product::Float32)
{
    const HeadView head{qkv.data(), qkv.data() + width, qkv.data() + 2 * width, 3 * width, tokens, width, product};
    std::vector<float> packed(static_cast<std::size_t>(with.packedHeadSize(tokens, width)));
    std::vector<float> scratch(static_cast<std::size_t>(with.attendScratchSize(tokens, width)));
    HeadOutput output{std::vector<float>(static_cast<std::size_t>(tokens * tokens)),
                      std::vector<float>(static_cast<std::size_t>(tokens * width))};
    const float scale = 1 / std::sqrt(static_cast<float>(width));
    with.packHead(head, packed.data());
    const HeadResult result{output.probabilities.data(), output.mixed.data(), width, nullptr, nullptr};
    with.attendRows(head, packed.data(), scale, 0, cut, result, scratch.data());
    with.attendRows(head, packed.data(), scale, cut, tokens, result, scratch.data());
    return output;
}

TEST(AttentionKernel, AgreesWithPlainLoops)
{
    const std::pair<int, int> sizes[]{{1, 4}, {5, 6}, {16, 8}, {17, 10}, {50, 32}, {197, 64}, {201, 80}, {64, 33}};
    for (const Kernels* tried : usable()) {
        for (const auto& [tokens, width] : sizes) {
            SCOPED_TRACE(std::string(tried->name) + ", " + std::to_string(tokens) + " x " + std::to_string(width));
            const auto qkv = noise(3L * tokens * width, 7);
            const auto expected = attend(plainLoops(), qkv, tokens, width, tokens / 3);
            const auto actual = attend(*tried, qkv, tokens, width, tokens / 3);
            EXPECT_LT(largestDifference(actual.probabilities, expected.probabilities), 1e-6F);
            EXPECT_LT(largestDifference(actual.mixed, expected.mixed), 2e-6F);
        }
    }
}

TEST(AttentionKernel, RoundsFactorsToBFloat16AndSumsInFloat32)
{
    bool done = false;
    for (const Kernels* tried : usable()) {
        for (const auto& [tokens, width] : {std::pair{5, 6}, {17, 10}, {50, 33}, {197, 64}}) {
            if (!tried->bfloat16)
                continue;
            done = true;
            const auto qkv = noise(3L * tokens * width, 7);
            const auto expected = attend(plainLoops(), qkv, tokens, width, tokens / 3, Product::BFloat16);
            const auto actual = attend(*tried, qkv, tokens, width, tokens / 3, Product::BFloat16);
            EXPECT_LT(largestDifference(actual.probabilities, expected.probabilities), 1e-6F) << tokens;
            // A probability that ends a bit beside the reference's may round to the neighbour.
            EXPECT_LT(largestDifference(actual.mixed, expected.mixed), 5e-3F) << tokens;
        }
    }
    if (!done)
        GTEST_SKIP() << "this processor has no bfloat16 products";
}

TEST(AttentionKernel, GivesTheSameBitsByRowsByColumnsAndWithoutValues)
{
    for (const Kernels* tried : usable()) {
        for (const auto& [tokens, width] : {std::pair{1, 4}, {5, 6}, {17, 10}, {50, 33}, {201, 64}}) {
            for (const Product product : {Product::Float32, Product::BFloat16}) {
                if (product == Product::BFloat16 && !tried->bfloat16)
                    continue;
                SCOPED_TRACE(std::string(tried->name) + ", " + std::to_string(tokens) + " x " + std::to_string(width));
                const auto qkv = noise(3L * tokens * width, 7);
                const auto whole = attend(*tried, qkv, tokens, width, 0, product).probabilities;
                const HeadView head{qkv.data(), qkv.data() + width, nullptr, 3 * width, tokens, width, product};
                std::vector<float> packed(static_cast<std::size_t>(tried->packedHeadSize(tokens, width)));
                std::vector<float> scratch(static_cast<std::size_t>(tried->attendScratchSize(tokens, width)));
                std::vector<float> again(whole.size()), peaks(static_cast<std::size_t>(tokens)), factors(peaks.size());
                const float scale = 1 / std::sqrt(static_cast<float>(width));
                tried->packHead(head, packed.data());
                for (int row = 0; row < tokens; ++row)
                    tried->attendRows(head, packed.data(), scale, row, row + 1,
                                      {again.data(), nullptr, 0, peaks.data(), factors.data()}, scratch.data());
                EXPECT_EQ(std::memcmp(again.data(), whole.data(), whole.size() * sizeof(float)), 0);
                for (int key = 0; key < tokens; ++key) {
                    std::vector<float> column(peaks.size()), expected;
                    tried->attendColumn(head, scale, key, peaks.data(), factors.data(), column.data(), scratch.data());
                    for (int row = 0; row < tokens; ++row)
                        expected.push_back(whole[static_cast<std::size_t>(row * tokens + key)]);
                    ASSERT_EQ(std::memcmp(column.data(), expected.data(), column.size() * sizeof(float)), 0) << key;
                }
            }
        }
    }
}

TEST(AttentionKernel, KeepsScoresThatAreFarApart)
{
    auto qkv = noise(3L * 20 * 8, 3);
    for (float& value : qkv)
        value *= 40;
    const auto expected = attend(plainLoops(), qkv, 20, 8, 0);
    for (const Kernels* tried : usable()) {
        const auto actual = attend(*tried, qkv, 20, 8, 0);
        // Scores of some thousands have a last bit of 1e-4, and so has a probability's relative error.
        EXPECT_LT(largestDifference(actual.probabilities, expected.probabilities), 1e-3F) << tried->name;
    }
}

TEST(AttentionKernel, ShowsNotANumber)
{
    auto qkv = noise(3L * 20 * 8, 3);
    qkv[5] = std::numeric_limits<float>::quiet_NaN();
    for (const Kernels* tried : usable())
        EXPECT_TRUE(std::isnan(attend(*tried, qkv, 20, 8, 0).probabilities[7])) << tried->name;
}

struct LinearCase {
    std::int64_t rows, in, out;
    Product product = Product::Float32;
    Epilogue epilogue = Epilogue::None;
    bool hasNorm = false, hasBias = true;
    const std::vector<float>* given = nullptr;  ///< x, as bfloat16
    bool shifts = true;                         ///< false: the norm is an RMSNorm
};

std::vector<float> linear(const Kernels& with, const LinearCase& test)
{
    const auto [rows, in, out, product, epilogue, hasNorm, hasBias, given, shifts] = test;
    const auto x = noise(rows * in, 1, 3), weight = noise(out * in, 2, 0.3F / std::sqrt(static_cast<float>(in)));
    const auto bias = noise(out, 3), residual = noise(rows * out, 4), scale = noise(in, 5), shift = noise(in, 6);
    LinearCall call{{nullptr, out, in, product}, x.data(), false, {}, nullptr, residual.data(), nullptr, rows, epilogue};
    if (given != nullptr) {
        call.x = given->data();
        call.xIsRounded = true;
    }
    std::vector<float> packed(static_cast<std::size_t>(with.packedLinearSize(call.weight)));
    const std::int64_t panels = with.linearPanels(call.weight);
    with.packLinear(weight.data(), call.weight, 0, panels / 2, packed.data());
    with.packLinear(weight.data(), call.weight, panels / 2, panels, packed.data());
    call.weight.memory = packed.data();
    if (hasNorm)
        call.norm = {scale.data(), shifts ? shift.data() : nullptr, 1e-5F};
    if (hasBias)
        call.bias = bias.data();
    std::vector<float> y(static_cast<std::size_t>(rows * out));
    call.y = y.data();
    std::vector<float> scratch(static_cast<std::size_t>(with.linearScratchSize(call)));
    const std::int64_t blocks = with.linearBlocks(call), cut = blocks * 2 / 5;
    with.runLinear(call, 0, cut, scratch.data());
    with.runLinear(call, cut, blocks, scratch.data());
    return y;
}

const std::int64_t linearSizes[][3]{{8, 4, 5},     {9, 24, 72},   {15, 33, 48}, {16, 7, 100},
                                    {21, 64, 191}, {300, 18, 60}, {71, 5, 20}};

TEST(LinearKernel, AgreesWithPlainLoops)
{
    for (const auto& [rows, in, out] : linearSizes) {
        for (const Epilogue epilogue :
             {Epilogue::None, Epilogue::Gelu, Epilogue::GeluTanh, Epilogue::QuickGelu, Epilogue::Add}) {
            for (const int more : {0, 1, 2, 3, 4, 5}) {
                const LinearCase test{rows,          in,      out,          Product::Float32, epilogue, more % 3 > 0,
                                      more / 3 == 1, nullptr, more % 3 == 1};
                const auto expected = linear(plainLoops(), test);
                for (const Kernels* tried : usable()) {
                    SCOPED_TRACE(std::string(tried->name) + ", " + std::to_string(rows) + " rows");
                    EXPECT_LT(largestDifference(linear(*tried, test), expected), 3e-6F);
                }
            }
        }
    }
}

std::vector<float> widened(const std::vector<float>& rounded, std::int64_t count)
{
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, reinterpret_cast<const char*>(rounded.data()) + 2 * i, sizeof(bits));
        values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
    }
    return values;
}

TEST(RotaryKernel, AgreesWithPlainLoops)
{
    for (const std::int64_t width : {4, 12, 64, 72, 128}) {
        for (const int kind : {0, 1, 2, 3}) {
            const std::int64_t heads = 3, patches = 5, patch = 3, tables = kind / 2 == 1 ? heads : 1;
            const auto cosine = noise(tables * patches * width, 1), sine = noise(tables * patches * width, 2);
            const auto row = noise(3 * heads * width, 3);
            const RotaryCall call{cosine.data(), sine.data(), tables > 1 ? patches * width : 0, heads, width, kind % 2 == 1};
            auto expected = row;
            plainLoops().rotate(call, expected.data(), patch);
            EXPECT_TRUE(std::equal(row.begin() + 2 * heads * width, row.end(), expected.begin() + 2 * heads * width)) << "v";
            EXPECT_GT(largestDifference(row, expected), 0.1F);
            for (const Kernels* tried : usable()) {
                auto actual = row;
                tried->rotate(call, actual.data(), patch);
                EXPECT_LT(largestDifference(actual, expected), 1e-6F) << tried->name << " " << width << " " << kind;
            }
        }
    }
}

TEST(LinearKernel, HandsGeluOnInBFloat16)
{
    // Two layers as in an MLP: the second takes what the first wrote, and nothing is rounded twice.
    bool tried = false;
    for (const Kernels* with : usable()) {
        for (const auto& [rows, in, out] : {std::array{8L, 4L, 6L}, {9, 24, 72}, {21, 64, 190}, {300, 18, 60}}) {
            if (!with->bfloat16)
                continue;
            tried = true;
            const LinearCase first{rows, in, out, Product::BFloat16, Epilogue::Gelu};
            const auto actual = linear(*with, first), expected = linear(plainLoops(), first);
            // A sum that ends a bit beside the reference's may round to the neighbour, 2^-8 away.
            EXPECT_LT(largestDifference(widened(actual, rows * out), widened(expected, rows * out)), 4e-2F) << rows;
            LinearCase second{rows, out, 20, Product::BFloat16, Epilogue::Add};
            second.given = &actual;
            EXPECT_LT(largestDifference(linear(*with, second), linear(plainLoops(), second)), 3e-6F) << rows;
        }
    }
    if (!tried)
        GTEST_SKIP() << "this processor has no bfloat16 products";
}

TEST(LinearKernel, RoundsFactorsToBFloat16AndSumsInFloat32)
{
    bool tried = false;
    for (const Kernels* with : usable()) {
        for (const auto& [rows, in, out] : linearSizes) {
            if (!with->bfloat16)
                continue;
            tried = true;
            const LinearCase plain{rows, in, out, Product::BFloat16, Epilogue::Add};
            EXPECT_LT(largestDifference(linear(*with, plain), linear(plainLoops(), plain)), 3e-6F) << rows;
            // A norm that ends a bit beside the reference's may round to the neighbour, 2^-8 away.
            const LinearCase normed{rows, in, out, Product::BFloat16, Epilogue::None, true};
            EXPECT_LT(largestDifference(linear(*with, normed), linear(plainLoops(), normed)), 5e-3F) << rows;
        }
    }
    if (!tried)
        GTEST_SKIP() << "this processor has no bfloat16 products";
}

// A TNT's inner block with random weights.
struct InnerCase {
    InnerWeights weights;
    std::vector<std::vector<float>> memory;

    const float* keep(std::vector<float> values)
    {
        memory.push_back(std::move(values));
        return memory.back().data();
    }
    const float* packed(std::int64_t out, std::int64_t in, unsigned seed)
    {
        const auto weight = noise(out * in, seed, 1 / std::sqrt(static_cast<float>(in)));
        std::vector<float> result(static_cast<std::size_t>(innerPackedSize(out, in)));
        packInner(weight.data(), out, in, result.data());
        return keep(std::move(result));
    }
    const float* bias(std::int64_t out, unsigned seed) { return keep(noise(innerPaddedRows(out), seed, 0.3F)); }

    InnerCase(std::int64_t width, std::int64_t heads, std::int64_t hidden)
    {
        weights = {width,
                   heads,
                   hidden,
                   1e-5F,
                   bias(width, 1),
                   bias(width, 2),
                   packed(3 * width, width, 3),
                   bias(3 * width, 4),
                   packed(width, width, 5),
                   bias(width, 6),
                   bias(width, 7),
                   bias(width, 8),
                   packed(hidden, width, 9),
                   bias(hidden, 10),
                   packed(width, hidden, 11),
                   bias(width, 12)};
    }
};

TEST(InnerKernel, AgreesWithPlainLoops)
{
    const std::int64_t sizes[][3]{{24, 4, 96}, {40, 4, 160}, {12, 2, 48}, {6, 3, 10}, {18, 2, 7}};
    const std::int64_t patches = 5;
    for (const auto& [width, heads, hidden] : sizes) {
        const InnerCase inner(width, heads, hidden);
        const auto state = noise(patches * width * 16, 20);
        const auto run = [&](const Kernels& with) {
            std::vector<std::vector<float>> out{std::vector<float>(state.size()), std::vector<float>(state.size()),
                                                std::vector<float>(static_cast<std::size_t>(patches * heads * 256))};
            std::vector<float> scratch(static_cast<std::size_t>(with.innerScratchSize(inner.weights)));
            with.innerBlock(inner.weights, state.data(), patches, {out[0].data(), out[1].data(), out[2].data()},
                            scratch.data());
            return out;
        };
        const auto expected = run(plainLoops());
        for (const Kernels* tried : usable()) {
            SCOPED_TRACE(std::string(tried->name) + ", width " + std::to_string(width));
            const auto actual = run(*tried);
            EXPECT_LT(largestDifference(actual[0], expected[0]), 5e-6F);
            EXPECT_LT(largestDifference(actual[1], expected[1]), 5e-6F);
            EXPECT_LT(largestDifference(actual[2], expected[2]), 1e-6F);
        }
    }
}

}  // namespace
}  // namespace vitrine::kernels
