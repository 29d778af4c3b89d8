// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/figure_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>
#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/ui/panels/window_fixture.h"
#include "ui/figure/recipe.h"
#include "ui/panels/side_by_side.h"
#include "ui/panels/when_settled.h"
#include "ui/panels/workspace.h"

namespace vitrine {
namespace {

QByteArray contents(const QString& path)
{
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
    return file.readAll();
}

struct FigurePageTest : MainWindowTest {
    FigurePage* page = nullptr;

    void SetUp() override
    {
        MainWindowTest::SetUp();
        drop({save(QStringLiteral("cat.png"))});
        settle();
        window.exploration().pin(7);
        window.exploration().setLayer(0);
        page = window.findChild<FigurePage*>();
        QTest::keyClick(&window, Qt::Key_E, Qt::ControlModifier);
        ASSERT_TRUE(page->isVisible());
        settle();
    }
    template <typename Widget>
    Widget& named(const char* name)
    {
        for (Widget* each : page->findChildren<Widget*>())
            if (each->accessibleName() == QLatin1String(name))
                return *each;
        throw std::logic_error(name);
    }
    QPushButton& button(const char* text)
    {
        for (QPushButton* each : page->findChildren<QPushButton*>())
            if (each->text() == QString::fromUtf8(text))
                return *each;
        throw std::logic_error(text);
    }
    void press(const char* text) { QTest::mouseClick(&button(text), Qt::LeftButton); }
    QString saved(const QString& name)
    {
        const QString path = folder.filePath(name);
        named<QLineEdit>("File").setText(path);
        press("Save");
        return path;
    }
    QString said()
    {
        QStringList all;
        for (const QLabel* label : page->findChildren<QLabel*>())
            if (label->isVisible())
                all += label->text();
        return all.join(u' ');
    }
    Figure again(const QString& path)
    {
        const QString text = recipeIn(path);
        return madeAgain(figureRecipeFrom(text, path.toStdString()), text,
                         [this](const ModelSource& source, const QString&) { return fakeEngines(control)(source, {}, {}); });
    }
};

TEST_F(FigurePageTest, WritesWhatIsMadeAgainByteForByte)
{
    QLineEdit& title = named<QLineEdit>("Title");
    title.selectAll();
    QTest::keyClicks(&title, QStringLiteral("{picture} in {model}, {layer}"));
    named<QDoubleSpinBox>("Width").setValue(174);
    for (const char* name : {"one.png", "one.svg", "one.pdf"}) {
        const QString file = saved(QString::fromLatin1(name)),
                      other = folder.filePath(QStringLiteral("again-") + QLatin1String(name));
        saveFigure(again(file), other, PrintSize{.millimetres = 174, .dpi = 300});
        EXPECT_TRUE(contents(file) == contents(other)) << name;
    }
    // Several looks: another layer, another method.
    press("+ Add panel");
    window.exploration().setLayer(2);
    press("+ Add panel");
    window.exploration().setMethod(&findMethod("gradcam"));
    settle();
    press("+ Add panel");
    EXPECT_EQ(named<QListWidget>("Panels").count(), 3);
    window.exploration().setLayer(0);
    for (const char* name : {"three.png", "three.svg", "three.pdf"}) {
        const QString file = saved(QString::fromLatin1(name)),
                      other = folder.filePath(QStringLiteral("again-") + QLatin1String(name));
        saveFigure(again(file), other, PrintSize{.millimetres = 174, .dpi = 300});
        EXPECT_TRUE(contents(file) == contents(other)) << name;
    }
    EXPECT_EQ(QImage(folder.filePath(QStringLiteral("three.png"))).width(), qRound(174 / 25.4 * 300));
    const QString svg = QString::fromUtf8(contents(folder.filePath(QStringLiteral("three.svg"))));
    for (const char* part : {"cat.png in vit, 0, 2", "a  layer 0", "b  layer 2", "c  gradcam, layer 2"})
        EXPECT_TRUE(svg.contains(QLatin1String(part))) << part;
    // The recipe alone says the same.
    const QString json = saved(QStringLiteral("three.json")), other = folder.filePath(QStringLiteral("from-json.svg"));
    saveFigure(again(json), other, PrintSize{.millimetres = 174, .dpi = 300});
    EXPECT_TRUE(contents(other) == svg.toUtf8());
}

TEST_F(FigurePageTest, OfAChangedPictureIsMadeAgainAsOfAWholeOne)
{
    Place place = window.exploration().place();
    place.change.erased = {2, 3};
    window.exploration().setPlace(place);
    settle();
    const QString file = saved(QStringLiteral("a.svg")), other = folder.filePath(QStringLiteral("b.svg"));
    saveFigure(again(file), other, PrintSize{.millimetres = 84, .dpi = 300});
    EXPECT_TRUE(contents(file) == contents(other));
    EXPECT_TRUE(contents(file).contains("changed"));
}

TEST_F(FigurePageTest, WithTheScaleOfAComparisonIsMadeAgain)
{
    window.findChild<SideBySide*>()->compareLayers();
    settle();
    Exploration& exploration = window.exploration();
    const auto hasOwnScale = [&] {
        return exploration.map()->range == exploration.map(exploration.layer(), exploration.heads())->range;
    };
    for (int layer = 0; layer < exploration.trace()->layers() && hasOwnScale(); ++layer)
        exploration.setLayer(layer);
    ASSERT_FALSE(hasOwnScale()) << "the other side's weights are larger";
    ASSERT_TRUE(window.showView(QStringLiteral("canvas")));
    QTest::keyClick(&window, Qt::Key_E, Qt::ControlModifier);
    settle();
    const QString file = saved(QStringLiteral("a.svg")), other = folder.filePath(QStringLiteral("b.svg"));
    saveFigure(again(file), other, PrintSize{.millimetres = 84, .dpi = 300});
    EXPECT_TRUE(contents(file) == contents(other));
}

TEST_F(FigurePageTest, WritesNumbersOneALineUnderTheirNames)
{
    press("+ Add panel");
    window.exploration().setLayer(1);
    press("+ Add panel");
    const QString csv = QString::fromUtf8(contents(saved(QStringLiteral("maps.csv"))));
    const QStringList lines = csv.split(QStringLiteral("\r\n"), Qt::SkipEmptyParts);
    ASSERT_EQ(lines.size(), 1 + 2 * 20);
    EXPECT_EQ(lines[0], QStringLiteral("panel,picture,model,map,layer,head,query,class,row,column,value"));
    EXPECT_TRUE(lines[1].startsWith(QStringLiteral("a,cat.png,vit,attention,0,mean of heads,\"patch 1, 1\",,0,0,0.")));
    EXPECT_TRUE(lines[40].startsWith(QStringLiteral("b,cat.png,vit,attention,1,mean of heads,\"patch 1, 1\",,3,4,0.")));
    page->choose(QStringLiteral("predictions"));
    const QByteArray classes = contents(saved(QStringLiteral("classes.csv")));
    EXPECT_TRUE(classes.startsWith("class,probability\r\nkind 0,0.")) << classes.toStdString();
    EXPECT_EQ(classes.count('\n'), 7);
    page->choose(QStringLiteral("heads"));
    const QByteArray heads = contents(saved(QStringLiteral("heads.csv")));
    EXPECT_TRUE(heads.startsWith("layer,head,row,column,value\r\n0,0,0,0,0."));
    EXPECT_EQ(heads.count('\n'), 1 + 3 * 2 * 20);
}

TEST_F(FigurePageTest, PanelsGoWhenTheyAreRemoved)
{
    press("+ Add panel");
    press("+ Add panel");
    EXPECT_EQ(named<QListWidget>("Panels").count(), 2);
    const double two = page->figure().size.height();
    press("Remove");
    press("Remove");
    EXPECT_EQ(named<QListWidget>("Panels").count(), 0);
    EXPECT_NE(page->figure().size.height(), two);
    EXPECT_TRUE(page->figure().paint) << "what is shown now";
}

TEST_F(FigurePageTest, ProposesAFileThatSaysWhatItIs)
{
    QLineEdit& path = named<QLineEdit>("File");
    QComboBox &of = named<QComboBox>("Of"), &format = named<QComboBox>("Format");
    EXPECT_TRUE(path.text().endsWith(QStringLiteral("cat-canvas-layer0-patch-1-1.pdf"))) << path.text().toStdString();
    format.setCurrentIndex(format.findData(QStringLiteral("svg")));
    EXPECT_TRUE(path.text().endsWith(QStringLiteral("cat-canvas-layer0-patch-1-1.svg")));
    page->choose(QStringLiteral("heads"));
    EXPECT_EQ(of.currentText(), QStringLiteral("Heads"));
    EXPECT_TRUE(path.text().endsWith(QStringLiteral("cat-heads-layer0-patch-1-1.svg")));
    path.setText(folder.filePath(QStringLiteral("mine.png")));
    EXPECT_EQ(format.currentData(), QStringLiteral("png")) << "what is typed is the format";
    page->choose(QStringLiteral("canvas"));
    EXPECT_EQ(path.text(), folder.filePath(QStringLiteral("mine.png"))) << "a typed name stays";
    path.setText(folder.filePath(QStringLiteral("mine.v2")));
    EXPECT_FALSE(button("Save").isEnabled());
    const QModelIndex inside = of.model()->index(of.findData(QStringLiteral("inside")), 0);
    EXPECT_FALSE(inside.flags() & Qt::ItemIsEnabled) << "a ViT has nothing to show there";
}

struct FigureOfView : FigurePageTest {
    void SetUp() override
    {
        FigurePageTest::SetUp();
        window.loadModel({QStringLiteral("tnt"), {}, {}});
        settle();
        window.exploration().pin(9);
        window.exploration().setLayer(1);
    }
    /// A view's figure from the page, once all of it is there.
    QString figureOf(const QString& view, const QString& suffix)
    {
        window.showView(view);
        wait(window);
        page->choose(view);
        window.showView(QStringLiteral("figure"));
        wait(window);
        return saved(view + suffix);
    }
    static void wait(MainWindow& of)
    {
        bool settled = false;
        QString problem;
        new WhenSettled(
            of, [&settled] { settled = true; }, [&problem](const QString& said) { problem = said; });
        EXPECT_TRUE(QTest::qWaitFor([&] { return settled || !problem.isEmpty(); }, 30000));
        EXPECT_EQ(problem, QString());
    }
    /// What another window makes of the recipe in a file.
    void expectTheSameAgain(const QString& path)
    {
        const QString text = recipeIn(path);
        const FigureRecipe recipe = figureRecipeFrom(text, path.toStdString());
        MainWindow other{setupOf(control)};
        other.show();
        other.showSession(recipe.panels.front());
        wait(other);
        EXPECT_EQ(other.session().place, recipe.panels.front().place);
        Figure figure = other.figureOf(recipe.view, recipe.style);
        figure.metadata.emplace_back(recipeKey, text);
        const QString again = folder.filePath(QStringLiteral("again.") + QFileInfo(path).suffix());
        saveFigure(figure, again, recipe.style.size);
        EXPECT_EQ(contents(again), contents(path)) << path.toStdString();
    }
};

TEST_F(FigureOfView, IsMadeAgainByteForByte)
{
    // Neither colours nor font are a figure's.
    window.setTheme(Theme::Dark);
    window.setFont(QFont(window.font().family(), window.font().pointSize() + 3));
    const QJsonObject states = QJsonDocument::fromJson(R"({"heads": "entropy", "matrix": "0 to largest",
        "positions": null, "anatomy": 4, "methods": null, "statistics": "cka", "predictions": null,
        "inside": {"of": "all patches", "patch": 3, "head": "inner head 1", "number": "entropy"}})")
                                   .object();
    ASSERT_EQ(states.size(), 8);
    for (const QString& name : states.keys()) {
        SCOPED_TRACE(name.toStdString());
        const QByteArray usual = contents(figureOf(name, QStringLiteral(".svg")));
        if (const QJsonValue state = states.value(name); !state.isNull()) {
            std::ranges::find(window.views(), name, &ViewEntry::name)->restore(state);
            EXPECT_NE(contents(figureOf(name, QStringLiteral(".svg"))), usual);
        }
        expectTheSameAgain(figureOf(name, QStringLiteral(".svg")));
    }
}

TEST_F(FigureOfView, OfWhichNotAllIsComputedSaysSoAndNoRecipe)
{
    // Of the methods only the quick ones beside the picture.
    const QString words = QStringLiteral("not all of it is computed yet");
    page->choose(QStringLiteral("methods"));
    window.showView(QStringLiteral("figure"));
    wait(window);
    ASSERT_FALSE(page->figure().isWhole);
    EXPECT_TRUE(said().contains(words)) << said().toStdString();
    EXPECT_THROW(recipeIn(saved(QStringLiteral("some.svg"))), Error);
    EXPECT_FALSE(QFile::exists(saved(QStringLiteral("some.json"))));
    window.showView(QStringLiteral("methods"));
    wait(window);
    window.showView(QStringLiteral("figure"));
    wait(window);
    EXPECT_FALSE(said().contains(words)) << said().toStdString();
    EXPECT_NO_THROW(recipeIn(saved(QStringLiteral("all.json"))));
}

TEST_F(FigureOfView, OfAComparisonIsMadeAgain)
{
    window.showView(QStringLiteral("compare"));
    wait(window);
    const auto view = std::ranges::find(window.views(), QStringLiteral("compare"), &ViewEntry::name);
    for (const char* part : {"By layer", "Inside a patch", "Maps"}) {
        QJsonObject state = view->state().toObject();
        state.insert(QStringLiteral("of"), QLatin1String(part));
        view->restore(state);
        expectTheSameAgain(figureOf(QStringLiteral("compare"), QStringLiteral(".svg")));
    }
}

TEST_F(FigurePageTest, SaysWhatWentWrongAndAsksBeforeItReplacesAFile)
{
    saved(QStringLiteral("no/such/folder/a.png"));
    EXPECT_TRUE(page->lastPath().isEmpty());
    EXPECT_TRUE(said().contains(QStringLiteral("no/such/folder")));
    const QString there = folder.filePath(QStringLiteral("there.png"));
    ASSERT_TRUE(QImage(3, 3, QImage::Format_RGB32).save(there));
    for (const auto answer : {QMessageBox::No, QMessageBox::Yes}) {
        QTimer::singleShot(0, page, [answer] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            ASSERT_TRUE(box);
            box->button(answer)->click();
        });
        saved(QStringLiteral("there.png"));
        EXPECT_EQ(QImage(there).width() == 3, answer == QMessageBox::No);
    }
    // Ctrl+S writes it there again, without a question.
    ASSERT_TRUE(QFile::remove(there));
    window.activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(&window));
    QTest::keyClick(&window, Qt::Key_S, Qt::ControlModifier);
    EXPECT_TRUE(QFile::exists(there));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("there.png")));
}

TEST(ExportFolder, IsOneThatExists)
{
    const QTemporaryDir folder;
    EXPECT_EQ(exportFolder(folder.path()), folder.path());
    EXPECT_TRUE(QFileInfo(exportFolder(QStringLiteral("/nowhere/at/all"))).isDir());
    EXPECT_TRUE(QFileInfo(exportFolder({})).isDir());
}

}  // namespace
}  // namespace vitrine
