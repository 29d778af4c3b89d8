// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/nn/torch_engine.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/random_model.h"

namespace vitrine {
namespace {

using test::errorOf;
using test::headsOff;
using test::largestDifference;
using test::masking;
using test::ModelBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

float largest(const NdArray& array)
{
    float result = 0;
    for (const float value : array.values())
        result = std::max(result, std::abs(value));
    return result;
}

double product(const NdArray& a, const NdArray& b)
{
    double sum = 0;
    for (std::int64_t i = 0; i < a.size(); ++i)
        sum += static_cast<double>(a.data()[i]) * b.data()[i];
    return sum;
}

Edits patching(TokenPatch patch)
{
    Edits edits;
    edits.tokenPatches.push_back(std::move(patch));
    return edits;
}

/// What can be asked of an engine after a pass.
class Questions : public testing::TestWithParam<Family> {
protected:
    static Model model() { return GetParam() == Family::Vit ? ModelBuilder::vit() : ModelBuilder::tnt(); }
    std::shared_ptr<const Trace> pass(unsigned seed, const RecordOptions& options = {}) const
    {
        const PreparedImage picture = ModelBuilder::picture(*m_engine->model(), seed);
        return m_engine->run(std::span(&picture, 1), options).front();
    }
    static std::unique_ptr<Engine> engine(const std::string& device = "cpu", Precision precision = Precision::Float32)
    {
        return makeTorchEngine(model(), {.device = device, .threads = 2, .precision = precision});
    }
    // All tokens of a state, as another pass has them.
    static TokenPatch wholeState(const Trace& from, int state)
    {
        TokenPatch patch{state, {}, from.tokens[static_cast<std::size_t>(state)]};
        for (int token = 0; token < from.model->tokens(); ++token)
            patch.tokens.push_back(token);
        return patch;
    }

    std::unique_ptr<Engine> m_engine = engine();
};
INSTANTIATE_TEST_SUITE_P(, Questions, testing::Values(Family::Vit, Family::Tnt),
                         [](const auto& instance) { return instance.param == Family::Vit ? "Vit" : "Tnt"; });

TEST_P(Questions, AnEmptyChangeChangesNothing)
{
    const auto base = pass(1);
    const auto again = m_engine->rerun(*base, {});
    EXPECT_LT(largestDifference(again->logits, base->logits), 1e-6F);
    EXPECT_LT(largestDifference(again->attention[2], base->attention[2]), 1e-6F);
}

TEST_P(Questions, TokensOfItsOwnChangeNothing)
{
    const auto base = pass(1);
    for (const int state : {0, 2, 3}) {
        const auto again = m_engine->rerun(*base, patching(wholeState(*base, state)));
        EXPECT_LT(largestDifference(again->logits, base->logits), 1e-6F) << state;
        EXPECT_EQ(again->times.size(), static_cast<std::size_t>(3 - state + 1));
    }
}

// In a TNT only after the last block: below, the pixels inside the patches are still those of the picture.
TEST_P(Questions, AWholeStateOfAnotherPassGivesItsLogits)
{
    const auto base = pass(1), other = pass(2);
    for (const int state : {1, 3}) {
        if (GetParam() == Family::Tnt && state < 3)
            continue;
        const auto patched = m_engine->rerun(*base, patching(wholeState(*other, state)));
        EXPECT_LT(largestDifference(patched->logits, other->logits), 1e-5F) << state;
        EXPECT_GT(largestDifference(patched->logits, base->logits), 1e-3F) << state;
    }
}

TEST_P(Questions, OneTokenIsReplacedAndWhatIsBelowIsShared)
{
    const auto base = pass(1);
    const TokenPatch patch{2, {4}, NdArray({1, 24}, std::vector<float>(24, 0.5F))};
    const auto patched = m_engine->rerun(*base, patching(patch));
    EXPECT_EQ(patched->tokens[1].data(), base->tokens[1].data());
    EXPECT_EQ(patched->attention[1].identity(), base->attention[1].identity());
    EXPECT_EQ(patched->patchEmbedding.data(), base->patchEmbedding.data());
    EXPECT_LT(largestDifference(patched->tokens[2][4], patch.rows[0]), 1e-6F);
    EXPECT_LT(largestDifference(patched->tokens[2][3], base->tokens[2][3]), 1e-6F);
    EXPECT_GT(largestDifference(patched->tokens[3][3], base->tokens[3][3]), 1e-5F);
    EXPECT_EQ(patched->edits.tokenPatches.size(), 1U);
}

TEST_P(Questions, ALayerPastTheBudgetIsComputedWithItsChange)
{
    const auto whole = pass(1);
    const std::size_t bytes = whole->attention[0].bytes();
    const auto part = pass(1, {.attentionBudget = 2 * bytes});
    const Edits edits = masking({1, 3});
    const auto expected = m_engine->rerun(*whole, edits), actual = m_engine->rerun(*part, edits);
    EXPECT_FALSE(actual->attention[1].empty());
    EXPECT_TRUE(actual->attention[2].empty());
    EXPECT_LT(largestDifference(m_engine->attention(*actual, 2), expected->attention[2]), 1e-6F);
}

TEST_P(Questions, AllPatchesCanBeMasked)
{
    std::vector<int> all;
    for (int patch = 0; patch < m_engine->model()->patches(); ++patch)
        all.push_back(patch);
    const auto base = pass(1), other = pass(2);
    const auto masked = m_engine->rerun(*base, masking(all));
    EXPECT_LT(largestDifference(masked->logits, m_engine->rerun(*other, masking(all))->logits), 1e-5F);
    EXPECT_TRUE(std::isfinite(largest(masked->logits)));
}

TEST_P(Questions, AStopEndsAChangedPass)
{
    const auto base = pass(1);
    std::stop_source source;
    std::vector<double> told;
    const Edits edits = headsOff({{1, 0}});
    const Progress progress = [&](double fraction, std::string_view) { told.push_back(fraction); };
    m_engine->rerun(*base, edits, {}, progress);
    EXPECT_THAT(told, ElementsAre(testing::DoubleNear(1. / 3, 1e-9), testing::DoubleNear(2. / 3, 1e-9), 1));
    const Progress stops = [&](double, std::string_view) { source.request_stop(); };
    EXPECT_THROW(m_engine->rerun(*base, edits, source.get_token(), stops), Cancelled);
}

// The matrices' path from nothing to what they are: what the derivatives add up to is what they change.
TEST_P(Questions, DerivativesOfScaledMatricesAddUpToWhatTheyChange)
{
    const auto base = pass(1);
    const auto without = m_engine->rerun(*base, headsOff({{2, 0}, {2, 1}, {2, 2}}));
    double sum = 0;
    constexpr int steps = 32;
    for (int i = 0; i < steps; ++i) {
        const double scale = (i + 0.5) / steps;
        const Gradients found = m_engine->gradients(*base, {3, 5}, {.firstLayer = 2, .lastAttentionScale = scale});
        sum += product(found.attention[2], base->attention[2].matrices()) / steps;
    }
    const auto score = [](const Trace& trace) { return trace.logits.data()[3] - trace.logits.data()[5]; };
    const double expected = static_cast<double>(score(*base)) - score(*without);
    EXPECT_GT(std::abs(expected), 0.01);
    EXPECT_NEAR(sum, expected, 2e-3 * std::abs(expected) + 1e-4);
}

TEST_P(Questions, DerivativesAreThereWhereTheyAreAskedFor)
{
    const auto base = pass(1);
    std::vector<std::string> told;
    const Gradients some = m_engine->gradients(*base, {1, {}}, {.firstLayer = 1}, {},
                                               [&](double, std::string_view what) { told.emplace_back(what); });
    EXPECT_THAT(told, ElementsAre("block 2", "block 1"));
    EXPECT_TRUE(some.attention[0].empty() && some.tokens.empty() && some.pixels.empty());
    const Gradients whole = m_engine->gradients(*base, {1, {}}, {.attention = false, .tokens = true, .pixels = true});
    EXPECT_THAT(whole.attention, IsEmpty());
    EXPECT_THAT(whole.innerAttention, IsEmpty());
    EXPECT_EQ(whole.tokens.size(), 4U);
    EXPECT_EQ(whole.pixels.shape(), base->picture.input.shape());
    const Gradients all = m_engine->gradients(*base, {1, {}}, {.tokens = true});
    EXPECT_LT(largestDifference(some.attention[1], all.attention[1]), 1e-6F);
    if (GetParam() == Family::Tnt) {
        EXPECT_EQ(some.innerAttention[1].shape(), base->innerAttention[1].shape());
        EXPECT_TRUE(some.innerAttention[0].empty());
    }
}

TEST_P(Questions, DerivativesNeedNoRecordedMatrices)
{
    const auto whole = pass(1), part = pass(1, {.attentionBudget = 0});
    const Gradients expected = m_engine->gradients(*whole, {1, {}}), actual = m_engine->gradients(*part, {1, {}});
    EXPECT_LT(largestDifference(actual.attention[0], expected.attention[0]), 1e-6F);
}

TEST_P(Questions, AStopEndsDerivatives)
{
    const auto base = pass(1);
    std::stop_source source;
    const Progress stops = [&](double, std::string_view) { source.request_stop(); };
    EXPECT_THROW(m_engine->gradients(*base, {1, {}}, {}, source.get_token(), stops), Cancelled);
}

TEST_P(Questions, APassInBFloat16IsDifferentiatedInFloat32)
{
    const auto rough = engine("cpu", Precision::BFloat16);
    const PreparedImage picture = ModelBuilder::picture(*rough->model(), 1);
    const auto trace = rough->run(std::span(&picture, 1)).front();
    const Gradients near = rough->gradients(*trace, {1, {}}), exact = m_engine->gradients(*pass(1), {1, {}});
    const float scale = largest(exact.attention[1]);
    EXPECT_LT(largestDifference(near.attention[1], exact.attention[1]), 0.2F * scale);
    Edits edits = headsOff({{1, 1}});
    edits.maskedPatches = {1};
    const auto changed = rough->rerun(*trace, edits), expected = m_engine->rerun(*pass(1), edits);
    EXPECT_LT(largestDifference(changed->logits, expected->logits), 0.2F * largest(expected->logits));
}

TEST_P(Questions, TheLensOfTheLastStateGivesTheLogits)
{
    const auto base = pass(1);
    const NdArray lens = m_engine->lens(*base, 3);
    EXPECT_EQ(lens.shape(), (Shape{m_engine->model()->tokens(), 7}));
    EXPECT_LT(largestDifference(lens[0], base->logits), 1e-5F);
    EXPECT_GT(largestDifference(lens[1], base->logits), 1e-3F);
}

TEST_P(Questions, AttentionIsTheSoftmaxOfItsLogits)
{
    const auto base = pass(1);
    const NdArray logits = m_engine->attentionLogits(*base, 1);
    ASSERT_EQ(logits.shape(), base->attention[1].shape());
    const std::int64_t tokens = logits.dim(-1);
    for (std::int64_t row = 0; row < logits.size() / tokens; ++row) {
        const float* mine = logits.data() + row * tokens;
        double sum = 0;
        for (std::int64_t i = 0; i < tokens; ++i)
            sum += std::exp(static_cast<double>(mine[i]));
        for (std::int64_t i = 0; i < tokens; ++i)
            ASSERT_NEAR(std::exp(static_cast<double>(mine[i])) / sum, base->attention[1].matrices().data()[row * tokens + i],
                        1e-5);
    }
}

TEST_P(Questions, ValuesHaveANormForEachHeadAndToken)
{
    const auto base = pass(1);
    const NdArray norms = m_engine->valueNorms(*base, 2);
    ASSERT_EQ(norms.shape(), (Shape{4, m_engine->model()->tokens()}));
    EXPECT_GT(*std::ranges::min_element(norms.values()), 0);
}

TEST_P(Questions, SaysWhatCannotBeAsked)
{
    const auto base = pass(1);
    EXPECT_THAT(errorOf([&] { m_engine->gradients(*base, {7, {}}); }), HasSubstr("no class 7 in random; it has 7"));
    EXPECT_THAT(errorOf([&] { m_engine->gradients(*base, {1, 1}); }), HasSubstr("choose two classes"));
    EXPECT_THAT(errorOf([&] { m_engine->gradients(*base, {1, {}}, {.firstLayer = 3}); }), HasSubstr("no layer 3"));
    EXPECT_THAT(errorOf([&] { m_engine->gradients(*base, {1, {}}, {.pixels = true, .firstLayer = 1}); }), HasSubstr("pixels"));
    EXPECT_THAT(errorOf([&] { m_engine->lens(*base, 4); }), HasSubstr("no token state 4 in random; it has 4"));
    EXPECT_THAT(errorOf([&] { m_engine->valueNorms(*base, -1); }), HasSubstr("no layer -1"));
    EXPECT_THAT(errorOf([&] { m_engine->attentionLogits(*base, 3); }), HasSubstr("no layer 3"));
    EXPECT_THAT(errorOf([&] { m_engine->rerun(*base, headsOff({{0, 3}})); }), HasSubstr("no head 3"));
    const auto changed = m_engine->rerun(*base, headsOff({{0, 2}}));
    EXPECT_THAT(errorOf([&] { m_engine->rerun(*changed, {}); }), HasSubstr("something was changed"));
    EXPECT_THAT(errorOf([&] { m_engine->gradients(*changed, {1, {}}); }), HasSubstr("something was changed"));
    const auto bare = pass(1, {.logitsOnly = true});
    EXPECT_THAT(errorOf([&] { m_engine->rerun(*bare, {}); }), HasSubstr("recorded no token states"));
    EXPECT_THAT(errorOf([&] { engine()->gradients(*base, {1, {}}); }), HasSubstr("another engine"));
}

TEST_P(Questions, WithoutAHeadThereAreNoClasses)
{
    Model headless = model();
    headless.spec.classes = 0;
    const auto engine = makeTorchEngine(std::move(headless), {.device = "cpu"});
    const PreparedImage picture = ModelBuilder::picture(*engine->model(), 1);
    const auto trace = engine->run(std::span(&picture, 1)).front();
    EXPECT_THAT(errorOf([&] { engine->gradients(*trace, {0, {}}); }), HasSubstr("has no classification head"));
    EXPECT_THAT(errorOf([&] { engine->lens(*trace, 0); }), HasSubstr("has no classification head"));
    EXPECT_TRUE(engine->rerun(*trace, masking({0}))->logits.empty());
}

TEST_P(Questions, SeveralAtOnceAreAnsweredAsEachAlone)
{
    const auto base = pass(1);
    const std::vector<GradientOptions> options{
        {.tokens = true, .pixels = true},
        {.score = Score::EachLayer},
        {.backward = Backward::Libra, .attention = false, .pixels = true},
        {.firstLayer = 2, .lastAttentionScale = 0.5},
    };
    const auto together = m_engine->allGradients(*base, {1, {}}, options);
    ASSERT_EQ(together.size(), options.size());
    for (std::size_t i = 0; i < options.size(); ++i) {
        SCOPED_TRACE(i);
        const Gradients alone = m_engine->gradients(*base, {1, {}}, options[i]);
        const auto expectNear = [](const std::vector<NdArray>& a, const std::vector<NdArray>& b) {
            ASSERT_EQ(a.size(), b.size());
            for (std::size_t at = 0; at < a.size(); ++at)
                EXPECT_LE(largestDifference(a[at], b[at]), 1e-5F * (1 + largest(b[at])));
        };
        expectNear(together[i].attention, alone.attention);
        expectNear(together[i].tokens, alone.tokens);
        expectNear(together[i].innerAttention, alone.innerAttention);
        expectNear(together[i].innerTokens, alone.innerTokens);
        expectNear({together[i].pixels}, {alone.pixels});
    }
}

TEST_P(Questions, AGpuAnswersAsTheCpu)
{
    const auto devices = availableDevices();
    if (devices.size() < 2)
        GTEST_SKIP() << "no GPU here";
    const auto gpu = engine(devices[1].id);
    const PreparedImage picture = ModelBuilder::picture(*gpu->model(), 1);
    const auto base = pass(1), there = gpu->run(std::span(&picture, 1)).front();
    const auto near = [](const NdArray& actual, const NdArray& expected) {
        EXPECT_LT(largestDifference(actual, expected), 1e-4F * std::max(1.0F, largest(expected)));
    };
    for (const Score score : {Score::Logits, Score::EachLayer}) {
        for (const Backward backward : {Backward::Exact, Backward::Libra}) {
            const GradientOptions options{
                .score = score, .backward = backward, .tokens = true, .pixels = score == Score::Logits};
            const Gradients expected = m_engine->gradients(*base, {1, 2}, options);
            const Gradients actual = gpu->gradients(*there, {1, 2}, options);
            for (std::size_t layer = 0; layer < 3; ++layer) {
                near(actual.attention[layer], expected.attention[layer]);
                near(actual.tokens[layer], expected.tokens[layer]);
                near(actual.norm1[layer], expected.norm1[layer]);
                if (GetParam() == Family::Tnt)
                    near(actual.innerAttention[layer], expected.innerAttention[layer]);
            }
            if (options.pixels)
                near(actual.pixels, expected.pixels);
        }
    }
    Edits edits = headsOff({{1, 0}}, HeadOff::Mean);
    edits.maskedPatches = {1};
    edits.tokenPatches.push_back({2, {0}, NdArray({1, 24}, std::vector<float>(24, 0.25F))});
    if (GetParam() == Family::Tnt) {
        edits.maskedInner = {{0, {3, 4}}};
        edits.innerProjectionsOff = {1};
    }
    const auto expected = m_engine->rerun(*base, edits), actual = gpu->rerun(*there, edits);
    near(actual->logits, expected->logits);
    near(actual->tokens[2], expected->tokens[2]);
    near(gpu->lens(*there, 2), m_engine->lens(*base, 2));
    near(gpu->valueNorms(*there, 1), m_engine->valueNorms(*base, 1));
    near(gpu->attentionLogits(*there, 1), m_engine->attentionLogits(*base, 1));
}

TEST(QuestionsOfAFile, ThatWasWrittenToMeanwhileAreRefused)
{
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(testing::TempDir()) / "vitrine-written-to";
    fs::remove_all(folder);
    fs::create_directories(folder);
    fs::copy(fs::path(VITRINE_GOLDEN_DIR) / "models/timm-vit", folder, fs::copy_options::recursive);
    const auto engine = makeTorchEngine(loadModel(folder), {.device = "cpu"});
    const PreparedImage picture = ModelBuilder::picture(*engine->model(), 1);
    const auto trace = engine->run(std::span(&picture, 1)).front();
    EXPECT_EQ(engine->gradients(*trace, {1, {}}).attention.size(), 2U);
    std::ofstream(folder / "model.safetensors", std::ios::app) << "more";
    EXPECT_THAT(errorOf([&] { engine->gradients(*trace, {1, {}}); }), HasSubstr("was written to after it was opened"));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace vitrine
