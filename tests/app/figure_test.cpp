// SPDX-License-Identifier: GPL-3.0-or-later
// A figure says how it was made, and is made again.
#include <algorithm>
#include <filesystem>

#include <QImage>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Figure, IsMadeAgainByteForByte)
{
    const Folder folder;
    const std::vector<std::vector<std::string>> commands{
        {"explain", sample(), "--model", golden("timm-vit"), "--method", "chefer,random", "--class", "3"},
        {"attention", sample(), "--model", golden("timm-tnt"), "--layer", "1", "--head", "all", "--query", "1,1"},
        {"what-if", sample(), "--sweep", "heads", "--model", golden("timm-vit")},
        {"positions", "--model", golden("timm-vit")},
    };
    for (std::vector<std::string> command : commands)
        for (const char* suffix : {".png", ".svg", ".pdf"}) {
            SCOPED_TRACE(command[0] + suffix);
            const std::string first = folder.path(std::string("first") + suffix),
                              again = folder.path(std::string("again") + suffix);
            command.insert(command.end(), {"-o", first});
            ASSERT_EQ(vitrine(command).exitCode, 0);
            command.resize(command.size() - 2);
            const Outcome outcome = vitrine({"figure", first, "-o", again});
            ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
            EXPECT_TRUE(readText(first) == readText(again));
            // What was made again says the same of itself.
            ASSERT_EQ(vitrine({"figure", again, "--output=" + first}).exitCode, 0);
            EXPECT_TRUE(readText(first) == readText(again));
        }
}

std::string panel(const std::string& picture, const std::string& place, const std::string& more = {})
{
    return R"({"picture": {"path": ")" + picture + R"("}, "model": {"source": ")" + golden("timm-vit") + R"("}, "place": )"
           + place + more + "}";
}

/// As the window writes it of a view.
std::string ofView(const std::string& view, const std::string& state = "{}", const std::string& place = R"({"layer": 1})")
{
    return R"({"view": ")" + view + R"(", "width": 84, "title": "{model}: {what}", "panels": [)"
           + panel(sample(), place, R"(, "window": )" + state) + "]}";
}

/// As the window writes it.
std::string panels(const std::string& picture, const std::string& more = {}, const std::string& place = R"({"layer": 1})")
{
    const std::string one = panel(picture, place);
    return R"({"width": 84, "dpi": 150, "font": 8, "title": "{model}: {what}", "caption": "of {picture}", )" + more
           + R"("panels": [)" + one + ", " + one + "]}";
}

TEST(Figure, OfPanelsIsMadeFromWhatTheWindowWrites)
{
    const Folder folder;
    const std::string recipe = folder.path("recipe.json");
    writeText(recipe, panels(sample()) + "\n");
    for (const char* suffix : {".png", ".svg", ".pdf"}) {
        SCOPED_TRACE(suffix);
        const std::string first = folder.path(std::string("first") + suffix),
                          again = folder.path(std::string("again") + suffix);
        const Outcome outcome = vitrine({"figure", recipe, "-o", first});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        ASSERT_EQ(vitrine({"figure", first, "-o", again}).exitCode, 0);
        EXPECT_TRUE(readText(first) == readText(again));
    }
    EXPECT_EQ(QImage(QString::fromStdString(folder.path("first.png"))).width(), 496) << "84 mm at 150 dots an inch";
    for (const char* part : {"what CLS looks at, layer 1, mean of heads", "of red_panda.jpg", "a  layer 1", "b  layer 1"})
        EXPECT_THAT(readText(folder.path("first.svg")), HasSubstr(part));
    ASSERT_EQ(vitrine({"figure", recipe, "-o", folder.path("a.csv")}).exitCode, 0);
    const std::string table = readText(folder.path("a.csv"));
    EXPECT_THAT(table, testing::StartsWith("panel,picture,model,map,layer,head,query,class,row,column,value\r\n"
                                           "a,red_panda.jpg,"));
    EXPECT_EQ(std::ranges::count(table, '\n'), 1 + 2 * 16);
}

TEST(Figure, OfAViewIsMadeByTheWindowThatItCameFrom)
{
    const Folder folder;
    const std::string recipe = folder.path("recipe.json");
    for (const char* view : {"heads", "statistics", "compare"}) {
        SCOPED_TRACE(view);
        writeText(recipe, ofView(view, R"({"page": ")" + std::string(view) + R"("})"));
        const Outcome outcome = vitrine({"figure", recipe, "-o", folder.path("first.pdf")});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_EQ(outcome.err, "");
        ASSERT_EQ(vitrine({"figure", folder.path("first.pdf"), "-o", folder.path("again.pdf")}).exitCode, 0);
        EXPECT_TRUE(readText(folder.path("first.pdf")) == readText(folder.path("again.pdf")));
    }
    const auto table = [&](const std::string& state) {
        writeText(recipe, ofView("heads", state));
        EXPECT_EQ(vitrine({"figure", recipe, "-o", folder.path("a.csv")}).exitCode, 0);
        return readText(folder.path("a.csv"));
    };
    EXPECT_THAT(table("{}"), testing::StartsWith("layer,head,row,column,value\r\n0,0,0,0,0."));
    EXPECT_THAT(table(R"({"heads": "entropy"})"), testing::StartsWith("layer,head,value\r\n0,0,"));
}

TEST(Figure, OfPanelsRefusesWhatIsNotThere)
{
    const Folder folder;
    const std::string recipe = folder.path("recipe.json"), again = folder.path("again.png");
    const auto fails = [&](const std::string& text, const char* part) {
        writeText(recipe, text);
        expectError(vitrine({"figure", recipe, "-o", again}), 1, part);
        EXPECT_FALSE(std::filesystem::exists(again));
    };
    fails(panels(folder.path("gone.png")), "gone.png");
    fails(panels(sample(), {}, R"({"layer": 99})"), "does not have");
    fails(panels(sample(), {}, R"({"method": "magic"})"), "magic");
    std::string wide = panels(sample());
    wide.replace(wide.find("84"), 2, "1e9");
    fails(wide, "\"width\"");
    fails(panels(sample(), R"("bar": 3, )"), "\"bar\"");
    fails(R"({"panels": []})", "\"panels\"");
    fails(R"({"panels": [3]})", "panels[0].");
    fails(R"({"panels": [{"picture": {"path": ")" + sample() + R"(", "sha256": "00"}, "model": {"source": "vit"}}]})",
          "made from another");
    fails(ofView("magic"), "There is no view \"magic\"");
    fails(ofView("inside"), "has nothing to show");
    fails(ofView("heads", "{}", R"({"layer": 99})"), "does not have");
    fails(panels(sample(), R"("view": "heads", )"), "one panel");
    writeText(recipe, panels(recipe));
    expectError(vitrine({"figure", recipe, "-o", recipe}), 1, "recipe.json");
}

TEST(Figure, OfOneKindIsMadeAsAnother)
{
    const Folder folder;
    const auto path = [&](const char* name) { return folder.path(name); };
    ASSERT_EQ(vitrine({"pca", sample(), "--model", golden("timm-vit"), "--output", path("a.svg")}).exitCode, 0);
    ASSERT_EQ(vitrine({"figure", path("a.svg"), "-o", path("b.npz")}).exitCode, 0);
    EXPECT_EQ(readNpz(path("b.npz"), "scores").shape(), (Shape{4, 4, 3}));
    ASSERT_EQ(vitrine({"figure", path("a.svg"), "-o", path("b.pdf")}).exitCode, 0);
    ASSERT_EQ(vitrine({"figure", path("b.pdf"), "-o", path("c.svg")}).exitCode, 0);
    EXPECT_EQ(readText(path("a.svg")), readText(path("c.svg")));
    EXPECT_THAT(readText(path("a.svg")), Not(HasSubstr("a.svg"))) << "where it was written is no part of it";
}

TEST(Figure, OfAFileThatIsAnotherNowIsRefused)
{
    const Folder folder;
    const std::string picture = folder.path("picture.jpg"), first = folder.path("first.png"), again = folder.path("again.png");
    std::filesystem::copy_file(sample(), picture);
    ASSERT_EQ(vitrine({"explain", picture, "--model", golden("timm-vit"), "--method", "rollout", "-o", first}).exitCode, 0);
    std::filesystem::remove(picture);
    expectError(vitrine({"figure", first, "-o", again}), 1, "which is not here");
    std::filesystem::copy_file(sample("koala.jpg"), picture);
    expectError(vitrine({"figure", first, "-o", again}), 1, "was made from another");
    expectError(vitrine({"figure", first, "-o", first}), 1, "first.png");
    EXPECT_FALSE(std::filesystem::exists(again));
}

TEST(Figure, AForeignOrHostileFileIsRefused)
{
    const Folder folder;
    const std::string again = folder.path("again.png"), victim = folder.path("victim.png");
    const auto fails = [&](const std::string& file, const char* part) {
        expectError(vitrine({"figure", file, "-o", again}), 1, part);
    };
    fails(sample(), "does not say how it was made");
    fails(folder.path("nothing.png"), "Cannot open");
    const auto svg = [&](const std::string& recipe) {
        const std::string file = folder.path("hostile.svg");
        writeText(file, "<svg><desc>Recipe: " + recipe + "\n</desc></svg>");
        return file;
    };
    fails(svg("{}"), "does not understand");
    fails(svg("not JSON"), "does not understand");
    fails(svg(R"({"arguments": [3]})"), "does not understand");
    fails(svg(R"({"arguments": []})"), "does not understand");
    fails(svg(R"({"arguments": ["positions"], "files": [{"file": 3}]})"), "does not understand");
    fails(svg(R"({"arguments": ["trace", "a.jpg"]})"), "does not have");
    fails(svg(R"({"arguments": ["figure", "a.svg"]})"), "does not have");
    fails(svg(R"({"arguments": ["positions", "--unknown"]})"), "does not have");
    fails(svg(R"({"arguments": ["positions", "--help"]})"), "does not have");
    // Where it is written is what the person says, whatever the file does.
    const std::string hostile = svg(R"({"arguments": ["positions", "--model", ")" + golden("timm-vit") + R"(", "-o", ")"
                                    + victim + R"(", "--output=)" + victim + R"(", "-o)" + victim + R"("]})");
    ASSERT_EQ(vitrine({"figure", hostile, "-o", again}).exitCode, 0);
    EXPECT_FALSE(std::filesystem::exists(victim));
    EXPECT_TRUE(std::filesystem::exists(again));
}

}  // namespace
}  // namespace vitrine::test
