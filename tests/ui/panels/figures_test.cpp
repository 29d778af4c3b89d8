// SPDX-License-Identifier: GPL-3.0-or-later
// What every view exports is the same picture in every format.
#include <QFile>
#include <QProcess>
#include <QSet>
#include <QStandardPaths>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/baseline.h"
#include "tests/ui/fake_engine.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/main_window.h"
#include "ui/panels/side_by_side.h"
#include "ui/views/inner/inner_view.h"

namespace vitrine {
namespace {

constexpr double scale = 2;

/// Means of squares of 8 x 8 pixels: what another way to draw an edge or a letter does not change.
std::vector<std::array<double, 3>> squares(const QImage& image)
{
    constexpr int side = 8;
    std::vector<std::array<double, 3>> result;
    for (int top = 0; top + side <= image.height(); top += side)
        for (int left = 0; left + side <= image.width(); left += side) {
            std::array<double, 3> sum{};
            for (int i = 0; i < side * side; ++i) {
                const QRgb pixel = image.pixel(left + i % side, top + i / side);
                sum[0] += qRed(pixel);
                sum[1] += qGreen(pixel);
                sum[2] += qBlue(pixel);
            }
            for (double& channel : sum)
                channel /= side * side;
            result.push_back(sum);
        }
    return result;
}

/// The part of the squares that differ by much.
double disagreement(const QImage& a, const QImage& b)
{
    constexpr double much = 28;
    const auto first = squares(a), second = squares(b);
    if (first.size() != second.size() || first.empty())
        return 1;
    int different = 0;
    for (std::size_t i = 0; i < first.size(); ++i)
        for (std::size_t channel = 0; channel < 3; ++channel)
            if (std::abs(first[i][channel] - second[i][channel]) > much) {
                ++different;
                break;
            }
    return static_cast<double>(different) / static_cast<double>(first.size());
}

QImage fromSvg(const QString& path, const QSize& size)
{
    QSvgRenderer renderer(path);
    EXPECT_TRUE(renderer.isValid());
    QImage image(size, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    renderer.render(&painter, QRectF(image.rect()));
    return image;
}

/// Null where nothing on this machine renders PDF.
QImage fromPdf(const QString& path, const QSize& size)
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("pdftoppm"));
    if (program.isEmpty())
        return {};
    QProcess::execute(program, {QStringLiteral("-png"), QStringLiteral("-singlefile"), QStringLiteral("-r"),
                                QString::number(qRound(96 * scale)), path, path});
    return QImage(path + QStringLiteral(".png")).scaled(size).convertToFormat(QImage::Format_RGB32);
}

/// Halves, thirds and corners that no part of the picture has in common with another.
QImage pattern(int width, int height)
{
    QImage image(width, height, QImage::Format_RGB32);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            image.setPixel(x, y, qRgb(255 * x / width, 255 * y / height, (x / 16 + y / 16) % 2 ? 230 : 20));
    return image;
}

struct ExportedFigures : testing::Test {
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    QTemporaryDir folder;
    std::unique_ptr<MainWindow> window;

    void SetUp() override
    {
        control->size.gridHeight = control->size.gridWidth = 4;  // the crop is a square, the picture is not
        WindowSetup setup;
        setup.engines = fakeEngines(control);
        setup.models = {{QStringLiteral("vit"), QStringLiteral("ViT")}, {QStringLiteral("tnt"), QStringLiteral("TNT")}};
        setup.persistent = false;
        window = std::make_unique<MainWindow>(std::move(setup));
        window->resize(1280, 800);
        window->show();
        const QString path = folder.filePath(QStringLiteral("pattern.png"));
        ASSERT_TRUE(pattern(451, 300).save(path));
        window->loadModel({QStringLiteral("tnt"), {}, {}});
        window->openFiles({path});
        ASSERT_TRUE(QTest::qWaitFor([this] { return window->isIdle() && window->exploration().trace(); }, 30000));
        window->exploration().pin(6);
    }
    const ViewEntry& view(const QString& name) const { return *std::ranges::find(window->views(), name, &ViewEntry::name); }
    void expectAgreement(const QString& name, const QString& variant = {})
    {
        const Figure figure = view(name).figure();
        ASSERT_TRUE(figure.paint) << name.toStdString();
        const QString file = folder.filePath(name + variant), full = name + variant;
        const QImage png = renderFigure(figure, scale);
        QSet<QRgb> colours;
        for (int y = 0; y < png.height(); y += 3)
            for (int x = 0; x < png.width(); x += 3)
                colours.insert(png.pixel(x, y));
        EXPECT_GT(colours.size(), 12) << full.toStdString() << " is not empty";
        saveFigure(figure, file + QStringLiteral(".svg"));
        saveFigure(figure, file + QStringLiteral(".pdf"));
        const QImage svg = fromSvg(file + QStringLiteral(".svg"), png.size());
        const double differs = disagreement(png, svg);
        EXPECT_LT(differs, 0.02) << (differs < 0.02 ? std::string()
                                                    : leavePicture(png, full) + " and "
                                                          + leavePicture(svg, full + QStringLiteral("-svg")));
        const QImage pdf = fromPdf(file + QStringLiteral(".pdf"), png.size());
        if (pdf.isNull())
            return;
        const double pdfDiffers = disagreement(png, pdf);
        // An edge may lie half a pixel elsewhere, which small maps have many of.
        EXPECT_LT(pdfDiffers, 0.06) << (pdfDiffers < 0.06 ? std::string()
                                                          : leavePicture(png, full) + " and "
                                                                + leavePicture(pdf, full + QStringLiteral("-pdf")));
    }
};

TEST_F(ExportedFigures, OfEveryViewAgreeInEveryFormat)
{
    window->findChild<SideBySide*>()->compareLayers();
    for (const ViewEntry& each : window->views()) {
        window->showView(each.name);
        QTest::qWait(1);
        ASSERT_TRUE(QTest::qWaitFor([&] { return static_cast<bool>(each.figure().paint); }, 30000)) << each.name.toStdString();
        expectAgreement(each.name);
    }
}

TEST_F(ExportedFigures, OfThePictureAgreeInEveryPartOfIt)
{
    for (const CanvasArea area : {CanvasArea::Crop, CanvasArea::Whole, CanvasArea::Pixels}) {
        window->canvasPanel().canvas().setArea(area);
        expectAgreement(QStringLiteral("canvas"), QString::number(static_cast<int>(area)));
    }
}

TEST_F(ExportedFigures, OfAllInnerTokensAgree)
{
    window->findChild<InnerView*>()->setMode(InnerView::Mode::AllPatches);
    expectAgreement(QStringLiteral("inside"), QStringLiteral("-all"));
}

TEST_F(ExportedFigures, OfThePictureShowTheCropUnderTheMap)
{
    DisplaySettings display = window->exploration().display();
    display.heatmap = false;
    display.grid = false;
    window->exploration().setDisplay(display);
    window->exploration().pin(0);
    const QImage png = renderFigure(view(QStringLiteral("canvas")).figure(), 1);
    const CropRect crop = window->exploration().trace()->picture.crop;
    // The red of the pattern is where the pixel lies in the whole picture.
    EXPECT_NEAR(qRed(png.pixel(24, 300)), 255 * crop.x / 451, 12);
    EXPECT_NEAR(qRed(png.pixel(600, 300)), 255 * (crop.x + crop.width) / 451, 12);
}

TEST_F(ExportedFigures, OfWhatHasNothingToShowAreNone)
{
    EXPECT_FALSE(view(QStringLiteral("compare")).figure().paint);
    window->loadModel({QStringLiteral("vit"), {}, {}});
    ASSERT_TRUE(QTest::qWaitFor([this] { return window->isIdle(); }, 30000));
    EXPECT_FALSE(view(QStringLiteral("inside")).figure().paint);
    EXPECT_TRUE(view(QStringLiteral("heads")).figure().paint);
}

}  // namespace
}  // namespace vitrine
