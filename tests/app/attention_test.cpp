// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

/// The numbers that `vitrine attention` writes, beside those of `vitrine trace` for the same picture.
class AttentionNumbers : public testing::Test {
protected:
    void SetUp() override
    {
        const Outcome outcome = vitrine({"trace", sample(), "-o", m_folder.path("trace.npz"), "--model", model()});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        attention = readNpz(m_folder.path("trace.npz"), "attention");
    }

    static std::string model() { return golden("timm-vit"); }

    NdArray numbers(const std::vector<std::string>& options, const std::string& name = "map.npy")
    {
        std::vector<std::string> arguments{"attention", sample(), "-o", m_folder.path(name), "--model", model()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = vitrine(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        return readNpy(m_folder.path(name));
    }

    /// Patch (row, column) of the 4 x 4 grid as a token.
    static int token(int row, int column) { return 1 + row * 4 + column; }

    Folder m_folder;
    NdArray attention;  ///< [2, 2, 17, 17]
};

TEST_F(AttentionNumbers, AreTheRowOfClsInTheLastLayerMeanOfHeads)
{
    const NdArray map = numbers({});
    ASSERT_EQ(map.shape(), (Shape{4, 4}));
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column)
            EXPECT_NEAR(map.at({row, column}),
                        (attention.at({1, 0, 0, token(row, column)}) + attention.at({1, 1, 0, token(row, column)})) / 2, 1e-6);
}

TEST_F(AttentionNumbers, OfOneLayerHeadAndPatch)
{
    const NdArray map = numbers({"--layer", "0", "--head", "1", "--query", "2,3"});
    ASSERT_EQ(map.shape(), (Shape{4, 4}));
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column)
            EXPECT_NEAR(map.at({row, column}), attention.at({0, 1, token(2, 3), token(row, column)}), 1e-6);
}

TEST_F(AttentionNumbers, ReceivedIsTheColumn)
{
    const NdArray map = numbers({"--layer", "0", "--head", "0", "--query", "1,0", "--received"});
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column)
            EXPECT_NEAR(map.at({row, column}), attention.at({0, 0, token(row, column), token(1, 0)}), 1e-6);
}

TEST_F(AttentionNumbers, MaxAndMinAreOverTheHeads)
{
    const NdArray largest = numbers({"--head", "max"}), smallest = numbers({"--head", "min"});
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column) {
            const float a = attention.at({1, 0, 0, token(row, column)}), b = attention.at({1, 1, 0, token(row, column)});
            EXPECT_NEAR(largest.at({row, column}), std::max(a, b), 1e-6);
            EXPECT_NEAR(smallest.at({row, column}), std::min(a, b), 1e-6);
        }
}

TEST_F(AttentionNumbers, RolloutIsTheProductOfTheLayers)
{
    // (A + I) / 2 of the mean of heads, the later layer from the left.
    const auto mean = [&](int layer, int query, int key) {
        return (attention.at({layer, 0, query, key}) + attention.at({layer, 1, query, key})) / 4 + (query == key ? 0.5F : 0.0F);
    };
    const auto joint = [&](int query, int key) {
        float sum = 0;
        for (int middle = 0; middle < 17; ++middle)
            sum += mean(1, query, middle) * mean(0, middle, key);
        return sum;
    };
    const NdArray looks = numbers({"--rollout", "--query", "2,3"});
    const NdArray received = numbers({"--rollout", "--query", "2,3", "--received"});
    const NdArray first = numbers({"--rollout", "--layer", "0"});
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column) {
            EXPECT_NEAR(looks.at({row, column}), joint(token(2, 3), token(row, column)), 1e-6);
            EXPECT_NEAR(received.at({row, column}), joint(token(row, column), token(2, 3)), 1e-6);
            EXPECT_NEAR(first.at({row, column}), mean(0, 0, token(row, column)), 1e-6);
        }
}

TEST_F(AttentionNumbers, OfAllLayersAndHeadsAreLayersFirst)
{
    const NdArray maps = numbers({"--layer", "all", "--head", "all", "--query", "0,1"});
    ASSERT_EQ(maps.shape(), (Shape{2, 2, 4, 4}));
    for (int layer = 0; layer < 2; ++layer)
        for (int head = 0; head < 2; ++head)
            for (int key = 0; key < 16; ++key)
                EXPECT_NEAR(maps.at({layer, head, key / 4, key % 4}), attention.at({layer, head, token(0, 1), 1 + key}), 1e-6);
}

TEST_F(AttentionNumbers, AsCsvHaveOneLineARow)
{
    const Outcome outcome = vitrine({"attention", sample(), "-o", m_folder.path("map.csv"), "--model", model()});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const std::string text = readText(m_folder.path("map.csv"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 4) << text;
    EXPECT_EQ(std::ranges::count(text, ','), 12) << text;
    EXPECT_NEAR(std::stof(text), numbers({}).at({0, 0}), 1e-6);
}

TEST(AttentionFigure, IsAPictureThatIsNotEmpty)
{
    const Folder folder;
    const std::vector<std::vector<std::string>> choices{
        {}, {"--layer", "all"}, {"--head", "all"}, {"--layer", "all", "--head", "all", "--received"}, {"--rollout"}};
    for (const std::vector<std::string>& choice : choices) {
        std::vector<std::string> arguments{"attention", sample(), "-o", folder.path("map.png"), "--model", "vit"};
        arguments.insert(arguments.end(), choice.begin(), choice.end());
        const Outcome outcome = vitrine(arguments);
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_TRUE(outcome.out.empty()) << outcome.out;
        const QImage image(QString::fromStdString(folder.path("map.png")));
        ASSERT_GE(std::min(image.width(), image.height()), 100);
        // A quarter of the pixels at the least are neither paper nor a single colour.
        const QImage small = image.scaled(64, 64).convertToFormat(QImage::Format_RGB32);
        std::vector<QRgb> colours;
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 64; ++x)
                colours.push_back(small.pixel(x, y));
        EXPECT_LT(std::ranges::count(colours, QColor(Qt::white).rgb()), 64 * 64 * 3 / 4);
        std::ranges::sort(colours);
        EXPECT_GT(std::distance(colours.begin(), std::ranges::unique(colours).begin()), 50);
    }
}

TEST(AttentionFigure, SvgAndPdfKeepTextAsText)
{
    const Folder folder;
    for (const char* name : {"map.svg", "map.pdf"}) {
        const Outcome outcome = vitrine(
            {"attention", sample(), "-o", folder.path(name), "--model", golden("timm-vit"), "--layer", "1", "--head", "0"});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    }
    EXPECT_THAT(readText(folder.path("map.svg")), testing::HasSubstr("head 0"));
    EXPECT_TRUE(readText(folder.path("map.pdf")).starts_with("%PDF-"));
}

TEST(AttentionQuery, PrefixTokensHaveNames)
{
    const Folder folder;
    const std::string out = folder.path("map.npy");
    EXPECT_EQ(vitrine({"attention", sample(), "-o", out, "--model", golden("timm-deit-distilled/deit_tiny_distilled.pth"),
                       "--heads", "2", "--query", "distillation"})
                  .exitCode,
              0);
    EXPECT_EQ(
        vitrine({"attention", sample(), "-o", out, "--model", golden("timm-reg"), "--heads", "2", "--query", "register 0"})
            .exitCode,
        0);
    expectError(vitrine({"attention", sample(), "-o", out, "--model", golden("timm-vit"), "--query", "register 0"}), 1,
                "register 0");
}

TEST_F(AttentionNumbers, TheTitleSaysWhatIsOnTheTokensInFrontOfThePatches)
{
    ASSERT_EQ(vitrine({"attention", sample(), "-o", m_folder.path("map.svg"), "--model", model(), "--query", "2,3"}).exitCode,
              0);
    const double share = 50 * static_cast<double>(attention.at({1, 0, token(2, 3), 0}) + attention.at({1, 1, token(2, 3), 0}));
    EXPECT_THAT(readText(m_folder.path("map.svg")),
                testing::HasSubstr("mean of heads, " + std::to_string(std::lround(share)) + " % on CLS"));
    ASSERT_EQ(vitrine({"attention", sample(), "-o", m_folder.path("map.svg"), "--model", model(), "--received"}).exitCode, 0);
    EXPECT_THAT(readText(m_folder.path("map.svg")), testing::Not(testing::HasSubstr(" % on CLS"))) << "a column";
}

TEST(AttentionQuery, TheProbeLooksWhereAHeadPoolsByAttention)
{
    const Folder folder;
    const auto numbers = [&](const std::vector<std::string>& options) {
        std::vector<std::string> arguments{
            "attention", sample(), "-o", folder.path("map.npy"), "--model", golden("hf5-siglip-vision")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = vitrine(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        return readNpy(folder.path("map.npy"));
    };
    ASSERT_EQ(vitrine({"trace", sample(), "-o", folder.path("trace.npz"), "--model", golden("hf5-siglip-vision")}).exitCode, 0);
    const NdArray pooling = readNpz(folder.path("trace.npz"), "pooling");
    const NdArray probe = numbers({"--head", "1"}), mean = numbers({"--query", "probe"});
    ASSERT_EQ(probe.size(), pooling.dim(1));
    for (std::int64_t i = 0; i < probe.size(); ++i) {
        EXPECT_EQ(probe.data()[i], pooling.at({1, i})) << "without CLS it is what looks if nothing is said";
        EXPECT_NEAR(mean.data()[i], (pooling.at({0, i}) + pooling.at({1, i})) / 2, 1e-6);
    }
    const auto refused = [&](const std::string& name, const std::vector<std::string>& options, const std::string& part) {
        std::vector<std::string> arguments{"attention", sample(),     "-o",      folder.path("no.npy"),
                                           "--model",   golden(name), "--query", "probe"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        expectError(vitrine(arguments), 1, part);
    };
    refused("timm-vit", {}, "has no probe");
    refused("hf5-siglip-vision", {"--layer", "1"}, "behind the last layer");
}

TEST(AttentionQuery, WhatIsNotThereIsNamedWithWhatIs)
{
    const Folder folder;
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{{{"--layer", "2"}, "0 to 1"},
                                                                              {{"--head", "7"}, "0 to 1"},
                                                                              {{"--query", "4,0"}, "0 to 3"},
                                                                              {{"--query", "0,9"}, "0 to 3"}};
    for (const auto& [choice, part] : wrong) {
        std::vector<std::string> arguments{"attention", sample(), "-o", folder.path("map.png"), "--model", golden("timm-vit")};
        arguments.insert(arguments.end(), choice.begin(), choice.end());
        expectError(vitrine(arguments), 1, part);
    }
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace vitrine::test
