// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/output/arrays.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "tests/core/output/temporary_folder.h"
#include "tests/core/output/zip_reader.h"
#include "tests/core/trace/random_factors.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using test::contentOf;
using test::readNpy;
using test::readZip;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

NdArray counting(Shape shape)
{
    return test::filled(std::move(shape), [](std::int64_t i) { return static_cast<double>(i) + 0.5; });
}

/// What a Python program prints; `arguments` go to sys.argv.
std::string python(const std::string& program, const std::string& arguments = {})
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
        ::popen(("python3 -c \"" + program + "\" " + arguments + " 2>&1").c_str(), "r"), ::pclose);
    std::string text;
    for (int c; pipe && (c = std::fgetc(pipe.get())) != EOF;)
        text += static_cast<char>(c);
    return text;
}

bool numpyIsThere()
{
    static const bool there = python("import numpy; print(5)") == "5\n";
    return there;
}

struct ShapeCase {
    Shape shape;
    std::string written;
};

class WriteNpy : public testing::TestWithParam<ShapeCase> {};

TEST_P(WriteNpy, IsReadBack)
{
    const TemporaryFolder folder;
    const NdArray array = counting(GetParam().shape);
    writeNpy(folder / "a.npy", array);
    const test::Npy npy = readNpy(contentOf(folder / "a.npy"));
    EXPECT_EQ(npy.shape, GetParam().written);
    EXPECT_FALSE(npy.fortranOrder);
    EXPECT_EQ(npy.dataOffset % 64, 0U);
    EXPECT_THAT(npy.floats(), testing::ElementsAreArray(array.values()));
    EXPECT_THAT(folder.names(), ElementsAre("a.npy"));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, WriteNpy,
    testing::Values(ShapeCase{{}, "()"}, ShapeCase{{1}, "(1,)"}, ShapeCase{{1000}, "(1000,)"}, ShapeCase{{2, 3}, "(2, 3)"},
                    ShapeCase{{3, 0}, "(3, 0)"}, ShapeCase{{2, 3, 4, 5, 1}, "(2, 3, 4, 5, 1)"},
                    ShapeCase{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)"}));

TEST(WriteNpz, TextsAreNumpysUnicode)
{
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", {{"texts", std::vector<std::string>{"a", "Z\xc3\xbcrich \xf0\x9f\x90\x88", "\xff!", ""}},
                                {"none", std::vector<std::string>{}}});
    const std::vector<test::ZipEntry> entries = readZip(contentOf(folder / "a.npz"));
    const test::Npy texts = readNpy(entries.at(0).content), none = readNpy(entries.at(1).content);
    EXPECT_EQ(texts.dtype, "'<U8'");
    EXPECT_EQ(texts.shape, "(4,)");
    EXPECT_EQ(texts.data.size(), 4U * 8 * 4);
    EXPECT_EQ(none.dtype, "'<U1'");
    EXPECT_EQ(none.shape, "(0,)");
    if (!numpyIsThere())
        GTEST_SKIP() << "the rest needs Python with NumPy";
    EXPECT_EQ(python("import numpy, sys; f = numpy.load(sys.argv[1]); print(ascii(list(map(str, f['texts']))), len(f['none']))",
                     (folder / "a.npz").string()),
              "['a', 'Z\\xfcrich \\U0001f408', '\\ufffd!', ''] 0\n");
}

TEST(WriteNpy, WritesAnArrayThatWasNeverFilledAsNoElements)
{
    // A scalar's shape would promise one number that is not there.
    const TemporaryFolder folder;
    writeNpy(folder / "a.npy", NdArray());
    EXPECT_EQ(readNpy(contentOf(folder / "a.npy")).shape, "(0,)");
}

TEST(WriteNpy, KeepsEveryBit)
{
    const TemporaryFolder folder;
    const NdArray array({6}, {NAN, INFINITY, -INFINITY, -0.0F, std::numeric_limits<float>::denorm_min(), 1 / 3.0F});
    writeNpy(folder / "a.npy", array);
    const std::string data = readNpy(contentOf(folder / "a.npy")).data;
    EXPECT_EQ(data, std::string(reinterpret_cast<const char*>(array.data()), 24));
}

TEST(WriteNpy, IsReadByNumPy)
{
    if (!numpyIsThere())
        GTEST_SKIP() << "python3 with NumPy is not on this machine";
    const TemporaryFolder folder;
    writeNpy(folder / "a.npy", counting({2, 3}));
    writeNpy(folder / "scalar.npy", counting({}));
    const std::string program
        = "import sys, numpy as n; a = n.load(sys.argv[1] + '/a.npy'); s = n.load(sys.argv[1] + '/scalar.npy'); "
          "print(a.dtype, a.tolist(), s.shape, float(s))";
    EXPECT_EQ(python(program, folder.path().string()), "float32 [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]] () 0.5\n");
}

std::vector<NamedArray> mixed()
{
    return {{"one", counting({2, 3})},
            {"stack", std::vector<NdArray>{counting({2, 2}), counting({2, 2})}},
            {"grid", std::vector<std::int64_t>{14, -3}},
            {"nothing", NdArray()},
            {"no layers", std::vector<NdArray>()}};
}

TEST(WriteNpz, IsReadBack)
{
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", mixed());
    const std::vector<test::ZipEntry> entries = readZip(contentOf(folder / "a.npz"));
    ASSERT_EQ(entries.size(), 5U);
    EXPECT_EQ(entries[0].name, "one.npy");
    EXPECT_EQ(readNpy(entries[0].content).shape, "(2, 3)");
    EXPECT_EQ(entries[1].name, "stack.npy");
    EXPECT_EQ(readNpy(entries[1].content).shape, "(2, 2, 2)");
    EXPECT_THAT(readNpy(entries[1].content).floats(), ElementsAre(0.5, 1.5, 2.5, 3.5, 0.5, 1.5, 2.5, 3.5));
    EXPECT_EQ(readNpy(entries[2].content).shape, "(2,)");
    EXPECT_THAT(readNpy(entries[2].content).integers(), ElementsAre(14, -3));
    EXPECT_EQ(readNpy(entries[3].content).shape, "(0,)");
    EXPECT_EQ(readNpy(entries[4].content).shape, "(0,)");
    EXPECT_THAT(folder.names(), ElementsAre("a.npz"));
}

TEST(WriteNpz, IsReadByNumPy)
{
    if (!numpyIsThere())
        GTEST_SKIP() << "python3 with NumPy is not on this machine";
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", mixed());
    const std::string program = "import sys, numpy as n; z = n.load(sys.argv[1]); "
                                "print([(k, str(z[k].dtype), z[k].shape, float(z[k].sum())) for k in z.files])";
    EXPECT_EQ(python(program, (folder / "a.npz").string()),
              "[('one', 'float32', (2, 3), 18.0), ('stack', 'float32', (2, 2, 2), 16.0), ('grid', 'int64', (2,), 11.0), "
              "('nothing', 'float32', (0,), 0.0), ('no layers', 'float32', (0,), 0.0)]\n");
}

TEST(WriteNpz, GivesEqualFilesForEqualArrays)
{
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", mixed());
    writeNpz(folder / "b.npz", mixed());
    EXPECT_EQ(contentOf(folder / "a.npz"), contentOf(folder / "b.npz"));
}

TEST(WriteNpz, StreamsAStackWithoutASecondCopy)
{
    // 128 MiB on disk from layers that share 4 MiB of memory.
    const TemporaryFolder folder;
    const std::vector<NdArray> layers(32, counting({1024, 1024}));
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    writeNpz(folder / "a.npz", {{"attention", layers}});
    ::getrusage(RUSAGE_SELF, &after);
    EXPECT_GT(std::filesystem::file_size(folder / "a.npz"), std::uintmax_t(128) << 20);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 << 10) << "KiB more memory at the peak";
}

TEST(WriteNpz, RefusesLayersOfDifferentShapesAndEqualNames)
{
    const TemporaryFolder folder;
    test::writeText(folder / "a.npz", "old");
    EXPECT_THAT(
        [&] {
            writeNpz(folder / "a.npz", {{"attention", std::vector<NdArray>{counting({2, 2}), NdArray()}}});
        },
        ThrowsMessage<Error>(testing::AllOf(HasSubstr("attention"), HasSubstr("2x2 and 0"))));
    EXPECT_THAT(
        [&] {
            writeNpz(folder / "a.npz", {{"x", counting({1})}, {"x", counting({1})}});
        },
        ThrowsMessage<Error>(HasSubstr("The array x.npy cannot be written")));
    EXPECT_EQ(contentOf(folder / "a.npz"), "old");
    EXPECT_THAT(folder.names(), ElementsAre("a.npz"));
}

std::vector<std::string> namesOf(const std::vector<NamedArray>& arrays)
{
    std::vector<std::string> names;
    for (const NamedArray& array : arrays)
        names.push_back(array.name);
    return names;
}

TEST(NamedArrays, AreWhatTheTraceCommandPromises)
{
    ModelSpec spec = test::gridSpec(2, 3, 4);
    spec.registers = 4;
    Trace trace = test::traceOf(spec);
    trace.attention = {test::uniformAttention(2, 11), test::uniformAttention(2, 11)};
    trace.logits = counting({7});
    const std::vector<NamedArray> arrays = namedArrays(trace);
    EXPECT_THAT(namesOf(arrays), ElementsAre("input", "patch_embedding", "position_embedding", "attention", "tokens", "logits",
                                             "grid", "prefix_tokens", "assumed"));
    EXPECT_THAT(std::get<std::vector<std::int64_t>>(arrays[6].values), ElementsAre(2, 3));
    EXPECT_THAT(std::get<std::vector<std::int64_t>>(arrays[7].values), ElementsAre(5));
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", arrays);
    EXPECT_EQ(readNpy(readZip(contentOf(folder / "a.npz")).at(3).content).shape, "(2, 2, 11, 11)");
}

TEST(NamedArrays, HaveTheInnerOnesOfATnt)
{
    ModelSpec spec = test::gridSpec(2, 3, 4);
    spec.architecture = Architecture::Tnt;
    Trace trace = test::traceOf(spec);
    trace.innerAttention = {counting({6, 2, 4, 4})};
    const std::vector<NamedArray> arrays = namedArrays(trace);
    ASSERT_EQ(arrays.size(), 13U);
    EXPECT_THAT(namesOf({arrays.begin() + 9, arrays.end()}),
                ElementsAre("inner_attention", "inner_tokens", "inner_position", "inner_projection"));
    EXPECT_EQ(std::get<std::vector<NdArray>>(arrays[9].values).front().data(), trace.innerAttention.front().data());
}

TEST(NamedArrays, HaveAttentionWholeOrItsFactorsWhereThoseAreKept)
{
    ModelSpec spec = test::gridSpec(2, 3, 4);
    spec.layers = 2;
    Trace trace = test::traceOf(spec);
    trace.attention = {test::randomFactors(2, 7, 5, 1), test::randomFactors(2, 7, 5, 2)};
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", namedArrays(trace));
    writeNpz(folder / "qk.npz", namedArrays(trace, true));
    const Checkpoint whole = Checkpoint::open(folder / "a.npz"), parts = Checkpoint::open(folder / "qk.npz");
    EXPECT_FALSE(parts.find("attention"));
    const NdArray attention = whole.read("attention"), q = parts.read("q"), k = parts.read("k");
    ASSERT_EQ(attention.shape(), (Shape{2, 2, 7, 7}));
    ASSERT_EQ(q.shape(), (Shape{2, 2, 7, 5}));
    ASSERT_EQ(k.shape(), (Shape{2, 2, 7, 5}));
    for (std::int64_t layer = 0; layer < 2; ++layer) {
        const LayerAttention& kept = trace.attention[static_cast<std::size_t>(layer)];
        const NdArray expected = kept.matrices(), mine = attention[layer];
        EXPECT_EQ(std::vector(mine.values().begin(), mine.values().end()),
                  std::vector(expected.values().begin(), expected.values().end()));
        EXPECT_EQ(q.at({layer, 1, 3, 2}), kept.factors().qkv.at({3, 0, 1, 2}));
        EXPECT_EQ(k.at({layer, 1, 3, 2}), kept.factors().qkv.at({3, 1, 1, 2}));
    }
}

}  // namespace
}  // namespace vitrine
