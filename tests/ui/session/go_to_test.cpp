// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/go_to.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/ui/fake_trace.h"

namespace vitrine {

namespace {

Place read(const char* line, const Place& from = {})
{
    return parsePlace(QString::fromUtf8(line), from,
                      *fakeSpec({.layers = 12, .heads = 4, .gridHeight = 14, .gridWidth = 14, .registers = 2}));
}

std::string complaint(const char* line)
{
    try {
        read(line);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

TEST(GoTo, ReadsWhatPeopleType)
{
    const Place full = read("layer 5 head 2 patch 6,9");
    EXPECT_EQ(full.layer, 5);
    EXPECT_EQ(full.heads, (HeadChoice{HeadFusion::Single, 2, {}}));
    EXPECT_EQ(full.pinned, 3 + 6 * 14 + 9);
    EXPECT_EQ(read("L5 h2 p6,9"), full);
    EXPECT_EQ(read("  PATCH 6 , 9;head 2, layer 5"), full);
    EXPECT_EQ(read("layer last").layer, 11);
    EXPECT_EQ(read("head max").heads.fusion, HeadFusion::Max);
    EXPECT_EQ(read("mean", full).heads.fusion, HeadFusion::Mean);
    EXPECT_EQ(read("register 1").pinned, 2);
    EXPECT_EQ(read("token 7").pinned, 7);
    EXPECT_EQ(read("looked at by").direction, Direction::LookedAtBy);
    EXPECT_EQ(read("class 3").chosenClass, 3);
    EXPECT_EQ(read("layer 1 class KIND 4").chosenClass, 4);
    EXPECT_EQ(read("layer 1 class KIND 4").layer, 1);
}

TEST(GoTo, WhatIsNotNamedStays)
{
    const Place from = read("layer 5 head 2 patch 6,9 looked at by");
    Place expected = from;
    expected.layer = 0;
    EXPECT_EQ(read("layer 0", from), expected);
    EXPECT_EQ(read("cls", from).pinned, std::nullopt);
    EXPECT_EQ(read("cls", from).layer, 5);
}

TEST(GoTo, SaysWhatIsWrong)
{
    EXPECT_NE(complaint("layer 12").find("0 to 11"), std::string::npos);
    EXPECT_NE(complaint("patch 3").find("patch column"), std::string::npos);
    EXPECT_NE(complaint("layer").find("number is missing"), std::string::npos);
    EXPECT_NE(complaint("banana 3").find("\"banana\""), std::string::npos);
    EXPECT_NE(complaint("distillation").find("no distillation token"), std::string::npos);
    EXPECT_NE(complaint("class walrus").find("walrus"), std::string::npos);
    EXPECT_NE(complaint("layer 99999999999999999999").find("number is missing"), std::string::npos);
    EXPECT_FALSE(complaint("").empty());
    EXPECT_FALSE(complaint(",,,").empty());
}

TEST(GoTo, DescriptionCanBeReadBack)
{
    const auto spec = fakeSpec({.layers = 12, .gridHeight = 14, .gridWidth = 14});
    const Place place = parsePlace(QStringLiteral("layer 5 head 1 patch 6,9 looked at by"), {}, *spec);
    EXPECT_EQ(parsePlace(describe(place, *spec), {}, *spec), place);
}

}  // namespace

}  // namespace vitrine
