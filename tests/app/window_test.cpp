// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Window, DecodersDoNotChatOnStderr)
{
    const Folder folder;
    std::string jpeg = readText(sample("koala.jpg"));
    jpeg.insert(jpeg.size() - 2, "bytes that belong to nothing");
    writeText(folder.path("odd.jpg"), jpeg);
    const Outcome outcome = vitrine({folder.path("odd.jpg"), "--model", golden("timm-vit"), "--screenshot",
                                     folder.path("window.png"), "--size", "640x480"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("JPEG")));
}

} // namespace
} // namespace vitrine::test
