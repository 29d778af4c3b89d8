// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner/inner_view.h"

#include <QComboBox>
#include <QLabel>
#include <gtest/gtest.h>

#include "tests/ui/baseline.h"
#include "tests/ui/fake_trace.h"
#include "tests/ui/pointer.h"
#include "ui/views/inner/inner_assembled_widget.h"
#include "ui/views/inner/inner_patch_widget.h"

using namespace vitrine;

namespace {

FakeSize tnt()
{
    FakeSize size;
    size.architecture = Architecture::Tnt;
    return size;
}

class Inner : public testing::Test {
protected:
    void SetUp() override
    {
        exploration.setTrace(fakeTrace(tnt()));
        view.resize(480, 420);
        view.show();
        patch = view.findChild<InnerPatchWidget*>();
        all = view.findChild<InnerAssembledWidget*>();
        ASSERT_TRUE(patch && all);
    }
    bool says(QStringView text) const
    {
        for (const QLabel* const label : view.findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(text))
                return true;
        return false;
    }
    QPointF innerToken(int token) const { return cellRect(patch->parts().patch, 4, 4, token / 4, token % 4).center(); }

    Exploration exploration;
    InnerView view{exploration};
    InnerPatchWidget* patch = nullptr;
    InnerAssembledWidget* all = nullptr;
};

TEST_F(Inner, FollowsTheShownPatchAndKeepsTheLastOne)
{
    EXPECT_EQ(view.patch(), 2 * 5 + 2) << "CLS has no pixels: the middle patch";
    exploration.hover(1 + 8);
    EXPECT_EQ(view.patch(), 8);
    exploration.hover(std::nullopt);
    EXPECT_EQ(view.patch(), 8);
    EXPECT_TRUE(says(u"patch 1, 3"));
}

TEST_F(Inner, WeightsAreThoseOfTheInnerAttention)
{
    exploration.pin(1 + 6);
    moveMouse(*patch, innerToken(9));
    EXPECT_EQ(exploration.hoveredInner(), 9);
    const NdArray recorded = exploration.trace()->innerAttention[0];
    const std::vector<float> mean = patch->patch().weights(9);
    for (int key = 0; key < 16; ++key)
        EXPECT_NEAR(mean[static_cast<std::size_t>(key)], (recorded.at({6, 0, 9, key}) + recorded.at({6, 1, 9, key})) / 2, 1e-6);
    view.findChild<QComboBox*>()->setCurrentIndex(2);
    EXPECT_EQ(view.innerHeads(), (HeadChoice{HeadFusion::Single, 1, {}}));
    EXPECT_EQ(patch->patch().weights(9)[3], recorded.at({6, 1, 9, 3}));
    exploration.setDirection(Direction::LookedAtBy);
    EXPECT_EQ(patch->patch().weights(9)[3], recorded.at({6, 1, 3, 9}));
    exploration.setLayer(2);
    EXPECT_EQ(patch->patch().weights(9)[3], exploration.trace()->innerAttention[2].at({6, 1, 3, 9}));
}

TEST_F(Inner, PixelsAreThoseOfThePatch)
{
    exploration.pin(1 + 5 + 3);
    const Image& seen = exploration.trace()->picture.view;
    const std::uint8_t* const expected = seen.row(8 + 2) + (3 * 8 + 5) * 3;
    EXPECT_EQ(patch->patch().pixels().pixel(5, 2), qRgb(expected[0], expected[1], expected[2]));
}

TEST_F(Inner, LeavingEndsThePreview)
{
    moveMouse(*patch, innerToken(3));
    EXPECT_EQ(exploration.hovered(), 1 + view.patch());
    leaveWidget(*patch);
    EXPECT_FALSE(exploration.hovered());
    EXPECT_FALSE(exploration.hoveredInner());
}

TEST_F(Inner, ShiftArrowsCrossTheBordersOfPatches)
{
    exploration.pin(1 + 6);
    exploration.hoverInner(1 * 4 + 3);
    pressKey(view, Qt::Key_Right, Qt::ShiftModifier);
    EXPECT_EQ(exploration.pinned(), 1 + 7);
    EXPECT_EQ(exploration.hoveredInner(), 1 * 4 + 0);
    pressKey(view, Qt::Key_Up, Qt::ShiftModifier);
    pressKey(view, Qt::Key_Up, Qt::ShiftModifier);
    EXPECT_EQ(exploration.pinned(), 1 + 2);
    EXPECT_EQ(exploration.hoveredInner(), 3 * 4 + 0);
    pressKey(view, Qt::Key_Down);
    EXPECT_EQ(exploration.pinned(), 1 + 7);
}

TEST_F(Inner, AllPatchesAreAssembledAndAClickPins)
{
    view.setMode(InnerView::Mode::AllPatches);
    EXPECT_EQ(all->map().rows, 16);
    EXPECT_EQ(all->map().columns, 20);
    const NdArray expected = innerAssembled(*exploration.trace(), 0, InnerMeasure::Received, {});
    EXPECT_EQ(all->map().values[37], expected.values()[37]);
    const QPointF at = cellRect(all->mapRect(), 16, 20, 6, 9).center();
    moveMouse(*all, at);
    EXPECT_EQ(exploration.hovered(), 1 + 1 * 5 + 2);
    EXPECT_EQ(exploration.hoveredInner(), 2 * 4 + 1);
    EXPECT_TRUE(says(u"patch 1, 2 · inner token 2, 1 · attention received"));
    click(*all, at);
    EXPECT_EQ(exploration.pinned(), 8);
}

TEST_F(Inner, TheBridgeIsOneNumberAPatch)
{
    view.setMode(InnerView::Mode::AllPatches);
    for (QComboBox* const box : view.findChildren<QComboBox*>())
        if (box->findText(QStringLiteral("what the pixels add")) >= 0)
            box->setCurrentText(QStringLiteral("what the pixels add"));
    const Bridge expected = bridge(*exploration.trace(), 0);
    ASSERT_EQ(all->map().values.size(), 20U);
    EXPECT_EQ(all->map().values[11], expected.varying.values()[11]);
    EXPECT_TRUE(says(QString::fromStdString(toString(expected))));
    moveMouse(*all, cellRect(all->mapRect(), 4, 5, 2, 1).center());
    EXPECT_EQ(exploration.hovered(), 1 + 11);
    EXPECT_FALSE(exploration.hoveredInner());
}

TEST_F(Inner, ABlockThatAddsTheSameToAllSaysSoAndShowsNoStructure)
{
    const auto same = std::make_shared<Trace>(*exploration.trace());
    std::vector<float> rows(20 * 12, 0.5F);
    rows[11 * 12] += 1e-4F;
    same->innerProjection[0] = NdArray({20, 12}, std::move(rows));
    exploration.setTrace(same);
    EXPECT_TRUE(says(u"the pixels add the same to every patch here"));
    view.setMode(InnerView::Mode::AllPatches);
    for (QComboBox* const box : view.findChildren<QComboBox*>())
        if (box->findText(QStringLiteral("what the pixels add")) >= 0)
            box->setCurrentText(QStringLiteral("what the pixels add"));
    EXPECT_TRUE(says(u"the pixels add the same to every patch here"));
    for (const float value : all->map().values)
        EXPECT_LT(value, 0.01F * all->map().range.high);
    exploration.setLayer(1);
    EXPECT_FALSE(says(u"the same to every patch")) << "the noise of the fake trace differs";
}

TEST_F(Inner, AViTSaysWhyThereIsNothing)
{
    exploration.setTrace(fakeTrace());
    EXPECT_TRUE(says(u"fake ViT is a ViT"));
    EXPECT_TRUE(view.figure().numbers.empty());
    pressKey(view, Qt::Key_Right);
    exploration.setTrace(nullptr);
    EXPECT_TRUE(says(u"once a picture has run through a TNT"));
    exploration.setTrace(fakeTrace(tnt()));
    EXPECT_FALSE(says(u"is a ViT"));
}

TEST_F(Inner, FiguresHoldTheirNumbers)
{
    EXPECT_EQ(std::get<NdArray>(view.figure().numbers.at(0).values).shape(), (Shape{16, 16}));
    view.setMode(InnerView::Mode::AllPatches);
    EXPECT_EQ(std::get<NdArray>(view.figure().numbers.at(0).values).shape(), (Shape{16, 20}));
    EXPECT_EQ(renderFigure(view.figure(), 1).width(), 650);
}

TEST(InnerPatch, LooksAsItDid)
{
    const InnerPatch patch(fakeTrace(tnt()), 1, 7, {}, Direction::LooksAt);
    QImage image(150, 70, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    patch.paint(painter, QRectF(3, 3, 64, 64), 6, DisplaySettings());  // too small for numbers
    patch.paintMatrix(painter, QRectF(80, 3, 64, 64), 6, ColourMap::Magma);
    painter.end();
    expectBaseline(image, "inner-patch");
}

TEST_F(Inner, ScaleBeginsAtZeroAndAFlatLayerIsCalledUniform)
{
    EXPECT_EQ(patch->patch().range().low, 0);
    EXPECT_FALSE(patch->patch().isUniform());
    EXPECT_FALSE(says(u"uniform"));
    auto trace = std::make_shared<Trace>(*fakeTrace(tnt()));
    std::vector<float> even(static_cast<std::size_t>(trace->innerAttention[0].size()));
    for (std::size_t i = 0; i < even.size(); ++i)
        even[i] = i % 2 ? 0.0626F : 0.0624F;
    trace->innerAttention[0] = NdArray(trace->innerAttention[0].shape(), std::move(even));
    exploration.setTrace(trace);
    EXPECT_TRUE(patch->patch().isUniform());
    EXPECT_TRUE(says(u"uniform"));
    EXPECT_EQ(patch->patch().range().low, 0);
    exploration.setLayer(1);
    EXPECT_FALSE(says(u"uniform"));
}

TEST_F(Inner, WhereNoLayerTellsPixelsApartNoneIsNamed)
{
    EXPECT_TRUE(patch->accessibleDescription().contains(QStringLiteral("most on")));
    auto trace = std::make_shared<Trace>(*fakeTrace(tnt()));
    for (NdArray& layer : trace->innerAttention) {
        const auto shape = layer.shape();
        layer = NdArray(shape, std::vector<float>(static_cast<std::size_t>(layer.size()), 1.0F / float(shape.back())));
    }
    exploration.setTrace(trace);
    EXPECT_TRUE(patch->accessibleDescription().contains(QStringLiteral("uniform: no pixel")));
    EXPECT_FALSE(patch->accessibleDescription().contains(QStringLiteral("most on")));
}

TEST_F(Inner, FirstPatchIsAPatchLikeOthers)
{
    exploration.pin(1);
    EXPECT_EQ(view.patch(), 0);
    exploration.pin(std::nullopt);
    exploration.setTrace(fakeTrace(tnt()));
    EXPECT_EQ(view.patch(), 0) << "another picture keeps it";
}

}  // namespace
