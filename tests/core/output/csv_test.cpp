// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <gmock/gmock.h>

#include "core/output/arrays.h"
#include "tests/core/output/temporary_folder.h"

namespace vitrine {
namespace {

using test::contentOf;
using test::TemporaryFolder;
using testing::ElementsAre;

std::string written(const NdArray& array, const std::vector<std::string>& columns = {},
                    const std::vector<std::string>& rows = {})
{
    const TemporaryFolder folder;
    writeCsv(folder / "a.csv", array, columns, rows);
    return contentOf(folder / "a.csv");
}

/// RFC 4180: records of fields, lines end with CR LF.
std::vector<std::vector<std::string>> parsed(const std::string& text)
{
    std::vector<std::vector<std::string>> records{{""}};
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string& field = records.back().back();
        if (quoted && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"')
            field += text[++i];
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ',')
            records.back().emplace_back();
        else if (!quoted && text.compare(i, 2, "\r\n") == 0) {
            records.push_back({""});
            ++i;
        } else
            field += text[i];
    }
    records.pop_back();
    return records;
}

TEST(WriteCsv, PutsOneRowOnALine)
{
    EXPECT_EQ(written(NdArray({2, 3}, {1, 2, 3, 4, 5, 6})), "1,2,3\r\n4,5,6\r\n");
    EXPECT_EQ(written(NdArray({3}, {1, 2, 3})), "1,2,3\r\n");
    EXPECT_EQ(written(NdArray({2, 2, 1}, {1, 2, 3, 4})), "1\r\n2\r\n3\r\n4\r\n");
    EXPECT_EQ(written(NdArray({}, {7})), "7\r\n");
    EXPECT_EQ(written(NdArray()), "");
    EXPECT_EQ(written(NdArray({0}, std::vector<float>())), "");
}

TEST(WriteCsv, NamesColumnsAndRows)
{
    const NdArray array({2, 2}, {1, 2, 3, 4});
    EXPECT_EQ(written(array, {"a", "b"}), "a,b\r\n1,2\r\n3,4\r\n");
    EXPECT_EQ(written(array, {"a", "b"}, {"x", "y"}), ",a,b\r\nx,1,2\r\ny,3,4\r\n");
    EXPECT_EQ(written(array, {}, {"x", "y"}), "x,1,2\r\ny,3,4\r\n");
}

TEST(WriteCsv, WritesNumbersThatReadBackTheSame)
{
    const std::vector<float> values{0.1F, 1 / 3.0F, -2.5e-38F, 3.4028235e38F, 16777216.0F, -0.0F};
    const auto records = parsed(written(NdArray({6}, values)));
    ASSERT_EQ(records.size(), 1U);
    for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_EQ(std::stof(records[0][i]), values[i]);
    EXPECT_EQ(records[0][0], "0.1");
}

TEST(WriteCsv, WritesNanWithoutASign)
{
    EXPECT_EQ(written(NdArray({4}, {NAN, std::copysign(NAN, -1.0F), INFINITY, -INFINITY})), "nan,nan,inf,-inf\r\n");
}

TEST(WriteCsv, QuotesSoThatTextsRoundTrip)
{
    const std::vector<std::string> labels{"he said \"cat\"", "tabby, tiger", "two\nlines", "one\r\ntwo", "a;b",
                                          "plain",           "tab\there",    "",           "\"",         "käse 🧀"};
    const auto count = static_cast<std::int64_t>(labels.size());
    const std::string text = written(NdArray({1, count}, std::vector<float>(labels.size(), 1)), labels);
    const auto records = parsed(text);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0], labels);
    EXPECT_THAT(text, testing::HasSubstr("\"a;b\""));
    EXPECT_THAT(text, testing::HasSubstr(",plain,"));
}

TEST(WriteCsv, KeepsSpreadsheetsFromRunningTexts)
{
    const std::vector<std::string> labels{"=1+1",     "+1",  "-x", "@x", "\tx", "\rx", "\nx", std::string("\0x", 2),
                                          "=\"a,b\"", "a=b", "x-y"};
    const auto count = static_cast<std::int64_t>(labels.size());
    const NdArray array({count, 1}, std::vector<float>(labels.size(), -1));
    const auto records = parsed(written(array, {"=head"}, labels));
    ASSERT_EQ(records.size(), labels.size() + 1);
    EXPECT_THAT(records[0], ElementsAre("", "'=head"));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        EXPECT_EQ(records[i + 1][0], (i < 9 ? "'" : "") + labels[i]);
        EXPECT_EQ(records[i + 1][1], "-1") << "numbers stay numbers";
    }
}

TEST(WriteTable, NamesEveryColumnAndPutsARowOnALine)
{
    const TemporaryFolder folder;
    writeTable(folder / "a.csv", {{"layer", std::vector<std::int64_t>{0, 11}},
                                  {"class", std::vector<std::string>{"cat, tabby", "=1+1"}},
                                  {"value", std::vector<float>{0.5F, NAN}}});
    EXPECT_EQ(contentOf(folder / "a.csv"), "layer,class,value\r\n0,\"cat, tabby\",0.5\r\n11,'=1+1,nan\r\n");
    writeTable(folder / "a.csv", longTable(NdArray({2, 1, 2}, {1, 2, 3, 4}), {"layer", "head", "row"}));
    EXPECT_EQ(contentOf(folder / "a.csv"), "layer,head,row,value\r\n0,0,0,1\r\n0,0,1,2\r\n1,0,0,3\r\n1,0,1,4\r\n");
    writeTable(folder / "a.csv", longTable(NdArray({2, 0}, std::vector<float>()), {"layer", "head"}));
    EXPECT_EQ(contentOf(folder / "a.csv"), "layer,head,value\r\n");
}

}  // namespace
}  // namespace vitrine
