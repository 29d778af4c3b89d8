// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>

#include <gmock/gmock.h>

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

TEST(InnerFigure, IsDrawn)
{
    const Folder folder;
    for (const std::vector<std::string>& choice : {std::vector<std::string>{"--patch", "6,9"}, {"--assembled"}}) {
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
    EXPECT_EQ(vitrine({"inner", sample(), "-o", out, "--patch", "0,0", "--assembled", "--model", golden("timm-tnt")}).exitCode, 2);
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

} // namespace
} // namespace vitrine::test
