// SPDX-License-Identifier: GPL-3.0-or-later
// Every tensor of a file is used, known to change nothing, or a reason to refuse; and which network and head are taken.
#include <string>
#include <utility>

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
using testing::HasSubstr;
using testing::Not;

Shapes under(const std::string& prefix, const Shapes& shapes)
{
    Shapes result;
    for (const auto& [name, shape] : shapes)
        result[prefix + name] = shape;
    return result;
}

class Account : public test::TinyCheckpoint {
protected:
    ModelSpec specOf(const Shapes& shapes, const ModelOverrides& overrides = {}) const
    {
        return loadModel(write(shapes), overrides).spec;
    }

    std::string errorOf(const Shapes& shapes, const ModelOverrides& overrides = {}) const
    {
        try {
            specOf(shapes, overrides);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
};

TEST_F(Account, NamesTheReasonForWhatChangesTheFunction)
{
    const std::pair<const char*, const char*> marks[]{
        {"blocks.0.attn.qkv.lora_A", "LoRA"},
        {"blocks.0.attn.qkv.base_layer.weight", "PEFT"},
        {"blocks.1.adapter.down.weight", "adapters"},
        {"prompt_embeddings", "prompt tokens"},
        {"sie_embed", "TransReID"},
        {"blocks.0.attn.qkv.weight_mask", "pruned"},
        {"blocks.0.attn.qkv.weight_g", "weight norm"},
        {"blocks.0.attn.rel_pos_h", "SAM"},
        {"blocks.0.attn.relative_position_bias_table", "BEiT"},
        {"blocks.0.attn.lambda_q1", "differential attention"},
        {"blocks.0.attn.norm.weight", "EVA-02"},
        {"blocks.0.mlp.norm.weight", "EVA-02"},
        {"rope.freqs", "rotary"},
        {"blocks_token_only.0.norm1.weight", "CaiT"},
        {"blocks.0.attn.gating_param", "ConViT"},
        {"blocks.0.attn.qkv.weight.absmax", "quantised"},
        {"blocks.0.attn.qkv.qweight", "quantised"},
    };
    for (const auto& [name, reason] : marks) {
        Shapes shapes = tinyVit();
        shapes[name] = {4};
        EXPECT_THAT(errorOf(shapes), HasSubstr(reason)) << name;
    }
}

TEST_F(Account, KnowsWhatChangesNothing)
{
    Shapes shapes = under("state_dict.model.", tinyVit());
    for (const char* name : {"optimizer.state.0.exp_avg", "state_dict.model.mask_token", "state_dict.model.blocks.0.total_ops",
                             "state_dict.model.decoder_blocks.0.norm1.weight", "state_dict.text_model.embed.weight",
                             "state_dict.logit_scale", "state_dict.model.head_drop.num_batches_tracked"})
        shapes[name] = {4};
    const ModelSpec spec = specOf(shapes);
    EXPECT_THAT(spec.assumed, Not(Assumes("left out")));
    EXPECT_EQ(spec.classes, 3);
}

TEST_F(Account, MentionsWhatStandsBesideTheNetwork)
{
    Shapes shapes = under("backbone.", tinyVit());
    shapes["counter.weight"] = {4, 4, 4};
    EXPECT_THAT(specOf(shapes).assumed, Assumes("\"counter.weight\""));
    shapes["adapters.0.lora_A"] = {4};
    EXPECT_THAT(errorOf(shapes), HasSubstr("LoRA"));
}

TEST_F(Account, BiasesForQueryAndValueAlone)
{
    Shapes shapes = tinyVit();
    for (const std::string block : {"blocks.0.", "blocks.1."}) {
        shapes.erase(block + "attn.qkv.bias");
        shapes[block + "attn.q_bias"] = shapes[block + "attn.v_bias"] = {64};
    }
    const Model model = loadModel(write(shapes));
    const NdArray bias = model.tensors.at("blocks.0.attn.qkv.bias");
    ASSERT_EQ(bias.size(), 192);
    EXPECT_EQ(bias.data()[0], 0.25F);
    EXPECT_EQ(bias.data()[64], 0.0F);
    EXPECT_EQ(bias.data()[128], 0.25F);
}

TEST_F(Account, EvaIsToldByItsBiasesAndItsGate)
{
    Shapes shapes = tinyVit();
    for (const std::string block : {"blocks.0.", "blocks.1."}) {
        shapes.erase(block + "attn.qkv.bias");
        shapes[block + "attn.q_bias"] = shapes[block + "attn.v_bias"] = {64};
        shapes[block + "mlp.fc2.weight"] = {64, 4};
    }
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.source, "timm EVA-02");
    EXPECT_EQ(spec.rotary.kind, Rotary::Kind::Axial);
    EXPECT_EQ(spec.rotary.reference, 16);
    EXPECT_EQ(spec.mlp, Mlp::SwiGlu);
}

TEST_F(Account, APerceptionEncoderIsNoClip)
{
    Shapes shapes = tinyVit();
    shapes.erase("patch_embed.proj.bias");
    shapes["norm_pre.weight"] = shapes["norm_pre.bias"] = {64};
    const ModelSpec clip = specOf(shapes);
    EXPECT_EQ(clip.rotary.kind, Rotary::Kind::None);
    EXPECT_EQ(clip.classes, 3) << "a bias that is not zero";
    for (const char* name : {"norm.weight", "norm.bias", "head.weight", "head.bias"})
        shapes.erase(name);
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.rotary.kind, Rotary::Kind::Axial);
    EXPECT_EQ(spec.rotary.reference, 4);
    EXPECT_EQ(spec.rotary.offset, 1);
}

TEST_F(Account, AProjectionIsNoClassifier)
{
    Shapes shapes = tinyVit();
    shapes.erase("patch_embed.proj.bias");
    shapes["norm_pre.weight"] = shapes["norm_pre.bias"] = {64};
    shapes.erase("head.bias");
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.classes, 0);
    EXPECT_EQ(spec.embedding, 3);
    EXPECT_THAT(spec.whyNoClasses(), HasSubstr("no classification head"));
}

TEST_F(Account, ATeacherOfAnotherSizeIsNotShown)
{
    Shapes shapes = under("architecture.backbone.", tinyVit());
    shapes.merge(under("teacher.backbone.", tinyVit(128)));
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.width, 64);
    EXPECT_THAT(spec.assumed, Assumes("teacher.backbone."));
    ASSERT_EQ(spec.networks.size(), 2U);
    EXPECT_TRUE(spec.networks[0].taken);
    ModelOverrides overrides;
    overrides.prefix = "teacher.backbone";
    EXPECT_EQ(specOf(shapes, overrides).width, 128);
    overrides.prefix = "student";
    EXPECT_THAT(errorOf(shapes, overrides), HasSubstr("\"teacher.backbone.\""));
}

TEST_F(Account, ATeacherOfTheSameShapeIs)
{
    Shapes shapes = under("student.", tinyVit());
    shapes.merge(under("teacher.", tinyVit()));
    const ModelSpec spec = specOf(shapes);
    EXPECT_TRUE(spec.networks[1].taken);
    EXPECT_THAT(spec.assumed, Assumes("teacher"));
}

TEST_F(Account, TheOnlineNetworkIsShownAndNotItsTarget)
{
    Shapes shapes = under("online_encoder.", tinyVit());
    shapes.merge(under("target_encoder.", tinyVit()));
    const ModelSpec spec = specOf(shapes);
    EXPECT_TRUE(spec.networks[0].taken);
    EXPECT_THAT(spec.assumed, Assumes("2 networks"));
    Shapes jepa = under("encoder.", tinyVit());
    jepa.merge(under("target_encoder.", tinyVit()));
    EXPECT_TRUE(specOf(jepa).networks[1].taken) << "I-JEPA's averaged encoder";
}

TEST_F(Account, HeadsAreFoundByShapeAndPlace)
{
    for (const char* name : {"classifier", "module_fc", "heads.1", "top.head"}) {
        Shapes shapes = under("backbone.", tinyVit());
        shapes.erase("backbone.head.weight");
        shapes.erase("backbone.head.bias");
        shapes[std::string(name) + ".weight"] = {5, 64};
        EXPECT_EQ(specOf(shapes).classes, 5) << name;
    }
}

TEST_F(Account, ABackbonesOldHeadIsNotTheNewOne)
{
    Shapes shapes = under("backbone.", tinyVit(64, 1000));
    shapes["fc.weight"] = {5, 64};
    shapes["fc.bias"] = {5};
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.classes, 5);
    EXPECT_THAT(spec.assumed, Assumes("\"backbone.head\""));
    shapes["fc.weight"] = {5, 1000};
    EXPECT_EQ(specOf(shapes).classes, 5);
    shapes["fc.weight"] = {5, 77};
    EXPECT_EQ(specOf(shapes).classes, 1000) << "nothing that takes what the network gives";
}

TEST_F(Account, AHeadThatCannotBeComputedLeavesTheRest)
{
    Shapes shapes = tinyVit();
    shapes.erase("head.weight");
    shapes.erase("head.bias");
    shapes["head.0.weight"] = {16, 64};
    shapes["head.3.weight"] = {7, 16};
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.classes, 0);
    EXPECT_THAT(spec.whyNoClasses(), HasSubstr("\"head.0\", \"head.3\""));
    shapes = under("backbone.", tinyVit());
    shapes["age.weight"] = {5, 64};
    shapes["gender.weight"] = {2, 64};
    EXPECT_THAT(specOf(shapes).whyNoClasses(), HasSubstr("several heads"));
    shapes = tinyVit();
    shapes["head.weight"] = {3, 99};
    EXPECT_THAT(specOf(shapes).whyNoClasses(), HasSubstr("takes 99 numbers"));
}

TEST_F(Account, ProjectionsAreNoHeads)
{
    Shapes shapes = under("visual.", tinyVit());
    shapes.erase("visual.head.weight");
    shapes.erase("visual.head.bias");
    shapes["vision_proj.weight"] = {5, 64};
    EXPECT_EQ(specOf(shapes).classes, 0);
}

TEST_F(Account, ChannelsAreNamed)
{
    Shapes shapes = tinyVit();
    shapes["patch_embed.proj.weight"] = {64, 1, 4, 4};
    EXPECT_THAT(errorOf(shapes), HasSubstr("1 channel (grey)"));
    shapes["patch_embed.proj.weight"] = {64, 13, 4, 4};
    EXPECT_THAT(errorOf(shapes), HasSubstr("13 channels"));
    shapes["patch_embed.proj.weight"] = {64, 1, 4, 4, 4};
    EXPECT_THAT(errorOf(shapes), HasSubstr("volumes"));
}

TEST_F(Account, WhatIsAskedForDecidesTheGridWhereItFits)
{
    ModelOverrides overrides;
    overrides.imageHeight = 8;
    overrides.imageWidth = 32;
    const ModelSpec spec = specOf(tinyVit(), overrides);
    EXPECT_EQ(std::pair(spec.trainedGridHeight, spec.trainedGridWidth), std::pair(2, 8));
    EXPECT_THAT(spec.assumed, Assumes("a square of 4x4"));
    overrides.trainedHeight = overrides.trainedWidth = 16;
    const ModelSpec said = specOf(tinyVit(), overrides);
    EXPECT_EQ(std::pair(said.trainedGridHeight, said.trainedGridWidth), std::pair(4, 4));
    EXPECT_THAT(said.assumed, Not(Assumes("a square of")));
    overrides.trainedWidth = 20;
    EXPECT_THAT(errorOf(tinyVit(), overrides), HasSubstr("correct --trained-size"));
}

TEST_F(Account, AGridOfAllRowsNeedsANetworkThatCanHaveIt)
{
    const Shapes shapes = tinyVit(64, 3, 25);  // 4 x 6 and CLS, or 5 x 5
    EXPECT_THAT(errorOf(shapes), HasSubstr("--trained-size"));
    ModelOverrides overrides;
    overrides.trainedHeight = 16;
    overrides.trainedWidth = 24;
    EXPECT_TRUE(specOf(shapes, overrides).positionsCoverPrefix);
    overrides.trainedHeight = overrides.trainedWidth = 20;
    EXPECT_FALSE(specOf(shapes, overrides).positionsCoverPrefix);
}

TEST_F(Account, PrunedHeadsAreAskedFor)
{
    Shapes shapes = tinyVit(128);
    for (const std::string block : {"blocks.0.", "blocks.1."}) {
        shapes[block + "attn.qkv.weight"] = {192, 128};
        shapes[block + "attn.qkv.bias"] = {192};
        shapes[block + "attn.proj.weight"] = {128, 64};
    }
    EXPECT_THAT(errorOf(shapes), HasSubstr("--heads"));
    ModelOverrides overrides;
    overrides.heads = 1;
    EXPECT_EQ(specOf(shapes, overrides).headWidth(), 64);
}

/// tinyVit() in the names of transformers 4, the blocks under `blocks`.
Shapes huggingFaceVit(const std::string& network, const std::string& blocks)
{
    Shapes shapes{{network + "embeddings.cls_token", {1, 1, 64}},
                  {network + "embeddings.position_embeddings", {1, 17, 64}},
                  {network + "embeddings.patch_embeddings.projection.weight", {64, 3, 4, 4}},
                  {network + "embeddings.patch_embeddings.projection.bias", {64}},
                  {network + "layernorm.weight", {64}},
                  {network + "layernorm.bias", {64}},
                  {"classifier.weight", {3, 64}},
                  {"classifier.bias", {3}}};
    for (const std::string layer : {"encoder.layer.0.", "encoder.layer.1."}) {
        for (const char* norm : {"layernorm_before", "layernorm_after"})
            shapes[blocks + layer + norm + ".weight"] = shapes[blocks + layer + norm + ".bias"] = {64};
        const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
            shapes[blocks + layer + name + ".weight"] = {out, in};
            shapes[blocks + layer + name + ".bias"] = {out};
        };
        for (const char* part : {"attention.query", "attention.key", "attention.value", "output.dense"})
            linear(std::string("attention.") + part, 64, 64);
        linear("intermediate.dense", 8, 64);
        linear("output.dense", 64, 8);
    }
    return shapes;
}

TEST_F(Account, BlocksOfViTMsnStandOutsideOfItsPrefix)
{
    for (const char* blocks : {"vit.", ""}) {
        const ModelSpec spec = specOf(huggingFaceVit("vit.", blocks));
        EXPECT_EQ(spec.layers, 2) << blocks;
        EXPECT_EQ(spec.classes, 3) << blocks;
        EXPECT_THAT(spec.assumed, Not(Assumes("left out"))) << blocks;
    }
}

TEST_F(Account, SeveralClsTokensAreRefusedAsWhatTheyAre)
{
    Shapes shapes = tinyVit(64, 3, 24);
    shapes["cls_token"] = {1, 8, 64};
    EXPECT_THAT(errorOf(shapes), HasSubstr("8 CLS tokens"));
}

TEST_F(Account, RowsOfPrefixTokensAreNamedWhereTheRestIsNoSquare)
{
    EXPECT_THAT(errorOf(tinyVit(64, 3, 225)),
                HasSubstr("have 225 rows (224 without those of the prefix tokens), which is no square grid"));
}

}  // namespace
}  // namespace vitrine
