// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/figure/canvas_figure.h"

#include <gmock/gmock.h>

#include "tests/ui/fake_trace.h"
#include "ui/picture/decode.h"
#include "ui/views/figure/figure_recipe.h"

namespace vitrine {
namespace {

struct CanvasFigureTest : testing::Test {
    std::shared_ptr<const Trace> trace = fakeTrace();
    Exploration exploration;

    CanvasFigureTest() { exploration.setTrace(trace); }
    CanvasPart part()
    {
        return canvasPart(exploration, canvasScene(toQImage(trace->picture.view), *trace, CanvasArea::Crop),
                          QStringLiteral("cat.png"));
    }
};

TEST_F(CanvasFigureTest, IsLaidOutForItsWidthOnPaper)
{
    for (const double millimetres : {84.0, 174.0})
        for (const double font : {6.0, 9.0}) {
            const Figure figure = canvasFigure({part(), part()}, {.size = {.millimetres = millimetres}, .font = font});
            // Text is 11 logical pixels high.
            const double points = millimetres / 25.4 * 72 / figure.size.width() * 11;
            EXPECT_NEAR(points, font, 0.01);
        }
}

TEST_F(CanvasFigureTest, SaysInItsTemplatesWhatItShows)
{
    exploration.pin(7);
    exploration.setLayer(1);
    CanvasPart first = part();
    exploration.setLayer(2);
    const FigureStyle style{.title = QStringLiteral("{model} {layer} {query} {unknown} {what"),
                            .caption = QStringLiteral("{what}")};
    EXPECT_EQ(canvasFigure({first, part()}, style).title, QStringLiteral("fake ViT 1, 2 patch 1, 1 {unknown} {what"));
    EXPECT_EQ(canvasFigure({first}, {}).title, QStringLiteral("what patch 1, 1 looks at, layer 1, mean of heads"));
    exploration.setDirection(Direction::LookedAtBy);
    EXPECT_EQ(canvasFigure({part()}, {}).title, QStringLiteral("who looks at patch 1, 1, layer 2, mean of heads"));
    exploration.setTokenMap(TokenMap::Similarity);
    EXPECT_EQ(canvasFigure({part()}, {}).title, QStringLiteral("similarity to patch 1, 1, layer 2"));
    exploration.setTokenMap(TokenMap::Norm);
    EXPECT_EQ(canvasFigure({part()}, {}).title, QStringLiteral("norm, layer 2"));
    exploration.setTokenMap(TokenMap::Components);
    EXPECT_EQ(canvasFigure({part()}, {}).title, QStringLiteral("components, layer 2"));
    EXPECT_EQ(std::get<NdArray>(canvasFigure({part()}, {}).numbers.at(0).values).shape(), (Shape{3, 4, 5}));
}

TEST_F(CanvasFigureTest, MapsOfOneKindShareAScaleWhereThatIsAsked)
{
    CanvasPart small = part(), large = part(), other = part();
    small.map->range = {0, 0.1F};
    large.map->range = {0, 0.8F};
    other.unit = QStringLiteral("norm");
    const auto image = [](std::vector<CanvasPart> parts, bool oneScale) {
        return renderFigure(canvasFigure(std::move(parts), {.title = {}, .labels = {}, .oneScale = oneScale}), 2);
    };
    EXPECT_NE(image({small, large}, true), image({small, large}, false));
    EXPECT_NE(image({small, large}, true).width(), 0);
    CanvasPart scaled = small;
    scaled.map->range = large.map->range;
    EXPECT_EQ(image({scaled, large}, true), image({small, large}, true));
    EXPECT_EQ(image({small, other}, true), image({small, other}, false)) << "different units";
}

TEST_F(CanvasFigureTest, LeavesOutWhatIsNotWanted)
{
    exploration.pin(7);
    const auto image = [&](const FigureStyle& style) { return renderFigure(canvasFigure({part()}, style), 2); };
    const QImage all = image({.grid = true});
    EXPECT_NE(image({.bar = false, .grid = true}), all);
    EXPECT_NE(image({.grid = false}), all);
    EXPECT_NE(image({.grid = true, .marks = false}), all);
    const QImage transparent = image({.grid = true, .transparent = true});
    EXPECT_EQ(qAlpha(transparent.pixel(1, 1)), 0);
    EXPECT_EQ(qAlpha(all.pixel(1, 1)), 255);
    EXPECT_FALSE(canvasFigure({}, {}).paint);
    EXPECT_FALSE(canvasFigure({CanvasPart()}, {}).paint);
}

}  // namespace
}  // namespace vitrine
