// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/cka.h"

#include <cmath>

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::AllOf;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

/// A trace of `layers` token states of 2 x 3 patches and CLS; the seeds make them differ.
Trace traceOf(int width, std::initializer_list<int> seeds, int rows = 2, int columns = 3)
{
    ModelSpec spec = test::gridSpec(rows, columns, 8);
    spec.width = width;
    spec.layers = static_cast<int>(seeds.size()) - 1;
    Trace trace = test::traceOf(spec);
    for (const int seed : seeds)
        trace.tokens.push_back(test::filled({1 + rows * columns, width}, [=](std::int64_t at) {
            const std::int64_t i = at / width - 1, k = at % width;
            return i < 0 ? 1e6 : static_cast<double>((i * i * 7 + i * k * 3 + k * k * seed + seed) % 13 - 6) / 4;
        }));
    return trace;
}

// The expected numbers are NumPy's, by the formula of Song et al. as it is printed, with traces and sums of K and L.

TEST(Cka, OfOnePictureIsTheFormula)
{
    Cka cka;
    cka.add(traceOf(4, {1, 2}), traceOf(5, {5, 6}));
    EXPECT_EQ(cka.similarity().shape(), (Shape{2, 2}));
    EXPECT_THAT(cka.similarity().values(),
                Pointwise(FloatNear(1e-5F), {-0.239715848F, 0.450933147F, -0.138793600F, 0.134014715F}));
}

TEST(Cka, OfSeveralPicturesDividesTheSums)
{
    Cka cka;
    cka.add(traceOf(4, {1, 2}), traceOf(5, {5, 6}));
    cka.add(traceOf(4, {3, 4}), traceOf(5, {7, 8}));
    EXPECT_THAT(cka.similarity().values(),
                Pointwise(FloatNear(1e-5F), {0.019288979F, 0.613560374F, 0.099230412F, 0.315592863F}));
}

TEST(Cka, OfANetworkWithItselfIsSymmetricWithOnes)
{
    const Trace trace = traceOf(6, {1, 2, 3}, 9, 9);
    Cka cka, twice;
    cka.add(trace, trace);
    twice.add(trace, Trace(trace));
    const NdArray similarity = cka.similarity();
    for (int i = 0; i < 3; ++i) {
        EXPECT_NEAR(similarity.at({i, i}), 1, 1e-6);
        for (int j = 0; j < 3; ++j) {
            EXPECT_NEAR(similarity.at({i, j}), similarity.at({j, i}), 1e-6);
            EXPECT_NEAR(similarity.at({i, j}), twice.similarity().at({i, j}), 1e-6);
        }
    }
}

/// Linear CKA of one state with another by the formula as it is printed, all in double.
double byTheFormula(const NdArray& a, const NdArray& b)
{
    const std::int64_t n = a.dim(0);
    const auto gram = [n](const NdArray& rows) {
        std::vector<double> products(static_cast<std::size_t>(n * n));
        const std::int64_t d = rows.dim(1);
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < n; ++j)
                for (std::int64_t k = 0; i != j && k < d; ++k)
                    products[static_cast<std::size_t>(i * n + j)] += double(rows.data()[i * d + k])
                                                                     * double(rows.data()[j * d + k]);
        return products;
    };
    const auto hsic = [n](const std::vector<double>& k, const std::vector<double>& l) {
        double trace = 0, ones = 0, sumK = 0, sumL = 0;
        for (std::int64_t i = 0; i < n; ++i) {
            double rowK = 0, rowL = 0;
            for (std::int64_t j = 0; j < n; ++j) {
                const auto at = static_cast<std::size_t>(i * n + j);
                trace += k[at] * l[at];
                rowK += k[at];
                rowL += l[at];
            }
            ones += rowK * rowL;
            sumK += rowK;
            sumL += rowL;
        }
        const auto m = static_cast<double>(n);
        return (trace + sumK * sumL / ((m - 1) * (m - 2)) - 2 / (m - 2) * ones) / (m * (m - 3));
    };
    const std::vector<double> k = gram(a), l = gram(b);
    return hsic(k, l) / std::sqrt(hsic(k, k) * hsic(l, l));
}

TEST(Cka, OfManyPatchesIsTheFormulaWhateverTheBlock)
{
    // DINOv2 at 518 x 518: three blocks of rows, the last one shorter.
    const Trace a = traceOf(4, {1, 2}, 37, 37), b = traceOf(5, {5, 6}, 37, 37);
    for (const std::int64_t block : {512, 100, 2000}) {
        Cka cka(block);
        cka.add(a, b);
        const NdArray similarity = cka.similarity();
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
                EXPECT_NEAR(similarity.at({i, j}), byTheFormula(a.patchTokens(i), b.patchTokens(j)), 1e-4) << block;
    }
}

TEST(Cka, BlocksOfFewRowsChangeNothing)
{
    Cka cka(4);
    cka.add(traceOf(4, {1, 2}), traceOf(5, {5, 6}));
    EXPECT_THAT(cka.similarity().values(),
                Pointwise(FloatNear(1e-5F), {-0.239715848F, 0.450933147F, -0.138793600F, 0.134014715F}));
}

TEST(Cka, SeesNoRotationScaleOrShift)
{
    const Trace trace = traceOf(2, {1});
    Trace turned = trace;
    const double cosine = std::cos(0.7), sine = std::sin(0.7);
    turned.tokens = {test::filled({7, 2}, [&](std::int64_t at) {
        const float x = trace.tokens[0].at({at / 2, 0}), y = trace.tokens[0].at({at / 2, 1});
        return 5 * (at % 2 ? sine * x + cosine * y : cosine * x - sine * y) + 100;
    })};
    Cka cka;
    cka.add(trace, turned);
    EXPECT_NEAR(cka.similarity().at({0, 0}), 1, 1e-5);
}

TEST(Cka, IsNoNumberWhereAllPatchesAreAlike)
{
    const Trace trace = traceOf(4, {1});
    Trace flat = trace;
    flat.tokens = {test::filled({7, 4}, [](std::int64_t at) { return 0.1 * static_cast<double>(at % 4); })};
    Cka cka;
    cka.add(trace, flat);
    EXPECT_TRUE(std::isnan(cka.similarity().at({0, 0})));
}

TEST(Cka, NeedsEqualGridsOfFourPatches)
{
    Cka cka;
    EXPECT_THAT([&] { cka.add(traceOf(4, {1}), traceOf(4, {1}, 3, 3)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("6 patches"), HasSubstr("9"))));
    const Trace few = traceOf(4, {1}, 1, 3);
    EXPECT_THAT([&] { cka.add(few, few); }, ThrowsMessage<Error>(HasSubstr("at least 4 patches")));
}

}  // namespace
}  // namespace vitrine
