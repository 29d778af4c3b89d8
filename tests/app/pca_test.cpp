// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>

#include <gmock/gmock.h>

#include "core/explain/components.h"
#include "tests/app/program.h"

namespace vitrine::test {
namespace {

/// The 16 patch tokens of the golden network after `layer`, CLS left out.
NdArray patchesAfter(const NdArray& tokens, int layer)
{
    const NdArray state = tokens[layer + 1];
    return {{16, state.dim(1)}, std::shared_ptr<const float>(state.owner(), state.data() + state.dim(1))};
}

TEST(Pca, NumbersAreTheScoresOfThePatchTokens)
{
    const Folder folder;
    ASSERT_EQ(vitrine({"trace", sample(), "-o", folder.path("trace.npz"), "--model", golden("timm-vit")}).exitCode, 0);
    const NdArray tokens = readNpz(folder.path("trace.npz"), "tokens");
    ASSERT_EQ(vitrine({"pca", sample(), "-o", folder.path("last.npy"), "--model", golden("timm-vit")}).exitCode, 0);
    ASSERT_EQ(
        vitrine({"pca", sample(), "-o", folder.path("all.npy"), "--model", golden("timm-vit"), "--layer", "all"}).exitCode, 0);
    const NdArray last = readNpy(folder.path("last.npy")), all = readNpy(folder.path("all.npy"));
    ASSERT_EQ(last.shape(), (Shape{4, 4, 3}));
    ASSERT_EQ(all.shape(), (Shape{2, 4, 4, 3}));
    for (int layer = 0; layer < 2; ++layer) {
        const NdArray scores = principalComponents(patchesAfter(tokens, layer), 3).scores;
        for (int at = 0; at < scores.size(); ++at) {
            EXPECT_NEAR(all[layer].data()[at], scores.data()[at], 1e-4);
            if (layer == 1) {
                EXPECT_NEAR(last.data()[at], scores.data()[at], 1e-4);
            }
        }
    }
}

TEST(Pca, FigureShowsThePictureAndColours)
{
    const Folder folder;
    for (const char* model : {"vit", "tnt"}) {
        const Outcome outcome = vitrine({"pca", sample(), "-o", folder.path("pca.png"), "--model", model, "--layer", "5"});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_TRUE(outcome.out.empty()) << outcome.out;
        // The right half is patches: squares of one colour, and more than a few colours.
        const QImage image(QString::fromStdString(folder.path("pca.png")));
        ASSERT_GT(image.width(), 3 * image.height() / 2);
        std::vector<QRgb> colours;
        for (int x = image.width() * 11 / 20; x < image.width() - 40; ++x)
            colours.push_back(image.pixel(x, image.height() / 2));
        std::ranges::sort(colours);
        const auto different = std::distance(colours.begin(), std::ranges::unique(colours).begin());
        EXPECT_GT(different, 6);
        EXPECT_LT(different, 40);
    }
    EXPECT_EQ(vitrine({"pca", sample(), "-o", folder.path("pca.svg"), "--model", golden("timm-vit")}).exitCode, 0);
    EXPECT_THAT(readText(folder.path("pca.svg")), testing::HasSubstr("principal components"));
}

TEST(Pca, OfSeveralPicturesIsFittedToAll)
{
    const Folder folder;
    std::vector<NdArray> states;
    for (const char* picture : {"red_panda.jpg", "koala.jpg"}) {
        ASSERT_EQ(vitrine({"trace", sample(picture), "-o", folder.path("trace.npz"), "--model", golden("timm-vit")}).exitCode,
                  0);
        states.push_back(patchesAfter(readNpz(folder.path("trace.npz"), "tokens"), 1));
    }
    const std::vector<std::string> run{
        "pca", sample(), sample("koala.jpg"), "--model", golden("timm-vit"), "-o", folder.path("a.npz")};
    ASSERT_EQ(vitrine(run).exitCode, 0);
    const NdArray found = readNpz(folder.path("a.npz"), "scores");
    ASSERT_EQ(found.shape(), (Shape{2, 4, 4, 3}));
    const NdArray all = stackedRows(states);
    EXPECT_THAT(found.values(), testing::Pointwise(testing::FloatNear(1e-4F), principalComponents(all, 3).scores.values()));

    std::vector<std::string> withForeground = run;
    withForeground.insert(withForeground.end(), {"--foreground", "0.5"});
    ASSERT_EQ(vitrine(withForeground).exitCode, 0);
    const NdArray masked = readNpz(folder.path("a.npz"), "scores");
    const std::vector<bool> shown = foregroundOf(all, 0.5);
    const NdArray expected = principalComponents(rowsWhere(all, shown), 3).scores;
    std::int64_t row = 0;
    for (std::int64_t patch = 0; patch < 32; ++patch) {
        for (std::int64_t k = 0; k < 3; ++k)
            EXPECT_NEAR(masked.data()[3 * patch + k], shown[static_cast<std::size_t>(patch)] ? expected.at({row, k}) : 0, 1e-4);
        row += shown[static_cast<std::size_t>(patch)];
    }
    EXPECT_GT(row, 0);
    EXPECT_LT(row, 32);
    withForeground.back() = "1";
    expectError(vitrine(withForeground), 1, "choose another one");
    withForeground.back() = "2";
    expectError(vitrine(withForeground), 2, "--foreground");
}

TEST(Pca, ALayerThatIsNotThereIsNamedWithThoseThatAre)
{
    const Folder folder;
    expectError(vitrine({"pca", sample(), "-o", folder.path("pca.png"), "--model", golden("timm-vit"), "--layer", "2"}), 1,
                "0 to 1");
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace vitrine::test
