// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "core/nn/torch_engine.h"
#include "tests/core/nn/golden_case.h"

namespace vitrine {
namespace {

using test::GoldenCase;

constexpr double gradientTolerance = 1e-4;  // of the largest derivative

void expectNear(const NdArray& actual, const NdArray& expected, const std::string& what)
{
    ASSERT_EQ(actual.shape(), expected.shape()) << what;
    double largest = 1e-6, difference = 0;
    for (std::int64_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(expected.data()[i])));
        const double here = std::abs(static_cast<double>(actual.data()[i]) - expected.data()[i]);
        if (!(here <= difference))
            difference = here;
    }
    EXPECT_LT(difference / largest, gradientTolerance) << what;
}

/// One kind of derivatives of a file: "class", "difference", "layers", "libra".
class Expected {
public:
    Expected(const Checkpoint& file, const std::string& kind)
        : m_file(file)
        , m_kind(kind)
    {
    }
    bool there() const { return m_file.find(m_kind + ".attention") || m_file.find(m_kind + ".pixels"); }
    // Those of every layer or state, of those that the reference has.
    void compare(const char* name, const std::vector<NdArray>& actual) const
    {
        if (!m_file.find(m_kind + "." + name))
            return;
        const NdArray expected = m_file.read(m_kind + "." + name);
        const bool oneLess = static_cast<std::size_t>(expected.dim(0)) + 1 == actual.size();  // LeGrad's of a block's input
        ASSERT_TRUE(oneLess || static_cast<std::size_t>(expected.dim(0)) == actual.size()) << m_kind << " " << name;
        for (std::int64_t i = 0; i < expected.dim(0); ++i)
            expectNear(actual[static_cast<std::size_t>(i)], expected[i], m_kind + " " + name + " " + std::to_string(i));
    }
    void compare(const char* name, const NdArray& actual) const
    {
        if (m_file.find(m_kind + "." + name))
            expectNear(actual, m_file.read(m_kind + "." + name).reshaped(actual.shape()), m_kind + " " + name);
    }

private:
    const Checkpoint& m_file;
    std::string m_kind;
};

NdArray withoutPrefix(const NdArray& tokens, std::int64_t prefix)
{
    const std::int64_t width = tokens.dim(1);
    return {{tokens.dim(0) - prefix, width}, std::shared_ptr<const float>(tokens.owner(), tokens.data() + prefix * width)};
}

class GradientGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(GradientGolden, AgreesWithAutogradThroughTheFamilysOwnCode)
{
    const auto reference = Checkpoint::open(GetParam().reference());
    const auto file = Checkpoint::open(GetParam().beside("gradients"));
    const auto engine = makeTorchEngine(GetParam().load(), {.device = test::testDevice()});
    PreparedImage picture;
    picture.input = reference.read("input");
    const auto trace = engine->run(std::span(&picture, 1)).front();
    const auto compare = [&](const char* kind, const Objective& objective, GradientOptions options) {
        const Expected expected(file, kind);
        if (!expected.there())
            return;
        options.tokens = true;
        options.pixels = options.score == Score::Logits;
        const Gradients found = engine->gradients(*trace, objective, options);
        expected.compare("attention", found.attention);
        expected.compare("tokens", found.tokens);
        expected.compare("norm1", found.norm1);
        expected.compare("inner_attention", found.innerAttention);
        expected.compare("inner_tokens", found.innerTokens);
        expected.compare("inner_projection", found.innerProjection);
        if (!options.pixels)
            return;
        expected.compare("pixels", found.pixels);
        expected.compare("patch_rows", withoutPrefix(found.patchEmbedding, engine->model()->prefixTokens()));
    };
    compare("class", {3, {}}, {});
    compare("difference", {3, 1}, {});
    compare("layers", {3, {}}, {.score = Score::EachLayer});
    compare("libra", {3, {}}, {.backward = Backward::Libra});
}

INSTANTIATE_TEST_SUITE_P(Models, GradientGolden, testing::ValuesIn(test::goldenCases("gradients")), GoldenCase::name);

}  // namespace
}  // namespace vitrine
