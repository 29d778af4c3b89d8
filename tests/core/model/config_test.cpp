// SPDX-License-Identifier: GPL-3.0-or-later
// config.json and preprocessor_config.json of timm and Hugging Face, beside the file or inside it, well-formed and not.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/model.h"
#include "tests/core/model/tiny_checkpoint.h"

namespace vitrine {
namespace {

using test::Assumes;
using test::tinyVit;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<float, 3> ImageNetMean{0.485F, 0.456F, 0.406F};

class Config : public test::TinyCheckpoint {
protected:
    ModelSpec load() const { return loadModel(folder()).spec; }

    std::string errorOf(const std::string& name, const std::string& text) const
    {
        write(tinyVit());
        writeText(name, text);
        try {
            loadModel(folder());
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
};

constexpr const char* Timm = R"({"architecture": "vit_tiny_patch16_224", "num_classes": 3, "global_pool": "avg",
    "label_names": ["n1", "n2", "n3"], "label_descriptions": {"n1": "cat", "n3": "dog"},
    "model_args": {"num_heads": 4, "img_size": 16}, "pretrained_cfg": {"input_size": [3, 16, 16],
    "interpolation": "bilinear", "crop_pct": 0.75, "crop_mode": "squash",
    "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}})";

void expectTimm(const ModelSpec& spec)
{
    EXPECT_EQ(spec.heads, 4);
    EXPECT_EQ(spec.pool, Pool::Mean);
    EXPECT_EQ(spec.preprocessing.fit, Fit::Squash);
    EXPECT_EQ(spec.preprocessing.interpolation, Interpolation::Bilinear);
    EXPECT_DOUBLE_EQ(spec.preprocessing.cropFraction, 0.75);
    EXPECT_EQ(spec.preprocessing.mean, ImageNetMean);
    EXPECT_THAT(spec.labels, ElementsAre("cat", "n2", "dog"));
    EXPECT_TRUE(spec.assumed.empty());
}

TEST_F(Config, TimmBesideTheFile)
{
    write(tinyVit());
    writeText("config.json", Timm);
    expectTimm(load());
}

TEST_F(Config, TimmInTheMetadata)
{
    write(tinyVit(), {{"format", "pt"}, {"config", Timm}});
    expectTimm(load());
}

TEST_F(Config, FlatFilesOfOlderTimm)
{
    write(tinyVit());
    writeText("config.json",
              "\xEF\xBB\xBF{\"architecture\": \"vit\", \"num_classes\": 3, \"input_size\": [3, 16, 16], "
              "\"interpolation\": \"bicubic\", \"crop_pct\": 0.95, \"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.5]}");
    EXPECT_DOUBLE_EQ(load().preprocessing.cropFraction, 0.95);
}

TEST_F(Config, WhatAPersonSaysWins)
{
    write(tinyVit());
    writeText("config.json", Timm);
    ModelOverrides overrides;
    overrides.heads = 8;
    overrides.mean = {0.1F, 0.2F, 0.3F};
    overrides.cropFraction = 0.5;
    overrides.interpolation = Interpolation::Bicubic;
    overrides.fit = Fit::Crop;
    const ModelSpec spec = loadModel(folder(), overrides).spec;
    EXPECT_EQ(spec.heads, 8);
    EXPECT_EQ(spec.preprocessing.mean, (std::array<float, 3>{0.1F, 0.2F, 0.3F}));
    EXPECT_DOUBLE_EQ(spec.preprocessing.cropFraction, 0.5);
    EXPECT_EQ(spec.preprocessing.interpolation, Interpolation::Bicubic);
    EXPECT_EQ(spec.preprocessing.fit, Fit::Crop);
}

TEST_F(Config, LetterboxShowsTheWholePicture)
{
    write(tinyVit());
    writeText("config.json", Timm);
    ModelOverrides overrides;
    overrides.fit = Fit::Letterbox;
    EXPECT_DOUBLE_EQ(loadModel(folder(), overrides).spec.preprocessing.cropFraction, 1.0);
}

TEST_F(Config, HuggingFaceProcessorOfDinov2)
{
    write(tinyVit());
    writeText("config.json", R"({"architectures": ["Dinov2ForImageClassification"], "model_type": "dinov2",
        "hidden_size": 64, "num_attention_heads": 2, "image_size": 16, "patch_size": 4, "layer_norm_eps": 1e-06, "hidden_act": "gelu", "id2label": {"0": "a", "1": "b", "2": "c"}})");
    writeText("preprocessor_config.json", R"({"size": {"shortest_edge": 32}, "crop_size": {"height": 24, "width": 24},
        "do_center_crop": true, "resample": 3, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "image_processor_type": "BitImageProcessorFast"})");
    const ModelSpec spec = load();
    EXPECT_EQ(spec.heads, 2);
    EXPECT_EQ(spec.imageHeight, 24);
    EXPECT_EQ(spec.trainedGridHeight, 4);
    EXPECT_EQ(spec.preprocessing.fit, Fit::Crop);
    EXPECT_EQ(spec.preprocessing.resizeShorter, 32);
    EXPECT_EQ(spec.preprocessing.interpolation, Interpolation::Bicubic);
    EXPECT_THAT(spec.labels, ElementsAre("a", "b", "c"));
    EXPECT_TRUE(spec.assumed.empty());
}

TEST_F(Config, HuggingFaceProcessorsOfViTSquashAndThoseOfDeiTCropAfterwards)
{
    write(tinyVit());
    writeText("config.json", R"({"model_type": "vit", "hidden_size": 64, "num_attention_heads": 2, "image_size": 16})");
    const std::string rest = R"("resample": 2, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]})";
    writeText("preprocessor_config.json", R"({"size": 16, )" + rest);
    EXPECT_EQ(load().preprocessing.fit, Fit::Squash);
    EXPECT_EQ(load().preprocessing.resizeShorter, 0);
    EXPECT_DOUBLE_EQ(load().preprocessing.cropFraction, 1.0);
    writeText("preprocessor_config.json",
              R"({"feature_extractor_type": "DeiTFeatureExtractor", "size": 20, "crop_size": 16, )" + rest);
    EXPECT_EQ(load().preprocessing.fit, Fit::Squash);
    EXPECT_EQ(load().preprocessing.resizeShorter, 20);
    EXPECT_EQ(load().imageHeight, 16);
}

TEST_F(Config, OfAnotherModelIsLeftOutWithANote)
{
    write(tinyVit());
    writeText("config.json", R"({"model_type": "vit", "hidden_size": 768, "num_attention_heads": 12, "image_size": 224})");
    const ModelSpec spec = load();
    EXPECT_EQ(spec.heads, 1);
    EXPECT_THAT(spec.assumed, Assumes("another model's (width 768)"));
}

TEST_F(Config, LabelsOfAnotherNumberAreLeftOutWithANote)
{
    write(tinyVit());
    writeText("config.json", R"({"model_type": "vit", "id2label": {"0": "a", "1": "b"}})");
    const ModelSpec spec = load();
    EXPECT_TRUE(spec.labels.empty());
    EXPECT_THAT(spec.assumed, Assumes("names 2 classes, but the network has 3"));
    EXPECT_EQ(spec.label(1), "class 1");
}

TEST_F(Config, LabelsThatOnlyCountAndImpossibleIndicesAreNotUsed)
{
    write(tinyVit());
    writeText("config.json", R"({"model_type": "vit", "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}})");
    EXPECT_TRUE(load().labels.empty());
    writeText("config.json", R"({"model_type": "vit", "id2label": {"0": "a", "99999999999999999999": "b", "x": "c"}})");
    EXPECT_THAT(load().assumed, Assumes("impossible indices"));
}

TEST_F(Config, ImpossibleValuesNameFileKeyAndValue)
{
    const std::string huggingFace = R"({"model_type": "vit", )";
    for (const char* entry : {R"("image_size": 0})", R"("image_size": -1})", R"("image_size": 1000000000})",
                              R"("patch_size": 0})", R"("num_labels": 2000000000})", R"("num_attention_heads": "2"})",
                              R"("num_attention_heads": 1.5})", R"("hidden_act": "relu"})", R"("image_size": [1, 2, 3]})"}) {
        const std::string text = entry;
        EXPECT_THAT(errorOf("config.json", huggingFace + text),
                    AllOf(HasSubstr("config.json"), HasSubstr(text.substr(0, text.find(':')))))
            << text;
    }
    EXPECT_THAT(errorOf("config.json", R"({"model_type": "vit", "num_attention_heads": 5})"), HasSubstr("cannot have 5 heads"));
}

TEST_F(Config, ImpossibleNormalisationIsAnError)
{
    writeText("config.json", R"({"model_type": "vit"})");
    EXPECT_THAT(errorOf("preprocessor_config.json", R"({"image_std": [0.5, 0, 0.5]})"), HasSubstr("\"image_std\""));
    EXPECT_THAT(errorOf("preprocessor_config.json", R"({"image_mean": [0.5, 0.5]})"), HasSubstr("\"image_mean\""));
    EXPECT_THAT(errorOf("preprocessor_config.json", R"({"size": {"width": 3}})"), HasSubstr("\"size\""));
}

TEST_F(Config, AQuantisedNetworkIsSaidToBeOne)
{
    write(tinyVit());
    writeText("config.json",
              R"({"model_type": "vit", "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": true}})");
    EXPECT_THAT(load().assumed, Assumes("quantised (bitsandbytes)"));
}

TEST_F(Config, ANetworksOwnSizeMayLeaveARest)
{
    write(tinyVit());
    writeText("config.json", R"({"model_type": "vit", "image_size": 18, "patch_size": 4})");
    const ModelSpec spec = load();
    EXPECT_EQ(spec.imageHeight, 18);
    EXPECT_EQ(spec.gridHeight(), 4);
}

TEST_F(Config, TextThatIsNoJsonIsAnError)
{
    EXPECT_THAT(errorOf("config.json", "{\"a\": "), HasSubstr("not valid JSON"));
    EXPECT_THAT(errorOf("config.json", "{\"a\": NaN}"), HasSubstr("not valid JSON"));
    EXPECT_THAT(errorOf("config.json", std::string(100'000, '[')), HasSubstr("config.json"));
    EXPECT_THAT(errorOf("config.json", std::string("{\0\"\0", 5)), HasSubstr("NUL"));
}

}  // namespace
}  // namespace vitrine
