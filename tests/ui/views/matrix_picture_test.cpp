// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/matrix/matrix_picture.h"

#include <cmath>

#include <QImage>
#include <gtest/gtest.h>

#include "tests/ui/baseline.h"
#include "tests/ui/fake_trace.h"

using namespace vitrine;

namespace {

/// 5 x 5: CLS and a grid of 2 x 2.
MatrixPicture picture(MatrixScale scale, std::vector<float> values)
{
    FakeSize size;
    size.gridHeight = size.gridWidth = 2;
    return {NdArray({5, 5}, std::move(values)), fakeSpec(size), scale, ColourMap::Grey};
}

std::vector<float> ramp()
{
    std::vector<float> values;
    for (int i = 0; i < 25; ++i)
        values.push_back(std::pow(10.0F, -static_cast<float>(i) / 6));
    return values;
}

TEST(MatrixPicture, FullScaleRunsFromZeroToTheLargest)
{
    const MatrixPicture full = picture(MatrixScale::Full, ramp());
    EXPECT_EQ(full.range(), (ValueRange{0, 1}));
    EXPECT_EQ(qRed(full.image().pixel(0, 0)), 255);
    EXPECT_EQ(full.at(0, 3), ramp()[3]);
}

TEST(MatrixPicture, LogarithmicScaleSpacesDecadesEvenly)
{
    const MatrixPicture log = picture(MatrixScale::Logarithmic, ramp());
    EXPECT_EQ(log.colourScale(), ColourScale::Logarithmic);
    EXPECT_GT(log.range().low, 0);
    const int step = qRed(log.image().pixel(1, 0)) - qRed(log.image().pixel(2, 0));
    for (int i = 3; i < 22; ++i) {
        const int here = qRed(log.image().pixel((i - 1) % 5, (i - 1) / 5)), next = qRed(log.image().pixel(i % 5, i / 5));
        EXPECT_NEAR(here - next, step, 1) << i;
    }
}

TEST(MatrixPicture, PercentileScaleIgnoresOneOutlier)
{
    std::vector<float> values(25, 0.01F);
    for (int i = 0; i < 24; ++i)
        values[static_cast<std::size_t>(i)] += 0.0001F * static_cast<float>(i);
    values[24] = 1;
    EXPECT_LT(picture(MatrixScale::Percentile, values).range().high, 0.9F);
}

TEST(MatrixPicture, NothingButZerosIsStillARange)
{
    for (const MatrixScale scale : {MatrixScale::Logarithmic, MatrixScale::Percentile, MatrixScale::Full}) {
        const MatrixPicture zeros = picture(scale, std::vector<float>(25));
        EXPECT_GT(zeros.range().high, zeros.range().low);
        EXPECT_EQ(zeros.image().size(), QSize(5, 5));
    }
}

TEST(MatrixPicture, PaintsCellsAndALineAfterThePrefix)
{
    const MatrixPicture full = picture(MatrixScale::Full, std::vector<float>(25, 0.0F));
    QImage image(200, 200, QImage::Format_RGB32);
    image.fill(Qt::red);
    QPainter painter(&image);
    full.paint(painter, QRectF(0, 0, 45, 45), QRectF(0, 0, 200, 200));
    painter.end();
    EXPECT_EQ(image.pixel(4, 4), qRgb(0, 0, 0));
    EXPECT_GT(qGreen(image.pixel(9, 20)), 120) << "between CLS and the patches";
    EXPECT_EQ(image.pixel(60, 60), qRgb(255, 0, 0));
}

TEST(MatrixPicture, LooksAsItDid)
{
    const auto trace = fakeTrace();
    const MatrixPicture matrix(trace->attention[1].matrix(0), trace->model, MatrixScale::Logarithmic, ColourMap::Magma);
    QImage image(210, 210, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    const QRectF target(0, 0, 210, 210);
    matrix.paint(painter, target, target.adjusted(0, 0, -40, -10));
    painter.end();
    expectBaseline(image, "matrix");
}

}  // namespace
