// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QImage>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

NdArray cka(const Folder& folder, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), {"cka", "-o", folder.path("cka.npy")});
    const Outcome outcome = vitrine(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return readNpy(folder.path("cka.npy"));
}

/// Unbiased HSIC as Song et al. print it, of the 16 patches of two states [17, D].
double hsic(const NdArray& x, const NdArray& y)
{
    constexpr int n = 16;
    const auto gram = [](const NdArray& tokens, int i, int j) {
        double sum = 0;
        for (int k = 0; k < tokens.dim(1) && i != j; ++k)
            sum += double(tokens.at({1 + i, k})) * tokens.at({1 + j, k});
        return sum;
    };
    double trace = 0, sumK = 0, sumL = 0, product = 0;
    for (int i = 0; i < n; ++i) {
        double rowK = 0, rowL = 0;
        for (int j = 0; j < n; ++j) {
            const double k = gram(x, i, j), l = gram(y, i, j);
            trace += k * l;
            rowK += k;
            rowL += l;
        }
        sumK += rowK;
        sumL += rowL;
        product += rowK * rowL;
    }
    return (trace + sumK * sumL / ((n - 1) * (n - 2)) - 2 * product / (n - 2)) / (n * (n - 3));
}

TEST(Cka, NumbersCompareEachLayerWithEach)
{
    const Folder folder;
    ASSERT_EQ(vitrine({"trace", sample(), "-o", folder.path("trace.npz"), "--model", golden("timm-vit")}).exitCode, 0);
    const NdArray tokens = readNpz(folder.path("trace.npz"), "tokens");
    const NdArray similarity = cka(folder, {sample(), "--model", golden("timm-vit")});
    ASSERT_EQ(similarity.shape(), (Shape{3, 3}));
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            const double wanted = hsic(tokens[i], tokens[j])
                                  / std::sqrt(hsic(tokens[i], tokens[i]) * hsic(tokens[j], tokens[j]));
            EXPECT_NEAR(similarity.at({i, j}), wanted, 1e-4) << i << ' ' << j;
        }
}

TEST(Cka, TakesSeveralPicturesAndASecondModel)
{
    const Folder folder;
    const NdArray both = cka(folder, {sample(), sample("koala.jpg"), "--with", "tnt"});
    ASSERT_EQ(both.shape(), (Shape{13, 13}));
    const NdArray one = cka(folder, {sample(), "--with", "tnt"});
    double difference = 0;
    for (int i = 0; i < both.size(); ++i)
        difference += std::abs(both.data()[i] - one.data()[i]);
    EXPECT_GT(difference, 0.1);
}

TEST(Cka, FigureIsAPicture)
{
    const Folder folder;
    for (const char* name : {"cka.png", "cka.svg", "cka.pdf"})
        EXPECT_EQ(vitrine({"cka", sample(), "-o", folder.path(name)}).exitCode, 0);
    EXPECT_THAT(readText(folder.path("cka.svg")), testing::HasSubstr("states of vit"));
    EXPECT_GT(QImage(QString::fromStdString(folder.path("cka.png"))).width(), 400);
}

TEST(Cka, NeedsEqualGridsAndPictures)
{
    const Folder folder;
    const std::string out = folder.path("cka.png");
    expectError(vitrine({"cka", sample(), "-o", out, "--with", golden("timm-vit")}), 1, "equal grids");
    expectError(vitrine({"cka", sample(), folder.path("none.png"), "-o", out}), 1, "none.png");
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace vitrine::test
