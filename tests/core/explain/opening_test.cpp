// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/opening.h"

#include <gtest/gtest.h>

#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

constexpr int gridSide = 6, patchCount = gridSide * gridSide, tokens = patchCount + 1;

/// Even attention in three layers of one head, with the tokens' norms alike.
Trace evenTrace(Architecture architecture = Architecture::Vit)
{
    ModelSpec spec = test::gridSpec(gridSide, gridSide, 8);
    spec.layers = 3;
    spec.architecture = architecture;
    spec.inner.side = 2;
    spec.inner.heads = 1;
    Trace trace = test::traceOf(spec);
    trace.attention.assign(3, test::uniformAttention(1, tokens));
    trace.tokens.assign(4, test::filled({tokens, 2}, [](std::int64_t) { return 1; }));
    if (architecture == Architecture::Tnt)
        trace.innerAttention.assign(3, test::filled({patchCount, 1, 4, 4}, [](std::int64_t) { return 0.25; }));
    return trace;
}

/// Even attention, but patch `from` looks at patch `to` alone.
NdArray pointing(std::initializer_list<std::pair<int, int>> looks)
{
    NdArray even = test::uniformAttention(1, tokens);
    std::vector<float> values(even.values().begin(), even.values().end());
    for (const auto& [from, to] : looks)
        for (int key = 0; key < tokens; ++key)
            values[static_cast<std::size_t>((from + 1) * tokens + key)] = key == to + 1 ? 1 : 0;
    return {even.shape(), std::move(values)};
}

TEST(Opening, IsTheLayerAndThePatchThatLookFarAtFew)
{
    Trace trace = evenTrace();
    trace.attention[1] = pointing({{14, 28}});
    EXPECT_EQ(opening(trace), (Opening{1, 14}));
}

TEST(Opening, IsNoPatchThatLooksAtItsNeighbours)
{
    Trace trace = evenTrace();
    trace.attention[0] = pointing({{14, 15}, {15, 14}, {20, 14}});
    trace.attention[2] = pointing({{21, 7}});
    EXPECT_EQ(opening(trace), (Opening{2, 21}));
}

TEST(Opening, IsWhereClsLooks)
{
    Trace trace = evenTrace();
    trace.attention[1] = pointing({{14, 28}, {21, 7}});
    const NdArray before = trace.attention[2].matrices();
    std::vector<float> last(before.values().begin(), before.values().end());
    last[1 + 21] = 0.5F;
    trace.attention[2] = NdArray(before.shape(), std::move(last));
    EXPECT_EQ(opening(trace), (Opening{1, 21}));
}

TEST(Opening, IsNoOutlierAndDoesNotLookAtOne)
{
    Trace trace = evenTrace();
    trace.attention[0] = pointing({{7, 28}});  // an outlier looks
    trace.attention[1] = pointing({{14, 7}});  // at an outlier
    trace.attention[2] = pointing({{16, 28}});
    trace.tokens[3] = test::filled({tokens, 2}, [](std::int64_t at) { return at / 2 == 7 + 1 ? 50 : 1 + 0.001 * (at % 3); });
    EXPECT_EQ(opening(trace), (Opening{2, 16}));
}

// A TNT may tell pixels apart in a layer where its patchCount look at nothing but themselves.
TEST(Opening, OfATntIsWhereItsPatchesLookFar)
{
    Trace trace = evenTrace(Architecture::Tnt);
    trace.attention[0] = pointing({{14, 14}, {21, 21}});
    trace.innerAttention[0] = test::filled({patchCount, 1, 4, 4}, [](std::int64_t i) { return i % 4 == 0 ? 0.7 : 0.1; });
    trace.attention[2] = pointing({{14, 28}});
    EXPECT_EQ(opening(trace), (Opening{2, 14}));
}

TEST(Opening, IsNowhereWithoutAttention)
{
    Trace trace = evenTrace();
    trace.attention.assign(3, {});
    EXPECT_EQ(opening(trace), std::nullopt);
}

}  // namespace
}  // namespace vitrine
