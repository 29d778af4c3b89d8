// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <numeric>
#include <thread>

#include <gmock/gmock.h>

#include "tests/core/checkpoint/archives.h"
#include "tests/core/checkpoint/files.h"

namespace vitrine::test {
namespace {

std::string npz(const std::string& array)
{
    return zip({{"w.npy", array}});
}

std::string npz(const std::string& descr, const std::string& shape, const std::string& data)
{
    return npz(npy(npyHeader(descr, shape), data));
}

TEST(Npz, LoadsEveryVersionAndOrder)
{
    for (const int major : {1, 2, 3})
        expectLoads(npz(npy(npyHeader("<f4", "(2,)"), floats({1, 2}), major)), 3);
    expectLoads(npz("<f4", "()", floats({5})), 5);
    expectLoads(npz(">f4", "(1,)", std::string("\x3f\x80\0\0", 4)), 1);
    expectLoads(npz("|b1", "(2,)", std::string("\1\0", 2)), 1);
    expectLoads(npz("<f4", "(2L, 1L)", floats({1, 2})), 3);
    expectLoads(npz("<f4", "(0, 7)", ""), 0);
    expectLoads(npz(npy("{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f4\"}", floats({1}))), 1);
}

TEST(Npz, ColumnMajorArraysAreTransposed)
{
    const TemporaryFolder folder;
    const auto path = folder.write("a.npz", npz(npy(npyHeader("<f4", "(2, 3)", true), floats({0, 10, 1, 11, 2, 12}))));
    const NdArray array = Checkpoint::open(path).read("w");
    EXPECT_THAT(array.values(), testing::ElementsAre(0, 1, 2, 10, 11, 12));
}

TEST(Npz, NamesAreNames)
{
    const std::string array = npy(npyHeader("<f4", "(1,)"), floats({1}));
    const TemporaryFolder folder;
    const auto path = folder.write("a.npz",
                                   zip({{"Transformer/kernel.npy", array}, {"bare", array}, {"../x.npy", array, true}}));
    const Checkpoint checkpoint = Checkpoint::open(path);
    EXPECT_EQ(checkpoint.container(), Container::Npz);
    for (const char* name : {"Transformer/kernel", "bare", "../x"})
        EXPECT_FLOAT_EQ(checkpoint.read(name).at({0}), 1) << name;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "../x.npy"));
}

TEST(Npz, TwoByteValuesAreBfloat16)
{
    const Outcome outcome = outcomeOf(npz("|V2", "(1,)", std::string("\x80\x3f")));
    EXPECT_DOUBLE_EQ(outcome.sum, 1);
    EXPECT_THAT(outcome.notes, testing::HasSubstr("bfloat16"));
}

TEST(Npz, TypesThatAreNoNumbers)
{
    expectRefused(npz("|O", "(1,)", "x"), "Python objects");
    const Outcome text = outcomeOf(npz("<U3", "()", std::string(12, 'x')));
    EXPECT_TRUE(text.loaded);
    EXPECT_EQ(text.tensors, 0U);
    EXPECT_THAT(text.notes, testing::HasSubstr("not numeric"));
    expectRefused(npz(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", floats({1}))), "cannot be read");
}

TEST(Npz, HeadersThatCannotBe)
{
    expectRefused(npz("\x93NUMPY\2" + std::string(1, '\0') + number(0xfffffff0, 4)), "too long");
    expectRefused(npz("\x93NUMPY\1" + std::string(1, '\0') + number(100, 2)), "cut off");
    expectRefused(npz(npy("{}", "", 4)), "version");
    for (const char* shape :
         {"(-1,)", "(True,)", "(np.int64(1),)", "(1)", "1", "[1]", "(1.5,)", "(1,,)", "(18446744073709551616,)"})
        expectRefused(npz("<f4", shape, floats({1})), "cannot be read");
    for (const std::string& literal :
         {std::string(9'000, '('), std::string("{'descr': '<f4', 'shape': (1,)}"),
          std::string("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}"), std::string("__import__('os')"),
          std::string("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} or 1"), std::string("{'descr': '<f4"),
          std::string()})
        expectRefused(npz(npy(literal, floats({1}))), "cannot be read");
    expectRefused(npz(npy(std::string(100'000, '('), "", 2)), "too long");
}

TEST(Npz, ShapesBeyondTheData)
{
    expectRefused(npz("<f4", "(1099511627776,)", ""), "outside its stored data");
    expectRefused(npz("<f4", "(4611686018427387904, 4611686018427387904)", ""), "too large");
    expectRefused(npz("<f4", "(2,)", floats({1}) + "xyz"), "outside its stored data");
}

TEST(Npz, PackedArrays)
{
    const std::string zeros = npy(npyHeader("<f4", "(1000,)"), std::string(4000, '\0'));
    expectLoads(zip({{"w.npy", zeros, true}}), 0);
    expectRefused(zip({{"w.npy", npy(npyHeader("<f4", "(25000000,)"), std::string(100'000'000, '\0')), true}}), "far more");
    expectRefused(zip({{"w.npy", zeros, true, 0, {}, {}, zeros.size() - 1}}), "damaged");
    expectRefused(zip({{"w.npy", zeros, true, 0, {}, {}, zeros.size() + 1}}), "unpack");
    expectRefused(zip({{"w.npy", zeros, false, 1}}), "encrypted");
    expectRefused(zip({{"inner.zip", npz(zeros)}}), "without weights");
}

TEST(Npz, PackedArraysAreReadFromSeveralThreads)
{
    const TemporaryFolder folder;
    const std::string ones = npy(npyHeader("<f4", "(1000,)"), floats(std::vector<float>(1000, 1)));
    const Checkpoint checkpoint = Checkpoint::open(folder.write("a.npz", zip({{"w.npy", ones, true}})));
    std::array<float, 4> sums{};
    {
        std::vector<std::jthread> threads;
        for (float& sum : sums)
            threads.emplace_back([&checkpoint, &sum] {
                const NdArray array = checkpoint.read("w");
                sum = std::accumulate(array.values().begin(), array.values().end(), 0.0F);
            });
    }
    EXPECT_THAT(sums, testing::Each(1000));
}

}  // namespace
}  // namespace vitrine::test
