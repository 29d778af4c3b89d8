// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "core/kernels/kernels.h"
#include "core/nn/torch_engine.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/golden_case.h"

namespace vitrine {
namespace {

using test::GoldenCase;

constexpr float tolerance = 1e-4F;

enum class Of { Numbers, States };

// Of LibTorch's own way alone: a random network of timm's old TNT amplifies its rounding, on a processor with no more than AVX2 to
// 1.2e-4 of states whose root mean square is above 1.
float unitOf(const NdArray& values, Of of)
{
    if (of == Of::Numbers || !kernels::leftToTorch())
        return 1;
    double sum = 0;
    for (const float value : values.values())
        sum += static_cast<double>(value) * value;
    return std::max(1.0F, static_cast<float>(std::sqrt(sum / static_cast<double>(values.size()))));
}

// [first axis, ...] against a list of its slices, recorded layer by layer.
void expectNear(const std::vector<NdArray>& actual, const NdArray& expected, const char* what, Of of = Of::Numbers)
{
    ASSERT_EQ(static_cast<std::int64_t>(actual.size()), expected.dim(0)) << what;
    for (std::int64_t i = 0; i < expected.dim(0); ++i) {
        const NdArray& mine = actual[static_cast<std::size_t>(i)];
        const NdArray theirs = expected[i];
        ASSERT_EQ(mine.shape(), theirs.shape()) << what << " " << i;
        float largest = 0;
        for (std::int64_t j = 0; j < mine.size(); ++j) {
            const float difference = std::abs(mine.data()[j] - theirs.data()[j]);
            if (!(difference <= largest))
                largest = difference;
        }
        EXPECT_LT(largest, tolerance * unitOf(theirs, of)) << what << " " << i;
    }
}

class Golden : public testing::TestWithParam<GoldenCase> {};

TEST_P(Golden, AgreesWithTheFamilysOwnCode)
{
    const auto reference = Checkpoint::open(GetParam().reference());
    const auto engine = makeTorchEngine(GetParam().load(), {.device = test::testDevice()});
    PreparedImage picture;
    picture.input = reference.read("input");
    const auto trace = engine->run(std::span(&picture, 1)).front();

    expectNear(test::matricesOf(*trace), reference.read("attention"), "attention");
    expectNear(trace->tokens, reference.read("tokens"), "tokens", Of::States);
    if (reference.find("logits"))
        expectNear({trace->logits}, reference.read("logits").reshaped({1, trace->logits.size()}), "logits");
    else
        EXPECT_TRUE(trace->logits.empty());
    for (const auto& [name, actual] : {std::pair("embedding", &trace->embedding), std::pair("pooling", &trace->pooling)}) {
        EXPECT_EQ(actual->empty(), reference.find(name) == nullptr) << name;
        if (!reference.find(name) || actual->empty())
            continue;
        Shape shape = actual->shape();
        shape.insert(shape.begin(), 1);
        expectNear({*actual}, reference.read(name).reshaped(shape), name);
    }
    if (trace->model->architecture == Architecture::Tnt) {
        expectNear(trace->innerAttention, reference.read("inner_attention"), "inner attention");
        expectNear(trace->innerTokens, reference.read("inner_tokens"), "inner tokens", Of::States);
    }
}

TEST(GoldenWay, IsTheOneThatWasAskedFor)
{
    const char* const asked = std::getenv("VITRINE_KERNELS");
    if (asked == nullptr)
        GTEST_SKIP() << "VITRINE_KERNELS is not set: the cases run the best way";
    if (std::string(asked) == "torch") {
        EXPECT_TRUE(kernels::leftToTorch());
        return;
    }
    EXPECT_FALSE(kernels::leftToTorch());
    const auto usable = kernels::usable();
    if (std::ranges::none_of(usable, [&](const kernels::Kernels* each) { return std::string(each->name) == asked; }))
        GTEST_SKIP() << "this processor has no " << asked;
    EXPECT_STREQ(kernels::best().name, asked);
}

INSTANTIATE_TEST_SUITE_P(Models, Golden, testing::ValuesIn(test::goldenCases()), GoldenCase::name);

}  // namespace
}  // namespace vitrine
