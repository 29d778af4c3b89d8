// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/nn/torch_engine.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/golden_case.h"

namespace vitrine {
namespace {

using test::GoldenCase;
using test::headsOff;
using test::masking;

constexpr float editTolerance = 1e-4F;
const std::vector<int> patches{0, 2};

// The rows `left` of `actual` against all of `expected`.
void expectRows(const NdArray& actual, const NdArray& expected, const std::vector<int>& left, const std::string& what)
{
    ASSERT_EQ(static_cast<std::int64_t>(left.size()), expected.dim(0)) << what;
    float largest = 0;
    for (std::size_t row = 0; row < left.size(); ++row) {
        const NdArray mine = actual[left[row]], theirs = expected[static_cast<std::int64_t>(row)];
        ASSERT_EQ(mine.shape(), theirs.shape()) << what;
        for (std::int64_t i = 0; i < mine.size(); ++i) {
            const float difference = std::abs(mine.data()[i] - theirs.data()[i]);
            if (!(difference <= largest))
                largest = difference;
        }
    }
    EXPECT_LT(largest, editTolerance) << what;
}

std::vector<int> all(std::int64_t count)
{
    std::vector<int> rows(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i] = static_cast<int>(i);
    return rows;
}

class EditsGolden : public testing::TestWithParam<GoldenCase> {
protected:
    void SetUp() override
    {
        PreparedImage picture;
        picture.input = Checkpoint::open(GetParam().reference()).read("input");
        m_base = m_engine->run(std::span(&picture, 1)).front();
    }

    void expectTokens(const Trace& trace, const std::string& kind, const std::vector<int>& left) const
    {
        const NdArray expected = m_file.read(kind + ".tokens");
        for (std::int64_t state = 0; state < expected.dim(0); ++state)
            expectRows(trace.tokens[static_cast<std::size_t>(state)], expected[state], left,
                       kind + " tokens " + std::to_string(state));
    }
    void expectLogits(const Trace& trace, const std::string& kind) const
    {
        expectRows(trace.logits.reshaped({1, trace.logits.size()}),
                   m_file.read(kind + ".logits").reshaped({1, trace.logits.size()}), {0}, kind + " logits");
    }
    void expectSame(const std::string& kind, const Edits& edits) const
    {
        const auto trace = m_engine->rerun(*m_base, edits);
        expectTokens(*trace, kind, all(m_engine->model()->tokens()));
        expectLogits(*trace, kind);
        for (std::size_t state = 0; state < trace->innerTokens.size(); ++state) {
            const NdArray expected = m_file.read(kind + ".inner_tokens")[static_cast<std::int64_t>(state)];
            expectRows(trace->innerTokens[state], expected, all(expected.dim(0)), kind + " inner tokens");
        }
    }

    const Checkpoint m_file = Checkpoint::open(GetParam().beside("edits"));
    const std::unique_ptr<Engine> m_engine = makeTorchEngine(GetParam().load(), {.device = test::testDevice()});
    std::shared_ptr<const Trace> m_base;
};

TEST_P(EditsGolden, MaskedPatchesAreThoseOfTheFamilysOwnCode)
{
    const ModelSpec& spec = *m_engine->model();
    const auto trace = m_engine->rerun(*m_base, masking(patches));
    expectTokens(*trace, "masked", all(spec.tokens()));
    if (spec.pool == Pool::Cls)
        expectLogits(*trace, "masked");
    for (const LayerAttention& kept : trace->attention) {
        const NdArray attention = kept.matrices();
        const int key = spec.prefixTokens() + patches.back();
        EXPECT_EQ(attention.at({0, 1, key}), 0);
        EXPECT_GT(attention.at({0, key, key}), 0);
    }
}

TEST_P(EditsGolden, TheRestIsAsIfMaskedPatchesWereNotThere)
{
    const ModelSpec& spec = *m_engine->model();
    const auto trace = m_engine->rerun(*m_base, masking(patches));
    std::vector<int> left = all(spec.tokens());
    std::erase_if(left, [&](int token) { return std::ranges::count(patches, token - spec.prefixTokens()) > 0; });
    expectTokens(*trace, "without", left);
    expectLogits(*trace, "without");
}

TEST_P(EditsGolden, HeadsAreOff)
{
    const std::vector<LayerHead> heads{{0, 1}, {1, 0}};
    expectSame("zero", headsOff(heads));
    expectSame("mean", headsOff(heads, HeadOff::Mean));
}

TEST_P(EditsGolden, WhatIsInsideAPatchIsOff)
{
    if (m_engine->model()->architecture != Architecture::Tnt)
        GTEST_SKIP() << "a ViT has nothing inside a patch";
    Edits inner, projection;
    inner.maskedInner.push_back({2, {0, 5}});
    expectSame("inner", inner);
    projection.innerProjectionsOff = {1};
    expectSame("projection", projection);
}

INSTANTIATE_TEST_SUITE_P(Models, EditsGolden, testing::ValuesIn(test::goldenCases("edits")), GoldenCase::name);

}  // namespace
}  // namespace vitrine
