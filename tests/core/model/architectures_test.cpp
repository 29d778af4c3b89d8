// SPDX-License-Identifier: GPL-3.0-or-later
// The names that timm and transformers write into a config.json: what they stand for, and what is refused by name.
#include <algorithm>
#include <cctype>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/architectures.h"
#include "core/model/config.h"
#include "core/model/model.h"
#include "tests/core/model/tiny_checkpoint.h"

namespace vitrine {
namespace {

using test::Assumes;
using test::Shapes;
using test::tinyVit;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

/// Letters, digits and underscores: what a test's name may hold.
std::string asTestName(std::string name)
{
    std::ranges::replace_if(
        name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

struct Named {
    const char* name;
    int width, heads;
    Activation activation;
    double epsilon;
    Pool pool;
    bool positionsCoverPrefix;
};

void PrintTo(const Named& named, std::ostream* stream)
{
    *stream << asTestName(named.name);
}

class TimmNames : public testing::TestWithParam<Named> {};

TEST_P(TimmNames, StandForWhatTimmBuilds)
{
    const NamedArchitecture* found = findArchitecture(GetParam().name).architecture;
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->width, GetParam().width);
    EXPECT_EQ(found->heads, GetParam().heads);
    EXPECT_EQ(found->activation, GetParam().activation);
    EXPECT_DOUBLE_EQ(found->layerNormEpsilon, GetParam().epsilon);
    EXPECT_EQ(found->pool, GetParam().pool);
    EXPECT_EQ(found->positionsCoverPrefix, GetParam().positionsCoverPrefix);
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, TimmNames,
    testing::Values(Named{"vit_base_patch16_224", 768, 12, Activation::Gelu, 1e-6, Pool::Cls, true},
                    Named{"vit_base_patch16_224.augreg_in21k", 768, 12, Activation::Gelu, 1e-6, Pool::Cls, true},
                    Named{"hf_hub:timm/vit_base_patch16_224", 768, 12, Activation::Gelu, 1e-6, Pool::Cls, true},
                    Named{"vit_base_patch16_224_in21k", 768, 12, Activation::Gelu, 1e-6, Pool::Cls, true},
                    Named{"test_vit", 64, 2, Activation::Gelu, 1e-6, Pool::Cls, true},
                    Named{"vit_base_patch16_gap_224", 768, 16, Activation::Gelu, 1e-6, Pool::Mean, true},
                    Named{"vit_giantopt_patch16_siglip_gap_256", 1536, 16, Activation::GeluTanh, 1e-6, Pool::Mean, true},
                    Named{"vit_so400m_patch16_siglip_gap_256", 1152, 16, Activation::GeluTanh, 1e-6, Pool::Mean, true},
                    Named{"vit_base_patch16_siglip_gap_224", 768, 12, Activation::Gelu, 1e-6, Pool::Mean, true},
                    Named{"vit_huge_patch14_clip_quickgelu_224", 1280, 16, Activation::QuickGelu, 1e-5, Pool::Cls, true},
                    Named{"deit3_small_patch16_384", 384, 6, Activation::Gelu, 1e-6, Pool::Cls, false},
                    Named{"eva_giant_patch14_224", 1408, 16, Activation::Gelu, 1e-6, Pool::Mean, true},
                    Named{"eva02_tiny_patch14_224", 192, 3, Activation::Gelu, 1e-6, Pool::Mean, true},
                    Named{"vit_huge_plus_patch16_dinov3.lvd1689m", 1280, 20, Activation::Gelu, 1e-5, Pool::Mean, false},
                    Named{"vit_small_patch16_rope_ape_224", 384, 6, Activation::Gelu, 1e-6, Pool::Cls, false},
                    Named{"vit_pe_lang_large_patch14_448", 1024, 16, Activation::Gelu, 1e-5, Pool::Mean, true}),
    testing::PrintToStringParamName());

TEST(TimmNamesOfTnt, HoldTheInnerTransformer)
{
    const NamedArchitecture* found = findArchitecture("tnt_b_patch16_224").architecture;
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->heads, 10);
    EXPECT_EQ(found->innerWidth, 40);
    EXPECT_EQ(found->innerHeads, 4);
    EXPECT_EQ(found->patch, 16);
    EXPECT_EQ(found->stemStride, 4);
}

TEST(TimmNamesOfTowers, ThatPoolByAttentionHaveNoPool)
{
    const NamedArchitecture* found = findArchitecture("vit_so400m_patch14_siglip_384").architecture;
    ASSERT_NE(found, nullptr);
    EXPECT_FALSE(found->pool);
}

struct RefusedName {
    const char* name;
    const char* reason;
};

void PrintTo(const RefusedName& refused, std::ostream* stream)
{
    *stream << asTestName(refused.name);
}

class RefusedTimmNames : public testing::TestWithParam<RefusedName> {};

TEST_P(RefusedTimmNames, HaveTheTrueReason)
{
    const KnownName known = findArchitecture(GetParam().name);
    EXPECT_EQ(known.architecture, nullptr);
    EXPECT_THAT(std::string(known.refusal), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, RefusedTimmNames,
    testing::Values(RefusedName{"vit_base_patch16_sapiens2", "rotary"},
                    RefusedName{"vit_dwee_patch16_reg1_gap_256", "differential"},
                    RefusedName{"vit_base_patch16_rpn_224", "after attention and MLP"},
                    RefusedName{"eva02_enormous_patch14_clip_224", "after attention and MLP"},
                    RefusedName{"vit_base_patch16_18x2_224", "parallel"}, RefusedName{"test_vit_relpos", "relative position"},
                    RefusedName{"vit_relpos_small_patch16_224", "relative position"}, RefusedName{"samvit_base_patch16", "SAM"},
                    RefusedName{"beit3_base_patch16_224", "further LayerNorms"}, RefusedName{"cait_s24_224", "CaiT"},
                    RefusedName{"naflexvit_base_patch16_parfac_gap", "sums of a row's and a column's"},
                    RefusedName{"vit_base_r50_s16_224_in21k", "hybrid"}, RefusedName{"xcit_small_12_p16_224", "channels"},
                    RefusedName{"swin_tiny_patch4_window7_224", "stages"}, RefusedName{"resnet50.a1_in1k", "stages"}),
    testing::PrintToStringParamName());

TEST(UnknownNames, AreNeitherRunNorRefused)
{
    for (const char* name : {"", "vit", "vit_base_patch16_2240", "resnety", "hf_hub:timm/", "*", " "}) {
        const KnownName known = findArchitecture(name);
        EXPECT_EQ(known.architecture, nullptr) << name;
        EXPECT_TRUE(known.refusal.empty()) << name;
    }
    EXPECT_TRUE(findModelType("vit_").refusal.empty());
    EXPECT_TRUE(modelTypeOf("").empty());
    EXPECT_TRUE(modelTypeOf("ForImageClassification").empty());
    EXPECT_TRUE(modelTypeOf("MyViTForImageClassification").empty());
}

TEST(ClassNames, StandForModelTypes)
{
    EXPECT_EQ(modelTypeOf("ViTForImageClassification"), "vit");
    EXPECT_EQ(modelTypeOf("ViTModel"), "vit");
    EXPECT_EQ(modelTypeOf("ViTMAEForPreTraining"), "vit_mae");
    EXPECT_EQ(modelTypeOf("Dinov2WithRegistersBackbone"), "dinov2_with_registers");
    EXPECT_EQ(modelTypeOf("Data2VecVisionForSemanticSegmentation"), "data2vec-vision");
    EXPECT_EQ(modelTypeOf("CLIPVisionModelWithProjection"), "clip_vision_model");
    EXPECT_EQ(modelTypeOf("VisionEncoderDecoderModel"), "vision-encoder-decoder");
    EXPECT_EQ(modelTypeOf("DepthAnythingForDepthEstimation"), "depth_anything");
}

class RefusedModelTypes : public testing::TestWithParam<RefusedName> {};

TEST_P(RefusedModelTypes, HaveTheTrueReason)
{
    const KnownName known = findModelType(GetParam().name);
    EXPECT_EQ(known.architecture, nullptr);
    EXPECT_THAT(std::string(known.refusal), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, RefusedModelTypes,
    testing::Values(RefusedName{"yolos", "YOLOS"}, RefusedName{"sam", "SAM"}, RefusedName{"sam_vision_model", "SAM"},
                    RefusedName{"sam2", "SAM 2"}, RefusedName{"convnext", "convolutional"},
                    RefusedName{"convnextv2", "convolutional"}, RefusedName{"dinov3_convnext", "convolutional"},
                    RefusedName{"resnet", "convolutional"}, RefusedName{"groupvit", "text and an image"},
                    RefusedName{"owlvit_vision_model", "not compared"}, RefusedName{"eomt_dinov3", "rotary"},
                    RefusedName{"mlcd_vision_model", "rotary"}, RefusedName{"mlcd", "rotary"}, RefusedName{"hiera", "stages"},
                    RefusedName{"swin", "stages"}, RefusedName{"swinv2", "stages"}, RefusedName{"pvt", "stages"},
                    RefusedName{"levit", "stages"}, RefusedName{"cvt", "stages"}, RefusedName{"mobilevit", "stages"},
                    RefusedName{"audio-spectrogram-transformer", "spectrograms"}, RefusedName{"pixio", "Pixio"},
                    RefusedName{"vitpose_backbone", "ViTPose"}, RefusedName{"vitdet", "windows"},
                    RefusedName{"llava", "language"}, RefusedName{"videomae", "videos"}, RefusedName{"vit_hybrid", "hybrid"},
                    RefusedName{"mask2former", "behind"}),
    testing::PrintToStringParamName());

class NamedInConfig : public test::TinyCheckpoint {
protected:
    ModelSpec load(const std::string& config, std::int64_t width = 64) const
    {
        write(tinyVit(width));
        writeText("config.json", config);
        return loadModel(folder()).spec;
    }

    std::string errorOf(const std::string& config) const
    {
        try {
            load(config);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }

    static auto assumesNothingUnverified() { return Not(Contains(Field(&Assumption::text, HasSubstr("not verified")))); }
};

TEST_F(NamedInConfig, HeadsAreTheArchitectures)
{
    const ModelSpec spec = load(R"({"architecture": "test_vit", "pretrained_cfg": {"input_size": [3, 16, 16]}})");
    EXPECT_EQ(spec.heads, 2);
    EXPECT_THAT(spec.assumed, assumesNothingUnverified());
}

TEST_F(NamedInConfig, NumericsAreTheArchitecturesAndTheConfigurationsOwnWin)
{
    const std::string name = R"({"architecture": "vit_so400m_patch16_siglip_gap_256")";
    const ModelSpec named = load(name + "}");
    EXPECT_EQ(named.activation, Activation::GeluTanh);
    EXPECT_DOUBLE_EQ(load(R"({"architecture": "vit_base_patch16_clip_224"})").layerNormEpsilon, 1e-5);
    EXPECT_EQ(named.pool, Pool::Mean);
    const ModelSpec told = load(name
                                + R"(, "global_pool": "token", "model_args": {"act_layer": "quick_gelu", "num_heads": 4}})");
    EXPECT_EQ(told.activation, Activation::QuickGelu);
    EXPECT_EQ(told.pool, Pool::Cls);
    EXPECT_EQ(told.heads, 4);
    EXPECT_EQ(load(name + R"(, "global_pool": "avg", "model_args": {"global_pool": "token"}})").pool, Pool::Cls);
}

TEST_F(NamedInConfig, HeadsOfAnotherWidthAreNotUsedUnlessTheWidthWasAskedFor)
{
    EXPECT_EQ(load(R"({"architecture": "vit_base_patch16_gap_224"})").heads, 1);
    EXPECT_EQ(load(R"({"architecture": "vit_base_patch16_gap_224", "model_args": {"embed_dim": 64}})").heads, 16);
    EXPECT_EQ(
        load(R"({"architecture": "vit_base_patch16_gap_224", "model_args": {"embed_dim": 144, "num_heads": 2}})", 144).heads,
        2);
}

TEST_F(NamedInConfig, PoolingByAttentionNeedsItsTensorsWhereItWasNotReplaced)
{
    const std::string name = R"({"architecture": "vit_base_patch16_siglip_224")";
    EXPECT_THAT(errorOf(name + "}"), HasSubstr("\"attn_pool.latent\" is missing"));
    EXPECT_THAT(errorOf(name + R"(, "global_pool": "map"})"), HasSubstr("\"attn_pool.latent\" is missing"));
    EXPECT_THAT(errorOf(name + R"(, "global_pool": "prr"})"), HasSubstr("attention"));
    EXPECT_EQ(load(name + R"(, "global_pool": "avg"})").pool, Pool::Mean);
    EXPECT_EQ(errorOf(name + R"(, "global_pool": ""})"), "no error");
}

TEST_F(NamedInConfig, RefusalsNameTheFileTheNetworkAndTheReason)
{
    EXPECT_THAT(errorOf(R"({"architecture": "vit_base_patch16_sapiens2"})"),
                AllOf(HasSubstr("config.json"), HasSubstr("vit_base_patch16_sapiens2"), HasSubstr("rotary")));
    EXPECT_THAT(errorOf(R"({"pretrained_cfg": {"architecture": "vit_base_patch16_rpn_224"}})"), HasSubstr("after attention"));
    EXPECT_THAT(errorOf(R"({"model_type": "mlcd_vision_model"})"), AllOf(HasSubstr("config.json"), HasSubstr("rotary")));
    EXPECT_THAT(errorOf(R"({"architectures": ["YolosForObjectDetection"], "hidden_size": 64})"), HasSubstr("YOLOS"));
    EXPECT_THAT(errorOf(R"({"model_type": "dpt", "is_hybrid": true})"), HasSubstr("hybrid"));
    EXPECT_THAT(errorOf(R"({"model_type": "segformer", "num_attention_heads": [1, 2, 5, 8]})"), HasSubstr("stages"));
    EXPECT_THAT(errorOf(R"({"architecture": "xcit_nano_12_p8_224", "input_size": [1, 8, 8]})"), HasSubstr("channels"));
    EXPECT_THAT(errorOf(R"({"model_type": "timm_backbone", "backbone": "resnet50"})"), HasSubstr("stages"));
}

TEST_F(NamedInConfig, RefusalsComeBeforeTensorsAreLookedAt)
{
    write({{"embeddings.patch_embeddings.weight", {8, 3, 4, 4}}});
    writeText("config.json", R"({"model_type": "convnext"})");
    try {
        loadModel(folder());
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("convolutional"));
    }
}

TEST_F(NamedInConfig, UnknownNamesAreOpenedAsNotVerified)
{
    for (const char* config :
         {R"({"architecture": "vit_enormous_patch16_224"})", R"({"model_type": "my_vit"})", R"({"architectures": ["MyViT"]})",
          R"({"architecture": "test_vit", "model_args": {"use_rot_pos_emb": true}})",
          R"({"model_type": "vit", "auto_map": {"AutoModel": "code.MyViT"}})"}) {
        EXPECT_THAT(load(config).assumed, Contains(AllOf(Field(&Assumption::text, HasSubstr("not verified")),
                                                         Field(&Assumption::severity, Severity::Doubtful))))
            << config;
    }
    EXPECT_THAT(
        load(R"({"architecture": "test_vit", "model_args": {"use_rot_pos_emb": false, "drop_path_rate": 0.1, "depth": 2}})")
            .assumed,
        assumesNothingUnverified());
}

TEST_F(NamedInConfig, TransformersDefaultsFillWhatIsLeftOut)
{
    const ModelSpec msn = load(R"({"model_type": "vit_msn"})");
    EXPECT_DOUBLE_EQ(msn.layerNormEpsilon, 1e-6);
    EXPECT_THAT(msn.assumed, assumesNothingUnverified());
    EXPECT_DOUBLE_EQ(load(R"({"model_type": "vit"})").layerNormEpsilon, 1e-12);
    EXPECT_DOUBLE_EQ(load(R"({"model_type": "vit", "layer_norm_eps": 1e-3})").layerNormEpsilon, 1e-3);
    EXPECT_EQ(load(R"({"model_type": "vit", "hidden_size": 96})", 96).heads, 12);
    EXPECT_EQ(load(R"({"architectures": ["ViTForImageClassification"], "hidden_size": 64, "num_attention_heads": 4})").heads,
              4);
}

TEST_F(NamedInConfig, NestedConfigurationsAreReadWhereTheTensorsBelongToThem)
{
    const std::string part = R"({"model_type": "dinov2", "hidden_size": 64, "num_attention_heads": 4, "hidden_act": "gelu_new",
        "layer_norm_eps": 1e-4})";
    for (const std::string& config :
         {R"({"model_type": "depth_anything", "backbone_config": )" + part + "}",
          R"({"model_type": "dpt", "hidden_size": 8, "backbone_config": )" + part + "}",
          R"({"model_type": "vision-encoder-decoder", "decoder": {"model_type": "gpt2"}, "encoder": )" + part + "}",
          R"({"architectures": ["VisionEncoderDecoderModel"], "encoder": )" + part + "}",
          R"({"model_type": "vision-text-dual-encoder", "vision_config": )" + part + "}"}) {
        const ModelSpec spec = load(config);
        EXPECT_EQ(spec.heads, 4) << config;
        EXPECT_EQ(spec.activation, Activation::GeluTanh) << config;
        EXPECT_DOUBLE_EQ(spec.layerNormEpsilon, 1e-4) << config;
        EXPECT_THAT(spec.assumed, assumesNothingUnverified()) << config;
    }
    EXPECT_THAT(errorOf(R"({"model_type": "depth_anything", "backbone_config": {"model_type": "dinov3_vit"}})"),
                AllOf(HasSubstr("dinov3_vit"), HasSubstr("rotary"), HasSubstr("another model's")));
}

TEST_F(NamedInConfig, OpenAisOwnWeightsHaveQuickGelu)
{
    const std::string name = R"({"architecture": "vit_base_patch16_clip_224", "pretrained_cfg": {"tag": )";
    const ModelSpec spec = load(name + R"("openai"}})");
    EXPECT_EQ(spec.activation, Activation::QuickGelu);
    EXPECT_THAT(spec.assumed, Assumes("QuickGELU"));
    EXPECT_EQ(load(name + R"("openai_ft_in1k"}})").activation, Activation::Gelu);
}

TEST_F(NamedInConfig, RotaryPositionsThatOnlyTheNameTellsAreUsed)
{
    Shapes shapes = tinyVit(64, 3, 16);
    for (const std::string block : {"blocks.0.", "blocks.1."})
        shapes[block + "gamma_1"] = shapes[block + "gamma_2"] = {64};
    write(shapes);
    writeText("config.json", R"({"architecture": "vit_small_patch16_rope_ape_224"})");
    const ModelSpec spec = loadModel(folder()).spec;
    EXPECT_EQ(spec.rotary.kind, Rotary::Kind::Axial);
    EXPECT_TRUE(spec.rotary.columnsFirst);
    EXPECT_EQ(spec.rotary.base, 100);
}

TEST_F(NamedInConfig, RotaryNamesOfOtherTensorsAreNotBelieved)
{
    for (const char* name :
         {"eva02_tiny_patch14_224", "vit_small_patch16_dinov3", "vit_pe_core_base_patch16_224", "vit_small_patch16_rope_224"})
        EXPECT_THAT(errorOf(R"({"architecture": ")" + std::string(name) + "\"}"), AllOf(HasSubstr(name), HasSubstr("rotary")))
            << name;
}

TEST_F(NamedInConfig, DptResamplesItsPositionsBilinearly)
{
    EXPECT_EQ(load(R"({"model_type": "dpt"})").positionResampling, PositionResampling::Bilinear);
    EXPECT_NE(load(R"({"model_type": "vit"})").positionResampling, PositionResampling::Bilinear);
}

TEST_F(NamedInConfig, WrongTypesInAConfigurationDoNoHarm)
{
    for (const char* config :
         {R"({"architecture": 5})", R"({"model_type": []})", R"({"architectures": []})", R"({"architectures": [5]})",
          R"({"model_type": "depth_anything", "backbone_config": "dinov2"})",
          R"({"architecture": "test_vit", "model_args": []})", R"({"architecture": "test_vit", "model_args": {"": {}}})"}) {
        EXPECT_EQ(errorOf(config), "no error") << config;
    }
}

}  // namespace
}  // namespace vitrine
