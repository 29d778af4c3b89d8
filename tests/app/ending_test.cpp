// SPDX-License-Identifier: GPL-3.0-or-later
// The program is ended while it writes: no half file, and no temporary one after the next start.
#include <QProcess>

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class Ending : public testing::Test {
protected:
    /// Sends `signal` while a file is written; false: it was whole before.
    bool endWhileWriting(int signal)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        QStringList arguments;
        for (const std::string& argument : std::vector<std::string>{"trace", sample(), "-o", m_folder.path("out.npz")})
            arguments.append(QString::fromStdString(argument));
        process.start(QStringLiteral(VITRINE_PROGRAM), arguments);
        EXPECT_TRUE(process.waitForStarted());
        while (process.state() == QProcess::Running && !isWriting())
            process.waitForFinished(0);
        // 0 once it has ended, which would be the process group of the test itself.
        if (const qint64 id = process.processId(); id > 0)
            ::kill(static_cast<pid_t>(id), signal);
        process.waitForFinished(-1);
        return process.exitStatus() == QProcess::CrashExit && process.exitCode() == signal;
    }

    bool isWriting() const
    {
        for (const std::string& name : m_folder.names())
            if (name.starts_with(".vitrine-") && fs::file_size(m_folder.path(name), m_ignored) > 0)
                return true;
        return false;
    }

    Folder m_folder;

private:
    mutable std::error_code m_ignored;
};

TEST_F(Ending, BySignalsLeavesTheOldFileAndNothingElse)
{
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        SCOPED_TRACE(signal);
        bool ended = false;
        for (int attempt = 0; attempt < 20 && !ended; ++attempt) {
            writeText(m_folder.path("out.npz"), "old");
            ended = endWhileWriting(signal);
            EXPECT_THAT(m_folder.names(), ElementsAre("out.npz"));
        }
        ASSERT_TRUE(ended);
        EXPECT_EQ(readText(m_folder.path("out.npz")), "old");
    }
}

TEST_F(Ending, ByAKillLeavesWhatTheNextStartRemoves)
{
    bool ended = false;
    for (int attempt = 0; attempt < 20 && !ended; ++attempt) {
        writeText(m_folder.path("out.npz"), "old");
        ended = endWhileWriting(SIGKILL);
    }
    ASSERT_TRUE(ended);
    EXPECT_EQ(m_folder.names().size(), 2U);
    EXPECT_EQ(readText(m_folder.path("out.npz")), "old");
    const Outcome next = vitrine({"attention", sample(), "-o", m_folder.path("map.png"), "--model", golden("timm-vit")});
    EXPECT_EQ(next.exitCode, 0) << next.err;
    EXPECT_THAT(m_folder.names(), testing::UnorderedElementsAre("map.png", "out.npz"));
}

}  // namespace
}  // namespace vitrine::test
