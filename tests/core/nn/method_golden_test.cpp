// SPDX-License-Identifier: GPL-3.0-or-later
// Every method on real networks against autograd in double precision, captum, grad-cam and torchcam.
#include <algorithm>
#include <cmath>

#include "core/explain/method.h"
#include "core/nn/torch_engine.h"
#include "tests/core/nn/golden_case.h"

namespace vitrine {
namespace {

using test::GoldenCase;

constexpr int target = 3;
constexpr double methodTolerance = 1e-4;  // of the largest value of a map, or of what is summed in a patch

std::vector<GoldenCase> casesWithMethods()
{
    std::vector<GoldenCase> cases = test::goldenCases();
    std::erase_if(cases, [](const GoldenCase& golden) { return !std::filesystem::exists(golden.beside("methods")); });
    return cases;
}

class MethodGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(MethodGolden, AgreesWithTheOracle)
{
    const auto file = Checkpoint::open(GetParam().beside("methods"));
    const auto engine = makeTorchEngine(GetParam().load(), {.device = test::testDevice(), .threads = 1});
    PreparedImage picture;
    picture.input = Checkpoint::open(GetParam().reference()).read("input");
    const auto trace = engine->run(std::span(&picture, 1)).front();
    Query query;
    query.objective.index = target;
    int compared = 0;
    for (const Method& method : methods()) {
        if (!file.find(method.id))
            continue;
        SCOPED_TRACE(method.id);
        const NdArray expected = file.read(std::string(method.id)), map = computeMap(method, *engine, *trace, query);
        ASSERT_EQ(map.shape(), expected.shape());
        const std::string terms = std::string(method.id) + ".terms";
        double largest = file.find(terms) ? file.read(terms).data()[0] : 0, difference = 0;
        for (std::int64_t i = 0; i < map.size(); ++i) {
            largest = std::max(largest, std::abs(static_cast<double>(expected.data()[i])));
            difference = std::max(difference, std::abs(static_cast<double>(map.data()[i]) - expected.data()[i]));
        }
        EXPECT_LE(difference, methodTolerance * largest) << difference / largest;
        ++compared;
    }
    const bool isTorchcam = GetParam().data.at("name") == "torchvision";
    EXPECT_EQ(compared, isTorchcam ? 1 : engine->model()->architecture == Architecture::Tnt ? 17 : 15);
}

INSTANTIATE_TEST_SUITE_P(All, MethodGolden, testing::ValuesIn(casesWithMethods()), GoldenCase::name);

}  // namespace
}  // namespace vitrine
