// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/file_name.h"

#include <QUrl>

#include <random>

#include <gmock/gmock.h>

namespace vitrine {
namespace {

TEST(FileName, OfUtf8IsItsText)
{
    EXPECT_EQ(fromPath("/a/\xc3\xa9\xf0\x9f\x90\x88.png"), QString::fromUtf8("/a/\xc3\xa9\xf0\x9f\x90\x88.png"));
    EXPECT_EQ(toPath(QString::fromUtf8("\xf0\x9f\x90\x88.png")), "\xf0\x9f\x90\x88.png");
}

TEST(FileName, KeepsEveryByte)
{
    // A byte order mark, a surrogate in UTF-8, an overlong slash, a character that is cut off, bytes that never occur.
    for (const char* name :
         {"\xef\xbb\xbf", "\xef\xbb\xbf\xff", "\xed\xb2\x80", "\xc0\xaf", "a\xe2\x82", "\xe2\x82/\xac", "\xff\xfe"})
        EXPECT_EQ(toPath(fromPath(name)).native(), name);
    std::mt19937 random(5);
    for (int round = 0; round < 2000; ++round) {
        std::string name(random() % 12, ' ');
        for (char& byte : name)
            byte = static_cast<char>(random() % 3 == 0 ? random() % 256 : 0x80 + random() % 128);
        std::erase(name, '\0');
        EXPECT_EQ(toPath(fromPath(name)).native(), name);
    }
}

TEST(FileName, OfAUrl)
{
    EXPECT_EQ(toPath(fromUrl(QUrl(QStringLiteral("file:///a%20b/%C3%A9%25%FF.png")))), "/a b/\xc3\xa9%\xff.png");
    const QString odd = QStringLiteral("/a #?%41;é.png");
    EXPECT_EQ(fromUrl(QUrl::fromLocalFile(odd)), odd);
}

TEST(FileName, DiffersWhereTheBytesDo)
{
    EXPECT_NE(fromPath("\xfe.png"), fromPath("\xff.png"));
    EXPECT_NE(fromPath("\xff.png"), fromPath("\xef\xbf\xbd.png"));
}

}  // namespace
}  // namespace vitrine
