// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/stages.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/model/vit_base.h"

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;

Stage find(const ModelSpec& spec, StageKind kind)
{
    const std::vector<Stage> walk = stages(spec);
    const auto found = std::ranges::find(walk, kind, &Stage::kind);
    return found == walk.end() ? Stage{} : *found;
}

Shape shapeOf(const ModelSpec& spec, StageKind kind)
{
    return find(spec, kind).shape;
}

std::vector<StageKind> kinds(const ModelSpec& spec)
{
    std::vector<StageKind> result;
    for (const Stage& stage : stages(spec))
        result.push_back(stage.kind);
    return result;
}

TEST(Stages, AreTheArticlesWalk)
{
    const ModelSpec spec = test::vitBase();
    EXPECT_EQ(shapeOf(spec, StageKind::Picture), (Shape{3, 224, 224}));
    EXPECT_EQ(shapeOf(spec, StageKind::Patches), (Shape{196, 768}));
    EXPECT_EQ(shapeOf(spec, StageKind::PatchEmbedding), (Shape{196, 768}));
    EXPECT_EQ(find(spec, StageKind::Prefix).name, "+ CLS");
    EXPECT_EQ(shapeOf(spec, StageKind::Prefix), (Shape{197, 768}));
    EXPECT_EQ(shapeOf(spec, StageKind::Position), (Shape{197, 768}));
    EXPECT_EQ(shapeOf(spec, StageKind::Qkv), (Shape{3, 12, 197, 64}));
    EXPECT_EQ(shapeOf(spec, StageKind::Attention), (Shape{12, 197, 197}));
    EXPECT_EQ(shapeOf(spec, StageKind::Mlp), (Shape{197, 3072}));
    EXPECT_EQ(shapeOf(spec, StageKind::Logits), (Shape{1000}));
}

TEST(Stages, OfTntWalkThroughTheInnerTransformer)
{
    ModelSpec spec = test::vitBase();
    spec.architecture = Architecture::Tnt;
    spec.width = 384;
    spec.heads = 6;
    spec.inner.width = 24;
    spec.inner.mlpWidth = 96;
    EXPECT_EQ(shapeOf(spec, StageKind::InnerEmbedding), (Shape{196, 16, 24}));
    EXPECT_EQ(shapeOf(spec, StageKind::InnerQkv), (Shape{3, 196, 4, 16, 6}));
    EXPECT_EQ(shapeOf(spec, StageKind::InnerAttention), (Shape{196, 4, 16, 16}));
    EXPECT_EQ(shapeOf(spec, StageKind::Projection), (Shape{196, 384}));
    spec.inner.stemProjection = false;
    EXPECT_EQ(find(spec, StageKind::PatchEmbedding).name, "patch tokens, learned");
}

TEST(Stages, ShowOnlyWhatTheModelHas)
{
    ModelSpec spec = test::vitBase();
    spec.cls = false;
    spec.pool = Pool::Mean;
    spec.classes = 0;
    spec.finalNorm = false;
    for (const StageKind absent : {StageKind::Prefix, StageKind::Logits, StageKind::PreNorm, StageKind::Rotary,
                                   StageKind::HeadsNorm, StageKind::PooledNorm, StageKind::FinalNorm, StageKind::Embedding})
        EXPECT_THAT(kinds(spec), testing::Not(testing::Contains(absent)));
    EXPECT_EQ(shapeOf(spec, StageKind::Pool), (Shape{768}));
}

TEST(Stages, ShowWhatFamiliesAddToTheArticles)
{
    ModelSpec spec = test::vitBase();
    spec.learnedPositions = false;
    spec.preNorm = spec.attentionNorm = spec.mlpNorm = spec.fcNorm = spec.patchNorms = spec.relativeBias = true;
    spec.rotary.kind = Rotary::Kind::Axial;
    spec.mlp = Mlp::SwiGlu;
    spec.pool = Pool::ClsMean;
    spec.preLogits = 512;
    spec.embedding = 256;
    spec.registers = 4;
    EXPECT_THAT(kinds(spec), IsSupersetOf({StageKind::PreNorm, StageKind::Rotary, StageKind::HeadsNorm, StageKind::MlpNorm,
                                           StageKind::PooledNorm, StageKind::PixelNorm, StageKind::EmbeddingNorm,
                                           StageKind::PreLogits, StageKind::Embedding}));
    EXPECT_THAT(kinds(spec), testing::Not(testing::Contains(StageKind::Position)));
    EXPECT_EQ(find(spec, StageKind::Prefix).name, "+ CLS, 4 registers");
    EXPECT_EQ(shapeOf(spec, StageKind::Rotary), (Shape{2, 12, 196, 64}));
    EXPECT_EQ(shapeOf(spec, StageKind::PooledNorm), (Shape{1536}));
    EXPECT_THAT(find(spec, StageKind::Attention).formula, HasSubstr("+ B"));
    EXPECT_THAT(find(spec, StageKind::Mlp).formula, HasSubstr("silu"));
    EXPECT_THAT(find(spec, StageKind::Join).formula, HasSubstr("LN[A₀v₀"));
}

TEST(Stages, ASummaryIsInThePlaceOfPooling)
{
    ModelSpec spec = test::vitBase();
    spec.registers = 7;
    spec.furtherCls = 2;
    spec.classes = 0;
    spec.summary = {0, 2};
    spec.embedding = 1536;
    EXPECT_THAT(kinds(spec), testing::Not(testing::Contains(StageKind::Pool)));
    EXPECT_EQ(shapeOf(spec, StageKind::Embedding), (Shape{1536}));
    EXPECT_EQ(find(spec, StageKind::Embedding).formula, "[z[CLS], z[CLS 2]]");
    spec.classes = 10;
    EXPECT_THAT(kinds(spec), IsSupersetOf({StageKind::Embedding, StageKind::Pool, StageKind::Logits}));
}

TEST(Stages, EachHaveANameAShapeAndAFormula)
{
    for (const Architecture architecture : {Architecture::Vit, Architecture::Tnt}) {
        ModelSpec spec = test::vitBase();
        spec.architecture = architecture;
        for (const Stage& stage : stages(spec)) {
            EXPECT_FALSE(stage.name.empty() || stage.formula.empty() || stage.shape.empty());
        }
    }
}

TEST(Stages, OfNormsWithoutAMeanAndOfSeveralCls)
{
    ModelSpec spec = test::vitBase();
    spec.rmsNorm = spec.embeddingNorm = true;
    spec.registers = 5;
    spec.furtherCls = 2;
    EXPECT_EQ(find(spec, StageKind::Norm1).name, "RMSNorm");
    EXPECT_THAT(find(spec, StageKind::FinalNorm).formula, HasSubstr("mean(z²)"));
    EXPECT_EQ(find(spec, StageKind::EmbeddingNorm).name, "RMSNorm");
    EXPECT_EQ(find(spec, StageKind::Prefix).name, "+ 3 CLS, 3 registers");
}

}  // namespace
}  // namespace vitrine
