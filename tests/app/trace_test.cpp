// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

std::string traceOf(const Folder& folder, const std::string& model, const std::vector<std::string>& more = {})
{
    const std::string path = folder.path("trace.npz");
    std::vector<std::string> arguments{"trace", sample(), "-o", path, "--model", golden(model)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = vitrine(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.empty()) << outcome.out;
    return path;
}

void expectRowsSumToOne(const NdArray& attention)
{
    const std::int64_t width = attention.dim(-1);
    for (std::int64_t row = 0; row < attention.size() / width; ++row) {
        double sum = 0;
        for (std::int64_t i = 0; i < width; ++i)
            sum += attention.data()[row * width + i];
        ASSERT_NEAR(sum, 1, 1e-5) << "row " << row;
    }
}

TEST(TraceFile, HasEveryPromisedArray)
{
    const Folder folder;
    const std::string path = traceOf(folder, "timm-vit");
    EXPECT_EQ(readNpz(path, "input").shape(), (Shape{3, 16, 16}));
    EXPECT_EQ(readNpz(path, "patch_embedding").shape(), (Shape{17, 16}));
    EXPECT_EQ(readNpz(path, "position_embedding").shape(), (Shape{17, 16}));
    EXPECT_EQ(readNpz(path, "attention").shape(), (Shape{2, 2, 17, 17}));
    EXPECT_EQ(readNpz(path, "tokens").shape(), (Shape{3, 17, 16}));
    EXPECT_EQ(readNpz(path, "logits").shape(), Shape{10});
    const NdArray grid = readNpz(path, "grid");
    EXPECT_THAT(grid.values(), testing::ElementsAre(4, 4));
    EXPECT_THAT(readNpz(path, "prefix_tokens").values(), testing::ElementsAre(1));
    expectRowsSumToOne(readNpz(path, "attention"));
}

TEST(TraceFile, TokensBeforeBlockZeroAreEmbeddingPlusPosition)
{
    const Folder folder;
    const std::string path = traceOf(folder, "timm-vit");
    const NdArray first = readNpz(path, "tokens")[0], patches = readNpz(path, "patch_embedding"),
                  positions = readNpz(path, "position_embedding");
    for (std::int64_t i = 0; i < first.size(); ++i)
        ASSERT_NEAR(first.data()[i], patches.data()[i] + positions.data()[i], 1e-6) << i;
}

TEST(TraceFile, LogitsAreThoseOfClassify)
{
    const Folder folder;
    const NdArray logits = readNpz(traceOf(folder, "timm-vit"), "logits");
    const Outcome outcome = vitrine({"classify", sample(), "--model", golden("timm-vit"), "--top", "10", "--json"});
    const nlohmann::json list = outcome.json();
    for (const nlohmann::json& prediction : list.at(0).at("predictions"))
        EXPECT_NEAR(logits.at({prediction.at("index").get<int>()}), prediction.at("logit").get<float>(), 1e-5);
}

TEST(TraceFile, AnotherInputSizeResamplesThePositions)
{
    const Folder folder;
    const std::string path = traceOf(folder, "timm-vit", {"--image-size", "12x20"});
    EXPECT_EQ(readNpz(path, "input").shape(), (Shape{3, 12, 20}));
    EXPECT_EQ(readNpz(path, "position_embedding").shape(), (Shape{16, 16}));
    EXPECT_EQ(readNpz(path, "attention").shape(), (Shape{2, 2, 16, 16}));
    EXPECT_THAT(readNpz(path, "grid").values(), testing::ElementsAre(3, 5));
}

TEST(TraceFile, OfANaflexNetworkHasThePicturesShape)
{
    const Folder folder;
    writeText(folder.path("wide.ppm"), "P6 300 100 255\n" + std::string(300 * 100 * 3, '@'));
    const Outcome outcome = vitrine(
        {"trace", folder.path("wide.ppm"), "-o", folder.path("trace.npz"), "--model", golden("hf5-siglip2-naflex")});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(readNpz(folder.path("trace.npz"), "input").shape(), (Shape{3, 8, 24}));
    EXPECT_EQ(readNpz(traceOf(folder, "hf5-siglip2-naflex", {"--image-size", "12x20"}), "input").shape(), (Shape{3, 12, 20}));
}

TEST(TraceFile, OfATntHasTheInnerTransformerToo)
{
    for (const char* model : {"timm-tnt", "timm-tnt-legacy/tnt.pth"}) {
        const Folder folder;
        const std::string path = traceOf(folder, model);
        EXPECT_EQ(readNpz(path, "attention").shape(), (Shape{2, 2, 5, 5}));
        EXPECT_EQ(readNpz(path, "inner_attention").shape(), (Shape{2, 4, 2, 16, 16}));
        EXPECT_EQ(readNpz(path, "inner_tokens").shape(), (Shape{3, 4, 16, 4}));
        EXPECT_EQ(readNpz(path, "inner_position").shape(), (Shape{16, 4}));
        EXPECT_EQ(readNpz(path, "inner_projection").shape(), (Shape{2, 4, 16}));
        expectRowsSumToOne(readNpz(path, "inner_attention"));
    }
}

TEST(TraceFile, PrefixTokensAreCounted)
{
    const Folder folder;
    EXPECT_THAT(readNpz(traceOf(folder, "timm-reg-gap"), "prefix_tokens").values(), testing::ElementsAre(4));
}

TEST(TraceFile, InputIsNormalisedAsTold)
{
    const Folder folder;
    const NdArray usual = readNpz(traceOf(folder, "timm-vit", {"--mean", "0", "--std", "1"}), "input");
    EXPECT_THAT(usual.values(), testing::Each(testing::AllOf(testing::Ge(0), testing::Le(1))));
    const NdArray moved = readNpz(traceOf(folder, "timm-vit", {"--mean", "0.1,0.2,0.3", "--std", "0.5,0.25,2"}), "input");
    const float mean[] = {0.1F, 0.2F, 0.3F}, deviation[] = {0.5F, 0.25F, 2};
    for (std::int64_t i = 0; i < usual.size(); ++i) {
        const auto channel = static_cast<std::size_t>(i / 256);
        ASSERT_NEAR(moved.data()[i], (usual.data()[i] - mean[channel]) / deviation[channel], 1e-5);
    }
}

}  // namespace
}  // namespace vitrine::test
