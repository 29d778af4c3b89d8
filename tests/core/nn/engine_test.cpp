// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/nn/torch_engine.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/random_model.h"

namespace vitrine {
namespace {

using test::errorOf;
using test::largestDifference;
using test::ModelBuilder;
using testing::HasSubstr;

std::unique_ptr<Engine> engineOf(Model model, Precision precision = Precision::Float32)
{
    return makeTorchEngine(std::move(model), {.device = "cpu", .threads = 2, .precision = precision});
}

std::shared_ptr<const Trace> runOne(Engine& engine, unsigned seed, const RecordOptions& options = {})
{
    const PreparedImage picture = ModelBuilder::picture(*engine.model(), seed);
    return engine.run(std::span(&picture, 1), options).front();
}

void expectRowsSumToOne(const NdArray& attention)
{
    const std::int64_t width = attention.dim(-1);
    for (std::int64_t row = 0; row < attention.size() / width; ++row) {
        double sum = 0;
        for (std::int64_t i = 0; i < width; ++i) {
            ASSERT_GE(attention.data()[row * width + i], 0);
            sum += attention.data()[row * width + i];
        }
        ASSERT_NEAR(sum, 1, 1e-5);
    }
}

class BothArchitectures : public testing::TestWithParam<Architecture> {
protected:
    Model model() const { return GetParam() == Architecture::Vit ? ModelBuilder::vit() : ModelBuilder::tnt(); }
};
INSTANTIATE_TEST_SUITE_P(, BothArchitectures, testing::Values(Architecture::Vit, Architecture::Tnt),
                         [](const auto& instance) { return instance.param == Architecture::Vit ? "Vit" : "Tnt"; });

TEST_P(BothArchitectures, RecordsEverythingInTheShapesOfTheContract)
{
    const auto engine = engineOf(model());
    const auto trace = runOne(*engine, 1);
    const ModelSpec& spec = *engine->model();
    const std::int64_t tokens = spec.tokens(), patches = spec.patches();
    EXPECT_EQ(trace->patchEmbedding.shape(), (Shape{tokens, 24}));
    EXPECT_EQ(trace->positionEmbedding.shape(), (Shape{tokens, 24}));
    ASSERT_EQ(trace->tokens.size(), 4U);
    ASSERT_EQ(trace->attention.size(), 3U);
    for (const LayerAttention& layer : trace->attention) {
        EXPECT_EQ(layer.shape(), (Shape{3, tokens, tokens}));
        expectRowsSumToOne(layer.matrices());
    }
    EXPECT_EQ(trace->logits.shape(), (Shape{7}));
    EXPECT_EQ(trace->times.size(), 5U);
    EXPECT_EQ(trace->precision, "float32");
    EXPECT_EQ(trace->device, "CPU, 2 threads");
    if (GetParam() == Architecture::Vit)
        return;
    ASSERT_EQ(trace->innerTokens.size(), 4U);
    ASSERT_EQ(trace->innerAttention.size(), 3U);
    EXPECT_EQ(trace->innerTokens[3].shape(), (Shape{patches, 16, 6}));
    EXPECT_EQ(trace->innerPosition.shape(), (Shape{16, 6}));
    EXPECT_EQ(trace->innerProjection.at(2).shape(), (Shape{patches, 24}));
    for (const NdArray& layer : trace->innerAttention) {
        EXPECT_EQ(layer.shape(), (Shape{patches, 2, 16, 16}));
        expectRowsSumToOne(layer);
    }
}

TEST_P(BothArchitectures, AttentionPastTheBudgetIsRecomputedBitForBit)
{
    const auto engine = engineOf(model());
    const auto whole = runOne(*engine, 2);
    const std::size_t layerBytes = whole->attention[0].bytes();
    const auto part = runOne(*engine, 2, {.attentionBudget = layerBytes + 1});
    EXPECT_FALSE(part->attention.at(0).empty());
    EXPECT_TRUE(part->attention.at(1).empty());
    EXPECT_TRUE(part->attention.at(2).empty());
    EXPECT_EQ(std::memcmp(part->logits.data(), whole->logits.data(), 7 * sizeof(float)), 0);
    for (int layer = 0; layer < 3; ++layer) {
        const NdArray again = engine->attention(*part, layer);
        const NdArray recorded = whole->attention[static_cast<std::size_t>(layer)].matrices();
        ASSERT_EQ(again.shape(), recorded.shape());
        EXPECT_EQ(std::memcmp(again.data(), recorded.data(), layerBytes), 0) << "layer " << layer;
    }
}

TEST_P(BothArchitectures, ABatchEqualsItsPicturesOneByOne)
{
    const auto engine = engineOf(model());
    // On two threads: two pictures each, and one by both.
    constexpr unsigned count = 5;
    std::vector<PreparedImage> pictures;
    for (unsigned seed = 0; seed < count; ++seed)
        pictures.push_back(ModelBuilder::picture(*engine->model(), seed));
    std::vector<double> told;
    const auto together = engine->run(pictures, {}, {}, [&](double fraction, std::string_view) { told.push_back(fraction); });
    EXPECT_TRUE(std::ranges::is_sorted(told));
    EXPECT_NEAR(told.back(), 1, 1e-9);
    ASSERT_EQ(together.size(), count);
    for (unsigned seed = 0; seed < count; ++seed) {
        const auto alone = runOne(*engine, seed);
        const Trace& one = *together[seed];
        EXPECT_LT(largestDifference(one.logits, alone->logits), 1e-5F);
        EXPECT_LT(largestDifference(one.patchEmbedding, alone->patchEmbedding), 1e-5F);
        for (std::size_t layer = 0; layer < 3; ++layer) {
            EXPECT_LT(largestDifference(one.attention[layer].matrices(), alone->attention[layer].matrices()), 1e-5F);
            EXPECT_LT(largestDifference(one.tokens[layer + 1], alone->tokens[layer + 1]), 1e-5F);
            if (GetParam() == Architecture::Tnt) {
                EXPECT_LT(largestDifference(one.innerAttention[layer], alone->innerAttention[layer]), 1e-5F);
            }
        }
    }
}

TEST_P(BothArchitectures, LogitsOnlyKeepsNothingElse)
{
    const auto engine = engineOf(model());
    const auto whole = runOne(*engine, 4);
    const auto bare = runOne(*engine, 4, {.logitsOnly = true});
    EXPECT_LT(largestDifference(bare->logits, whole->logits), 1e-6F);
    EXPECT_TRUE(bare->tokens.empty() && bare->attention.empty() && bare->innerTokens.empty());
    EXPECT_THAT(errorOf([&] { engine->attention(*bare, 0); }), HasSubstr("recorded no token states"));
}

TEST_P(BothArchitectures, StopsAfterABlock)
{
    const auto engine = engineOf(model());
    const PreparedImage picture = ModelBuilder::picture(*engine->model(), 5);
    std::stop_source source;
    std::vector<double> told;
    const auto run = [&] {
        engine->run(std::span(&picture, 1), {}, source.get_token(), [&](double fraction, std::string_view) {
            told.push_back(fraction);
            if (told.size() == 2)
                source.request_stop();
        });
    };
    EXPECT_THROW(run(), Cancelled);
    EXPECT_EQ(told.size(), 2U);
    const std::vector<PreparedImage> batch(3, picture);
    EXPECT_THROW(engine->run(batch, {}, source.get_token()), Cancelled);
    EXPECT_NO_THROW(runOne(*engine, 5));
}

TEST_P(BothArchitectures, BFloat16StaysNear)
{
    const auto exact = runOne(*engineOf(model()), 6);
    const auto rough = runOne(*engineOf(model(), Precision::BFloat16), 6);
    EXPECT_EQ(rough->precision, "bfloat16");
    EXPECT_EQ(exact->logits.shape(), rough->logits.shape());
    for (std::size_t layer = 0; layer < 3; ++layer) {
        expectRowsSumToOne(rough->attention[layer].matrices());
        EXPECT_LT(largestDifference(rough->attention[layer].matrices(), exact->attention[layer].matrices()), 0.1F);
    }
}

TEST_P(BothArchitectures, AGpuAgreesWithTheCpuInEveryPass)
{
    const auto devices = availableDevices();
    if (devices.size() < 2)
        GTEST_SKIP() << "no GPU here";
    const auto cpu = engineOf(model());
    const auto gpu = makeTorchEngine(model(), {.device = devices[1].id});
    for (const unsigned picture : {1U, 2U, 3U}) {
        const auto expected = runOne(*cpu, picture), actual = runOne(*gpu, picture);
        EXPECT_LT(largestDifference(actual->logits, expected->logits), 1e-4F);
        for (std::size_t layer = 0; layer < expected->attention.size(); ++layer) {
            EXPECT_LT(largestDifference(actual->attention[layer].matrices(), expected->attention[layer].matrices()), 1e-4F);
            EXPECT_LT(largestDifference(actual->tokens[layer], expected->tokens[layer]), 1e-4F);
        }
        for (std::size_t layer = 0; layer < expected->innerAttention.size(); ++layer)
            EXPECT_LT(largestDifference(actual->innerAttention[layer], expected->innerAttention[layer]), 1e-4F);
    }
}

TEST(TorchEngine, ATraceOutlivesItsEngine)
{
    std::shared_ptr<const Trace> trace;
    {
        const auto engine = engineOf(ModelBuilder::tnt());
        trace = runOne(*engine, 7);
    }
    expectRowsSumToOne(trace->attention.back().matrices());
    EXPECT_EQ(trace->model->classes, 7);
}

TEST(TorchEngine, SaysWhatIsWrong)
{
    EXPECT_THAT(errorOf([] { makeTorchEngine(ModelBuilder::vit(), {.device = "toaster"}); }),
                HasSubstr("\"toaster\" is no device"));
    Model incomplete = ModelBuilder::vit();
    incomplete.tensors.erase("blocks.1.mlp.fc2.weight");
    EXPECT_THAT(errorOf([&] { engineOf(incomplete); }), HasSubstr("blocks.1.mlp.fc2.weight"));
    const auto engine = engineOf(ModelBuilder::vit());
    const PreparedImage wrong = ModelBuilder::picture(ModelBuilder::tnt().spec, 1);
    EXPECT_THAT(errorOf([&] { engine->run(std::span(&wrong, 1)); }), HasSubstr("3x16x24"));
    const auto trace = runOne(*engine, 1);
    EXPECT_THAT(errorOf([&] { engine->attention(*trace, 3); }), HasSubstr("no layer 3"));
}

TEST(TorchEngine, Float16WorksWhereTheProcessorHasItAndElseSaysWhyNot)
{
    if (__builtin_cpu_supports("avx512fp16")) {
        const auto rough = runOne(*engineOf(ModelBuilder::vit(), Precision::Float16), 6);
        const auto exact = runOne(*engineOf(ModelBuilder::vit()), 6);
        EXPECT_LT(largestDifference(rough->attention[0].matrices(), exact->attention[0].matrices()), 0.02F);
        return;
    }
    try {
        engineOf(ModelBuilder::vit(), Precision::Float16);
        FAIL() << "it must be refused";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("float16"));
    }
}

TEST(TorchEngine, PositionsKeepTheTrainedGridBesideTheResampledOne)
{
    Model model = ModelBuilder::vit();
    model.spec.imageHeight = 24;
    model.spec.imageWidth = 12;
    const auto engine = engineOf(std::move(model));
    const PositionEmbeddings positions = engine->positions();
    EXPECT_EQ(positions.trained.shape(), (Shape{20, 24}));
    EXPECT_EQ(positions.trainedHeight, 4);
    EXPECT_EQ(positions.trainedWidth, 5);
    EXPECT_EQ(positions.resampled.shape(), (Shape{18, 24}));
    EXPECT_EQ(runOne(*engine, 1)->tokens.front().shape(), (Shape{19, 24}));
}

TEST(TorchEngine, TheCpuIsAlwaysThere)
{
    const auto devices = availableDevices();
    ASSERT_FALSE(devices.empty());
    EXPECT_EQ(devices.front().id, "cpu");
}

}  // namespace
}  // namespace vitrine
