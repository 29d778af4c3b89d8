// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/core/checkpoint/files.h"
#include "tests/core/checkpoint/pickles.h"

namespace vitrine::test {
namespace {

const ZipFile pickleFile{"archive/data.pkl", good};
const ZipFile dataFile{"archive/data/0", floats({1, 2})};

std::string withTensor(const std::string& ops)
{
    return torchZip(proto + dict({{"w", ops}}) + '.');
}

std::string withView(std::int64_t offset, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides)
{
    return withTensor(tensor(storage(text("0"), integer(2)), offset, shape, strides));
}

TEST(TorchZip, LoadsWhateverTheFolderIsCalled)
{
    expectLoads(torchZip(good), 3);
    for (const std::string root : {"vit.b16 v1", "m\xC3\xA9", "archive"})
        expectLoads(zip({{root + "/data.pkl", good}, {root + "/data/0", floats({1, 2})}}), 3);
    expectLoads(zip({{"a/", ""}, {"a/data.pkl", good, true}, {"a/data/", ""}, {"a/data/0", floats({1, 2}), true}}), 3);
    expectRefused(zip({{"data.pkl", good}, {"data/0", floats({1, 2})}}), "without weights");
    expectRefused(torchZip(good, {{"other/x", ""}}), "outside the folder");
}

TEST(TorchZip, ByteOrder)
{
    expectLoads(torchZip(good, {{"archive/byteorder", "little"}}), 3);
    const std::string swapped("\x3f\x80\0\0\x40\0\0\0", 8);
    expectLoads(zip({pickleFile, {"archive/data/0", swapped}, {"archive/byteorder", "big"}}), 3);
    expectRefused(torchZip(good, {{"archive/byteorder", "x"}}), "byte order");
}

TEST(TorchZip, ChecksumsWarn)
{
    const Outcome absent = outcomeOf(
        zip({{"archive/data.pkl", good, false, 0, 0}, {"archive/data/0", floats({1, 2}), false, 0, 0}}));
    EXPECT_TRUE(absent.loaded);
    EXPECT_THAT(absent.notes, testing::HasSubstr("without checksums"));
    const Outcome wrong = outcomeOf(zip({pickleFile, {"archive/data/0", floats({1, 2}), false, 0, 77}}));
    EXPECT_TRUE(wrong.loaded);
    EXPECT_THAT(wrong.notes, testing::HasSubstr("checksum of \"archive/data/0\" is wrong"));
}

TEST(TorchZip, FlagsNeedNoGuessing)
{
    for (const std::uint16_t flags : {std::uint16_t{0x1}, std::uint16_t{0x40}})
        expectRefused(zip({pickleFile, {"archive/data/0", floats({1, 2}), false, flags}}), "encrypted");
    expectRefused(zip({pickleFile, {"archive/data/0", floats({1, 2}), false, 0x20}}), "zip feature");
    expectLoads(zip({pickleFile, {"archive/data/0", floats({1, 2}), false, 0x808}}), 3);
}

TEST(TorchZip, TwoReadersMustSeeTheSame)
{
    expectRefused(zip({pickleFile, {"archive/data/0", floats({1, 2}), false, 0, {}, "archive/data/1"}}), "differs");
    expectRefused(zip({pickleFile, dataFile, pickleFile}), "twice");
    expectRefused(torchZip(good, {{"archive/DATA.pkl", good}}), "differ in case");
    std::string broken = zip({{"archive/x", "x"}, pickleFile, dataFile});
    broken[0] = 'Q';
    expectRefused(broken, "no weight file");
    broken[0] = 'P';
    broken[8] = 8;
    expectRefused(broken, "differs");
    std::string overlapping = zip({pickleFile, dataFile, {"archive/data/1", "", false, 0, {}, "archive/data/0", {}, 0}});
    expectRefused(overlapping, "differs");
    expectRefused(zip({pickleFile, dataFile, {"archive/data.pkl", good, false, 0, {}, {}, {}, 0}}), "overlaps");
}

TEST(TorchZip, EndRecords)
{
    const std::string file = torchZip(good);
    expectRefused(file.substr(0, file.size() - 22), "no directory");
    expectRefused(file + "x", "end record");
    expectRefused("x" + file, "no weight file");
    const std::string inner = zip({pickleFile, dataFile}, {{}, {}, "comment"});
    expectLoads(inner, 3);
    expectRefused(zip({pickleFile, dataFile}, {{}, {}, "PK\5\6" + number(0, 18)}), "directory");
    for (const std::uint16_t entries : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{3}, std::uint16_t{0xffff}})
        expectRefused(zip({pickleFile, dataFile}, {entries, {}, {}}), "entries");
    for (const std::uint32_t offset : {0U, 1U, 0xfffffffeU, 0xffffffffU})
        expectRefused(zip({pickleFile, dataFile}, {{}, offset, {}}), "directory");
    std::string notFirst = zip({{"archive/x", "x"}, pickleFile, dataFile});
    notFirst.replace(notFirst.find("PK\1\2"), 46 + 9, "");
    expectRefused(notFirst, "directory");
}

TEST(TorchZip, SizesBeyondTheFile)
{
    for (const std::uint64_t size : {std::uint64_t{1} << 63U, ~std::uint64_t{0}, std::uint64_t{9}})
        expectRefused(zip({pickleFile, {"archive/data/0", floats({1, 2}), false, 0, {}, {}, size}}), "sizes");
    expectRefused(zip({pickleFile, {"archive/data/0", floats({1, 2}), true, 0, {}, {}, std::uint64_t{1} << 63U}}), "far more");
    expectRefused(zip({pickleFile, {"archive/data/0", std::string(100'000'000, '\0'), true}}), "far more");
    for (const std::uint64_t size : {7U, 9U})
        expectRefused(zip({pickleFile, {"archive/data/0", floats({1, 2}), true, 0, {}, {}, size}}), "unpack");
}

TEST(TorchZip, StoragesMustMatchTheirRecords)
{
    for (const std::int64_t count : {std::int64_t{1}, std::int64_t{3}, std::int64_t{1} << 62U, std::int64_t{-1}})
        EXPECT_FALSE(outcomeOf(withTensor(tensor(storage(text("0"), integer(count)), 0, {1}, {1}))).loaded) << count;
    expectRefused(withTensor(tensor(storage(text("../../x"), integer(2)), 0, {2}, {1})), "missing");
    expectRefused(withTensor(tensor(storage(text("1"), integer(2)), 0, {2}, {1})), "missing");
    expectRefused(withTensor(tensor(storage(integer(0), integer(2)), 0, {2}, {1})), "key of a storage");
    expectRefused(withTensor(tensor(storage(text("0"), "\x8a\xff" + std::string(255, '\1')), 0, {2}, {1})),
                  "length of a storage");
    expectRefused(withTensor(text("0") + 'Q'), "unknown way");
    expectRefused(withTensor(tuple({}) + 'Q'), "unknown way");
}

TEST(TorchZip, ViewsMustLieInside)
{
    expectLoads(withView(0, {2, 3}, {1, 0}), 9);
    expectLoads(withView(1, {2}, {0}), 4);
    expectLoads(withView(0, {0, 5}, {5, 1}), 0);
    expectLoads(withView(1, {}, {}), 2);
    constexpr std::int64_t large = std::int64_t{1} << 62U;
    for (const std::string& file :
         {withView(-1, {2}, {1}), withView(1, {2}, {1}), withView(0, {-2}, {1}), withView(0, {2}, {-1}),
          withView(0, {3}, {large}), withView(large, {2}, {large}), withView(0, {2}, {1, 1}), withView(0, {large, 4}, {0, 0}),
          withView(0, {1 << 20, 1 << 20}, {0, 0}), withView(2, {}, {}),
          withView(0, std::vector<std::int64_t>(40, 1), std::vector<std::int64_t>(40, 1))})
        EXPECT_FALSE(outcomeOf(file).loaded);
}

TEST(TorchZip, ManyExpandedTensorsAreBounded)
{
    Items items;
    for (int i = 0; i < 100; ++i)
        items.emplace_back(std::to_string(i), tensor(storage(text("0"), integer(2)), 0, {1'000'000}, {0}));
    expectRefused(torchZip(proto + dict(items) + '.'), "more memory");
}

TEST(TorchZip, WeightsOfATorchScriptProgramAreReadAndItIsNotRun)
{
    const std::string inner = global("__torch__.___torch_mangle_1", "Linear") + ")\x81" + dict({{"weight", twoFloats()}}) + 'b';
    const Outcome program = outcomeOf(torchZip(proto + global("__torch__", "Net") + ")\x81" + dict({{"head", inner}}) + "b.",
                                               {{"archive/code/__torch__.py", "x"}, {"archive/constants.pkl", "x"}}));
    EXPECT_TRUE(program.loaded) << program.message;
    EXPECT_THAT(program.notes, testing::HasSubstr("the program was not run"));
    expectRefused(torchZip(proto + global("__torch__x", "Net") + ")\x81" + dict({{"w", twoFloats()}}) + "b."),
                  "object of class __torch__x.Net");
}

TEST(TorchZip, ProgramsAreNotWeights)
{
    expectRefused(torchZip(proto + global("timm.models", "ViT") + ")\x81}b."), "object of class timm.models.ViT");
    expectRefused(torchZip(proto + twoFloats() + '.'), "single tensor");
    expectRefused(torchZip(proto + "K\1."), "no tensor");
}

}  // namespace
}  // namespace vitrine::test
