// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/theme.h"

#include <QApplication>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/ui/panels/window_fixture.h"

namespace vitrine {
namespace {

TEST(Themes, TextIsReadable)
{
    const auto luminance = [](const QColor& colour) {
        const auto linear = [](double value) {
            return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
    };
    for (const QPalette& palette : {lightPalette(), darkPalette()})
        for (const auto& [text, ground] : {std::pair(QPalette::WindowText, QPalette::Window),
                                           {QPalette::PlaceholderText, QPalette::Window},
                                           {QPalette::HighlightedText, QPalette::Highlight},
                                           {QPalette::ButtonText, QPalette::Button}}) {
            const double a = luminance(palette.color(text)), b = luminance(palette.color(ground));
            EXPECT_GE((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05), 4.5) << text << " on " << ground;  // WCAG AA
        }
}

TEST_F(MainWindowTest, TakesTheSystemsColoursAsTheyAre)
{
    window.setTheme(Theme::System);
    const QPalette system = QApplication::palette();
    for (const QPalette& ours : {lightPalette(), darkPalette(), contrastPalette()})
        EXPECT_NE(system.color(QPalette::Highlight), ours.color(QPalette::Highlight));
    window.setTheme(Theme::Contrast);
    EXPECT_EQ(QApplication::palette().color(QPalette::Highlight), contrastPalette().color(QPalette::Highlight));
    window.setTheme(Theme::System);
    EXPECT_EQ(QApplication::palette(), system);
}

TEST_F(MainWindowTest, FollowsTheSystemsColours)
{
    window.setTheme(Theme::System);
    const QColor system = QApplication::palette().color(QPalette::Window);
    QApplication::setPalette(system.lightness() < 128 ? lightPalette() : darkPalette());
    ASSERT_NE(QApplication::palette().color(QPalette::Window), system);
    QEvent changed(QEvent::ThemeChange);
    QApplication::sendEvent(&window, &changed);
    EXPECT_EQ(QApplication::palette().color(QPalette::Window), system);
}

}  // namespace
}  // namespace vitrine
