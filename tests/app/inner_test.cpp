// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>

#include <cmath>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

/// timm-tnt: a 2 x 2 grid of 8 x 8 pixels, 4 x 4 inner tokens, 2 inner heads.
class InnerNumbers : public testing::Test {
protected:
    void SetUp() override
    {
        const Outcome outcome = vitrine({"trace", sample(), "-o", m_folder.path("t.npz"), "--model", golden("timm-tnt")});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        attention = readNpz(m_folder.path("t.npz"), "inner_attention");
    }

    NdArray numbers(const std::vector<std::string>& options)
    {
        std::vector<std::string> arguments{"inner", sample(), "-o", m_folder.path("i.npy"), "--model", golden("timm-tnt")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = vitrine(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        return readNpy(m_folder.path("i.npy"));
    }

    Folder m_folder;
    NdArray attention;  ///< [2 layers, 4 patches, 2 heads, 16, 16]
};

TEST_F(InnerNumbers, OfOnePatchAreItsMatrix)
{
    const NdArray matrix = numbers({"--patch", "1,0", "--layer", "0", "--head", "1"});
    ASSERT_EQ(matrix.shape(), (Shape{16, 16}));
    for (int query = 0; query < 16; ++query)
        for (int key = 0; key < 16; ++key)
            EXPECT_NEAR(matrix.at({query, key}), attention.at({0, 2, 1, query, key}), 1e-6);
}

TEST_F(InnerNumbers, MeanOfHeadsInTheLastLayerIfNotSaid)
{
    const NdArray matrix = numbers({"--patch", "0,1"});
    for (int query = 0; query < 16; ++query)
        for (int key = 0; key < 16; ++key)
            EXPECT_NEAR(matrix.at({query, key}),
                        (attention.at({1, 1, 0, query, key}) + attention.at({1, 1, 1, query, key})) / 2, 1e-6);
}

TEST_F(InnerNumbers, AssembledIsWhatEachPixelReceivesInItsPatch)
{
    const NdArray all = numbers({"--assembled", "--layer", "1", "--head", "0"});
    ASSERT_EQ(all.shape(), (Shape{8, 8}));
    for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x) {
            const int patch = y / 4 * 2 + x / 4, key = y % 4 * 4 + x % 4;
            double received = 0;
            for (int query = 0; query < 16; ++query)
                received += attention.at({1, patch, 0, query, key}) / 16;
            EXPECT_NEAR(all.at({y, x}), received, 1e-6);
        }
}

TEST_F(InnerNumbers, BridgeSplitsTheProjectionIntoWhatAllGetAndEachPatchsOwn)
{
    const NdArray projection = readNpz(m_folder.path("t.npz"), "inner_projection"),
                  tokens = readNpz(m_folder.path("t.npz"), "tokens");
    const Outcome outcome = vitrine({"inner", sample(), "--bridge", "--json", "--model", golden("timm-tnt")});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const nlohmann::json layers = nlohmann::json::parse(outcome.out).at("layers");
    ASSERT_EQ(layers.size(), 2U);
    const std::int64_t patches = projection.dim(1), width = projection.dim(2);
    for (int layer = 0; layer < 2; ++layer) {
        double constant = 0, varying = 0, own = 0, norm = 0;
        for (std::int64_t channel = 0; channel < width; ++channel) {
            double mean = 0;
            for (std::int64_t patch = 0; patch < patches; ++patch)
                mean += projection.at({layer, patch, channel}) / static_cast<double>(patches);
            constant += mean * mean;
            for (std::int64_t patch = 0; patch < patches; ++patch)
                varying += std::pow(projection.at({layer, patch, channel}) - mean, 2) / static_cast<double>(patches);
            own += std::pow(projection.at({layer, 2, channel}) - mean, 2);
            norm += std::pow(tokens.at({layer, 3, channel}), 2);
        }
        EXPECT_NEAR(layers[layer].at("constant_norm").get<double>(), std::sqrt(constant), 1e-5);
        EXPECT_NEAR(layers[layer].at("varying_norm").get<double>(), std::sqrt(varying), 1e-5);
        EXPECT_NEAR(layers[layer].at("varying_share").get<double>(), std::sqrt(varying / (varying + constant)), 1e-5);
        EXPECT_NEAR(layers[layer].at("varying")[2].get<double>(), std::sqrt(own / norm), 1e-5);
        EXPECT_NEAR(layers[layer].at("constant")[2].get<double>(), std::sqrt(constant / norm), 1e-5);
    }
}

TEST(InnerBridge, SaysForEachLayerWhetherPatchesDiffer)
{
    const Folder folder;
    const Outcome random = vitrine({"inner", sample(), "--bridge", "--model", golden("timm-tnt")});
    ASSERT_EQ(random.exitCode, 0) << random.err;
    EXPECT_THAT(random.out, testing::HasSubstr("differs between patches"));
    const Outcome trained = vitrine({"inner", sample(), "--bridge", "--model", "tnt", "-o", folder.path("bridge.npz")});
    ASSERT_EQ(trained.exitCode, 0) << trained.err;
    EXPECT_THAT(trained.out, testing::HasSubstr("the pixels add the same to every patch here")) << "as its card says";
    EXPECT_EQ(readNpz(folder.path("bridge.npz"), "varying").shape(), (Shape{12, 196}));
    const Outcome last = vitrine(
        {"inner", sample(), "--bridge", "--model", "tnt", "--layer", "11", "-o", folder.path("one.npz")});
    ASSERT_EQ(last.exitCode, 0) << last.err;
    EXPECT_EQ(readNpz(folder.path("one.npz"), "constant").shape(), (Shape{1, 196}));
}

TEST(InnerFigure, IsDrawn)
{
    const Folder folder;
    for (const std::vector<std::string>& choice : {std::vector<std::string>{"--patch", "6,9"}, {"--assembled"}, {"--bridge"}}) {
        std::vector<std::string> arguments{"inner", sample(), "-o", folder.path("inner.png"), "--model", "tnt"};
        arguments.insert(arguments.end(), choice.begin(), choice.end());
        const Outcome outcome = vitrine(arguments);
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_FALSE(QImage(QString::fromStdString(folder.path("inner.png"))).isNull());
    }
}

TEST(InnerErrors, AreSentences)
{
    const Folder folder;
    const std::string out = folder.path("inner.png");
    expectError(vitrine({"inner", sample(), "-o", out, "--patch", "0,0", "--model", golden("timm-vit")}), 1, "ViT");
    expectError(vitrine({"inner", sample(), "-o", out, "--patch", "2,0", "--model", golden("timm-tnt")}), 1, "0 to 1");
    expectError(vitrine({"inner", sample(), "-o", out, "--patch", "0,0", "--head", "2", "--model", golden("timm-tnt")}), 1,
                "0 to 1");
    EXPECT_EQ(vitrine({"inner", sample(), "-o", out, "--model", golden("timm-tnt")}).exitCode, 2);
    EXPECT_EQ(vitrine({"inner", sample(), "-o", out, "--patch", "0,0", "--assembled", "--model", golden("timm-tnt")}).exitCode,
              2);
    EXPECT_EQ(vitrine({"inner", sample(), "--patch", "0,0", "--model", golden("timm-tnt")}).exitCode, 2) << "nowhere to write";
    EXPECT_EQ(vitrine({"inner", sample(), "-o", out, "--patch", "0,0", "--json", "--model", golden("timm-tnt")}).exitCode, 2);
    EXPECT_EQ(vitrine({"inner", sample(), "--bridge", "--head", "0", "--model", golden("timm-tnt")}).exitCode, 2);
    expectError(vitrine({"inner", sample(), "--bridge", "--layer", "2", "--model", golden("timm-tnt")}), 1, "0 to 1");
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace vitrine::test
