// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>

#include <gmock/gmock.h>

#include "tests/core/checkpoint/files.h"
#include "tests/core/checkpoint/pickles.h"

namespace vitrine::test {
namespace {

/// The smallest file of each kind.
std::map<std::string, std::string> smallest()
{
    const std::string pickle = proto + dict({{"w", twoFloats()}}) + '.';
    const std::string array = npy(npyHeader("<f4", "(2,)"), floats({1, 2}));
    return {{"safetensors", safetensors('{' + entry("w", "F32", "[2]", 0, 8) + '}', floats({1, 2}))},
            {"PyTorch zip", torchZip(pickle)},
            {"PyTorch legacy", torchLegacy(pickle)},
            {"PyTorch zip, deflated", zip({{"a/data.pkl", pickle, true}, {"a/data/0", floats({1, 2}), true}})},
            {"npz", zip({{"w.npy", array}})},
            {"npz, deflated", zip({{"w.npy", array, true}})}};
}

TEST(Damaged, FilesCutAtEveryByteAreRefused)
{
    std::size_t files = 0;
    for (const auto& [kind, bytes] : smallest()) {
        ASSERT_TRUE(outcomeOf(bytes).loaded) << kind;
        for (std::size_t length = 0; length < bytes.size(); ++length, ++files)
            EXPECT_FALSE(outcomeOf(bytes.substr(0, length)).loaded) << kind << ", cut at " << length;
    }
    EXPECT_GE(files, 1500U);
}

/// outcomeOf() checks that every refusal is an Error with a sentence, and the sanitizers the rest.
TEST(Damaged, FilesWithAFlippedBitAreRefusedOrLoad)
{
    std::size_t refused = 0;
    std::size_t loaded = 0;
    for (const auto& [kind, bytes] : smallest()) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            for (const unsigned bit : {0U, 3U, 5U, 7U}) {
                std::string damaged = bytes;
                damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ (1U << bit));
                ++(outcomeOf(damaged).loaded ? loaded : refused);
            }
        }
    }
    EXPECT_GE(refused, 3000U);
    EXPECT_GE(refused + loaded, 6000U);
}

TEST(Damaged, RealFilesWithBytesReplaced)
{
    std::size_t files = 0;
    for (const char* name :
         {"torch2.pth", "legacy_views.pth", "training.pth.tar", "types.safetensors", "plain.npz", "compressed.npz"}) {
        const std::string bytes = readFile(std::filesystem::path(VITRINE_GOLDEN_DIR) / "checkpoints" / name);
        ASSERT_FALSE(bytes.empty()) << name;
        for (std::size_t i = 0; i < bytes.size(); i += 7, ++files) {
            std::string damaged = bytes;
            damaged[i] = i % 2 == 0 ? '\xff' : '\0';
            outcomeOf(damaged);
        }
    }
    EXPECT_GE(files, 2000U);
}

}  // namespace
}  // namespace vitrine::test
