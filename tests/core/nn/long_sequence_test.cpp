// SPDX-License-Identifier: GPL-3.0-or-later
// Sequences whose matrices are larger than what they are computed from.
#include <gtest/gtest.h>

#include "core/nn/torch_engine.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/random_model.h"

namespace vitrine {
namespace {

using test::expectSameBits;
using test::ModelBuilder;

struct Long {
    Architecture architecture;
    Precision precision;
};

class LongSequence : public testing::TestWithParam<Long> {
protected:
    static Model model()
    {
        Model result = GetParam().architecture == Architecture::Vit ? ModelBuilder::vit() : ModelBuilder::tnt();
        result.spec.imageHeight = result.spec.imageWidth = GetParam().architecture == Architecture::Vit ? 40 : 80;
        return result;
    }
    std::shared_ptr<const Trace> pass(const RecordOptions& options = {}) const
    {
        const PreparedImage picture = ModelBuilder::picture(*m_engine->model(), 1);
        return m_engine->run(std::span(&picture, 1), options).front();
    }

    const std::unique_ptr<Engine> m_engine = makeTorchEngine(
        model(), {.device = "cpu", .threads = 2, .precision = GetParam().precision});
};
INSTANTIATE_TEST_SUITE_P(, LongSequence,
                         testing::Values(Long{Architecture::Vit, Precision::Float32},
                                         Long{Architecture::Tnt, Precision::Float32},
                                         Long{Architecture::Vit, Precision::BFloat16}),
                         [](const auto& instance) {
                             return (instance.param.architecture == Architecture::Vit ? "Vit" : "Tnt")
                                    + toString(instance.param.precision);
                         });

TEST_P(LongSequence, GivesEveryRowColumnAndMatrixOfThePassToTheLastBit)
{
    if (std::string(std::getenv("VITRINE_KERNELS") != nullptr ? std::getenv("VITRINE_KERNELS") : "") == "torch")
        GTEST_SKIP() << "without kernels matrices are kept";
    const auto kept = pass(), bare = pass({.attentionBudget = 0});
    expectSameBits(kept->logits, bare->logits);
    for (int layer = 0; layer < kept->layers(); ++layer) {
        const LayerAttention& here = kept->attention[static_cast<std::size_t>(layer)];
        ASSERT_FALSE(here.empty() || here.isWhole());
        const NdArray whole = m_engine->attention(*bare, layer);
        const std::int64_t tokens = here.tokens();
        EXPECT_LT(here.bytes(), static_cast<std::size_t>(whole.size()) * sizeof(float) / 2);
        expectSameBits(here.matrices(), whole);
        expectSameBits(m_engine->attention(*kept, layer), whole);
        for (std::int64_t head = 0; head < here.heads(); ++head) {
            expectSameBits(here.matrix(head), whole[head]);
            std::vector<int> queries;
            for (int token = 0; token < tokens; token += 3) {
                queries.push_back(token);
                std::vector<float> column;
                for (std::int64_t row = 0; row < tokens; ++row)
                    column.push_back(whole.at({head, row, token}));
                ASSERT_EQ(here.column(head, token), column);
                const NdArray row = whole[head][token];
                ASSERT_EQ(here.rows(head, std::span(&token, 1)), std::vector<float>(row.values().begin(), row.values().end()));
            }
            const std::vector<float> rows = here.rows(head, queries);
            for (std::size_t i = 0; i < queries.size(); ++i)
                ASSERT_EQ(std::memcmp(rows.data() + i * static_cast<std::size_t>(tokens), whole[head][queries[i]].data(),
                                      static_cast<std::size_t>(tokens) * sizeof(float)),
                          0);
        }
    }
}

TEST_P(LongSequence, AnswersQuestionsAsAnyOther)
{
    const auto kept = pass(), bare = pass({.attentionBudget = 0});
    const Gradients actual = m_engine->gradients(*kept, {1, {}}), expected = m_engine->gradients(*bare, {1, {}});
    for (std::size_t layer = 0; layer < expected.attention.size(); ++layer)
        expectSameBits(actual.attention[layer], expected.attention[layer]);
    const auto changed = m_engine->rerun(*kept, test::headsOff({{1, 0}}));
    EXPECT_EQ(changed->attention[0].identity(), kept->attention[0].identity());
    expectSameBits(m_engine->attention(*changed, 2), m_engine->attention(*m_engine->rerun(*bare, test::headsOff({{1, 0}})), 2));
}

TEST_P(LongSequence, KeepsQueriesAndKeysWhereTheyAreAskedFor)
{
    const auto kept = pass({.attentionBudget = std::nullopt, .queriesAndKeys = true});
    const LayerAttention& here = kept->attention[1];
    const NdArray q = here.queries(), k = here.keys();
    ASSERT_EQ(q.shape(), (Shape{3, here.tokens(), 8}));
    double sum = 0, weight = 0;
    for (std::int64_t key = 0; key < here.tokens(); ++key) {
        double score = 0;
        for (std::int64_t c = 0; c < 8; ++c)
            score += static_cast<double>(q.at({2, 5, c})) * k.at({2, key, c});
        sum += std::exp(score / std::sqrt(8.0));
        if (key == 7)
            weight = std::exp(score / std::sqrt(8.0));
    }
    const bool isExact = GetParam().precision == Precision::Float32;
    EXPECT_NEAR(here.matrix(2).at({5, 7}), weight / sum, isExact ? 1e-6 : 1e-2);
}

}  // namespace
}  // namespace vitrine
