// SPDX-License-Identifier: GPL-3.0-or-later
// What golden cases do not show of single families: what is assumed, recipes, and which networks are told apart.
#include <array>

#include "core/base/error.h"
#include "core/model/grid.h"
#include "core/model/model.h"
#include "core/model/preprocess.h"
#include "tests/core/model/tiny_checkpoint.h"

namespace vitrine {
namespace {

using test::Assumes;
using test::Shapes;
using test::tinyVit;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Families : public test::TinyCheckpoint {
protected:
    ModelSpec specOf(const Shapes& shapes, const ModelOverrides& overrides = {}) const
    {
        return loadModel(write(shapes), overrides).spec;
    }
    std::string errorOf(const Shapes& shapes) const
    {
        try {
            specOf(shapes);
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
    static Shapes below(const std::string& prefix, const Shapes& shapes)
    {
        Shapes moved;
        for (const auto& [name, shape] : shapes)
            moved[prefix + name] = shape;
        return moved;
    }
    /// Layer scales by their old names.
    static Shapes scaled(Shapes shapes)
    {
        for (const std::string block : {"blocks.0.", "blocks.1."})
            shapes[block + "gamma_1"] = shapes[block + "gamma_2"] = {64};
        return shapes;
    }
    static Shapes headless(Shapes shapes)
    {
        shapes.erase("head.weight");
        shapes.erase("head.bias");
        return shapes;
    }
};

TEST(SizeInShape, IsTransformersBisection)
{
    struct Case {
        Grid picture;
        int patch, most;
        Grid size;
    };
    for (const Case& one : std::initializer_list<Case>{{{480, 640}, 16, 256, {224, 288}},
                                                       {{640, 480}, 16, 256, {288, 224}},
                                                       {{100, 1000}, 16, 256, {80, 800}},
                                                       {{16, 16}, 16, 256, {256, 256}},
                                                       {{1, 5000}, 16, 256, {16, 4096}},
                                                       {{333, 777}, 14, 100, {84, 196}},
                                                       {{5, 5}, 16, 1, {16, 16}},
                                                       {{3000, 2000}, 16, 1024, {624, 416}}}) {
        const Grid size = sizeInShape(one.picture, {one.patch, one.patch}, one.most);
        EXPECT_EQ(size, one.size) << size.height << "x" << size.width;
    }
}

/// SigLIP 2's golden checkpoint: 16 patches of 4 pixels at most.
class Naflex : public testing::Test {
protected:
    static ModelSpec load(const ModelOverrides& overrides = {})
    {
        return loadModel(std::filesystem::path(VITRINE_GOLDEN_DIR) / "models/hf5-siglip2-naflex", overrides).spec;
    }
    static Image picture(int width, int height)
    {
        return {width, height,
                std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
    }
};

TEST_F(Naflex, TakesThePicturesShape)
{
    ModelOverrides overrides;
    overrides.pictureHeight = 100;
    overrides.pictureWidth = 300;
    const ModelSpec spec = load(overrides);
    EXPECT_EQ(std::pair(spec.imageHeight, spec.imageWidth), std::pair(8, 24));
    EXPECT_THAT(spec.assumed, Assumes("the picture's shape, 8x24"));
    EXPECT_FALSE(wantsAnotherShape(picture(300, 100), spec));
    EXPECT_TRUE(wantsAnotherShape(picture(100, 300), spec));
    EXPECT_EQ(spec.preprocessing.fit, Fit::Squash);
    EXPECT_EQ(spec.preprocessing.interpolation, Interpolation::Bilinear);
}

TEST_F(Naflex, HasOneSizeWhereOneIsSaidOrNoPictureIsKnown)
{
    const ModelSpec unknown = load();
    EXPECT_EQ(std::pair(unknown.imageHeight, unknown.imageWidth), std::pair(16, 16));
    EXPECT_THAT(unknown.assumed, Assumes("in its own shape"));
    EXPECT_TRUE(wantsAnotherShape(picture(300, 100), unknown));
    ModelOverrides overrides;
    overrides.imageHeight = 32;
    overrides.imageWidth = 20;
    const ModelSpec said = load(overrides);
    EXPECT_EQ(std::pair(said.imageHeight, said.imageWidth), std::pair(32, 20));
    EXPECT_EQ(said.trainedGridHeight, 4) << "whatever the size, the table is a square";
    EXPECT_FALSE(wantsAnotherShape(picture(300, 100), said));
}

TEST_F(Families, ADeiTIIIWithoutItsWrapperMayBeARoPEViT)
{
    const Shapes shapes = scaled(tinyVit(64, 3, 16));
    EXPECT_THAT(errorOf(shapes), AllOf(HasSubstr("DeiT III"), HasSubstr("rotary"), HasSubstr("config.json")));
    const ModelSpec wrapped = specOf(below("model.", shapes));
    EXPECT_EQ(wrapped.source, "DeiT III");
    EXPECT_THAT(wrapped.assumed, Assumes("rotary"));
    write(shapes);
    writeText("config.json", R"({"architecture": "deit3_small_patch16_224"})");
    EXPECT_EQ(loadModel(folder()).spec.source, "DeiT III");
}

TEST_F(Families, ABareDinov3WithAHeadTakesTheMean)
{
    Shapes shapes = scaled(tinyVit(384));
    for (auto& [name, shape] : shapes) {
        if (name.ends_with("gamma_1") || name.ends_with("gamma_2"))
            shape = {384};
    }
    shapes.erase("pos_embed");
    shapes["reg_token"] = {1, 4, 384};
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.source, "timm DINOv3");
    EXPECT_EQ(spec.rotary.kind, Rotary::Kind::Relative);
    EXPECT_EQ(spec.heads, 6);
    EXPECT_EQ(spec.pool, Pool::Mean);
    EXPECT_THAT(spec.assumed, Assumes("mean of the patches"));
}

TEST_F(Families, RelativePositionsByANetworkAreNamed)
{
    Shapes shapes = tinyVit();
    shapes.erase("pos_embed");
    for (const std::string block : {"blocks.0.", "blocks.1."})
        shapes[block + "attn.rel_pos.mlp.fc1.weight"] = {64, 2};
    EXPECT_THAT(errorOf(shapes), HasSubstr("vit_relpos"));
}

TEST_F(Families, PositionsOfRowsAndColumnsAreNamed)
{
    Shapes shapes = tinyVit();
    shapes.erase("pos_embed");
    shapes.erase("patch_embed.proj.weight");
    shapes["embeds.proj.weight"] = {64, 48};
    shapes["embeds.pos_embed_y"] = shapes["embeds.pos_embed_x"] = {1, 4, 64};
    EXPECT_THAT(errorOf(shapes), HasSubstr("a row's and a column's"));
}

TEST_F(Families, MaesDecoderIsLeftOutAndSaid)
{
    Shapes shapes = headless(tinyVit());
    shapes["mask_token"] = {1, 1, 8};
    shapes["decoder_pos_embed"] = {1, 17, 8};
    shapes["decoder_blocks.0.attn.qkv.weight"] = {24, 8};
    const ModelSpec spec = specOf(below("model.", shapes));
    EXPECT_EQ(spec.source, "MAE");
    EXPECT_THAT(spec.assumed, Assumes("decoder"));
    EXPECT_EQ(spec.preprocessing.mean[0], 0.485F);
}

TEST_F(Families, IjepasAveragedEncoderIsTaken)
{
    Shapes shapes = headless(tinyVit(64, 3, 16));
    shapes.erase("cls_token");
    Shapes file = below("target_encoder.module.", shapes);
    file.merge(below("encoder.module.", shapes));
    file["predictor.module.predictor_blocks.0.attn.qkv.weight"] = {24, 8};
    const ModelSpec spec = specOf(file);
    EXPECT_EQ(spec.source, "I-JEPA");
    EXPECT_FALSE(spec.cls);
    EXPECT_EQ(spec.prefixTokens(), 0);
    EXPECT_EQ(spec.preprocessing.mean[0], 0.485F);
}

TEST_F(Families, RadiosTokensAndItsTwoWaysToResample)
{
    Shapes network;
    for (const auto& [name, shape] : tinyVit(768)) {
        if (name.starts_with("blocks."))
            network[name] = shape;
    }
    network["patch_generator.embedder.weight"] = {768, 48};
    network["patch_generator.pos_embed"] = {1, 16, 768};
    network["patch_generator.cls_token.token"] = {8, 768};
    Shapes file = below("radio_model.model.", network);
    file["radio_model.input_conditioner.norm_mean"] = file["radio_model.input_conditioner.norm_std"] = {3, 1, 1};
    file["radio_model.adaptors.siglip.head.0.weight"] = {768, 768};
    const ModelSpec third = specOf(file);
    EXPECT_THAT(third.assumed, Assumes("Its adaptors"));
    EXPECT_EQ(third.embedding, 0) << "nothing says which tokens are its summary";
    EXPECT_EQ(third.source, "RADIO");
    EXPECT_EQ(third.positionResampling, PositionResampling::BilinearCroppedAlignCorners);
    EXPECT_EQ(third.tokenName(0), "CLS");
    EXPECT_EQ(third.tokenName(2), "CLS 2");
    EXPECT_EQ(third.tokenName(3), "register 2");
    EXPECT_EQ(third.imageHeight, 512);
    EXPECT_THAT(third.assumed, AllOf(Assumes("3 teachers"), Assumes("colours from 0 to 1")));
    file["radio_model.model.patch_generator.cls_token.token"] = {10, 768};
    EXPECT_EQ(specOf(file).positionResampling, PositionResampling::BilinearCropped);
    file["radio_model.summary_idxs"] = {2};
    EXPECT_THAT(errorOf(file), HasSubstr("summary_idxs")) << "no whole numbers";
    const auto spec = [&](float value) { return loadModel(write(file, {}, value)).spec; };
    const ModelSpec summed = spec(2);
    EXPECT_EQ(summed.summary, (std::vector{2, 2}));
    EXPECT_EQ(summed.embedding, 1536);
    EXPECT_EQ(summed.parameters, third.parameters + 2 * 768) << "the numbers of tokens are no parameters";
    EXPECT_THAT(summed.whyNoClasses(), HasSubstr("CLS 2 and CLS 2, side by side"));
    EXPECT_THROW(spec(3), Error) << "a register";
    file.erase("radio_model.input_conditioner.norm_std");
    EXPECT_THAT(errorOf(file), HasSubstr("input_conditioner"));
}

TEST_F(Families, ABareNaflexSaysWhichPositionsItWasTakenToHave)
{
    const auto load = [](const std::string& name, const ModelOverrides& overrides) {
        return loadModel(std::filesystem::path(VITRINE_GOLDEN_DIR) / "models" / name, overrides).spec;
    };
    ModelOverrides overrides;
    overrides.heads = 2;
    const ModelSpec bare = load("timm-naflex-map-bare", overrides);
    EXPECT_EQ(bare.positionResampling, PositionResampling::BicubicAntialias);
    EXPECT_EQ(bare.activation, Activation::Gelu) << "registers and a layer scale: no SigLIP";
    EXPECT_THAT(bare.assumed, Assumes("_par_gap"));
    EXPECT_THAT(load("timm-naflex-gap", {}).assumed, Not(Assumes("_par_gap")));
    EXPECT_EQ(load("timm-naflex-par", {}).positionResampling, PositionResampling::BicubicAntialiasCropped);
}

TEST_F(Families, ADinoWithoutRegistersHasAnEmptyTensorOfThem)
{
    Shapes shapes{{"embeddings.cls_token", {1, 1, 64}},
                  {"embeddings.register_tokens", {1, 0, 64}},
                  {"embeddings.patch_embeddings.weight", {64, 3, 4, 4}},
                  {"embeddings.patch_embeddings.bias", {64}},
                  {"norm.weight", {64}},
                  {"norm.bias", {64}}};
    for (const std::string layer : {"layer.0.", "layer.1."}) {
        for (const char* vector :
             {"norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "attention.q_proj.bias", "attention.v_proj.bias",
              "attention.o_proj.bias", "layer_scale1.lambda1", "layer_scale2.lambda1", "mlp.down_proj.bias"})
            shapes[layer + vector] = {64};
        for (const char* square : {"q_proj", "k_proj", "v_proj", "o_proj"})
            shapes[layer + "attention." + square + ".weight"] = {64, 64};
        shapes[layer + "mlp.up_proj.weight"] = {8, 64};
        shapes[layer + "mlp.up_proj.bias"] = {8};
        shapes[layer + "mlp.down_proj.weight"] = {64, 8};
    }
    const ModelSpec spec = specOf(shapes);
    EXPECT_EQ(spec.source, "Hugging Face DINOv3");
    EXPECT_EQ(spec.prefixTokens(), 1);
    EXPECT_EQ(spec.rotary.kind, Rotary::Kind::Relative);
}

TEST_F(Families, ABeitHasOneKindOfPositionsAtLeast)
{
    const std::string table = "attention.attention.relative_position_bias.relative_position_bias_table";
    Shapes shapes{{"embeddings.cls_token", {1, 1, 64}},
                  {"embeddings.patch_embeddings.projection.weight", {64, 3, 4, 4}},
                  {"embeddings.patch_embeddings.projection.bias", {64}}};
    for (const std::string layer : {"encoder.layer.0.", "encoder.layer.1."}) {
        for (const char* vector : {"lambda_1", "lambda_2", "layernorm_before.weight", "layernorm_before.bias",
                                   "layernorm_after.weight", "layernorm_after.bias", "attention.attention.query.bias",
                                   "attention.attention.value.bias", "attention.output.dense.bias", "output.dense.bias"})
            shapes[layer + vector] = {64};
        for (const char* square : {"query", "key", "value"})
            shapes[layer + "attention.attention." + square + ".weight"] = {64, 64};
        shapes[layer + "attention.output.dense.weight"] = {64, 64};
        shapes[layer + "intermediate.dense.weight"] = {8, 64};
        shapes[layer + "intermediate.dense.bias"] = {8};
        shapes[layer + "output.dense.weight"] = {64, 8};
    }
    EXPECT_THAT(errorOf(shapes), HasSubstr("BEiT with neither position embeddings nor relative position biases"));
    shapes["embeddings.position_embeddings"] = {1, 17, 64};
    const ModelSpec absolute = specOf(shapes);
    EXPECT_EQ(absolute.source, "Hugging Face BEiT");
    EXPECT_TRUE(absolute.learnedPositions && absolute.positionsCoverPrefix && !absolute.relativeBias);
    for (const std::string layer : {"encoder.layer.0.", "encoder.layer.1."})
        shapes[layer + table] = {52, 1};
    EXPECT_TRUE(specOf(shapes).relativeBias && specOf(shapes).learnedPositions);
    shapes["encoder.relative_position_bias.relative_position_bias_table"] = {52, 1};
    EXPECT_THAT(errorOf(shapes), HasSubstr("for all blocks beside one for each"));
}

TEST_F(Families, AnEncoderOfRfDetrHasTheTensorsOfADinov2)
{
    const std::filesystem::path golden = std::filesystem::path(VITRINE_GOLDEN_DIR) / "models/hf4-dinov2";
    std::filesystem::copy(golden / "model.safetensors", folder() / "model.safetensors");
    ModelOverrides overrides;
    overrides.heads = 2;
    EXPECT_THAT(loadModel(folder(), overrides).spec.assumed, Assumes("RF-DETR"));
    std::filesystem::copy(golden / "config.json", folder() / "config.json");
    EXPECT_THAT(loadModel(folder()).spec.assumed, Not(Assumes("RF-DETR")));
    for (const char* points : {"refpoint_embed.weight", "model.reference_point_embed.weight"}) {
        Shapes whole = below("model.backbone.", headless(tinyVit()));
        whole[points] = {8, 4};
        EXPECT_THAT(errorOf(whole), HasSubstr("RF-DETR"));
    }
}

TEST_F(Families, ABareBlip2HasAnEpsilonOfItsOwn)
{
    for (const auto& [width, epsilon] : {std::pair(64, 1e-5), std::pair(1408, 1e-6)}) {
        Shapes shapes{{"embeddings.class_embedding", {1, 1, width}},
                      {"embeddings.position_embedding", {1, 5, width}},
                      {"embeddings.patch_embedding.weight", {width, 3, 2, 2}},
                      {"embeddings.patch_embedding.bias", {width}},
                      {"post_layernorm.weight", {width}},
                      {"post_layernorm.bias", {width}}};
        for (const std::string layer : {"encoder.layers.0.", "encoder.layers.1."}) {
            for (const char* vector : {"layer_norm1.weight", "layer_norm1.bias", "layer_norm2.weight", "layer_norm2.bias",
                                       "self_attn.projection.bias", "mlp.fc2.bias"})
                shapes[layer + vector] = {width};
            shapes[layer + "self_attn.qkv.weight"] = {3 * width, width};
            shapes[layer + "self_attn.qkv.bias"] = {3 * width};
            shapes[layer + "self_attn.projection.weight"] = {width, width};
            shapes[layer + "mlp.fc1.weight"] = {8, width};
            shapes[layer + "mlp.fc1.bias"] = {8};
            shapes[layer + "mlp.fc2.weight"] = {width, 8};
        }
        const ModelSpec spec = specOf(below("vision_model.", shapes));
        EXPECT_EQ(spec.source, "Hugging Face BLIP");
        EXPECT_EQ(spec.layerNormEpsilon, epsilon);
        EXPECT_EQ(spec.heads, width == 1408 ? 16 : 1);
        EXPECT_EQ(spec.preprocessing.fit, Fit::Squash);
        shapes["embeddings.word_embeddings.weight"] = {9, 4};
        EXPECT_THAT(errorOf(shapes), HasSubstr("embeddings.word_embeddings.weight")) << "it is no part of the encoder";
    }
}

}  // namespace
}  // namespace vitrine
