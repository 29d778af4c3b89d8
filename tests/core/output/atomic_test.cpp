// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <stdexcept>

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/output/arrays.h"
#include "tests/core/output/temporary_folder.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

namespace fs = std::filesystem;
using test::contentOf;
using test::put;
using test::TemporaryFolder;
using test::writeText;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(WriteAtomically, MakesAndReplacesAFile)
{
    const TemporaryFolder folder;
    put(folder / "a.txt", "one");
    EXPECT_EQ(contentOf(folder / "a.txt"), "one");
    put(folder / "a.txt", "two");
    EXPECT_EQ(contentOf(folder / "a.txt"), "two");
    EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(WriteAtomically, ShowsNothingUnderTheNameBeforeTheEnd)
{
    const TemporaryFolder folder;
    writeText(folder / "a.svg", "old");
    writeAtomically(folder / "a.svg", [&](const fs::path& temporary) {
        writeText(temporary, "new");
        EXPECT_EQ(temporary.parent_path(), folder.path());
        EXPECT_EQ(contentOf(folder / "a.svg"), "old");
    });
    EXPECT_EQ(contentOf(folder / "a.svg"), "new");
}

TEST(WriteAtomically, KeepsTheOldFileWhenWritingFails)
{
    const TemporaryFolder folder;
    writeText(folder / "a.txt", "old");
    const auto fail = [&] {
        writeAtomically(folder / "a.txt", [](const fs::path& temporary) {
            writeText(temporary, "half");
            throw std::runtime_error("stopped");
        });
    };
    EXPECT_THAT(fail, ThrowsMessage<std::runtime_error>("stopped"));
    EXPECT_EQ(contentOf(folder / "a.txt"), "old");
    EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(WriteAtomically, LeavesAReaderOfTheOldFileItsBytes)
{
    const TemporaryFolder folder;
    writeText(folder / "a.txt", "old");
    std::ifstream reader(folder / "a.txt");
    put(folder / "a.txt", "a longer new text");
    std::string seen;
    reader >> seen;
    EXPECT_EQ(seen, "old");
}

TEST(WriteAtomically, KeepsPermissionsAndFollowsLinks)
{
    const TemporaryFolder folder;
    writeText(folder / "real.txt", "old");
    ASSERT_EQ(::chmod((folder / "real.txt").c_str(), 0640), 0);
    fs::create_symlink("real.txt", folder / "link.txt");
    put(folder / "link.txt", "new");
    EXPECT_TRUE(fs::is_symlink(folder / "link.txt"));
    EXPECT_FALSE(fs::is_symlink(folder / "real.txt"));
    EXPECT_EQ(contentOf(folder / "real.txt"), "new");
    EXPECT_EQ(fs::status(folder / "real.txt").permissions(), fs::perms(0640));
}

TEST(WriteAtomically, WritesWhatALinkToNothingNames)
{
    const TemporaryFolder folder;
    fs::create_directory(folder / "sub");
    fs::create_symlink("sub/second.txt", folder / "first.txt");
    fs::create_symlink("real.txt", folder / "sub/second.txt");
    put(folder / "first.txt", "new");
    EXPECT_TRUE(fs::is_symlink(folder / "first.txt"));
    EXPECT_TRUE(fs::is_symlink(folder / "sub/second.txt"));
    EXPECT_EQ(contentOf(folder / "sub/real.txt"), "new");
}

TEST(WriteAtomically, RefusesALinkIntoAMissingFolderAndLinksInACircle)
{
    const TemporaryFolder folder;
    fs::create_symlink("missing/a.txt", folder / "a.txt");
    fs::create_symlink("c.txt", folder / "b.txt");
    fs::create_symlink("b.txt", folder / "c.txt");
    EXPECT_THAT([&] { put(folder / "a.txt", "text"); }, ThrowsMessage<Error>(HasSubstr("missing does not exist")));
    EXPECT_THAT([&] { put(folder / "b.txt", "text"); }, ThrowsMessage<Error>(HasSubstr("in a circle")));
    EXPECT_THAT(folder.names(), ElementsAre("a.txt", "b.txt", "c.txt"));
    for (const char* name : {"a.txt", "b.txt", "c.txt"})
        EXPECT_TRUE(fs::is_symlink(folder / name));
}

TEST(WriteAtomically, TakesALongNameAndALongSuffix)
{
    const TemporaryFolder folder;
    const std::string name = std::string(251, 'n') + ".npy", suffix = "a." + std::string(253, 's');
    put(folder / name, "long");
    put(folder / suffix, "long");
    EXPECT_THAT(folder.names(), ElementsAre(suffix, name));
}

TEST(RefuseInput, KnowsAFileByEveryName)
{
    const TemporaryFolder folder;
    writeText(folder / "a.txt", "input");
    writeText(folder / "b.txt", "input");
    fs::create_symlink("a.txt", folder / "link.txt");
    fs::create_hard_link(folder / "a.txt", folder / "hard.txt");
    const std::vector<fs::path> inputs{folder / "missing.txt", folder / "b.txt", folder / "a.txt"};
    for (const fs::path& path :
         {folder / "a.txt", folder / "b.txt", folder / "link.txt", folder / "hard.txt", folder / "./a.txt"})
        EXPECT_THAT([&] { refuseInput(path, inputs); }, ThrowsMessage<Error>(HasSubstr("would be lost"))) << path;
    writeText(folder / "c.txt", "input");
    refuseInput(folder / "c.txt", inputs);
    refuseInput(folder / "missing.txt", inputs);
    refuseInput("", inputs);
}

TEST(WriteAtomically, RefusesWhatIsNoOrdinaryFile)
{
    const TemporaryFolder folder;
    fs::create_directory(folder / "there");
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const auto to = [](const fs::path& path) { return [path] { put(path, "text"); }; };
    EXPECT_THAT(to(folder / "there"), ThrowsMessage<Error>(AllOf(HasSubstr("there: "), HasSubstr("a folder of that name"))));
    EXPECT_THAT(to(folder / "there/"), ThrowsMessage<Error>(HasSubstr("names a folder, not a file")));
    EXPECT_THAT(to(folder / "pipe"), ThrowsMessage<Error>(HasSubstr("a device or a pipe")));
    EXPECT_THAT(to("/dev/full"), ThrowsMessage<Error>(HasSubstr("/dev/full: it is a device")));
    EXPECT_THAT(to(folder / "missing/a.txt"), ThrowsMessage<Error>(HasSubstr("missing does not exist")));
    EXPECT_THAT(to(""), ThrowsMessage<Error>(HasSubstr("Cannot write a file without a name")));
    EXPECT_THAT(folder.names(), ElementsAre("pipe", "there"));
    EXPECT_TRUE(fs::is_empty(folder / "there"));
}

TEST(WriteAtomically, RespectsPermissions)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "permissions do not bind root";
    const TemporaryFolder folder;
    writeText(folder / "a.txt", "old");
    fs::permissions(folder / "a.txt", fs::perms::owner_read);
    EXPECT_THAT([&] { put(folder / "a.txt", "new"); }, ThrowsMessage<Error>(HasSubstr("write-protected")));
    fs::permissions(folder / "a.txt", fs::perms::owner_all);
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THAT([&] { put(folder / "a.txt", "new"); }, ThrowsMessage<Error>(HasSubstr("Permission denied")));
    fs::permissions(folder.path(), fs::perms::owner_all);
    EXPECT_EQ(contentOf(folder / "a.txt"), "old");
}

/// No file grows beyond `bytes` while this lives; what a full disk looks like to a program.
class SmallDisk {
public:
    explicit SmallDisk(rlim_t bytes)
        : m_handler(std::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit small{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~SmallDisk()
    {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

private:
    rlimit m_before{};
    void (*m_handler)(int);
};

TEST(Writers, SayThatTheDiskIsFullAndKeepTheOldFile)
{
    const TemporaryFolder folder;
    const NdArray array = test::filled({300, 300}, [](std::int64_t i) { return 1.0 / static_cast<double>(i + 1); });
    const std::vector<std::pair<std::string, std::function<void(const fs::path&)>>> writers{
        {"a.npy", [&](const fs::path& path) { writeNpy(path, array); }},
        {"a.npz",
         [&](const fs::path& path) {
             writeNpz(path, {{"a", array}});
         }},
        {"a.csv", [&](const fs::path& path) { writeCsv(path, array); }}};
    for (const auto& [name, write] : writers) {
        writeText(folder / name, "old");
        std::string message;
        {
            const SmallDisk disk(100'000);
            try {
                write(folder / name);
            } catch (const Error& error) {
                message = error.what();
            }
        }
        EXPECT_THAT(message, AllOf(HasSubstr("Cannot write " + (folder / name).string()), HasSubstr("File too large")));
        EXPECT_EQ(contentOf(folder / name), "old");
    }
    EXPECT_THAT(folder.names(), ElementsAre("a.csv", "a.npy", "a.npz"));
}

}  // namespace
}  // namespace vitrine
