// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/theme.h"

#include <QApplication>

namespace vitrine {

namespace {

struct Colours {
    QRgb window, base, alternate, button, text, quiet, accent, shadow;
};

QPalette paletteOf(const Colours& colours)
{
    QPalette palette(QColor(colours.button), QColor(colours.window));
    const auto set = [&palette](QPalette::ColorRole role, QRgb colour) { palette.setColor(role, QColor(colour)); };
    set(QPalette::Window, colours.window);
    set(QPalette::WindowText, colours.text);
    set(QPalette::Base, colours.base);
    set(QPalette::AlternateBase, colours.alternate);
    set(QPalette::Text, colours.text);
    set(QPalette::Button, colours.button);
    set(QPalette::ButtonText, colours.text);
    set(QPalette::BrightText, 0xffffff);
    set(QPalette::ToolTipBase, colours.base);
    set(QPalette::ToolTipText, colours.text);
    set(QPalette::PlaceholderText, colours.quiet);
    set(QPalette::Link, colours.accent);
    set(QPalette::Highlight, colours.accent);
    set(QPalette::HighlightedText, 0xffffff);
    set(QPalette::Shadow, colours.shadow);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(colours.quiet));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(colours.quiet));
    return palette;
}

}  // namespace

QPalette darkPalette()
{
    return paletteOf({0x25282c, 0x1c1f22, 0x222528, 0x34383d, 0xe8eaec, 0x949ba2, 0x3676bd, 0x0e0f11});
}

QPalette lightPalette()
{
    return paletteOf({0xf3f4f5, 0xffffff, 0xf7f8f9, 0xe9ebed, 0x1d2125, 0x5c646c, 0x2f74c0, 0x9aa0a6});
}

QPalette contrastPalette()
{
    QPalette palette = paletteOf({0x000000, 0x1a1a1a, 0x141414, 0x3c3c3c, 0xffffff, 0xe6e6e6, 0xffd400, 0xffffff});
    palette.setColor(QPalette::HighlightedText, Qt::black);
    // Quiet text is nearly white here: what cannot be used must not look as if it could.
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText})
        palette.setColor(QPalette::Disabled, role, QColor(0x808080));
    return palette;
}

void applyTheme(Theme theme)
{
    QApplication::setPalette(theme == Theme::Dark       ? darkPalette()
                             : theme == Theme::Light    ? lightPalette()
                             : theme == Theme::Contrast ? contrastPalette()
                                                        : QPalette());  // what the system says, its accent included
}

}  // namespace vitrine
