// SPDX-License-Identifier: GPL-3.0-or-later
// What is left where a program ends while it writes.
#include "core/output/temporaries.h"

#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
using testing::ElementsAre;

constexpr const char* stale = ".vitrine-0123456789abcdef.part";

/// Runs `work` in a process of its own and says which signal ended it.
int signalThatEnds(const std::function<void()>& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(Temporaries, OfAKilledProcessGoWithTheNextWrite)
{
    const TemporaryFolder folder;
    writeText(folder / "a.txt", "old");
    const int signal = signalThatEnds([&] {
        writeAtomically(folder / "a.txt", [](const fs::path& temporary) {
            writeText(temporary, "half");
            std::raise(SIGKILL);
        });
    });
    ASSERT_EQ(signal, SIGKILL);
    EXPECT_EQ(folder.names().size(), 2U);
    EXPECT_EQ(contentOf(folder / "a.txt"), "old");
    put(folder / "b.txt", "new");
    EXPECT_THAT(folder.names(), ElementsAre("a.txt", "b.txt"));
}

TEST(Temporaries, OfAnArchiveAreOneFileToo)
{
    // Killed by its size in the middle of the archive.
    const TemporaryFolder folder;
    const NdArray array = test::filled({300, 300}, [](std::int64_t i) { return static_cast<double>(i); });
    const int signal = signalThatEnds([&] {
        std::signal(SIGXFSZ, SIG_DFL);
        const rlimit small{100'000, 100'000}, none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        ::setrlimit(RLIMIT_FSIZE, &small);
        writeNpz(folder / "a.npz", {{"a", array}});
    });
    ASSERT_EQ(signal, SIGXFSZ);
    ASSERT_EQ(folder.names().size(), 1U);
    put(folder / "b.txt", "new");
    EXPECT_THAT(folder.names(), ElementsAre("b.txt"));
}

TEST(Temporaries, AreRemovedByASignalHandler)
{
    const TemporaryFolder folder;
    writeText(folder / "a.txt", "old");
    const int signal = signalThatEnds([&] {
        std::signal(SIGTERM, [](int number) {
            removeTemporaries();
            std::signal(number, SIG_DFL);
            std::raise(number);
        });
        writeAtomically(folder / "a.txt", [&](const fs::path& outer) {
            writeText(outer, "half");
            writeAtomically(folder / "b.txt", [](const fs::path& temporary) {
                writeText(temporary, "half");
                std::raise(SIGTERM);
            });
        });
    });
    EXPECT_EQ(signal, SIGTERM);
    EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
    EXPECT_EQ(contentOf(folder / "a.txt"), "old");
}

TEST(Temporaries, ThatAreDoneAreNotRemovedLater)
{
    const TemporaryFolder folder;
    for (int i = 0; i < 20; ++i)
        put(folder / "a.txt", "text");
    removeTemporaries();
    EXPECT_EQ(contentOf(folder / "a.txt"), "text");
}

TEST(Temporaries, OfALivingProcessStay)
{
    const TemporaryFolder folder;
    writeText(folder / stale, "another process writes here");
    const int file = ::open((folder / stale).c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_EQ(::flock(file, LOCK_EX), 0);
    put(folder / "a.txt", "new");
    EXPECT_THAT(folder.names(), ElementsAre(stale, "a.txt"));
    ::close(file);
    put(folder / "a.txt", "new");
    EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(Temporaries, TwoAtOnceLeaveEachOtherAlone)
{
    const TemporaryFolder folder;
    writeAtomically(folder / "a.txt", [&](const fs::path& temporary) {
        put(folder / "b.txt", "inner");
        writeText(temporary, "outer");
    });
    EXPECT_EQ(contentOf(folder / "a.txt"), "outer");
    EXPECT_THAT(folder.names(), ElementsAre("a.txt", "b.txt"));
}

TEST(Temporaries, FilesOfOtherNamesAndKindsStay)
{
    const TemporaryFolder folder;
    std::vector<std::string> others{".vitrine-",
                                    ".vitrine-.part",
                                    ".vitrine-0123456789abcdef.par",
                                    ".vitrine-0123456789abcdeg.part",
                                    ".vitrine-0123456789ABCDEF.part",
                                    ".vitrine-0123456789abcdef0.part",
                                    "vitrine-0123456789abcdef.part",
                                    ".vitrine-0123456789abcdef.part~"};
    for (const std::string& name : others)
        writeText(folder / name, "not ours");
    fs::create_directory(folder / ".vitrine-1123456789abcdef.part");
    fs::create_symlink("a.txt", folder / ".vitrine-2123456789abcdef.part");
    ASSERT_EQ(::mkfifo((folder / ".vitrine-3123456789abcdef.part").c_str(), 0600), 0);
    put(folder / "a.txt", "new");
    EXPECT_EQ(folder.names().size(), others.size() + 4);
}

TEST(Temporaries, OfAnotherUserStay)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can give a file away";
    const TemporaryFolder folder;
    writeText(folder / stale, "not ours");
    ASSERT_EQ(::chown((folder / stale).c_str(), 12345, 12345), 0);
    put(folder / "a.txt", "new");
    EXPECT_THAT(folder.names(), ElementsAre(stale, "a.txt"));
}

}  // namespace
}  // namespace vitrine
