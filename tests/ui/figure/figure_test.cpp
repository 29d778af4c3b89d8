// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/figure.h"

#include <QDir>
#include <QFile>
#include <QImageReader>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "ui/figure/print_size.h"
#include "ui/figure/recipe.h"

using namespace vitrine;
using testing::HasSubstr;

namespace {

const QString hostile = QStringLiteral("</title><script>alert(1)</script> & \"quotes\" \u0001 end");

Figure sample()
{
    Figure figure;
    figure.title = hostile;
    figure.size = {200, 100};
    figure.paint = [](QPainter& painter) {
        painter.fillRect(QRectF(0, 0, 100, 100), Qt::red);
        painter.drawText(QPointF(110, 50), QStringLiteral("a < b \u0001 & c"));
        painter.drawLine(QPointF(110, 60), QPointF(190, 60));
    };
    figure.numbers = {{"attention", NdArray({2, 2}, {1, 2, 3, 4})},
                      {"stack", std::vector<NdArray>{NdArray({2}, {1, 2}), NdArray({2}, {3, 4})}},
                      {"grid", std::vector<std::int64_t>{14, 14}}};
    figure.metadata = {{QStringLiteral("model"), QStringLiteral("vit <tiny>")}, {QStringLiteral("layer"), QStringLiteral("5")}};
    return figure;
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
    return file.readAll();
}

class FigureFile : public testing::Test {
protected:
    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    std::string errorOf(const Figure& figure, const QString& where, double scale = 2) const
    {
        try {
            saveFigure(figure, where, scale);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }

private:
    QTemporaryDir m_folder;
};

TEST_F(FigureFile, PngHasItsScaleAndItsSettings)
{
    saveFigure(sample(), path("a.png"), 3);
    QImageReader reader(path("a.png"));
    const QImage image = reader.read();
    EXPECT_EQ(image.size(), QSize(600, 300));
    EXPECT_EQ(image.pixel(150, 150), qRgb(255, 0, 0));
    EXPECT_EQ(image.pixel(590, 290), qRgb(255, 255, 255));
    EXPECT_EQ(image.text(QStringLiteral("model")), u"vit <tiny>");
    EXPECT_EQ(image.text(QStringLiteral("layer")), u"5");
    EXPECT_TRUE(image.text(QStringLiteral("Software")).startsWith(u"Vitrine "));
}

TEST_F(FigureFile, WhatIsDoubtfulStandsAtTheFootInTheSettingsAndWithTheNumbers)
{
    const std::string longOne = "six heads were assumed, " + std::string(100, 'x')
                                + " <b> \x01 and no more than that was known";
    Figure figure = sample();
    figure.size = {400, 100};
    Figure quiet = figure;
    addAssumptions(quiet, {{Severity::Information, "known"}});
    EXPECT_EQ(quiet.size, figure.size);
    EXPECT_EQ(quiet.metadata, figure.metadata);

    addAssumptions(figure,
                   {{Severity::Information, "known"}, {Severity::Doubtful, longOne}, {Severity::Unreliable, "no numbers"}});
    EXPECT_EQ(figure.size.width(), 400);
    EXPECT_GT(figure.size.height(), 150);
    EXPECT_LT(figure.size.height(), 200);
    saveFigure(figure, path("a.png"), 1);
    const QImage image = QImageReader(path("a.png")).read();
    const QString assumed = image.text(QStringLiteral("Assumed"));
    EXPECT_TRUE(assumed.startsWith(u"Doubtful: six heads")) << assumed.toStdString();
    EXPECT_TRUE(assumed.endsWith(u"\nUnreliable: no numbers")) << assumed.toStdString();
    EXPECT_EQ(image.pixel(50, 50), qRgb(255, 0, 0));
    int inked = 0, beyond = 0;
    for (int y = 100; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            inked += image.pixel(x, y) != qRgb(255, 255, 255);
            beyond += image.pixel(x, y) != qRgb(255, 255, 255) && (x < 15 || x > 386);
        }
    EXPECT_GT(inked, 500);
    EXPECT_EQ(beyond, 0);
    saveFigure(figure, path("a.svg"));
    EXPECT_THAT(contents(path("a.svg")).toStdString(),
                testing::AllOf(HasSubstr("Unreliable: no numbers"), HasSubstr("&lt;b&gt;")));
    saveFigure(figure, path("a.pdf"));
    saveFigure(figure, path("a.npz"));
    EXPECT_THAT(contents(path("a.npz")).toStdString(), HasSubstr("assumed.npy"));
}

TEST_F(FigureFile, ASecondModelsDoubtsStandBelowTheFirsts)
{
    Figure figure = sample();
    addAssumptions(figure, {{Severity::Doubtful, "one"}});
    const double height = figure.size.height();
    addAssumptions(figure, {{Severity::Doubtful, "two"}});
    EXPECT_GT(figure.size.height(), height);
    EXPECT_EQ(figure.assumed.size(), 2U);
    EXPECT_EQ(figure.metadata.back().second, u"Doubtful: one\nDoubtful: two");
}

TEST_F(FigureFile, SvgIsWellFormedAndKeepsTextAndLines)
{
    saveFigure(sample(), path("a.svg"));
    QXmlStreamReader xml(contents(path("a.svg")));
    QString title, description, drawn;
    int titles = 0, lines = 0;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement)
            continue;
        EXPECT_NE(xml.name(), u"script");
        lines += xml.name() == u"polyline" || xml.name() == u"line" || xml.name() == u"path";
        if (xml.name() == u"title") {
            ++titles;
            title = xml.readElementText();
        } else if (xml.name() == u"desc") {
            const QString text = xml.readElementText();
            description = description.isEmpty() ? text : description;
        } else if (xml.name() == u"text") {
            drawn += xml.readElementText();
        }
    }
    EXPECT_FALSE(xml.hasError()) << xml.errorString().toStdString();
    EXPECT_EQ(titles, 1);
    QString cleaned = hostile;
    EXPECT_EQ(title, cleaned.remove(QChar(1)));
    EXPECT_TRUE(description.contains(u"model: vit <tiny>"));
    EXPECT_TRUE(drawn.contains(u"a < b")) << drawn.toStdString();
    EXPECT_GT(lines, 0);
}

TEST_F(FigureFile, PdfHasOnePageOfTheFiguresSize)
{
    saveFigure(sample(), path("a.pdf"));
    const QByteArray bytes = contents(path("a.pdf"));
    EXPECT_TRUE(bytes.startsWith("%PDF-"));
    EXPECT_TRUE(bytes.contains("/MediaBox [0 0 150")) << "200 pixels of 1/96 inch are 150 points";
    EXPECT_EQ(bytes.count("/Type /Page\n"), 1);
    EXPECT_TRUE(bytes.contains("/Title"));
    EXPECT_TRUE(bytes.contains("/EmbeddedFile"));
}

TEST_F(FigureFile, IsAsWideOnPaperAsItIsToldInEveryFormat)
{
    const PrintSize column{.millimetres = 84, .dpi = 300};
    saveFigure(sample(), path("a.png"), column);
    const QImage image = QImageReader(path("a.png")).read();
    EXPECT_EQ(image.size(), QSize(992, 496)) << "84 mm at 300 dots an inch";
    EXPECT_EQ(image.dotsPerMeterX(), 11811);
    EXPECT_EQ(image.pixel(490, 490), qRgb(255, 0, 0));
    EXPECT_EQ(image.pixel(985, 490), qRgb(255, 255, 255));
    saveFigure(sample(), path("a.pdf"), column);
    EXPECT_TRUE(contents(path("a.pdf")).contains("/MediaBox [0 0 238")) << "84 mm are 238 points";
    saveFigure(sample(), path("a.svg"), column);
    EXPECT_THAT(contents(path("a.svg")).toStdString(),
                testing::AllOf(testing::ContainsRegex("width=\"8[34]\\.[0-9]+mm\""), HasSubstr("viewBox=\"0 0 200 100\"")));
}

TEST_F(FigureFile, SaysHowItWasMadeInEveryFormat)
{
    const QString recipe = QStringLiteral("{\"arguments\": [\"a <b> & ü\", \"]]> --> (\"]}");
    Figure figure = sample();
    figure.metadata.emplace_back(recipeKey, recipe);
    for (const char* name : {"a.png", "a.svg", "a.pdf"}) {
        saveFigure(figure, path(name));
        EXPECT_EQ(recipeIn(path(name)).toStdString(), recipe.toStdString()) << name;
        saveFigure(sample(), path(name));
        EXPECT_THAT([&] { recipeIn(path(name)); }, testing::ThrowsMessage<Error>(HasSubstr("does not say how it was made")))
            << name;
    }
}

TEST_F(FigureFile, KeepsTheSpacesOfItsRecipe)
{
    const QString recipe = withKeptSpaces(QStringLiteral("{\"title\":\"a  b   c\u00a0d\"}"));
    EXPECT_EQ(recipe, QStringLiteral("{\"title\":\"a \\u0020b \\u0020 c\\u00a0d\"}"));
    EXPECT_EQ(withKeptSpaces(recipe), recipe);
    Figure figure = sample();
    figure.metadata.emplace_back(recipeKey, recipe);
    saveFigure(figure, path("a.png"));
    EXPECT_EQ(recipeIn(path("a.png")), recipe);
}

TEST_F(FigureFile, HasTheSameBytesEachTime)
{
    Figure figure = sample();
    // Two fonts: their order in a PDF was that of a hash table.
    figure.paint = [paint = figure.paint](QPainter& painter) {
        paint(painter);
        painter.setFont(QFont(QStringLiteral("DejaVu Sans"), 12, QFont::Bold));
        painter.drawText(QPointF(10, 20), QStringLiteral("bold"));
    };
    for (const char* name : {"a.png", "a.svg", "a.pdf"}) {
        saveFigure(figure, path(name));
        const QByteArray first = contents(path(name));
        saveFigure(figure, path(name));
        EXPECT_EQ(first, contents(path(name))) << name;
    }
    EXPECT_TRUE(contents(path("a.pdf")).contains("/CreationDate (D:20000101000000Z)"));
}

TEST_F(FigureFile, NumbersAreTheArraysBehindThePicture)
{
    saveFigure(sample(), path("a.csv"));
    const QByteArray csv = contents(path("a.csv")).replace("\r\n", "\n");
    EXPECT_EQ(csv, "1,2\n3,4\n");
    saveFigure(sample(), path("a.npy"));
    EXPECT_TRUE(contents(path("a.npy")).startsWith("\x93NUMPY"));
    saveFigure(sample(), path("a.npz"));
    for (const char* name : {"attention.npy", "stack.npy", "grid.npy"})
        EXPECT_TRUE(contents(path("a.npz")).contains(name));

    Figure stack = sample();
    stack.numbers.erase(stack.numbers.begin());
    saveFigure(stack, path("stack.csv"));
    EXPECT_EQ(contents(path("stack.csv")).replace("\r\n", "\n"), "1,2\n3,4\n");
    stack.numbers.erase(stack.numbers.begin());
    saveFigure(stack, path("grid.csv"));
    EXPECT_EQ(contents(path("grid.csv")).replace("\r\n", "\n"), "14,14\n");
}

TEST_F(FigureFile, NothingHalfIsLeftBehind)
{
    EXPECT_THAT(errorOf(sample(), path("missing/a.png")), HasSubstr("missing"));
    QDir().mkdir(path("folder.svg"));
    EXPECT_THAT(errorOf(sample(), path("folder.svg")), HasSubstr("folder"));
    saveFigure(sample(), path("a.png"));
    const QByteArray before = contents(path("a.png"));
    Figure broken = sample();
    broken.paint = [](QPainter&) { throw Error("no picture"); };
    EXPECT_THAT(errorOf(broken, path("a.png")), HasSubstr("no picture"));
    EXPECT_EQ(contents(path("a.png")), before);
    EXPECT_EQ(QDir(QFileInfo(path("a.png")).path()).entryList(QDir::Files | QDir::Hidden),
              QStringList{QStringLiteral("a.png")});
}

TEST_F(FigureFile, WhatCannotBeDoneIsSaid)
{
    EXPECT_THAT(errorOf(sample(), path("a.bmp")), HasSubstr(".png, .svg, .pdf, .csv, .npy, .npz"));
    EXPECT_THAT(errorOf(sample(), path("a")), HasSubstr("suffix"));
    EXPECT_THAT(errorOf(sample(), path("a.png"), 200), HasSubstr("40000 x 20000"));
    EXPECT_THAT(errorOf(sample(), path("a.png"), 0), HasSubstr("scale"));
    Figure none = sample();
    none.numbers.clear();
    EXPECT_THAT(errorOf(none, path("a.csv")), HasSubstr("no numbers"));
}

TEST(Figure, HasItsTitleOnce)
{
    Figure figure;
    figure.title = QStringLiteral("What CLS looks at");
    figure.paint = [](QPainter&) {};
    const double before = figure.size.height();
    EXPECT_GT(framed(figure, figure.title, {}).size.height(), before);
    figure.showsTitle = true;
    EXPECT_EQ(framed(figure, figure.title, {}).size.height(), before);
    EXPECT_GT(framed(figure, QStringLiteral("Another one"), {}).size.height(), before);
}

TEST(Figure, RendersAtAnyScale)
{
    const QImage image = renderFigure(sample(), 0.5);
    EXPECT_EQ(image.size(), QSize(100, 50));
    EXPECT_EQ(image.devicePixelRatio(), 1);
    EXPECT_EQ(image.pixel(20, 20), qRgb(255, 0, 0));
}

}  // namespace
