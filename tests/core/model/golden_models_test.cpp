// SPDX-License-Identifier: GPL-3.0-or-later
// Every family's small checkpoint (tests/golden/models, written by tools/golden) loads with the right structure.
#include <filesystem>
#include <fstream>
#include <ostream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/checkpoint/checkpoint.h"
#include "core/model/model.h"

namespace vitrine {
namespace {

using Json = nlohmann::json;

/// A case of the index; a type of its own, so that a failure prints its name alone.
struct Golden {
    Json json;
    const Json& at(const char* key) const { return json.at(key); }
    friend void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.json.at("name"); }
};

const std::filesystem::path Folder = std::filesystem::path(VITRINE_GOLDEN_DIR) / "models";

std::vector<Golden> goldenCases()
{
    std::ifstream stream(Folder / "index.json");
    std::vector<Golden> cases;
    for (const Json& golden : Json::parse(stream))
        cases.push_back({golden});
    return cases;
}

ModelOverrides overridesOf(const Golden& golden)
{
    const Json& said = golden.at("overrides");
    ModelOverrides overrides;
    if (said.contains("heads"))
        overrides.heads = said.at("heads").get<int>();
    if (said.contains("inner_heads"))
        overrides.innerHeads = said.at("inner_heads").get<int>();
    if (said.contains("trained")) {
        overrides.trainedHeight = said.at("trained").at(0).get<int>();
        overrides.trainedWidth = said.at("trained").at(1).get<int>();
    }
    if (said.contains("image")) {
        overrides.imageHeight = said.at("image").at(0).get<int>();
        overrides.imageWidth = said.at("image").at(1).get<int>();
    }
    return overrides;
}

class GoldenModel : public testing::TestWithParam<Golden> {
protected:
    Model load() const { return loadModel(Folder / GetParam().at("checkpoint").get<std::string>(), overridesOf(GetParam())); }
};

TEST_P(GoldenModel, HasTheExpectedStructure)
{
    const ModelSpec spec = load().spec;
    const Json& expect = GetParam().at("expect");
    const auto pair = [&](const char* key) {
        return std::pair(expect.at(key).at(0).get<int>(), expect.at(key).at(1).get<int>());
    };
    EXPECT_EQ(spec.architecture, expect.at("architecture") == "tnt" ? Architecture::Tnt : Architecture::Vit);
    EXPECT_EQ(spec.source, expect.at("source").get<std::string>());
    EXPECT_EQ(spec.layers, expect.at("layers").get<int>());
    EXPECT_EQ(spec.heads, expect.at("heads").get<int>());
    EXPECT_EQ(spec.width, expect.at("width").get<int>());
    EXPECT_EQ(spec.mlpWidth, expect.at("mlp").get<int>());
    EXPECT_EQ(spec.mlp, expect.value("swiglu", false) ? Mlp::SwiGlu : Mlp::Plain);
    EXPECT_EQ(std::pair(spec.patchHeight, spec.patchWidth), pair("patch"));
    EXPECT_EQ(std::pair(spec.imageHeight, spec.imageWidth), pair("image"));
    EXPECT_EQ(std::pair(spec.gridHeight(), spec.gridWidth()), pair("grid"));
    EXPECT_EQ(std::pair(spec.trainedGridHeight, spec.trainedGridWidth), pair("trained_grid"));
    EXPECT_EQ(spec.prefixTokens(), expect.at("prefix_tokens").get<int>());
    EXPECT_EQ(spec.classes, expect.at("classes").get<int>());
    EXPECT_EQ(spec.embedding, expect.value("embedding", 0));
    EXPECT_EQ(spec.parameters, expect.at("parameters").get<std::int64_t>());
    if (expect.contains("inner")) {
        EXPECT_EQ(spec.inner.tokens(), expect.at("inner").at("tokens").get<int>());
        EXPECT_EQ(spec.inner.width, expect.at("inner").at("width").get<int>());
        EXPECT_EQ(spec.inner.heads, expect.at("inner").at("heads").get<int>());
        EXPECT_EQ(spec.inner.stride, expect.at("inner").at("stride").get<int>());
        EXPECT_EQ(spec.inner.legacy, expect.at("inner").at("legacy").get<bool>());
    }
}

// The recorded tokens before block 0 begin with the learned CLS token plus its position: both must have arrived.
TEST_P(GoldenModel, ClsAndItsPositionAreTheReferences)
{
    const Model model = load();
    const Checkpoint reference = Checkpoint::open(Folder / GetParam().at("reference").get<std::string>());
    const NdArray tokens = reference.read("tokens");
    ASSERT_EQ(tokens.dim(1), model.spec.tokens());
    if (!model.spec.cls || model.spec.preNorm || !model.spec.learnedPositions)
        GTEST_SKIP() << "no CLS token, one that a norm changes, or one without a position";
    const NdArray cls = model.tensors.at("cls_token");
    const NdArray positions = model.tensors.at(model.spec.architecture == Architecture::Tnt ? "patch_pos" : "pos_embed");
    for (int i = 0; i < model.spec.width; ++i) {
        const float position = model.spec.positionsCoverPrefix ? positions.at({0, 0, i}) : 0.0F;
        EXPECT_NEAR(cls.at({0, 0, i}) + position, tokens.at({0, 0, i}), 1e-5) << "channel " << i;
    }
}

std::string caseName(const testing::TestParamInfo<Golden>& info)
{
    std::string name = info.param.at("name").get<std::string>();
    for (char& c : name)
        c = c == '-' ? '_' : c;
    return name;
}

INSTANTIATE_TEST_SUITE_P(Families, GoldenModel, testing::ValuesIn(goldenCases()), caseName);

}  // namespace
}  // namespace vitrine
