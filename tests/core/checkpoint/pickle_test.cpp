// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/core/checkpoint/files.h"
#include "tests/core/checkpoint/pickles.h"

namespace vitrine::test {
namespace {

std::string repeated(const std::string& ops, int count)
{
    std::string result;
    for (int i = 0; i < count; ++i)
        result += ops;
    return result;
}

/// A dict of the weights and of one more value.
std::string beside(const std::string& ops)
{
    return torchZip(proto + dict({{"w", twoFloats()}, {"x", ops}}) + '.');
}

/// The weights after the instructions.
std::string after(const std::string& ops)
{
    return torchZip(proto + ops + dict({{"w", twoFloats()}}) + '.');
}

const std::string command = tuple({text("touch /tmp/never")});

TEST(Pickle, CommandsAreRefusedWhereverTheyStand)
{
    const std::string call = global("os", "system") + command + 'R';
    expectRefused(after(call + '0'), "os.system");
    expectRefused(torchZip(proto + dict({{"w", twoFloats()}}) + call + '.'), "os.system");
    expectRefused(beside(call), "os.system");
    expectRefused(after(text("os") + text("system") + "\x93" + command + "R0"), "os.system");
    expectRefused(after(global("posix", "system") + command + "}\x92" + '0'), "posix.system");
    expectRefused(after(global("builtins", "eval") + command + "R0"), "builtins.eval");
    expectRefused(after(global("__builtin__", "getattr") + command + "R0"), "getattr");
    expectRefused(after(global("subprocess", "Popen") + command + "R0"), "subprocess");
    expectRefused(after(text("torch") + text("serialization.os.system") + "\x93" + command + "R0"), "os.system");
    for (const std::string& ops : {"(" + text("x") + "ios\nsystem\n0", '(' + global("argparse", "Namespace") + "o0",
                                   std::string("\x82\1"
                                               "0"),
                                   std::string("\x83\1\0"
                                               "0",
                                               4),
                                   std::string("\x84\1\0\0\0"
                                               "0",
                                               6)})
        expectRefused(after(ops), "instruction");
    EXPECT_FALSE(std::filesystem::exists("/tmp/never"));
}

TEST(Pickle, HarmlessObjectsAreSkipped)
{
    const std::string dtype = global("numpy", "dtype") + tuple({text("f8"), "\x89", "\x88"}) + 'R' + tuple({integer(3)}) + 'b';
    for (const std::string& object :
         {global("argparse", "Namespace") + ")\x81" + dict({{"lr", integer(1)}}) + 'b',
          global("numpy.core.multiarray", "scalar") + tuple({dtype, text("x")}) + 'R',
          global("some.where", "Class") + tuple({integer(1)}) + 'R', global("some.where", "Class") + ")}\x92"}) {
        const Outcome outcome = outcomeOf(beside(object));
        EXPECT_TRUE(outcome.loaded) << outcome.message;
        EXPECT_DOUBLE_EQ(outcome.sum, 3);
        EXPECT_THAT(outcome.notes, testing::HasSubstr("\"x\" was skipped"));
    }
}

TEST(Pickle, TensorsOfSpecialKindsAreSkipped)
{
    for (const char* function :
         {"_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_meta_tensor_no_storage", "_rebuild_new"}) {
        const Outcome outcome = outcomeOf(beside(global("torch._utils", function) + ")R"));
        EXPECT_TRUE(outcome.loaded) << outcome.message;
        EXPECT_THAT(outcome.notes, testing::HasSubstr("tensor"));
    }
}

TEST(Pickle, PlainValuesOfEveryKind)
{
    for (const std::string& ops :
         {std::string("N"),
          std::string("\x88"),
          std::string("J\1\2\3\4"),
          std::string("M\1\2"),
          std::string("G12345678"),
          std::string("\x8a\x0a"
                      "0123456789"),
          std::string("\x8b\1\0\0\0\7", 6),
          std::string("]"),
          "](" + integer(1) + "e",
          "]" + integer(1) + "a",
          std::string("\x8f(K\1\x90"),
          std::string("(K\1\x91"),
          std::string("C\1x"),
          std::string("B\1\0\0\0x", 6),
          "\x8e" + number(1, 8) + "x",
          "\x96" + number(1, 8) + "x",
          "\x8d" + number(1, 8) + "x",
          std::string("\x8c\1x"),
          std::string("U\1x"),
          std::string("T\1\0\0\0x", 6),
          std::string("K\1\x85"),
          std::string("K\1K\2\x86"),
          std::string("K\1K\2K\3\x87"),
          std::string("K\1q\7"
                      "0h\7"),
          std::string("K\1r\7\0\0\0"
                      "0j\7\0\0\0",
                      13),
          std::string("K\1\x94"),
          std::string("K\1"
                      "20"),
          std::string("K\1(K\2"
                      "1"),
          global("collections", "OrderedDict") + tuple({"](" + tuple({text("k"), integer(1)}) + "e"}) + 'R',
          global("collections", "defaultdict") + tuple({global("builtins", "int")}) + 'R',
          global("_codecs", "encode") + tuple({text("x"), text("latin1")}) + 'R',
          global("torch", "float32"),
          global("torch", "Size") + tuple({integers({1})}) + 'R',
          global("__builtin__", "set") + tuple({"]"}) + 'R',
          global("torch", "device") + tuple({text("cpu")}) + 'R'})
        expectLoads(beside(ops), 3);
}

TEST(Pickle, AttributesAreNoItems)
{
    const std::string ordered = global("collections", "OrderedDict") + ")R(" + text("w") + twoFloats() + 'u';
    expectLoads(torchZip(proto + ordered + dict({{"_metadata", dict({})}}) + "b."), 3);
}

TEST(Pickle, ParametersAndSubclasses)
{
    const std::string parameter = global("torch._utils", "_rebuild_parameter") + tuple({twoFloats(), "\x88", "}"}) + 'R';
    expectLoads(torchZip(proto + dict({{"w", parameter}}) + '.'), 3);
    const std::string fromType = global("torch._tensor", "_rebuild_from_type_v2")
                                 + tuple({global("torch._utils", "_rebuild_tensor"), global("torch", "Tensor"),
                                          tuple({storage(text("0"), integer(2)), integer(0), integers({2}), integers({1})}),
                                          "}"})
                                 + 'R';
    expectLoads(torchZip(proto + dict({{"w", fromType}}) + '.'), 3);
    const std::string bytes = tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"), text("cpu"),
                                     integer(8)})
                              + 'Q';
    const std::string third = global("torch._utils", "_rebuild_tensor_v3")
                              + tuple(
                                  {bytes, integer(0), integers({2}), integers({1}), "\x89", "}", global("torch", "float32")})
                              + 'R';
    expectLoads(torchZip(proto + dict({{"w", third}}) + '.'), 3);
}

TEST(Pickle, TensorsAreNotChanged)
{
    expectRefused(after(twoFloats() + integer(1) + integer(2) + "s0"), "sets items of a tensor");
    expectRefused(after(twoFloats() + integer(1) + "a0"), "adds items to a tensor");
    expectRefused(after(integer(1) + "}b0"), "changes a number");
}

TEST(Pickle, StacksThatDoNotHold)
{
    for (const char* ops :
         {"0", "t", "a", "s", "R", "b", "Q", "\x85", "\x93", "\x81", "\x92", "2", "q\1", "\x94", "(K\1)u0", "1"})
        EXPECT_FALSE(outcomeOf(torchZip(proto + ops + dict({{"w", twoFloats()}}) + '.')).loaded) << ops;
    expectRefused(after("h\7"), "has not made");
    expectRefused(torchZip(proto + '.'), "not there");
    expectRefused(after("}](K\1u0"), "without a value");
    expectRefused(after("}]K\1s0"), "as a key");
}

TEST(Pickle, HugeMemoIndexIsSmall)
{
    expectLoads(after("K\1r\xff\xff\xff\xff"
                      "0"),
                3);
}

TEST(Pickle, CyclesAndKeysThatCannotBe)
{
    expectRefused(beside("]q\1h\1a"), "contains itself");
    expectRefused(beside("}q\1h\1K\1s"), "as a key");
    expectRefused(beside("}q\1" + text("k") + "h\1s"), "contains itself");
}

TEST(Pickle, RepetitionIsBounded)
{
    std::string doubling = "]q\1";
    for (int i = 1; i <= 60; ++i)
        doubling += std::string("](h") + static_cast<char>(i) + 'h' + static_cast<char>(i) + "eq" + static_cast<char>(i + 1);
    expectRefused(torchZip(proto + doubling + '.'), "too often");
    expectRefused(after("K\1q\1(" + repeated("h\1", 1'000'000) + 't'), "too deeply");
    expectRefused(after(repeated("(", 1'000'000)), "too deeply");
    expectRefused(torchZip(proto + ')' + repeated("\x85", 1'000'000) + '.'), "too deeply");
    expectRefused(torchZip(proto + "](" + repeated("K\1", 200'000) + "eq\1"
                           + repeated("0" + global("builtins", "list") + "h\1\x85R", 100) + '.'),
                  "too many");
}

TEST(Pickle, LengthsBeyondTheEnd)
{
    for (const std::string& ops : {"\x8d" + number(std::uint64_t{1} << 63U, 8), "\x8e" + number(~std::uint64_t{0}, 8),
                                   "X" + number(0xffffffff, 4), "\x8b" + number(0xffffffff, 4),
                                   std::string("T\xff\xff\xff\xff"), std::string("\x96\xff\xff\xff\xff\xff\xff\xff\xff")})
        expectRefused(beside(ops), "cut off");
}

TEST(Pickle, Frames)
{
    const std::string body = dict({{"w", twoFloats()}}) + '.';
    expectLoads(torchZip("\x80\x04\x95" + number(body.size(), 8) + body), 3);
    expectRefused(torchZip("\x80\x04\x95" + number(body.size() + 1, 8) + body), "longer");
    expectRefused(torchZip("\x80\x04\x95" + number(~std::uint64_t{0}, 8) + body), "longer");
    expectRefused(torchZip("\x80\x04\x95" + number(2, 8) + text("x") + '0' + body), "crosses");
    expectRefused(torchZip("\x80\x04\x95" + number(9, 8) + "\x95" + number(1, 8) + body), "inside another");
}

TEST(Pickle, Protocols)
{
    const std::string body = dict({{"w", twoFloats()}}) + '.';
    for (const char protocol : {'\2', '\3', '\4', '\5'})
        expectLoads(torchZip(std::string("\x80") + protocol + body), 3);
    expectRefused(torchZip("\x80\x06" + body), "protocol");
    expectRefused(torchZip("(dp0\nS'w'\np1\nI1\ns."), "instruction");
}

TEST(Pickle, KeysOfOtherKinds)
{
    const std::string latin = torchZip(proto + "}U\2\xe9w" + twoFloats() + "s.");
    EXPECT_TRUE(outcomeOf(latin).loaded);
    expectLoads(torchZip(proto + "}U\1w" + twoFloats() + "s."), 3);
    const Outcome numbered = outcomeOf(beside("}K\1" + twoFloats() + 's'));
    EXPECT_TRUE(numbered.loaded);
    EXPECT_THAT(numbered.notes, testing::HasSubstr("key is no text"));
    const Outcome twice = outcomeOf(torchZip(proto + dict({{"w", twoFloats()}, {"w", twoFloats()}}) + '.'));
    EXPECT_EQ(twice.tensors, 1U);
    EXPECT_THAT(twice.notes, testing::HasSubstr("twice"));
    expectRefused(torchZip(proto + dict({{"\xff", twoFloats()}}) + '.'), "UTF-8");
    expectRefused(torchZip(proto + dict({{"\xed\xa0\x80", twoFloats()}}) + '.'), "UTF-8");
}

TEST(Pickle, WhatFollowsTheEndDoesNotMatter)
{
    expectLoads(torchZip(proto + dict({{"w", twoFloats()}}) + ".garbage"), 3);
    expectLoads(after("K\1"), 3);
}

}  // namespace
}  // namespace vitrine::test
