// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

#include <QImage>
#include <gtest/gtest.h>

namespace vitrine {

/// Compares with tests/golden/pictures/NAME.png, a picture that was looked at; VITRINE_WRITE_BASELINES=1 makes a new one to
/// look at.
inline void expectBaseline(const QImage& image, const char* name)
{
    // Another version of Qt may round antialiased edges another way.
    constexpr int antialiasingTolerance = 24;
    const QString path = QStringLiteral(VITRINE_GOLDEN_DIR "/pictures/%1.png").arg(QLatin1String(name));
    if (qEnvironmentVariableIsSet("VITRINE_WRITE_BASELINES")) {
        ASSERT_TRUE(image.save(path));
    }
    const QImage shown = image.convertToFormat(QImage::Format_RGB32);
    const QImage baseline = QImage(path).convertToFormat(QImage::Format_RGB32);
    ASSERT_EQ(shown.size(), baseline.size()) << name;
    int worst = 0;
    for (int y = 0; y < shown.height(); ++y)
        for (int x = 0; x < shown.width(); ++x) {
            const QRgb a = shown.pixel(x, y), b = baseline.pixel(x, y);
            worst = std::max({worst, std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)), std::abs(qBlue(a) - qBlue(b))});
        }
    EXPECT_LE(worst, antialiasingTolerance) << name;
}

} // namespace vitrine
