// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string>

#include <QDir>
#include <QImage>
#include <gtest/gtest.h>

namespace vitrine {

/// Saves a picture that a test did not like where a person can look at it; where that is.
inline std::string leavePicture(const QImage& image, const QString& name)
{
    const QDir folder(QDir::temp().filePath(QStringLiteral("vitrine-test-pictures")));
    folder.mkpath(QStringLiteral("."));
    const QString path = folder.filePath(name + QStringLiteral(".png"));
    return image.save(path) ? path.toStdString() : "nowhere: it could not be saved";
}

/// Compares with tests/golden/pictures/NAME.png, a picture that was looked at; VITRINE_WRITE_BASELINES=1 makes a new one to
/// look at. A picture that differs is left in the folder of temporary files.
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
    ASSERT_EQ(shown.size(), baseline.size()) << name << ", left at " << leavePicture(shown, QLatin1String(name));
    int worst = 0;
    for (int y = 0; y < shown.height(); ++y)
        for (int x = 0; x < shown.width(); ++x) {
            const QRgb a = shown.pixel(x, y), b = baseline.pixel(x, y);
            worst = std::max(
                {worst, std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)), std::abs(qBlue(a) - qBlue(b))});
        }
    EXPECT_LE(worst, antialiasingTolerance)
        << name << ", left at " << (worst > antialiasingTolerance ? leavePicture(shown, QLatin1String(name)) : std::string());
}

}  // namespace vitrine
