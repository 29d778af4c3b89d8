// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/core/checkpoint/files.h"

namespace vitrine::test {
namespace {

const std::filesystem::path golden = std::filesystem::path(VITRINE_GOLDEN_DIR) / "checkpoints";

void check(const nlohmann::json& expected)
{
    const Checkpoint checkpoint = Checkpoint::open(golden / expected["file"].get<std::string>());
    EXPECT_EQ(toString(checkpoint.container()), expected["container"].get<std::string>());
    EXPECT_EQ(checkpoint.tensors().size(), expected["tensors"].size());
    for (const nlohmann::json& tensor : expected["tensors"]) {
        const auto name = tensor["name"].get<std::string>();
        const TensorInfo* info = checkpoint.find(name);
        ASSERT_NE(info, nullptr) << name;
        EXPECT_EQ(info->dtype, tensor["dtype"].get<std::string>()) << name;
        EXPECT_EQ(info->shape, tensor["shape"].get<Shape>()) << name;
        EXPECT_THAT(checkpoint.read(name).values(), testing::ElementsAreArray(tensor["values"].get<std::vector<float>>()))
            << name;
    }
    std::string notes;
    for (const std::string& note : checkpoint.notes())
        notes += note + '\n';
    for (const nlohmann::json& words : expected["notes"])
        EXPECT_THAT(notes, testing::HasSubstr(words.get<std::string>()));
    EXPECT_EQ(notes.empty(), expected["notes"].empty()) << notes;
    EXPECT_EQ(checkpoint.metadata(), (expected["metadata"].get<std::map<std::string, std::string>>()));
}

TEST(Golden, FilesOfPyTorchNumpyAndSafetensors)
{
    const nlohmann::json cases = nlohmann::json::parse(readFile(golden / "expected.json"));
    ASSERT_GE(cases.size(), 15U);
    for (const nlohmann::json& expected : cases) {
        SCOPED_TRACE(expected["file"]);
        check(expected);
    }
}

TEST(Golden, ProgramsAreRefused)
{
    EXPECT_THAT(outcomeOf(golden / "module.pth").message, testing::HasSubstr("torch.nn.modules.linear.Linear"));
    const Outcome script = outcomeOf(golden / "script.pth");
    EXPECT_TRUE(script.loaded) << script.message;
    EXPECT_THAT(script.notes, testing::HasSubstr("the program was not run"));
}

}  // namespace
}  // namespace vitrine::test
