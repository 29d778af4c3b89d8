// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tests/core/checkpoint/archives.h"
#include "tests/core/checkpoint/files.h"

namespace vitrine::test {
namespace {

const std::string one = floats({1});
const std::string four = floats({1, 2, 3, 4});

std::string object(const std::string& entries)
{
    return '{' + entries + '}';
}

std::string withOffsets(const std::string& offsets)
{
    return safetensors(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":)" + offsets + "}}", one);
}

TEST(Safetensors, LoadsWhatTheFormatAllows)
{
    expectLoads(safetensors(object(entry("w", "F32", "[2,2]", 0, 16)), four), 10);
    expectLoads(safetensors(object(entry("w", "F32", "[]", 0, 4)), one), 1);
    expectLoads(safetensors(object(entry("a", "F32", "[2,0]", 0, 0) + ',' + entry("b", "F32", "[2,0]", 0, 0))), 0, 2);
    expectLoads(safetensors("\t\n{}\r "), 0, 0);
    expectLoads(safetensors(R"({"__metadata__":{}})"), 0, 0);
    expectLoads(safetensors(object(entry("b", "F32", "[1]", 4, 8) + ',' + entry("a", "F32", "[1]", 0, 4)), floats({1, 2})), 3,
                2);
    expectLoads(safetensors(object(entry("w", "F32", "[1]", 0, 4)) + "   ", one), 1);
}

TEST(Safetensors, SharesAlignedFloatsAndCopiesOthers)
{
    const TemporaryFolder folder;
    const std::string header = object(entry("w", "F32", "[2,2]", 0, 16));
    for (const std::size_t padding : {std::size_t{0}, 7 - (header.size() + 7) % 8, (8 - header.size() % 8) % 8 + 3}) {
        const Checkpoint checkpoint = Checkpoint::open(
            folder.write("w.safetensors", safetensors(header + std::string(padding, ' '), four)));
        const NdArray first = checkpoint.read("w");
        const bool isAligned = (header.size() + padding) % 4 == 0;
        EXPECT_EQ(first.data() == checkpoint.read("w").data(), isAligned) << padding;
        EXPECT_FLOAT_EQ(first.at({1, 1}), 4);
    }
}

TEST(Safetensors, ArraysOutliveTheCheckpointAndTheFile)
{
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.write("w.safetensors",
                                                    safetensors(object(entry("w", "F32", "[2,2]", 0, 16)) + "  ", four));
    const NdArray array = Checkpoint::open(path).read("w");
    std::filesystem::remove(path);
    EXPECT_FLOAT_EQ(array.at({1, 0}), 3);
}

TEST(Safetensors, MetadataAndInformation)
{
    const TemporaryFolder folder;
    const Checkpoint checkpoint = Checkpoint::open(folder.write(
        "w.safetensors", safetensors(R"({"__metadata__":{"arch":"vit"},)" + entry("w", "F16", "[2]", 0, 4) + '}', one)));
    EXPECT_EQ(checkpoint.metadata().at("arch"), "vit");
    EXPECT_EQ(checkpoint.container(), Container::Safetensors);
    ASSERT_NE(checkpoint.find("w"), nullptr);
    EXPECT_EQ(checkpoint.find("w")->dtype, "F16");
    EXPECT_EQ(checkpoint.find("v"), nullptr);
    EXPECT_THROW(checkpoint.read("v"), Error);
    EXPECT_TRUE(checkpoint.notes().empty());
}

TEST(Safetensors, HeaderLengthsThatCannotBe)
{
    expectRefused("", "empty");
    expectRefused("1234567", "cut off", "w.safetensors");
    expectRefused(safetensors(""), "JSON", "w.safetensors");
    expectRefused(safetensors("{}", "", 100), "cut off");
    for (const std::uint64_t length : {std::uint64_t{1} << 63U, ~std::uint64_t{0}, std::uint64_t{100'000'001}})
        expectRefused(safetensors("{}", "", length), "header", "w.safetensors");
}

TEST(Safetensors, HeadersThatAreNoHeaders)
{
    expectRefused(safetensors("{\"\xff\":1}"), "JSON");
    expectRefused(safetensors("{"), "JSON");
    expectRefused(safetensors("[]"), "list");
    expectRefused(safetensors("1"), "number", "w.safetensors");
    expectRefused(safetensors(R"({},"__metadata__":{})"), "JSON");
    expectRefused(safetensors(R"({"\ud800":{}})"), "JSON");
    expectRefused(safetensors(std::string(100'000, '[')), "list");
    std::string deep = "{";
    for (int i = 0; i < 100'000; ++i)
        deep += "\"a\":{";
    expectRefused(safetensors(deep), "wrong place");
    expectRefused(safetensors(R"({"w":{"dtype":"F32"}})"), "lacks");
    expectRefused(safetensors(R"({"w":{"dtype":"F32","dtype":"F32"}})"), "two types");
    expectRefused(safetensors(R"({"w":null})"), "null");
    expectRefused(safetensors(R"({"__metadata__":{"a":1}})"), "number");
    expectRefused(safetensors(R"({"__metadata__":{"a":{}}})"), "object");
    expectRefused(safetensors(R"({"__metadata__":{"a":"1","a":"2"}})"), "twice");
}

TEST(Safetensors, DuplicateNames)
{
    expectRefused(safetensors(object(entry("w", "F32", "[1]", 0, 4) + ',' + entry("w", "F32", "[1]", 4, 8)), floats({1, 2})),
                  "twice");
    expectRefused(safetensors(object(entry("w", "F32", "[1]", 0, 4) + ',' + entry("w", "F32", "[1]", 0, 4)), one), "overlap");
    expectRefused(safetensors(object(entry("w", "F32", "[0]", 0, 0) + ',' + entry("w", "F32", "[0]", 0, 0))), "twice");
}

TEST(Safetensors, LayoutsThatDoNotCoverTheData)
{
    expectRefused(safetensors(object(entry("w", "F32", "[1]", 4, 8)), floats({1, 2})), "hole");
    expectRefused(safetensors(object(entry("a", "F32", "[1]", 0, 4) + ',' + entry("b", "F32", "[1]", 8, 12)), four), "hole");
    expectRefused(safetensors(object(entry("w", "F32", "[4]", 0, 16)), four + "PK\3\4"), "after its last tensor");
    expectRefused(safetensors(object(entry("w", "F32", "[4]", 0, 16)), four.substr(2)), "truncated");
    expectRefused(withOffsets("[4,0]"), "overlap");
    expectRefused(withOffsets("[-1,3]"), "negative");
    expectRefused(withOffsets("[0,1.5]"), "whole number");
    expectRefused(withOffsets(R"(["0","4"])"), "text");
    expectRefused(withOffsets("[0,4,8]"), "more than two");
    expectRefused(withOffsets("[0]"), "lacks");
    expectRefused(withOffsets("4"), "number");
}

TEST(Safetensors, ManyNamesOnTheSameBytesFailFast)
{
    std::string entries;
    for (int i = 0; i < 100'000; ++i)
        entries += (i == 0 ? "" : ",") + entry(std::to_string(i), "F32", "[4]", 0, 16);
    expectRefused(safetensors(object(entries), four), "overlap");
}

TEST(Safetensors, ShapesThatDoNotFit)
{
    expectRefused(safetensors(object(entry("w", "F32", "[2]", 0, 16)), four), "do not fit its shape");
    expectRefused(safetensors(object(entry("w", "F32", "[2,9223372036854775806]", 0, 16)), four), "too large");
    expectRefused(safetensors(object(entry("w", "F32", "[2,18446744073709551614]", 0, 16)), four), "too large");
    expectRefused(safetensors(object(entry("w", "F32", "[9223372036854775808,2,0]", 0, 0))), "too large");
    expectRefused(safetensors(object(entry("w", "F32", "[4611686018427387904,4,0]", 0, 0))), "too large");
    expectRefused(safetensors(object(entry("w", "F32", "[-1]", 0, 4)), one), "negative");
    std::string ones = "[1";
    for (int i = 0; i < 40; ++i)
        ones += ",1";
    expectRefused(safetensors(object(entry("w", "F32", ones + ']', 0, 4)), one), "dimensions");
}

TEST(Safetensors, EveryType)
{
    for (const char* type : {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"})
        EXPECT_TRUE(outcomeOf(safetensors(object(entry("w", type, "[1]", 0, 1)), "\1")).loaded) << type;
    for (const char* type : {"U16", "I16", "F16", "BF16"})
        EXPECT_TRUE(outcomeOf(safetensors(object(entry("w", type, "[1]", 0, 2)), number(1, 2))).loaded) << type;
    for (const char* type : {"U64", "I64"})
        expectLoads(safetensors(object(entry("w", type, "[1]", 0, 8)), number(7, 8)), 7);
    expectRefused(safetensors(object(entry("w", "C64", "[1]", 0, 8)), number(0, 8)), "C64");
    expectRefused(safetensors(object(entry("w", "F4", "[2]", 0, 1)), "\1"), "F4");
    expectRefused(safetensors(object(entry("w", "F4", "[1]", 0, 1)), "\1"), "do not fit");
    expectRefused(safetensors(object(entry("w", "F6_E2M3", "[3]", 0, 2)), "\1\1"), "do not fit");
    expectRefused(safetensors(object(entry("w", "F128", "[1]", 0, 16)), four), "F128");
}

TEST(Safetensors, StrangeNamesLoadAndAreShownSafely)
{
    for (const std::string& name : {std::string(), std::string("a\\u0000b"), std::string(1'000'000, 'x'), std::string("../x"),
                                    std::string("\xE2\x80\xAE")})
        expectLoads(safetensors(object(entry(name, "F32", "[1]", 0, 4)), one), 1);
    const Outcome outcome = outcomeOf(safetensors(object(entry("\xE2\x80\xAE\\u001b\xD8\x9C", "F32", "[2]", 0, 4)), one));
    EXPECT_THAT(outcome.message, testing::HasSubstr(R"(\u202e\x1b\u061c)"));
}

TEST(Safetensors, NotANumberLoads)
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(outcomeOf(safetensors(object(entry("w", "F32", "[2]", 0, 8)), floats({nan, nan}))).sum));
}

TEST(Safetensors, LongHeadersTakeSecondsAtMost)
{
    std::string entries;
    for (int i = 0; entries.size() < 20'000'000; ++i)
        entries += (i == 0 ? "" : ",") + entry("layer." + std::to_string(i), "F32", "[0]", 0, 0);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(outcomeOf(safetensors(object(entries))).loaded);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(Safetensors, StopsWhenAsked)
{
    const TemporaryFolder folder;
    const auto path = folder.write("w.safetensors", safetensors("{}"));
    std::stop_source source;
    source.request_stop();
    EXPECT_THROW(Checkpoint::open(path, {}, source.get_token()), Cancelled);
    double last = 0;
    Checkpoint::open(path, [&](double fraction, std::string_view) { last = fraction; });
    EXPECT_DOUBLE_EQ(last, 1);
}

}  // namespace
}  // namespace vitrine::test
