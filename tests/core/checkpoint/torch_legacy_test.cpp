// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/core/checkpoint/files.h"
#include "tests/core/checkpoint/pickles.h"

namespace vitrine::test {
namespace {

std::string keys(const std::vector<std::string>& names)
{
    std::string list = proto + "](";
    for (const std::string& name : names)
        list += text(name);
    return list + "e.";
}

std::string withStorage(const std::string& ops, std::int64_t offset = 0, const std::vector<std::int64_t>& shape = {2})
{
    return torchLegacy(proto + dict({{"w", tensor(ops, offset, shape, {1})}}) + '.');
}

TEST(TorchLegacy, Loads)
{
    expectLoads(torchLegacy(good), 3);
    expectLoads(torchLegacy(good) + "more", 3);
    expectRefused(torchLegacy(proto + global("torch", "Model") + ")\x81.", keys({}), ""), "object of class torch.Model");
}

TEST(TorchLegacy, TheMagicNumberIsANumber)
{
    const std::string made = "\x80\x02" + global("builtins", "int") + tuple({text("119547037146038801333356")}) + "R.";
    expectRefused(made + torchLegacy(good).substr(legacyStart.size()), "did not write");
    expectRefused(good, "did not write");
    expectRefused(legacyStart.substr(0, 15) + proto + "K\7." + good, "unknown version");
}

TEST(TorchLegacy, StoragesMustMatch)
{
    for (const std::uint64_t count :
         {std::uint64_t{4254413747647032608}, ~std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}})
        expectRefused(torchLegacy(good, keys({"0"}), number(count, 8) + floats({1, 2})), "should have");
    expectRefused(torchLegacy(good, keys({"0", "0"}), number(2, 8) + floats({1, 2}) + number(2, 8) + floats({1, 2})), "twice");
    expectRefused(torchLegacy(good, keys({"0", "1"}), number(2, 8) + floats({1, 2}) + number(0, 8)), "no tensor uses");
    expectRefused(torchLegacy(good, keys({}), ""), "missing");
    expectRefused(torchLegacy(good, proto + "](K\0e."), "pickle");
    expectRefused(torchLegacy(good, proto + "N."), "list of its storages");
    expectRefused(torchLegacy(good, keys({"0"}), number(2, 8) + floats({1})), "past the end");
}

TEST(TorchLegacy, ByteOrderOfTheWriter)
{
    expectRefused(torchLegacy(good, keys({"0"}), number(2, 8) + floats({1, 2}), "\x89"), "big-endian");
}

TEST(TorchLegacy, ViewsOfStorages)
{
    const auto view = [](std::int64_t offset, std::int64_t count) {
        return storage(text("0"), integer(2), tuple({text("v"), integer(offset), integer(count)}));
    };
    expectLoads(withStorage(storage(text("0"), integer(2), "N")), 3);
    expectLoads(withStorage(view(1, 1), 0, {1}), 2);
    expectRefused(withStorage(view(1, 2)), "outside its storage");
    expectRefused(withStorage(view(-1, 2)), "offset of a view");
    expectRefused(withStorage(view(1, 1), 0, {2}), "outside its stored data");
    expectRefused(withStorage(view(0, std::int64_t{1} << 62U)), "outside its storage");
}

TEST(TorchLegacy, ClassesBesideTheWeights)
{
    const std::string module = tuple({text("module"), global("models", "Net"), text("net.py"), text("code")}) + 'Q' + ")\x81";
    const Outcome outcome = outcomeOf(torchLegacy(proto + dict({{"w", twoFloats()}, {"net", module}}) + '.'));
    EXPECT_TRUE(outcome.loaded) << outcome.message;
    EXPECT_THAT(outcome.notes, testing::HasSubstr("models.Net"));
}

}  // namespace
}  // namespace vitrine::test
