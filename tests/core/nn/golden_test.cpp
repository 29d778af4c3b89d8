// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/checkpoint/checkpoint.h"
#include "core/nn/torch_engine.h"

namespace vitrine {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr float tolerance = 1e-4F;

fs::path modelsFolder()
{
    return fs::path(VITRINE_GOLDEN_DIR) / "models";
}

/// A case of the index; a type of its own, so that a failure prints its name alone.
struct GoldenCase {
    json data;
    friend void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.data.at("name"); }
};

std::vector<GoldenCase> goldenCases()
{
    std::ifstream file(modelsFolder() / "index.json");
    std::vector<GoldenCase> cases;
    for (const json& data : json::parse(file))
        cases.push_back({data});
    return cases;
}

// [first axis, ...] against a list of its slices, recorded layer by layer.
void expectNear(const std::vector<NdArray>& actual, const NdArray& expected, const char* what)
{
    ASSERT_EQ(static_cast<std::int64_t>(actual.size()), expected.dim(0)) << what;
    for (std::int64_t i = 0; i < expected.dim(0); ++i) {
        const NdArray& mine = actual[static_cast<std::size_t>(i)];
        const NdArray theirs = expected[i];
        ASSERT_EQ(mine.shape(), theirs.shape()) << what << " " << i;
        float largest = 0;
        for (std::int64_t j = 0; j < mine.size(); ++j) {
            const float difference = std::abs(mine.data()[j] - theirs.data()[j]);
            if (!(difference <= largest))
                largest = difference;
        }
        EXPECT_LT(largest, tolerance) << what << " " << i;
    }
}

class Golden : public testing::TestWithParam<GoldenCase> {
protected:
    Model loadCase() const
    {
        const json& overrides = GetParam().data.at("overrides");
        ModelOverrides said;
        if (overrides.contains("heads"))
            said.heads = overrides["heads"].get<int>();
        if (overrides.contains("inner_heads"))
            said.innerHeads = overrides.at("inner_heads").get<int>();
        if (overrides.contains("trained")) {
            said.trainedHeight = overrides.at("trained").at(0).get<int>();
            said.trainedWidth = overrides.at("trained").at(1).get<int>();
        }
        if (overrides.contains("image")) {
            said.imageHeight = overrides["image"][0].get<int>();
            said.imageWidth = overrides["image"][1].get<int>();
        }
        return loadModel(modelsFolder() / GetParam().data.at("checkpoint").get<std::string>(), said);
    }
};

TEST_P(Golden, AgreesWithTheFamilysOwnCode)
{
    const auto reference = Checkpoint::open(modelsFolder() / GetParam().data.at("reference").get<std::string>());
    const auto engine = makeTorchEngine(loadCase(), {.device = "cpu"});
    PreparedImage picture;
    picture.input = reference.read("input");
    const auto trace = engine->run(std::span(&picture, 1)).front();

    expectNear(trace->attention, reference.read("attention"), "attention");
    expectNear(trace->tokens, reference.read("tokens"), "tokens");
    if (reference.find("logits"))
        expectNear({trace->logits}, reference.read("logits").reshaped({1, trace->logits.size()}), "logits");
    else
        EXPECT_TRUE(trace->logits.empty());
    if (trace->model->family == Family::Tnt) {
        expectNear(trace->innerAttention, reference.read("inner_attention"), "inner attention");
        expectNear(trace->innerTokens, reference.read("inner_tokens"), "inner tokens");
    }
}

INSTANTIATE_TEST_SUITE_P(Models, Golden, testing::ValuesIn(goldenCases()),
                         [](const testing::TestParamInfo<GoldenCase>& instance) {
                             auto name = instance.param.data.at("name").get<std::string>();
                             for (char& letter : name) {
                                 if (std::isalnum(static_cast<unsigned char>(letter)) == 0)
                                     letter = '_';
                             }
                             return name;
                         });

} // namespace
} // namespace vitrine
