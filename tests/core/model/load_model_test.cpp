// SPDX-License-Identifier: GPL-3.0-or-later
// What loadModel() says about checkpoints that are incomplete, damaged or of another kind, and what it assumes.
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/model.h"
#include "tests/core/model/tiny_checkpoint.h"

namespace vitrine {
namespace {

using test::Assumes;
using test::Shapes;
using test::tinyVit;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LoadModel : public test::TinyCheckpoint {
protected:
    std::string errorOf(const Shapes& shapes, const ModelOverrides& overrides = {}) const
    {
        const std::filesystem::path file = write(shapes);
        try {
            loadModel(file, overrides);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
};

TEST_F(LoadModel, SaysWhatItAssumed)
{
    const ModelSpec spec = loadModel(write(tinyVit(128))).spec;
    EXPECT_EQ(spec.heads, 2);
    EXPECT_EQ(spec.imageHeight, 16);
    EXPECT_THAT(spec.assumed, Assumes("2 heads of 64 channels (--heads)"));
    EXPECT_THAT(spec.assumed, Assumes("16x16 were assumed from the position embeddings"));
    EXPECT_THAT(spec.assumed, Assumes("preprocessing was assumed"));
}

TEST_F(LoadModel, NamesItselfAfterTheFolderWhereTheFileHasAnEverydayName)
{
    EXPECT_EQ(loadModel(write(tinyVit())).spec.name, folder().filename().string());
}

TEST_F(LoadModel, NamesTheMissingTensor)
{
    Shapes shapes = tinyVit();
    shapes.erase("blocks.1.mlp.fc2.bias");
    EXPECT_THAT(errorOf(shapes),
                AllOf(HasSubstr("model.safetensors: "), HasSubstr("\"blocks.1.mlp.fc2.bias\" is missing"), HasSubstr("64")));
}

TEST_F(LoadModel, NamesBothShapesOfAMisshapedTensor)
{
    Shapes shapes = tinyVit();
    shapes["blocks.1.attn.qkv.weight"] = {192, 63};
    EXPECT_THAT(errorOf(shapes), AllOf(HasSubstr("\"blocks.1.attn.qkv.weight\""), HasSubstr("192x63"), HasSubstr("192x64")));
}

TEST_F(LoadModel, RefusesTensorsThatItDoesNotKnow)
{
    for (const char* name :
         {"extra.weight", "blocks.1.extra.weight", "blocks.0.attn.qkv.extra", "blocks.1.ls1.gamma", "gate"}) {
        Shapes shapes = tinyVit();
        shapes[name] = {3};
        EXPECT_THAT(errorOf(shapes), AllOf(HasSubstr("numbers would be wrong"), HasSubstr("\"" + std::string(name) + "\"")));
    }
}

TEST_F(LoadModel, RefusesOtherNetworksWithTheReason)
{
    EXPECT_THAT(errorOf({{"conv1.weight", {8, 3, 7, 7}}, {"layer1.0.conv1.weight", {8, 8, 3, 3}}}),
                AllOf(HasSubstr("this is not a ViT or TNT"), HasSubstr("ResNet")));
    EXPECT_THAT(errorOf({{"bert.embeddings.word_embeddings.weight", {100, 8}}}),
                AllOf(HasSubstr("this is not a ViT or TNT"), HasSubstr("text model")));
    EXPECT_THAT(
        errorOf({{"patch_embed.proj.weight", {8, 3, 4, 4}}, {"layers.0.blocks.0.attn.relative_position_bias_table", {9, 2}}}),
        AllOf(HasSubstr("this is not a ViT or TNT"), HasSubstr("Swin")));
    Shapes rotary = tinyVit();
    rotary.erase("pos_embed");
    rotary["rope_embed.periods"] = {4};
    EXPECT_THAT(errorOf(rotary), AllOf(HasSubstr("this is not a ViT or TNT"), HasSubstr("rotary")));
    EXPECT_THAT(errorOf({{"weight", {8, 8}}}), HasSubstr("this is not a ViT or TNT"));
}

TEST_F(LoadModel, TakesAttentionPoolingAsAWhole)
{
    Shapes shapes = tinyVit();
    shapes["attn_pool.latent"] = {1, 1, 64};
    EXPECT_THAT(errorOf(shapes), HasSubstr("\"attn_pool.q.weight\" is missing"));
    for (const auto& [name, out] : {std::pair("q", 64), std::pair("kv", 128), std::pair("proj", 64)}) {
        shapes[std::string("attn_pool.") + name + ".weight"] = {out, 64};
        shapes[std::string("attn_pool.") + name + ".bias"] = {out};
    }
    EXPECT_EQ(loadModel(write(shapes)).spec.pool, Pool::Attention);
}

TEST_F(LoadModel, AsksForHeadsThatCannotBeGuessed)
{
    EXPECT_THAT(errorOf(tinyVit(48)), HasSubstr("--heads"));
    ModelOverrides overrides;
    overrides.heads = 4;
    EXPECT_EQ(loadModel(write(tinyVit(48)), overrides).spec.heads, 4);
    overrides.heads = 5;
    EXPECT_THAT(errorOf(tinyVit(48), overrides), HasSubstr("cannot have 5 heads"));
    overrides.heads = 0;
    EXPECT_THAT(errorOf(tinyVit(48), overrides), HasSubstr("cannot have 0 heads"));
}

TEST_F(LoadModel, TakesAGridThatIsNotSquareFromThePictureSize)
{
    const Shapes shapes = tinyVit(64, 3, 2 * 5 + 1);
    EXPECT_THAT(errorOf(shapes), HasSubstr("--trained-size"));
    ModelOverrides overrides;
    overrides.imageHeight = 8;
    overrides.imageWidth = 20;
    const ModelSpec spec = loadModel(write(shapes), overrides).spec;
    EXPECT_EQ(spec.trainedGridHeight, 2);
    EXPECT_EQ(spec.trainedGridWidth, 5);
    EXPECT_TRUE(spec.positionsCoverPrefix);
}

TEST_F(LoadModel, RefusesPicturesThatDoNotDivideIntoPatches)
{
    ModelOverrides overrides;
    overrides.imageHeight = overrides.imageWidth = 22;
    EXPECT_THAT(errorOf(tinyVit(), overrides), AllOf(HasSubstr("22x22"), HasSubstr("4x4"), HasSubstr("--image-size")));
    overrides.imageHeight = overrides.imageWidth = 0;
    EXPECT_THAT(errorOf(tinyVit(), overrides), HasSubstr("--image-size"));
}

TEST_F(LoadModel, RefusesImpossiblePreprocessing)
{
    ModelOverrides overrides;
    overrides.deviation = {0.5F, 0.0F, 0.5F};
    EXPECT_THAT(errorOf(tinyVit(), overrides), HasSubstr("--std"));
    overrides = {};
    overrides.cropFraction = 0.0;
    EXPECT_THAT(errorOf(tinyVit(), overrides), HasSubstr("--crop-pct"));
}

TEST_F(LoadModel, WarnsOfWeightsThatAreNotNumbers)
{
    const ModelSpec spec = loadModel(write(tinyVit(), {}, std::numeric_limits<float>::quiet_NaN())).spec;
    EXPECT_THAT(spec.assumed, Assumes("not numbers"));
    EXPECT_THAT(loadModel(write(tinyVit())).spec.assumed, Not(Assumes("not numbers")));
}

TEST_F(LoadModel, ManyBlockNumbersAreAnErrorAndNotALongWait)
{
    Shapes shapes = tinyVit();
    shapes["blocks.9999.norm1.weight"] = {64};
    EXPECT_THAT(errorOf(shapes), HasSubstr("9999"));
}

TEST_F(LoadModel, ATensorWithoutDimensionsIsAnErrorNotACrash)
{
    for (const char* name : {"cls_token", "pos_embed", "patch_embed.proj.weight", "head.weight", "blocks.0.mlp.fc1.weight"}) {
        Shapes shapes = tinyVit();
        shapes[name] = {};
        EXPECT_THAT(errorOf(shapes), HasSubstr("\"" + std::string(name) + "\"")) << name;
        shapes[name] = {0, 0};
        EXPECT_THAT(errorOf(shapes), HasSubstr("\"" + std::string(name) + "\"")) << name;
    }
}

TEST_F(LoadModel, StopsWhenAsked)
{
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(loadModel(write(tinyVit()), {}, {}, stop.get_token()), Cancelled);
}

TEST_F(LoadModel, TellsItsProgressToTheEnd)
{
    double last = 0;
    loadModel(write(tinyVit()), {}, [&last](double fraction, std::string_view) {
        EXPECT_GE(fraction, last);
        last = fraction;
    });
    EXPECT_DOUBLE_EQ(last, 1.0);
}

}  // namespace
}  // namespace vitrine
