// SPDX-License-Identifier: GPL-3.0-or-later
// Names of files are bytes: what is no UTF-8 is read and written under exactly the name that was said.
#include <filesystem>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* odd = "b\xff\xfe\xc3";

class OddName : public testing::Test {
protected:
    OddName() { fs::create_directory(m_root / odd); }

    /// A file in a folder whose name is odd as well.
    std::string path(const std::string& name) const { return (m_root / odd / name).string(); }
    std::string picture() const
    {
        fs::copy_file(sample(), path("\xf0\x9f.png"), fs::copy_options::overwrite_existing);
        return path("\xf0\x9f.png");
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> result;
        for (const auto& entry : fs::directory_iterator(m_root / odd))
            result.push_back(entry.path().filename().string());
        return result;
    }

private:
    Folder m_folder;
    fs::path m_root = m_folder.path();
};

TEST_F(OddName, OfAPictureAndItsFigure)
{
    const std::vector<std::string> attention{"attention", picture()};
    std::vector<std::pair<std::vector<std::string>, const char*>> commands{{{"pca", picture()}, ".png"},
                                                                           {{"cka", picture()}, ".csv"},
                                                                           {{"positions"}, ".npy"},
                                                                           {{"faithfulness", picture(), "--steps", "2"},
                                                                            ".pdf"}};
    for (const char* suffix : {".png", ".svg", ".pdf", ".npy", ".csv", ".npz"})
        commands.emplace_back(attention, suffix);
    for (const auto& [command, suffix] : commands) {
        const std::string name = command[0] + "\xff" + suffix;
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(), {"-o", path(name), "--model", golden("timm-vit")});
        const Outcome outcome = vitrine(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_THAT(names(), Contains(name));
    }
}

TEST_F(OddName, OfATraceAndAnInnerMap)
{
    EXPECT_EQ(vitrine({"trace", picture(), "-o", path("\xff.npz"), "--model", golden("timm-vit")}).exitCode, 0);
    EXPECT_EQ(vitrine({"inner", picture(), "-o", path("\xff.png"), "--patch", "0,0", "--model", golden("timm-tnt")}).exitCode,
              0);
    EXPECT_THAT(names(), testing::IsSupersetOf({"\xff.npz", "\xff.png"}));
}

TEST_F(OddName, TwoOfThemAreTwoFiles)
{
    for (const char* name : {"\xfe.npy", "\xff.npy"})
        EXPECT_EQ(vitrine({"attention", picture(), "-o", path(name), "--model", golden("timm-vit")}).exitCode, 0);
    EXPECT_THAT(names(), testing::IsSupersetOf({"\xfe.npy", "\xff.npy"}));
}

TEST_F(OddName, OfPicturesToClassify)
{
    const Outcome outcome = vitrine({"classify", picture(), "--model", golden("timm-vit")});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("\\xf0\\x9f.png"));
    EXPECT_EQ(vitrine({"classify", picture(), "--model", golden("timm-vit"), "--json"}).json().size(), 1U);
}

TEST_F(OddName, StartsWithAByteOrderMark)
{
    fs::copy_file(sample(), path("\xef\xbb\xbf.png"));
    Circumstances there;
    there.workingDirectory = fs::path(path("")).parent_path().parent_path().string();
    fs::copy_file(sample(), there.workingDirectory
                                + "/\xef\xbb\xbf"
                                  "a.png");
    EXPECT_EQ(vitrine({"attention",
                       "\xef\xbb\xbf"
                       "a.png",
                       "-o",
                       "\xef\xbb\xbf"
                       "b.png",
                       "--model", golden("timm-vit")},
                      there)
                  .exitCode,
              0);
    EXPECT_TRUE(fs::exists(there.workingDirectory
                           + "/\xef\xbb\xbf"
                             "b.png"));
}

TEST_F(OddName, OfAFolderToEvaluate)
{
    fs::create_directories(path("2"));
    fs::copy_file(sample(), path("2/\xff.png"));
    const auto result = vitrine({"evaluate", path(""), "--model", golden("timm-vit"), "--json"}).json();
    EXPECT_EQ(result["images"], 1);
    EXPECT_EQ(result["skipped"], 0);
}

TEST_F(OddName, OfAModelAndItsLabels)
{
    fs::copy(golden("timm-vit"), path("m\xff"), fs::copy_options::recursive);
    const auto classes = vitrine({"inspect", path("m\xff"), "--json"}).json()["classes"].get<int>();
    std::string labels;
    for (int i = 0; i < classes; ++i)
        labels += "name " + std::to_string(i) + "\n";
    writeText(path("l\xff.txt"), labels);
    const Outcome outcome = vitrine({"classify", picture(), "--model", path("m\xff"), "--labels", path("l\xff.txt")});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("name "));
}

TEST_F(OddName, IsShownInTheSentence)
{
    expectError(vitrine({"classify", path("no\xff\x80\x80\x80.png"), "--model", golden("timm-vit")}), 1,
                "no\\xff\\x80\\x80\\x80.png: it does not");
    expectError(vitrine({"attention", picture(), "-o", path("no\xff.xyz"), "--model", golden("timm-vit")}), 1, "no\\xff.xyz");
}

TEST_F(OddName, InTheWindow)
{
    const std::vector<std::vector<std::string>> opened{{picture()}, {path("")}};
    for (const std::vector<std::string>& files : opened) {
        std::vector<std::string> arguments = files;
        arguments.insert(arguments.end(), {"--screenshot", path("s\xff.png"), "--model", golden("timm-vit")});
        fs::remove(path("s\xff.png"));
        const Outcome outcome = vitrine(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_THAT(names(), Contains("s\xff.png"));
    }
}

}  // namespace
}  // namespace vitrine::test
