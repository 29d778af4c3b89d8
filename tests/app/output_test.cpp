// SPDX-License-Identifier: GPL-3.0-or-later
// Files that cannot be written: a sentence, nothing half written, what was there before intact.
#include <filesystem>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;

/// Every way to write a file, but for the name of it.
std::vector<std::string> writing(const std::string& path)
{
    if (path.ends_with(".npz"))
        return {"trace", sample(), "-o", path, "--model", golden("timm-vit")};
    return {"attention", sample(), "-o", path, "--model", golden("timm-vit")};
}

class Output : public testing::TestWithParam<const char*> {
protected:
    std::string name() const { return std::string("out") + GetParam(); }
    Folder m_folder;
};

TEST_P(Output, AFolderInTheWay)
{
    fs::create_directory(m_folder.path(name()));
    expectError(vitrine(writing(m_folder.path(name()))), 1, name());
    EXPECT_THAT(m_folder.names(), testing::ElementsAre(name()));
    EXPECT_TRUE(fs::is_directory(m_folder.path(name())));
}

TEST_P(Output, AFolderThatDoesNotExist)
{
    expectError(vitrine(writing(m_folder.path("nowhere/" + name()))), 1, "nowhere");
    EXPECT_THAT(m_folder.names(), testing::IsEmpty());
}

TEST_P(Output, AFolderThatMayNotBeWritten)
{
    // The root user may write everywhere but here.
    if (!fs::exists("/proc/self"))
        GTEST_SKIP() << "there is no /proc here";
    expectError(vitrine(writing("/proc/" + name())), 1, name());
}

TEST_P(Output, ADeviceIsNotReplaced)
{
    if (!fs::exists("/dev/full"))
        GTEST_SKIP() << "there is no /dev/full here";
    fs::create_symlink("/dev/full", m_folder.path(name()));
    expectError(vitrine(writing(m_folder.path(name()))), 1, name());
    EXPECT_TRUE(fs::is_symlink(m_folder.path(name())));
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_P(Output, AFullDiskLeavesTheOldFile)
{
    writeText(m_folder.path(name()), "what was here before");
    Circumstances full;
    full.fileSizeLimit = 20;
    expectError(vitrine(writing(m_folder.path(name())), full), 1, name());
    EXPECT_EQ(readText(m_folder.path(name())), "what was here before");
    EXPECT_THAT(m_folder.names(), testing::ElementsAre(name()));
}

TEST_P(Output, AnOldFileIsReplaced)
{
    writeText(m_folder.path(name()), "old");
    const Outcome outcome = vitrine(writing(m_folder.path(name())));
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_GT(fs::file_size(m_folder.path(name())), 100U);
    EXPECT_THAT(m_folder.names(), testing::ElementsAre(name()));
}

TEST_P(Output, ARelativeNameLiesInTheWorkingFolder)
{
    Circumstances here;
    here.workingDirectory = m_folder.path();
    const Outcome outcome = vitrine(writing(name()), here);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(m_folder.names(), testing::ElementsAre(name()));
}

TEST_P(Output, ABadPictureWritesNothing)
{
    writeText(m_folder.path("broken.png"), "no picture");
    std::vector<std::string> arguments = writing(m_folder.path(name()));
    arguments[1] = m_folder.path("broken.png");
    expectError(vitrine(arguments), 1, "broken.png");
    EXPECT_THAT(m_folder.names(), testing::ElementsAre("broken.png"));
}

INSTANTIATE_TEST_SUITE_P(All, Output, testing::Values(".png", ".svg", ".pdf", ".npy", ".csv", ".npz"),
                         [](const auto& one) { return std::string(one.param + 1); });

TEST(OutputName, ASuffixThatSaysNothingIsRefused)
{
    const Folder folder;
    for (const char* name : {"out.xyz", "out"}) {
        const Outcome outcome = vitrine(writing(folder.path(name)));
        EXPECT_THAT(outcome.exitCode, testing::AnyOf(1, 2));
        EXPECT_THAT(outcome.err, testing::HasSubstr(".png"));
    }
    const Outcome outcome = vitrine({"trace", sample(), "-o", folder.path("out.csv"), "--model", golden("timm-vit")});
    EXPECT_THAT(outcome.exitCode, testing::AnyOf(1, 2));
    EXPECT_THAT(outcome.err, testing::HasSubstr(".npz"));
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace vitrine::test
