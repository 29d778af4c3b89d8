// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/methods/method_sheet_view.h"

#include <QListView>
#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/fake_trace.h"

namespace vitrine {
namespace {

struct MethodSheetTest : testing::Test {
    MethodSheetTest()
    {
        exploration.setTrace(fakeTrace());
        view.resize(700, 500);
    }
    void provide()
    {
        const ModelSpec& spec = *exploration.trace()->model;
        exploration.provideMap(
            exploration.trace().get(), *view.missingMap(),
            {NdArray({spec.gridHeight(), spec.gridWidth()}, std::vector<float>(static_cast<std::size_t>(spec.patches()), 1.0F)),
             {}});
    }
    Exploration exploration;
    MethodSheetView view{exploration};
    QListView& list = *view.findChild<QListView*>();
};

TEST_F(MethodSheetTest, AsksForMapsOnlyWhileItIsSeen)
{
    QSignalSpy missing(&view, &MethodSheetView::mapMissing);
    EXPECT_FALSE(view.missingMap());
    view.show();
    ASSERT_TRUE(missing.wait());
    ASSERT_TRUE(view.missingMap());
    const Method* first = view.missingMap()->method;
    missing.clear();
    provide();
    EXPECT_NE(view.missingMap()->method, first);
    EXPECT_GT(missing.count(), 0);
    view.hide();
    EXPECT_FALSE(view.missingMap());
}

TEST_F(MethodSheetTest, StopsUntilAnotherPlaceIsLookedAt)
{
    view.show();
    ASSERT_TRUE(QTest::qWaitFor([this] { return view.missingMap().has_value(); }, 30000));
    view.stop();
    EXPECT_FALSE(view.missingMap());
    exploration.setLayer(1);
    EXPECT_TRUE(view.missingMap());
}

class Tiles : public QAbstractListModel {
public:
    int rowCount(const QModelIndex& = {}) const override { return 3; }
    QVariant data(const QModelIndex&, int role) const override
    {
        if (role != Qt::DecorationRole)
            return role == Qt::DisplayRole ? QStringLiteral("legrad") : QVariant();
        ++painted;
        QPixmap tile(104, 104);
        tile.fill(Qt::green);
        return tile;
    }
    mutable int painted = 0;
};

TEST_F(MethodSheetTest, AMapIsPaintedOnlyToBeShownAndAsItIs)
{
    Tiles tiles;
    list.setModel(&tiles);
    list.setCurrentIndex(tiles.index(0));
    const int height = list.sizeHintForIndex(tiles.index(0)).height();
    EXPECT_GT(height, 104);
    Q_EMIT tiles.dataChanged(tiles.index(0), tiles.index(2));
    EXPECT_EQ(tiles.painted, 0);
    const QImage shown = list.grab().toImage();
    EXPECT_EQ(tiles.painted, 3);
    const QRect cell = list.visualRect(tiles.index(0));
    EXPECT_EQ(shown.pixelColor(list.viewport()->mapTo(&list, QPoint(cell.center().x(), cell.top() + height / 3))),
              QColor(Qt::green))
        << "chosen";
}

TEST(MethodSheetModelTest, MayBeAskedBeforeItHearsOfAnotherPass)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    const MethodSheetModel* asked = nullptr;
    QObject::connect(&exploration, &Exploration::traceChanged, &exploration, [&] {
        for (int row = 0; row < asked->rowCount(); ++row)
            EXPECT_FALSE(asked->index(row).data(Qt::DecorationRole).isValid());
    });
    const MethodSheetModel model(exploration);  // connected behind it
    asked = &model;
    exploration.setTrace(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
}

TEST_F(MethodSheetTest, HasWhatSuitsTheModel)
{
    const auto names = [this] {
        QStringList all;
        for (int row = 0; row < list.model()->rowCount(); ++row)
            all.append(list.model()->index(row, 0).data().toString());
        return all;
    };
    EXPECT_TRUE(names().contains(QStringLiteral("chefer")));
    EXPECT_FALSE(names().contains(QStringLiteral("nested-rollout")));
    FakeSize size;
    size.architecture = Architecture::Tnt;
    size.classes = 0;
    exploration.setTrace(fakeTrace(size));
    EXPECT_FALSE(names().contains(QStringLiteral("chefer")));
    EXPECT_TRUE(names().contains(QStringLiteral("nested-rollout")));
}

TEST_F(MethodSheetTest, AClickCoversThePictureWithTheMethod)
{
    view.show();
    const int row = 2;
    const QModelIndex index = list.model()->index(row, 0);
    list.scrollTo(index);
    QTest::mouseClick(list.viewport(), Qt::LeftButton, {}, list.visualRect(index).center());
    ASSERT_NE(exploration.method(), nullptr);
    EXPECT_EQ(QString::fromUtf8(exploration.method()->id), index.data().toString());
    exploration.setMethod(nullptr);
    EXPECT_EQ(list.currentIndex().row(), 0);
}

TEST_F(MethodSheetTest, TheFigureHasTheMapsThatThereAre)
{
    view.show();
    provide();
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 2U) << "the token's attention and one method";
    EXPECT_EQ(figure.numbers.front().name, "token");
    EXPECT_TRUE(figure.title.contains(QStringLiteral("colours from 0 to the number above"))) << "as on the command line";
    EXPECT_GT(figure.size.width(), 100);
}

TEST_F(MethodSheetTest, NamesTheMethodsThatAreNoBetterThanAControl)
{
    MethodSheetModel model(exploration);
    const ModelSpec& spec = *exploration.trace()->model;
    const auto judge = [&](const char* id, double deletion, double insertion) {
        const MapRequest request = *exploration.request(findMethod(id));
        exploration.provideMap(
            exploration.trace().get(), request,
            {NdArray({spec.gridHeight(), spec.gridWidth()}, std::vector<float>(static_cast<std::size_t>(spec.patches()), 1.0F)),
             {}});
        Faithfulness measured;
        measured.deletionArea = deletion;
        measured.insertionArea = insertion;
        exploration.provideJudgement(exploration.trace().get(), {request, *exploration.shownClass(), measured});
    };
    judge("random", 0.5, 0.5);
    judge("gaussian", 0.4, 0.6);
    judge("chefer", 0.1, 0.3);
    judge("rollout", 0.45, 0.55);
    EXPECT_EQ(model.beaten(), QStringList{QStringLiteral("rollout")}) << "worse than the best control in both ways";
    const QModelIndex rollout = model.index(model.rowOf(&findMethod("rollout")));
    EXPECT_EQ(rollout.data().toString(), QStringLiteral("rollout\n0.450 ↓  0.550 ↑"));
    EXPECT_EQ(rollout.data(MethodSheetModel::NameRole).toString(), QStringLiteral("rollout"));
    const int other = *exploration.shownClass() == 0 ? 1 : 0;
    exploration.chooseClass(other);
    EXPECT_EQ(rollout.data().toString(), QStringLiteral("rollout")) << "measured for another class";
    EXPECT_EQ(model.judgedMaps(), 0);
}

}  // namespace
}  // namespace vitrine
