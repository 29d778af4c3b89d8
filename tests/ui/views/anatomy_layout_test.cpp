// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_layout.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/model/vit_base.h"
#include "tests/ui/fake_trace.h"

namespace vitrine {

namespace {

Shape shapeOf(const std::vector<AnatomyBox>& boxes, StageKind stage)
{
    const auto found = std::ranges::find(boxes, stage, &AnatomyBox::stage);
    return found == boxes.end() ? Shape() : found->shape;
}

TEST(AnatomyStages, AreTheShapesOfTheArticle)
{
    const std::vector<AnatomyBox> boxes = anatomyStages(test::vitBase());
    EXPECT_EQ(shapeOf(boxes, StageKind::Picture), Shape({3, 224, 224}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Patches), Shape({196, 768}));
    EXPECT_EQ(shapeOf(boxes, StageKind::PatchEmbedding), Shape({196, 768}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Prefix), Shape({197, 768}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Position), Shape({197, 768}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Qkv), Shape({3, 12, 197, 64}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Attention), Shape({12, 197, 197}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Mlp), Shape({197, 3072}));
    EXPECT_EQ(shapeOf(boxes, StageKind::Logits), Shape({1000}));
    EXPECT_TRUE(shapeOf(boxes, StageKind::Projection).empty()) << "a ViT has no inner path";
    EXPECT_EQ(shapeText({12, 197, 64}), QStringLiteral("12 × 197 × 64"));
}

TEST(AnatomyStages, FollowTheModel)
{
    ModelSpec spec = test::vitBase();
    spec.cls = false;
    spec.pool = Pool::Mean;
    spec.positionsCoverPrefix = false;
    spec.classes = 0;
    const std::vector<AnatomyBox> boxes = anatomyStages(spec);
    EXPECT_TRUE(shapeOf(boxes, StageKind::Prefix).empty());
    EXPECT_TRUE(shapeOf(boxes, StageKind::Logits).empty());
    EXPECT_EQ(shapeOf(boxes, StageKind::Position), Shape({196, 768}));
    const std::vector<AnatomyBox> tnt = anatomyStages(*fakeSpec({.architecture = Architecture::Tnt}));
    EXPECT_EQ(shapeOf(tnt, StageKind::InnerAttention), Shape({20, 2, 16, 16}));
    EXPECT_EQ(shapeOf(tnt, StageKind::Projection), Shape({20, 12}));
}

TEST(AnatomyStages, SayOneSentenceAndAFormulaEach)
{
    for (const Architecture architecture : {Architecture::Vit, Architecture::Tnt})
        for (const AnatomyBox& box : anatomyStages(*fakeSpec({.architecture = architecture}))) {
            EXPECT_FALSE(box.sentence.isEmpty()) << qPrintable(box.title);
            EXPECT_FALSE(box.formula.isEmpty()) << qPrintable(box.title);
            EXPECT_FALSE(box.sentence.contains(QLatin1String("%1")) || box.formula.contains(QLatin1String("%1")));
        }
}

TEST(AnatomyLayout, PutsNoBoxOnAnotherAtAnyWidth)
{
    for (const qreal width : {220.0, 480.0, 1400.0}) {
        const AnatomyLayout layout = layoutAnatomy(*fakeSpec({.architecture = Architecture::Tnt}), 1, width, QFont());
        ASSERT_EQ(layout.rects.size(), layout.boxes.size());
        ASSERT_EQ(layout.sections.size(), 4U);
        for (std::size_t i = 0; i < layout.rects.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j)
                EXPECT_FALSE(layout.rects[i].intersects(layout.rects[j])) << i << " over " << j << " at " << width;
            const auto frame = std::ranges::find(layout.sections, layout.boxes[i].section, &AnatomyLayout::Section::section);
            EXPECT_TRUE(frame->frame.contains(layout.rects[i])) << i << " leaves its frame at " << width;
            EXPECT_EQ(layout.boxAt(layout.rects[i].center()), i);
        }
        EXPECT_GE(layout.size.height(), layout.rects.back().bottom());
    }
}

TEST(AnatomyLayout, TheBridgeLeadsFromTheProjectionIntoTheOuterPath)
{
    const AnatomyLayout layout = layoutAnatomy(*fakeSpec({.architecture = Architecture::Tnt}), 0, 700, QFont());
    const auto bridge = std::ranges::find_if(layout.arrows, &AnatomyLayout::Arrow::bridge);
    ASSERT_NE(bridge, layout.arrows.end());
    const QRectF from = layout.rects[*layout.find(StageKind::Projection)];
    const QRectF to = layout.rects[*layout.find(StageKind::Bridge)];
    EXPECT_TRUE(from.adjusted(-1, -1, 1, 1).contains(bridge->points.front()));
    EXPECT_TRUE(to.adjusted(-1, -1, 1, 1).contains(bridge->points.back()));
}

TEST(AnatomyLayout, ArrowKeysReachEveryBox)
{
    const AnatomyLayout layout = layoutAnatomy(*fakeSpec(), 0, 400, QFont());
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < layout.boxes.size(); ++i) {
        EXPECT_EQ(layout.neighbour(at, Qt::Key_Right), at + 1);
        at = layout.neighbour(at, Qt::Key_Right);
    }
    EXPECT_EQ(layout.neighbour(at, Qt::Key_Right), at);
    EXPECT_EQ(layout.neighbour(at, Qt::Key_Down), at);
    while (layout.neighbour(at, Qt::Key_Up) != at) {
        EXPECT_LT(layout.rects[layout.neighbour(at, Qt::Key_Up)].top(), layout.rects[at].top());
        at = layout.neighbour(at, Qt::Key_Up);
    }
    EXPECT_EQ(layout.rects[at].top(), layout.rects[0].top());
}

}  // namespace

}  // namespace vitrine
