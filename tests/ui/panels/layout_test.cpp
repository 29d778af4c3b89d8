// SPDX-License-Identifier: GPL-3.0-or-later
// Where things are in the window, and how one gets from one to another.
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QMenuBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QToolBar>

#include <algorithm>
#include <cmath>
#include <span>

#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/figure_page.h"
#include "ui/panels/palette_places.h"
#include "ui/panels/side_panel.h"
#include "ui/panels/tour.h"
#include "ui/panels/workspace.h"
#include "ui/panels/zoom_readout.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/inner/inside_page.h"
#include "ui/views/parts/layer_bars.h"

namespace vitrine {
namespace {

TEST_F(MainWindowTest, ThePictureHasTheRoom)
{
    control->size.gridHeight = control->size.gridWidth = 4;
    window.loadModel({QStringLiteral("square"), {}, {}});
    drop({save(QStringLiteral("cat.png"), 64, 64)});
    settle();
    for (const auto& [size, share] : {std::pair(QSize(1440, 900), 0.25), {QSize(1024, 640), 0.18}, {QSize(1920, 1080), 0.25}}) {
        window.resize(size);
        QTest::qWait(1);
        ASSERT_EQ(window.size(), size) << "it fits";
        const CanvasView& canvas = window.canvasPanel().canvas();
        const QRectF picture = canvas.pictureRect().intersected(QRectF(canvas.rect()));
        EXPECT_NEAR(picture.width(), picture.height(), 1) << "a square";
        EXPECT_GE(picture.width() * picture.height() / (size.width() * size.height()), share) << size.width();
    }
}

TEST_F(MainWindowTest, AFullScreenBelongsToThePageAndItsKeysGoOn)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    const auto& bar = *window.findChild<QToolBar*>();
    const auto surroundings = [&] {
        return std::array{bar.isVisible(), window.statusBar()->isVisible(), window.workspace().pictures()->isVisible(),
                          window.menuBar()->height() > 0};
    };
    EXPECT_EQ(surroundings(), (std::array{true, true, true, true}));
    CanvasView& canvas = window.canvasPanel().canvas();
    const int before = canvas.height();
    QTest::keyClick(&canvas, Qt::Key_F11);
    EXPECT_TRUE(QTest::qWaitFor([&] { return window.isFullScreen() && canvas.height() > before; }, 30000));
    EXPECT_EQ(surroundings(), (std::array{false, false, false, false}));
    QTest::keyClick(&canvas, Qt::Key_F11);
    EXPECT_TRUE(QTest::qWaitFor([&] { return !window.isFullScreen() && canvas.height() == before; }, 30000));
    EXPECT_EQ(surroundings(), (std::array{true, true, true, true}));

    window.workspace().pictures()->hide();
    window.showFullScreen();
    window.showNormal();
    EXPECT_EQ(surroundings(), (std::array{true, true, false, true})) << "what a person has hidden stays so";
}

TEST_F(MainWindowTest, TabsShowPagesAndThePictureStaysInSight)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    auto* tabs = window.findChild<QTabBar*>(QStringLiteral("pages"));
    ASSERT_TRUE(tabs);
    for (int tab = 1; tab < tabs->count(); ++tab) {
        if (!tabs->isTabVisible(tab))
            continue;
        QTest::mouseClick(tabs, Qt::LeftButton, {}, tabs->tabRect(tab).center());
        EXPECT_EQ(window.workspace().pages().currentIndex(), tab);
        const QString page = window.workspace().page();
        EXPECT_EQ(window.findChild<SidePanel*>()->picture().isVisible(),
                  page != QStringLiteral("compare") && page != QStringLiteral("figure"))
            << page.toStdString();
    }
    window.showView(QStringLiteral("heads"));
    // What is hovered there is seen on every page.
    CanvasView& small = window.findChild<SidePanel*>()->picture();
    moveMouse(small, small.patchRect(5).center());
    EXPECT_EQ(window.exploration().hovered(), window.exploration().trace()->model->prefixTokens() + 5);
    QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_EQ(window.workspace().page(), QStringLiteral("canvas"));
    EXPECT_FALSE(small.isVisible());
    EXPECT_TRUE(window.canvasPanel().canvas().isVisible());
}

TEST_F(MainWindowTest, WhatDoesNotApplyIsNotThere)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    EXPECT_FALSE(window.showView(QStringLiteral("inside")));
    QTest::keyClick(&window, Qt::Key_4, Qt::ControlModifier);
    EXPECT_EQ(window.workspace().page(), QStringLiteral("canvas"));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("Choose a TNT")));
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    settle();
    EXPECT_TRUE(window.showView(QStringLiteral("inside")));
    window.loadModel({QStringLiteral("vit"), {}, {}});
    settle();
    EXPECT_EQ(window.workspace().page(), QStringLiteral("canvas")) << "its page has gone";
}

TEST_F(MainWindowTest, APatchOfATntOpensAndEscapeLeavesIt)
{
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    drop({save(QStringLiteral("cat.png"))});
    settle();
    CanvasView& canvas = window.canvasPanel().canvas();
    const int prefix = window.exploration().trace()->model->prefixTokens();
    QTest::mouseDClick(&canvas, Qt::LeftButton, {}, canvas.patchRect(7).center().toPoint());
    EXPECT_EQ(window.workspace().page(), QStringLiteral("inside"));
    EXPECT_EQ(window.exploration().pinned(), prefix + 7);
    QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_EQ(window.workspace().page(), QStringLiteral("canvas"));
    EXPECT_EQ(window.exploration().pinned(), prefix + 7) << "one step at a time";
    canvas.setFocus();
    QTest::keyClick(&canvas, Qt::Key_Return);
    EXPECT_EQ(window.workspace().page(), QStringLiteral("inside"));
    auto* page = window.findChild<InsidePage*>();
    LayerBars& bars = page->bars();
    QTest::mouseClick(&bars, Qt::LeftButton, {}, bars.columnRect(2).center().toPoint());
    EXPECT_EQ(window.exploration().layer(), 2);
}

TEST_F(MainWindowTest, WhatIsSaidOfKeysNamesCommandsThatThereAre)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    WhatIf change;
    change.erased = {3};
    window.exploration().setChange(change);
    settle();
    // Its templates have braces of their own.
    const auto* figurePage = window.findChild<FigurePage*>();
    ASSERT_TRUE(figurePage);
    for (const QWidget* part : window.findChildren<QWidget*>())
        EXPECT_FALSE(part->toolTip().contains(u'{') && !figurePage->isAncestorOf(part)) << part->toolTip().toStdString();
    bool found = false;
    for (const QLabel* label : window.findChildren<QLabel*>()) {
        EXPECT_FALSE(label->text().contains(u'{') && !figurePage->isAncestorOf(label)) << label->text().toStdString();
        found = found || label->text().contains(QStringLiteral("Shift+E restores"));
    }
    EXPECT_TRUE(found);
}

TEST_F(MainWindowTest, APatchOpensInALayerThatTellsItsPixelsApart)
{
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    drop({save(QStringLiteral("cat.png"))});
    settle();
    Exploration& exploration = window.exploration();
    auto trace = std::make_shared<Trace>(*exploration.trace());
    const auto shape = trace->innerAttention[1].shape();
    for (const std::size_t layer : {std::size_t{1}, std::size_t{2}})
        trace->innerAttention[layer] = NdArray(shape,
                                               std::vector<float>(static_cast<std::size_t>(trace->innerAttention[layer].size()),
                                                                  1.0F / static_cast<float>(shape.back())));
    exploration.setTrace(trace);
    exploration.setLayer(2);
    window.showView(QStringLiteral("inside"));
    EXPECT_EQ(exploration.layer(), 0) << "even in the others";
    window.showView(QStringLiteral("heads"));
    EXPECT_EQ(exploration.layer(), 2) << "where it was";
    window.showView(QStringLiteral("inside"));
    exploration.setLayer(1);
    window.showView(QStringLiteral("canvas"));
    EXPECT_EQ(exploration.layer(), 1) << "what a person chose stays";
}

TEST_F(MainWindowTest, TheLineUnderThePictureSaysWhatTheMapSays)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    Exploration& exploration = window.exploration();
    changeDisplay(exploration, [](auto& display) { display.ignoreOutliers = false; });
    exploration.setPlace({1, {HeadFusion::Single, 1, {}}, 3, Direction::LooksAt, {}});
    const ModelSpec& spec = *exploration.trace()->model;
    const std::vector<float> weights = exploration.map()->values;
    const auto most = static_cast<int>(std::ranges::max_element(weights) - weights.begin());
    const QString said = window.canvasPanel().sentence();
    EXPECT_TRUE(said.startsWith(QStringLiteral("%1 looks most at %2")
                                    .arg(QString::fromStdString(spec.tokenName(3)),
                                         QString::fromStdString(spec.tokenName(spec.prefixTokens() + most)))))
        << said.toStdString();
    EXPECT_TRUE(said.contains(QStringLiteral("layer 1, head 1"))) << said.toStdString();
    const std::vector<float> row = attentionOf(exploration.attention(1), {HeadFusion::Single, 1, {}}, 3, Direction::LooksAt);
    EXPECT_TRUE(said.contains(QStringLiteral(" · %1 % on CLS · ").arg(100.0 * static_cast<double>(row.front()), 0, 'f', 0)))
        << said.toStdString();
    exploration.setMethod(&findMethod("rollout"));
    EXPECT_TRUE(window.canvasPanel().sentence().startsWith(QString::fromUtf8(findMethod("rollout").sentence)));
}

TEST_F(MainWindowTest, TheTourLeadsThroughTheArticleAndChangesOnlyWhatIsLookedAt)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    auto* tour = window.findChild<TourCard*>();
    ASSERT_TRUE(tour);
    EXPECT_FALSE(tour->isVisible()) << "where nothing is kept it does not begin by itself";
    const auto press = [&](const QString& text) {
        for (QPushButton* button : tour->findChildren<QPushButton*>())
            if (button->text() == text)
                QTest::mouseClick(button, Qt::LeftButton);
    };
    for (QAction* action : window.findChildren<QAction*>())
        if (action->text() == QStringLiteral("&Tour"))
            action->trigger();
    ASSERT_TRUE(tour->isVisible());
    QStringList pages;
    const QPoint corner = tour->geometry().bottomRight();
    for (int step = 0; step < 6; ++step) {
        EXPECT_EQ(tour->step(), step);
        settle();
        pages.append(window.workspace().page());
        EXPECT_TRUE(window.rect().contains(QRect(tour->mapTo(&window, QPoint()), tour->size()))) << step;
        EXPECT_EQ(tour->geometry().bottomRight(), corner) << "its buttons stay under the mouse";
        const QWidget* seen = window.childAt(tour->mapTo(&window, tour->rect().center()));
        EXPECT_TRUE(seen == tour || tour->isAncestorOf(seen)) << "nothing lies over it in step " << step;
        press(step < 5 ? QStringLiteral("Next") : QStringLiteral("Done"));
    }
    EXPECT_EQ(pages, (QStringList{QStringLiteral("canvas"), QStringLiteral("positions"), QStringLiteral("canvas"),
                                  QStringLiteral("heads"), QStringLiteral("canvas"), QStringLiteral("inside")}));
    EXPECT_EQ(window.exploration().trace()->model->architecture, Architecture::Tnt) << "the last step needs one";
    EXPECT_FALSE(tour->isVisible());
}

TEST_F(MainWindowTest, ThePaletteFindsLayersHeadsClassesAndPictures)
{
    drop({save(QStringLiteral("cat & dog.png"))});
    settle();
    QObject owner;
    int picked = -1;
    const std::vector<ActionGroup> groups = placesToGo(
        window.exploration(), window.pictures(), [&](int row) { picked = row; }, &owner);
    const auto run = [&](const QString& text) {
        for (const ActionGroup& group : groups)
            for (QAction* action : group.actions)
                if (plainText(*action) == text) {
                    action->trigger();
                    return true;
                }
        return false;
    };
    EXPECT_TRUE(run(QStringLiteral("layer 2")));
    EXPECT_EQ(window.exploration().layer(), 2);
    EXPECT_TRUE(run(QStringLiteral("head 1")));
    EXPECT_EQ(window.exploration().heads(), (HeadChoice{HeadFusion::Single, 1, {}}));
    EXPECT_TRUE(run(QString::fromStdString(window.exploration().trace()->model->label(4))));
    EXPECT_EQ(window.exploration().chosenClass(), 4);
    EXPECT_TRUE(run(QStringLiteral("cat & dog.png")));
    EXPECT_EQ(picked, 0);
}

TEST_F(MainWindowTest, AScreenReaderFindsThePatches)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    CanvasView& canvas = window.canvasPanel().canvas();
    QAccessibleInterface* picture = QAccessible::queryAccessibleInterface(&canvas);
    ASSERT_TRUE(picture);
    const ModelSpec& spec = *window.exploration().trace()->model;
    ASSERT_GE(picture->childCount(), spec.patches());
    QAccessibleInterface* patch = picture->child(picture->childCount() - spec.patches() + 7);
    ASSERT_TRUE(patch && patch->isValid());
    EXPECT_EQ(patch->text(QAccessible::Name), QString::fromStdString(spec.tokenName(spec.prefixTokens() + 7)));
    EXPECT_TRUE(patch->text(QAccessible::Value).startsWith(QStringLiteral("attention ")));
    EXPECT_EQ(picture->indexOfChild(patch), picture->childCount() - spec.patches() + 7);
    const QPoint middle = patch->rect().center();
    EXPECT_EQ(canvas.mapFromGlobal(middle), canvas.patchRect(7).toAlignedRect().center());
    patch->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    EXPECT_EQ(window.exploration().pinned(), spec.prefixTokens() + 7);
    EXPECT_TRUE(patch->state().selected);
}

TEST_F(MainWindowTest, SimilarityAndNormsAreMapsLikeAnyOther)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    Exploration& exploration = window.exploration();
    exploration.setPlace({1, {}, 3, Direction::LooksAt, {}});
    exploration.setTokenMap(TokenMap::Similarity);
    ASSERT_TRUE(exploration.map());
    const int prefix = exploration.trace()->model->prefixTokens();
    EXPECT_FLOAT_EQ(exploration.map()->values[static_cast<std::size_t>(3 - prefix)], 1) << "with itself";
    EXPECT_TRUE(exploration.map()->isSigned);
    EXPECT_TRUE(window.canvasPanel().sentence().contains(QStringLiteral("layer 1")));
    exploration.setTokenMap(TokenMap::Norm);
    const std::span<const float> token = (exploration.trace()->tokens[2])[prefix].values();
    double sum = 0;
    for (const float value : token)
        sum += static_cast<double>(value) * static_cast<double>(value);
    EXPECT_NEAR(exploration.map()->values[0], std::sqrt(sum), 1e-4);
    window.canvasPanel().canvas().setFocus();
    for (int presses = 0; presses < 4 && !exploration.showsAttention(); ++presses)
        QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_TRUE(exploration.showsAttention());
}

TEST_F(MainWindowTest, TheMapSelectorHasWhatTheModelHas)
{
    FakeSize pools;
    pools.pooling = true;
    pools.learnedPositions = false;
    control->sizes["siglip"] = pools;
    drop({save(QStringLiteral("cat.png"))});
    settle();
    QComboBox* maps = nullptr;
    for (QComboBox* box : window.findChildren<QComboBox*>())
        if (box->accessibleName() == QStringLiteral("Map"))
            maps = box;
    ASSERT_TRUE(maps);
    EXPECT_TRUE(window.workspace().isAvailable(QStringLiteral("positions")));
    EXPECT_LT(maps->findText(QStringLiteral("pooling")), 0);
    const auto choose = [&](const QString& name) {
        const int index = maps->findText(name);
        ASSERT_GE(index, 0) << name.toStdString();
        maps->setCurrentIndex(index);
        Q_EMIT maps->activated(index);
        settle();
        EXPECT_EQ(maps->currentText(), name);
        EXPECT_TRUE(window.exploration().map()) << name.toStdString();
    };
    choose(QStringLiteral("token components"));
    EXPECT_FALSE(window.exploration().map()->colours.empty());
    choose(QStringLiteral("lens"));
    EXPECT_EQ(window.exploration().method(), &findMethod("lens"));
    window.loadModel({QStringLiteral("siglip"), {}, {}});
    settle();
    choose(QStringLiteral("pooling"));
    EXPECT_TRUE(window.canvasPanel().sentence().contains(QStringLiteral("probe")));
    EXPECT_FALSE(window.workspace().isAvailable(QStringLiteral("positions"))) << "it has learnt none";
    EXPECT_FALSE(window.showView(QStringLiteral("positions")));
}

TEST_F(MainWindowTest, WithoutAHeadWhatIsAlikeFollowsTheMouse)
{
    FakeSize headless;
    headless.classes = 0;
    control->sizes["dino"] = headless;
    window.loadModel({QStringLiteral("dino"), {}, {}});
    drop({save(QStringLiteral("cat.png"))});
    settle();
    Exploration& exploration = window.exploration();
    EXPECT_EQ(exploration.tokenMap(), TokenMap::Similarity);
    CanvasView& canvas = window.canvasPanel().canvas();
    for (const int patch : {3, 12}) {
        moveMouse(canvas, canvas.patchRect(patch).center());
        EXPECT_FLOAT_EQ(canvas.shownMap()->values[static_cast<std::size_t>(patch)], 1) << "with itself";
    }
}

TEST_F(MainWindowTest, TheZoomIsReadInTheStatusBarAndAClickFits)
{
    auto* readout = window.findChild<ZoomReadout*>();
    ASSERT_TRUE(readout);
    EXPECT_FALSE(readout->isVisible()) << "there is no picture";
    drop({save(QStringLiteral("cat.png"), 400, 300)});
    settle();
    ASSERT_TRUE(readout->isVisible());
    CanvasView& canvas = window.canvasPanel().canvas();
    const QString fitted = readout->text();
    EXPECT_EQ(fitted, QStringLiteral("%1 %").arg(100 * canvas.zoomPan().zoom(), 0, 'f', 0));
    turnWheel(canvas, QRectF(canvas.rect()).center(), 120);
    EXPECT_NE(readout->text(), fitted);
    QTest::mouseClick(readout, Qt::LeftButton);
    EXPECT_TRUE(canvas.zoomPan().isFitted());
    EXPECT_EQ(readout->text(), fitted);
    QTest::mouseClick(readout, Qt::LeftButton);
    EXPECT_EQ(readout->text(), QStringLiteral("100 %"));
    EXPECT_FALSE(readout->toolTip().contains(u'{')) << "it names the keys";
    window.showView(QStringLiteral("matrix"));
    EXPECT_FALSE(readout->isVisible());
}

}  // namespace
}  // namespace vitrine
