// SPDX-License-Identifier: GPL-3.0-or-later
// Against what published packages compute: quantus's pixel flipping, txv's rollout, captum's input x gradient.
#include <gmock/gmock.h>

#include "core/explain/faithfulness.h"
#include "core/explain/method.h"
#include "core/nn/torch_engine.h"
#include "tests/core/nn/golden_case.h"

namespace vitrine {
namespace {

using test::GoldenCase;
using testing::FloatNear;
using testing::Pointwise;

constexpr int packageTarget = 3;
constexpr float packageTolerance = 1e-4F;

TEST(PackageGolden, PublishedPackagesSayTheSame)
{
    const std::vector<GoldenCase> cases = test::goldenCases();
    const auto golden = std::ranges::find_if(cases, [](const GoldenCase& one) { return one.data.at("name") == "timm-vit"; });
    ASSERT_NE(golden, cases.end());
    const auto file = Checkpoint::open(golden->beside("packages"));
    const auto engine = makeTorchEngine(golden->load(), {.device = test::testDevice(), .threads = 1});
    PreparedImage picture;
    picture.input = Checkpoint::open(golden->reference()).read("input");

    const NdArray expected = file.read("deletion");
    const int steps = static_cast<int>(expected.size()) - 1;
    const Faithfulness found
        = FaithfulnessMeter(*engine, picture, packageTarget, {.steps = steps}).measure(file.read("weights"));
    EXPECT_THAT(found.deletion.values(), Pointwise(FloatNear(packageTolerance), expected.values()));

    const auto trace = engine->run(std::span(&picture, 1)).front();
    Query query;
    query.objective.index = packageTarget;
    for (const char* id : {"rollout", "gradient-input"})
        EXPECT_THAT(computeMap(findMethod(id), *engine, *trace, query).values(),
                    Pointwise(FloatNear(packageTolerance * 0.1F), file.read(id).values()))
            << id;
}

}  // namespace
}  // namespace vitrine
