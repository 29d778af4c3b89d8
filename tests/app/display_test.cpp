// SPDX-License-Identifier: GPL-3.0-or-later
// Where no window can be opened: one sentence, never a crash; and no stray line where one can.
#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;

/// Without a screen but for what `screen` says.
Circumstances withScreen(std::map<std::string, std::string> screen)
{
    Circumstances circumstances;
    circumstances.environment = {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}, {"QT_QPA_PLATFORM", ""}, {"QT_LOGGING_RULES", ""}};
    for (const auto& [name, value] : screen)
        circumstances.environment[name] = value;
    return circumstances;
}

TEST(Display, ThatDoesNotWorkIsOneSentence)
{
    const Folder runtime;
    expectError(vitrine({sample()}, withScreen({})), 1, "There is no display");
    expectError(vitrine({sample()}, withScreen({{"DISPLAY", ":999"}})), 1, "DISPLAY=:999");
    expectError(vitrine({sample()}, withScreen({{"DISPLAY", "no such\x1bthing"}})), 1, "DISPLAY=no such\\x1bthing");
    expectError(vitrine({sample()}, withScreen({{"QT_QPA_PLATFORM", "bogus"}})), 1, "QT_QPA_PLATFORM=bogus");
    expectError(vitrine({sample()}, withScreen({{"WAYLAND_DISPLAY", "wayland-9"}, {"XDG_RUNTIME_DIR", runtime.path()}})), 1,
                "WAYLAND_DISPLAY=wayland-9");
    expectError(vitrine({sample()}, withScreen({{"WAYLAND_DISPLAY", "wayland-9"}, {"XDG_RUNTIME_DIR", ""}})), 1,
                "There is no display");
    expectError(vitrine({sample(), "--screenshot", runtime.path("a.png")}, withScreen({{"DISPLAY", ":999"}})), 1,
                "DISPLAY=:999");
}

TEST(Display, ThatDoesNotWorkIsNothingToACommand)
{
    const Outcome outcome = vitrine({"classify", sample(), "--model", golden("timm-vit")}, withScreen({{"DISPLAY", ":999"}}));
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
}

/// A PNG with a colour profile that is none, about which libpng warns.
std::string withBrokenProfile(const std::string& png)
{
    const std::string chunk("\0\0\0\5iCCPa\0\0xx\x10\xa1\x9d\x4d", 17);
    return png.substr(0, 33) + chunk + png.substr(33);
}

/// A JPEG with bytes that belong to nothing, about which libjpeg warns.
std::string withStrayBytes(std::string jpeg)
{
    return jpeg.insert(jpeg.size() - 2, "bytes that belong to nothing");
}

TEST(Display, AScreenshotWritesNoStrayLine)
{
    const Folder folder;
    writeText(folder.path("odd.png"), withBrokenProfile(readText(std::string(VITRINE_GOLDEN_DIR) + "/pictures/canvas.png")));
    writeText(folder.path("odd.jpg"), withStrayBytes(readText(sample())));
    for (const auto& screen : {withScreen({}), withScreen({{"QT_QPA_PLATFORM", "offscreen"}})}) {
        const Outcome outcome = vitrine({sample(), folder.path("odd.png"), folder.path("odd.jpg"), "--screenshot",
                                         folder.path("a.png"), "--model", golden("timm-vit")},
                                        screen);
        EXPECT_EQ(outcome.exitCode, 0);
        EXPECT_EQ(outcome.err, "");
    }
}

TEST(Display, QtsMessagesAreShownWhereTheyAreWanted)
{
    const Folder folder;
    writeText(folder.path("odd.jpg"), withStrayBytes(readText(sample())));
    const Outcome outcome = vitrine({"classify", folder.path("odd.jpg"), "--model", golden("timm-vit")},
                                    withScreen({{"QT_LOGGING_RULES", "*.debug=false"}}));
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_THAT(outcome.err, HasSubstr("JPEG"));
}

}  // namespace
}  // namespace vitrine::test
