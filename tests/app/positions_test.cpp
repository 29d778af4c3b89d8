// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>

#include <cmath>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

double cosine(const NdArray& rows, std::int64_t a, std::int64_t b)
{
    double product = 0, left = 0, right = 0;
    for (std::int64_t k = 0; k < rows.dim(1); ++k) {
        product += static_cast<double>(rows.at({a, k})) * rows.at({b, k});
        left += static_cast<double>(rows.at({a, k})) * rows.at({a, k});
        right += static_cast<double>(rows.at({b, k})) * rows.at({b, k});
    }
    return product / std::sqrt(left * right);
}

void expectCosines(const NdArray& similarity, const NdArray& rows, int skip)
{
    const std::int64_t n = rows.dim(0) - skip;
    ASSERT_EQ(similarity.shape(), (Shape{n, n}));
    for (std::int64_t a = 0; a < n; ++a)
        for (std::int64_t b = 0; b < n; ++b)
            EXPECT_NEAR(similarity.at({a, b}), cosine(rows, a + skip, b + skip), 1e-5);
}

TEST(Positions, AreCosinesBetweenPatchesWithoutPrefix)
{
    const Folder folder;
    const std::string model = golden("timm-vit");
    ASSERT_EQ(vitrine({"trace", sample(), "-o", folder.path("t.npz"), "--model", model}).exitCode, 0);
    const Outcome outcome = vitrine({"positions", "-o", folder.path("p.npy"), "--model", model});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    expectCosines(readNpy(folder.path("p.npy")), readNpz(folder.path("t.npz"), "position_embedding"), 1);
}

TEST(Positions, InnerOnesOfATnt)
{
    const Folder folder;
    const std::string model = golden("timm-tnt");
    ASSERT_EQ(vitrine({"trace", sample(), "-o", folder.path("t.npz"), "--model", model}).exitCode, 0);
    const Outcome outcome = vitrine({"positions", "--inner", "-o", folder.path("p.npy"), "--model", model});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    expectCosines(readNpy(folder.path("p.npy")), readNpz(folder.path("t.npz"), "inner_position"), 0);
}

TEST(Positions, FollowTheInputSize)
{
    const Folder folder;
    ASSERT_EQ(
        vitrine({"positions", "-o", folder.path("p.npy"), "--model", golden("timm-vit"), "--image-size", "12x20"}).exitCode, 0);
    EXPECT_EQ(readNpy(folder.path("p.npy")).shape(), (Shape{15, 15}));
}

TEST(Positions, AreDrawn)
{
    const Folder folder;
    const Outcome outcome = vitrine({"positions", "-o", folder.path("p.png"), "--model", "vit"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_GE(QImage(QString::fromStdString(folder.path("p.png"))).width(), 100);
}

TEST(Positions, AVitHasNoInnerOnes)
{
    const Folder folder;
    expectError(vitrine({"positions", "--inner", "-o", folder.path("p.png"), "--model", golden("timm-vit")}), 1, "ViT");
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace vitrine::test
