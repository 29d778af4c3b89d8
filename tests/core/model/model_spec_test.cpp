// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_spec.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/model.h"
#include "tests/core/model/vit_base.h"

namespace vitrine {
namespace {

TEST(TokenName, CountsPrefixTokensFirstAndPatchesByRowAndColumn)
{
    ModelSpec spec = test::vitBase();
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
