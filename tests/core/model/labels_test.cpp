// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/labels.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/resources.h"
#include "tests/core/model/tiny_checkpoint.h"

namespace vitrine {
namespace {

using test::Assumes;
using testing::ElementsAre;
using testing::HasSubstr;

class Labels : public test::TinyCheckpoint {
protected:
    std::vector<std::string> read(const std::string& text) const { return readLabels(writeText("labels", text)); }

    std::string errorOf(const std::string& text, int classes = 0) const
    {
        try {
            ModelSpec spec;
            spec.classes = classes;
            ModelOverrides overrides;
            overrides.labels = writeText("labels", text);
            fillLabels(spec, {}, overrides);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
};

TEST_F(Labels, OneALine)
{
    EXPECT_THAT(read("cat\ndog\r\nhot dog\n\n"), ElementsAre("cat", "dog", "hot dog"));
}

TEST_F(Labels, TableWithOrWithoutHeaderAndWordnetIds)
{
    EXPECT_THAT(read("index\twnid\tname\n0\tn01440764\ttench\n1\tn01443537\tgoldfish\n"), ElementsAre("tench", "goldfish"));
    EXPECT_THAT(read("1\tgoldfish\n0\ttench\n"), ElementsAre("tench", "goldfish"));
    EXPECT_THAT(read("n01440764\ttench\nn01443537\tgoldfish\n"), ElementsAre("tench", "goldfish"));
}

TEST_F(Labels, JsonListOrTable)
{
    EXPECT_THAT(read(R"(["cat", "dog"])"), ElementsAre("cat", "dog"));
    EXPECT_THAT(read(R"({"1": "dog", "0": "cat"})"), ElementsAre("cat", "dog"));
    EXPECT_THAT(read(R"({"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]})"), ElementsAre("tench", "goldfish"));
}

TEST_F(Labels, WrongCountNamesBothNumbers)
{
    EXPECT_THAT(errorOf("cat\ndog\n", 3), testing::AllOf(HasSubstr("2 classes"), HasSubstr("has 3")));
    EXPECT_EQ(errorOf("cat\ndog\n", 2), "no error");
}

TEST_F(Labels, HostileFilesAreErrors)
{
    EXPECT_THAT(errorOf(""), HasSubstr("no class names"));
    EXPECT_THAT(errorOf(std::string("cat\0dog", 7)), HasSubstr("NUL"));
    EXPECT_THAT(errorOf(std::string(17 << 20, 'x')), HasSubstr("16 MiB"));
    EXPECT_THAT(errorOf("one very long line that is not a list", 1000), HasSubstr("1 class"));
    EXPECT_THAT(errorOf(R"({"9999999": "x"})"), HasSubstr("9999999"));
    EXPECT_THAT(errorOf(R"({"cat": 0})"), HasSubstr("cat"));
    EXPECT_THAT(errorOf(std::string(100'000, '[')), HasSubstr("JSON"));
    EXPECT_THROW(readLabels(folder()), Error);
    EXPECT_THROW(readLabels(folder() / "missing"), Error);
}

TEST_F(Labels, AThousandClassesAreAssumedToBeImageNets)
{
    setResourceFolder(std::filesystem::path(VITRINE_SOURCE_DIR) / "resources");
    ModelSpec spec;
    spec.classes = 1000;
    fillLabels(spec, {}, {});
    setResourceFolder({});
    ASSERT_EQ(spec.labels.size(), 1000U);
    EXPECT_EQ(spec.label(0), "tench");
    EXPECT_EQ(spec.label(281), "tabby cat");
    EXPECT_THAT(spec.assumed, Assumes("ImageNet"));
}

} // namespace
} // namespace vitrine
