// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

TEST(Bench, JsonHasThePromisedKeys)
{
    const Outcome outcome = vitrine(
        {"bench", "--model", golden("timm-tnt"), "--batch", "2", "--runs", "3", "--threads", "1", "--device", "cpu", "--json"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const nlohmann::json json = outcome.json();
    EXPECT_TRUE(json.at("model").is_string());
    EXPECT_THAT(json.at("device").get<std::string>(), testing::HasSubstr("CPU"));
    EXPECT_EQ(json.at("precision"), "float32");
    EXPECT_EQ(json.at("threads"), 1);
    EXPECT_EQ(json.at("batch"), 2);
    EXPECT_EQ(json.at("runs"), 3);
    EXPECT_GT(json.at("min_ms").get<double>(), 0);
    EXPECT_LE(json.at("min_ms"), json.at("median_ms"));
    EXPECT_LE(json.at("median_ms"), json.at("max_ms"));
}

TEST(Bench, TextNamesTheThreeTimes)
{
    const Outcome outcome = vitrine({"bench", "--model", golden("timm-vit"), "--runs", "2"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    for (const char* word : {"min", "median", "max", "ms"})
        EXPECT_THAT(outcome.out, testing::HasSubstr(word));
}

TEST(Bench, NoRunsAreAUsageError)
{
    expectError(vitrine({"bench", "--model", golden("timm-vit"), "--runs", "0"}), 2, "runs");
    expectError(vitrine({"bench", "--model", golden("timm-vit"), "--batch", "-1"}), 2, "batch");
}

}  // namespace
}  // namespace vitrine::test
