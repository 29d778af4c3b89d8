// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_spec.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/model.h"

namespace vitrine {
namespace {

using Dims = std::vector<std::int64_t>;

ModelSpec vitBase()
{
    ModelSpec spec;
    spec.layers = spec.heads = 12;
    spec.width = 768;
    spec.mlpWidth = 3072;
    spec.patchHeight = spec.patchWidth = 16;
    spec.imageHeight = spec.imageWidth = 224;
    spec.classes = 1000;
    return spec;
}

Dims shapeOf(const ModelSpec& spec, const std::string& stage)
{
    const std::vector<Stage> walk = stages(spec);
    const auto found = std::find_if(walk.begin(), walk.end(), [&](const Stage& s) { return s.name == stage; });
    return found == walk.end() ? Dims{} : Dims(found->shape);
}

TEST(TokenName, CountsPrefixTokensFirstAndPatchesByRowAndColumn)
{
    ModelSpec spec = vitBase();
    spec.distillation = true;
    spec.registers = 2;
    spec.imageHeight = 32;
    spec.imageWidth = 48;
    EXPECT_EQ(spec.tokenName(0), "CLS");
    EXPECT_EQ(spec.tokenName(1), "distillation");
    EXPECT_EQ(spec.tokenName(2), "register 0");
    EXPECT_EQ(spec.tokenName(3), "register 1");
    EXPECT_EQ(spec.tokenName(4), "patch 0, 0");
    EXPECT_EQ(spec.tokenName(9), "patch 1, 2");
    spec.cls = spec.distillation = false;
    EXPECT_EQ(spec.tokenName(0), "register 0");
}

TEST(Label, FallsBackToTheNumber)
{
    ModelSpec spec;
    spec.labels = {"cat", ""};
    EXPECT_EQ(spec.label(0), "cat");
    EXPECT_EQ(spec.label(1), "class 1");
    EXPECT_EQ(spec.label(281), "class 281");
}

TEST(Stages, AreTheArticlesWalk)
{
    const ModelSpec spec = vitBase();
    EXPECT_EQ(shapeOf(spec, "picture"), (Dims{3, 224, 224}));
    EXPECT_EQ(shapeOf(spec, "patches"), (Dims{196, 768}));
    EXPECT_EQ(shapeOf(spec, "patch embedding"), (Dims{196, 768}));
    EXPECT_EQ(shapeOf(spec, "+ CLS"), (Dims{197, 768}));
    EXPECT_EQ(shapeOf(spec, "+ position"), (Dims{197, 768}));
    EXPECT_EQ(shapeOf(spec, "block: q, k, v"), (Dims{12, 197, 64}));
    EXPECT_EQ(shapeOf(spec, "block: attention"), (Dims{12, 197, 197}));
    EXPECT_EQ(shapeOf(spec, "block: MLP, hidden"), (Dims{197, 3072}));
    EXPECT_EQ(shapeOf(spec, "logits"), (Dims{1000}));
}

TEST(Stages, OfTntWalkThroughTheInnerTransformer)
{
    ModelSpec spec = vitBase();
    spec.family = Family::Tnt;
    spec.width = 384;
    spec.heads = 6;
    spec.inner.width = 24;
    spec.inner.mlpWidth = 96;
    EXPECT_EQ(shapeOf(spec, "inner tokens"), (Dims{196, 16, 24}));
    EXPECT_EQ(shapeOf(spec, "block: inner q, k, v"), (Dims{196, 4, 16, 6}));
    EXPECT_EQ(shapeOf(spec, "block: inner attention"), (Dims{196, 4, 16, 16}));
    EXPECT_EQ(shapeOf(spec, "block: inner tokens projected, added to patches"), (Dims{196, 384}));
}

TEST(Stages, ShowOnlyWhatTheModelHas)
{
    ModelSpec spec = vitBase();
    spec.cls = false;
    spec.pool = Pool::Mean;
    spec.classes = 0;
    EXPECT_EQ(shapeOf(spec, "+ CLS"), Dims{});
    EXPECT_EQ(shapeOf(spec, "logits"), Dims{});
    EXPECT_EQ(shapeOf(spec, "mean of patches"), (Dims{768}));
}

TEST(BundledModels, AreFoundByNameWithTheDefaultFirst)
{
    const std::filesystem::path resources = std::filesystem::path(VITRINE_SOURCE_DIR) / "resources";
    EXPECT_THAT(bundledModels(resources), testing::ElementsAre("vit", "tnt"));
    EXPECT_EQ(resolveModel("tnt", resources), resources / "models" / "tnt");
    EXPECT_EQ(resolveModel(resources.string(), resources), resources);
    EXPECT_THROW(resolveModel("no such model", resources), Error);
    EXPECT_THROW(resolveModel("", resources), Error);
    EXPECT_TRUE(bundledModels("no such folder").empty());
}

TEST(BundledModels, LoadWithoutAssumptionsOfTheirStructure)
{
    const std::filesystem::path models = std::filesystem::path(VITRINE_SOURCE_DIR) / "resources/models";
    for (const char* name : {"vit", "tnt"}) {
        const ModelSpec spec = loadModel(models / name).spec;
        EXPECT_EQ(spec.name, name);
        EXPECT_EQ(spec.width, 192);
        EXPECT_EQ(spec.heads, 3);
        EXPECT_EQ(spec.gridHeight(), 14);
        EXPECT_EQ(spec.classes, 1000);
        EXPECT_TRUE(spec.assumed.empty()) << spec.assumed.front().text;
    }
}

}  // namespace
}  // namespace vitrine
