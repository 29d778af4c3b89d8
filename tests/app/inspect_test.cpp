// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

nlohmann::json inspected(const std::string& model)
{
    const Outcome outcome = vitrine({"inspect", model, "--json"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return outcome.json();
}

TEST(Inspect, JsonOfAVit)
{
    const nlohmann::json json = inspected(golden("timm-vit"));
    EXPECT_EQ(json.at("architecture"), "vit");
    EXPECT_EQ(json.at("source"), "timm");
    EXPECT_EQ(json.at("layers"), 2);
    EXPECT_EQ(json.at("heads"), 2);
    EXPECT_EQ(json.at("width"), 16);
    EXPECT_EQ(json.at("mlp"), 32);
    EXPECT_EQ(json.at("patch"), (nlohmann::json{4, 4}));
    EXPECT_EQ(json.at("image"), (nlohmann::json{16, 16}));
    EXPECT_EQ(json.at("grid"), (nlohmann::json{4, 4}));
    EXPECT_EQ(json.at("prefix_tokens"), 1);
    EXPECT_EQ(json.at("classes"), 10);
    EXPECT_EQ(json.at("parameters"), 5722);
    EXPECT_TRUE(json.at("preprocessing").is_object());
    EXPECT_TRUE(json.at("assumed").is_array());
    EXPECT_FALSE(json.contains("inner"));
    for (const nlohmann::json& stage : json.at("stages")) {
        EXPECT_TRUE(stage.at("name").is_string());
        EXPECT_TRUE(stage.at("shape").is_array());
    }
}

TEST(Inspect, StagesAreTheArticlesWalk)
{
    std::vector<nlohmann::json> shapes;
    const nlohmann::json json = inspected(golden("timm-vit"));
    for (const nlohmann::json& stage : json.at("stages"))
        shapes.push_back(stage.at("shape"));
    // 16 patches of 4 x 4 x 3, with CLS 17 tokens of 16, 2 heads of 8, an MLP of 32, 10 classes.
    for (const nlohmann::json& shape :
         {nlohmann::json{3, 16, 16}, nlohmann::json{16, 48}, nlohmann::json{17, 16}, nlohmann::json{3, 2, 17, 8},
          nlohmann::json{2, 17, 17}, nlohmann::json{17, 32}, nlohmann::json::array({10})})
        EXPECT_THAT(shapes, testing::Contains(shape));
}

TEST(Inspect, JsonOfATntHasInner)
{
    const nlohmann::json json = inspected(golden("timm-tnt"));
    EXPECT_EQ(json.at("architecture"), "tnt");
    EXPECT_EQ(json.at("inner").at("tokens"), 16);
    EXPECT_EQ(json.at("inner").at("width"), 4);
    EXPECT_EQ(json.at("inner").at("heads"), 2);
}

TEST(Inspect, PatchesThatAreNotSquareAreHeightFirst)
{
    const nlohmann::json json = inspected(golden("timm-vit-wide"));
    EXPECT_EQ(json.at("patch"), (nlohmann::json{4, 6}));
    EXPECT_EQ(json.at("image"), (nlohmann::json{8, 24}));
    EXPECT_EQ(json.at("grid"), (nlohmann::json{2, 4}));
}

TEST(Inspect, EveryGoldenCheckpointIsWhatItsMakerSays)
{
    std::ifstream stream(golden("index.json"));
    for (const nlohmann::json& one : nlohmann::json::parse(stream)) {
        if (!one.at("overrides").empty())
            continue;
        SCOPED_TRACE(one.at("name").get<std::string>());
        const nlohmann::json json = inspected(golden(one.at("checkpoint").get<std::string>()));
        for (const char* key :
             {"architecture", "source", "layers", "heads", "width", "mlp", "prefix_tokens", "classes", "parameters"})
            EXPECT_EQ(json.at(key), one.at("expect").at(key)) << key;
    }
}

TEST(Inspect, TextNamesTheShapesAndWhatWasAssumed)
{
    const Outcome outcome = vitrine({"inspect", "vit"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, testing::HasSubstr("3x112x112"));
    EXPECT_THAT(outcome.out, testing::HasSubstr("197x"));
    const Outcome bare = vitrine({"inspect", golden("hf4-vit-model")});
    EXPECT_THAT(bare.out, testing::HasSubstr("\nassumed\n")) << bare.err;
}

TEST(Inspect, AllNetworksOfAFileAreNamed)
{
    const nlohmann::json networks
        = vitrine({"inspect", golden("dino/dino_checkpoint.pth"), "--heads", "2", "--json"}).json().at("networks");
    ASSERT_EQ(networks.size(), 2U);
    EXPECT_EQ(networks[0].at("prefix"), "student.module.backbone.");
    EXPECT_FALSE(networks[0].at("taken"));
    EXPECT_TRUE(networks[1].at("taken"));
    const Outcome text = vitrine(
        {"inspect", golden("dino/dino_checkpoint.pth"), "--heads", "2", "--prefix", "student.module.backbone"});
    EXPECT_THAT(text.out, testing::HasSubstr("* student.module.backbone.")) << text.err;
}

TEST(Inspect, SomethingElseIsRefusedInOneSentence)
{
    const Folder folder;
    writeText(folder.path("model.safetensors"), "not a checkpoint at all");
    expectError(vitrine({"inspect", folder.path("model.safetensors")}), 1, "model.safetensors");
    expectError(vitrine({"inspect", folder.path("nothing-here")}), 1, "nothing-here");
}

}  // namespace
}  // namespace vitrine::test
