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

TEST_F(Labels, NameToNumberAsImageFolderAndTransformersDumpIt)
{
    EXPECT_THAT(read(R"({"cat": 1, "dog": 0})"), ElementsAre("dog", "cat"));
    EXPECT_THAT(read(R"({"cat": "1", "dog": "0"})"), ElementsAre("dog", "cat"));
    EXPECT_THAT(read(R"({"class_to_idx": {"cat": 0, "dog": 1}})"), ElementsAre("cat", "dog"));
    // Folders that are called by numbers, sorted as text: the values are the class numbers.
    EXPECT_THAT(read(R"({"0": 0, "1": 1, "10": 2, "2": 3})"), ElementsAre("0", "1", "10", "2"));
    EXPECT_THAT(read(R"({"label2id": {"0": "0", "10": "1", "2": "2"}})"), ElementsAre("0", "10", "2"));
    EXPECT_THAT(read(R"({"0": "7", "1": "9"})"), ElementsAre("7", "9"));
}

TEST_F(Labels, WholeConfigurations)
{
    EXPECT_THAT(read(R"({"model_type": "vit", "id2label": {"1": "dog", "0": "cat"}, "label2id": {"cat": 0, "dog": 1},
                        "hidden_size": 192})"),
                ElementsAre("cat", "dog"));
    EXPECT_THAT(read(R"({"label2id": {"dog": "1", "cat": "0"}})"), ElementsAre("cat", "dog"));
    EXPECT_THAT(read(R"({"architecture": "vit", "label_names": ["n1", "n2"], "label_descriptions": {"n2": "two"}})"),
                ElementsAre("n1", "two"));
    EXPECT_THAT(read(R"({"architecture": "vit", "pretrained_cfg": {"label_names": {"0": "cat", "1": "dog"}}})"),
                ElementsAre("cat", "dog"));
    EXPECT_THAT(errorOf(R"({"architecture": "vit", "num_classes": 2})", 2), HasSubstr("class names are expected"));
}

TEST_F(Labels, CsvInEveryOrder)
{
    for (const char* text : {"id,name\n0,cat\n1,dog\n", "0,cat\n1,dog\n", "name,id\ncat,0\ndog,1\n", "cat,0\ndog,1\n",
                             "id;name\r\n0;cat\r\n1;dog\r\n", "1,dog\n0,cat", "\"id\",\"name\"\n\"0\",\"cat\"\n\"1\",\"dog\"\n",
                             "index,wnid,name\n0,n02123045,cat\n1,n02085620,dog\n", "label,class_name\n0,cat\n1,dog\n"})
        EXPECT_THAT(read(text), ElementsAre("cat", "dog")) << text;
    EXPECT_THAT(read("id,name\n0,\"tench, Tinca \"\"tinca\"\"\"\n1,\"two\nlines\"\n"),
                ElementsAre("tench, Tinca \"tinca\"", "two lines"));
    EXPECT_THAT(read("0,tench, Tinca tinca\n1,goldfish\n"), ElementsAre("tench,Tinca tinca", "goldfish"));
    EXPECT_THAT(read("0;cat, small\n1;dog\n"), ElementsAre("cat, small", "dog"));
    // Names that are numbers: the column that counts from 0 is the class number.
    EXPECT_THAT(read("0,0\n1,1\n10,2\n"), ElementsAre("0", "1", "10"));
    EXPECT_THAT(read("id,name\n0,0\n1,1\n2,10\n"), ElementsAre("0", "1", "10"));
}

TEST_F(Labels, CommasInAListOfNamesMakeNoTable)
{
    EXPECT_THAT(read("tench, Tinca tinca\ngoldfish, Carassius auratus\n"),
                ElementsAre("tench, Tinca tinca", "goldfish, Carassius auratus"));
    EXPECT_THAT(read("n01440764 tench, Tinca tinca\nn01443537 goldfish\n"), ElementsAre("tench, Tinca tinca", "goldfish"));
}

TEST_F(Labels, NumberedLines)
{
    EXPECT_THAT(read("1 dog\n0 hot cat\n"), ElementsAre("hot cat", "dog"));
    EXPECT_THAT(read("0: cat\n1: dog\n"), ElementsAre("cat", "dog"));
    EXPECT_THAT(read("00 cat\n01 dog\n"), ElementsAre("cat", "dog"));
    EXPECT_THAT(read("10 euro\n20 euro\n5 euro\n"), ElementsAre("10 euro", "20 euro", "5 euro"));
    EXPECT_THAT(read("0\n1\n10\n"), ElementsAre("0", "1", "10"));
    EXPECT_THAT(errorOf("0: cat\ndog\n2: bird\n", 3), HasSubstr("\"dog\" has no class number"));
    EXPECT_THAT(errorOf("n01 1 cat\n", 2), HasSubstr("1 class"));
}

TEST_F(Labels, ListsOfObjects)
{
    EXPECT_THAT(read(R"([{"id": 1, "name": "dog", "supercategory": "animal"}, {"id": 0, "name": "cat"}])"),
                ElementsAre("cat", "dog"));
    EXPECT_THAT(read(R"({"categories": [{"supercategory": "x", "isthing": 1, "id": 0, "name": "cat"}]})"), ElementsAre("cat"));
    EXPECT_THAT(read(R"([{"name": "cat"}, {"name": "dog"}])"), ElementsAre("cat", "dog"));
    EXPECT_THAT(errorOf(R"([{"id": 0}, {"id": 1}])", 2), HasSubstr("class names are expected"));
    EXPECT_THAT(errorOf(R"([{"id": 0, "name": "cat"}, {"id": 1}])", 2), HasSubstr("entry 1 has no name"));
    EXPECT_THAT(errorOf(R"([{"id": 0, "name": "cat"}, "dog"])", 2), HasSubstr("entry 0 is {"));
}

TEST_F(Labels, GapsAreSaidOrRefused)
{
    // COCO's numbers begin at 1: read in order, every name would stand one class off.
    const std::string fromOne = R"([{"id": 1, "name": "cat"}, {"id": 3, "name": "dog"}])";
    EXPECT_THAT(errorOf(fromOne, 2),
                HasSubstr("2 classes with numbers from 1 to 3, but the network counts its 2 classes from 0"));
    EXPECT_THAT(errorOf("1 cat\n2 dog\n", 2), HasSubstr("numbers from 1 to 2"));
    ModelSpec spec;
    spec.classes = 4;
    ModelOverrides overrides;
    overrides.labels = writeText("labels", fromOne);
    fillLabels(spec, {}, overrides);
    EXPECT_EQ(spec.label(0), "class 0");
    EXPECT_EQ(spec.label(3), "dog");
    EXPECT_THAT(spec.assumed, Assumes("2 of 4 classes without a name (the first: class 0)"));
}

TEST_F(Labels, WrongCountNamesBothNumbers)
{
    EXPECT_THAT(errorOf("cat\ndog\n", 3), testing::AllOf(HasSubstr("2 classes"), HasSubstr("has 3")));
    EXPECT_THAT(errorOf("cat\ndog\n", 0), HasSubstr("no classification head"));
    EXPECT_EQ(errorOf("cat\ndog\n", 2), "no error");
}

TEST_F(Labels, HostileFilesAreErrors)
{
    EXPECT_THAT(errorOf(""), HasSubstr("no class names"));
    EXPECT_THAT(errorOf(std::string("cat\0dog", 7)), HasSubstr("NUL"));
    EXPECT_THAT(errorOf("caf\xe9\ndog\n", 2), HasSubstr("UTF-8"));
    EXPECT_THAT(errorOf(std::string(17 << 20, 'x')), HasSubstr("16 MiB"));
    EXPECT_THAT(errorOf("one very long line that is not a list", 1000), HasSubstr("1 class"));
    EXPECT_THAT(errorOf("cat\n\ndog\n", 3), HasSubstr("line 2 is empty"));
    EXPECT_THAT(errorOf("0,\"cat\n1,dog\n", 2), HasSubstr("line 1 is never closed"));
    EXPECT_THAT(errorOf("id,name\n0,cat\nx,dog\n", 2), HasSubstr("line 3: \"x\" is not a class number"));
    EXPECT_THAT(errorOf("0,cat\n1\n2,dog\n", 3), HasSubstr("class names are expected"));
    EXPECT_THAT(errorOf(std::string(100'000, '[')), HasSubstr("JSON"));
    EXPECT_THAT(errorOf("{0: 'cat', 1: 'dog'}", 2), HasSubstr("class names are expected"));
    EXPECT_THAT(errorOf("[]", 2), HasSubstr("no class names"));
    EXPECT_THAT(errorOf(R"(["", null])", 2), HasSubstr("no class names"));
    EXPECT_THAT(errorOf("[1, 2]", 2), HasSubstr("entry 0 is 1"));
    EXPECT_THAT(errorOf(R"({"cat": 0.5})", 1), HasSubstr("\"cat\" neither"));
    EXPECT_THROW(readLabels(folder()), Error);
    EXPECT_THROW(readLabels(folder() / "missing"), Error);
}

TEST_F(Labels, ImpossibleClassNumbersAreErrors)
{
    for (const char* text : {R"({"9999999": "x"})", R"({"x": 9999999})", "0,cat\n9999999,dog\n", "0 cat\n9999999 dog\n",
                             R"([{"id": 9999999, "name": "x"}])"})
        EXPECT_THAT(errorOf(text, 2), HasSubstr("9999999 is too large")) << text;
    EXPECT_THAT(errorOf(R"({"99999999999999999999999": "x"})", 2), HasSubstr("too large"));
    for (const char* text : {R"({"-1": "x"})", R"({"x": -1})", "0,cat\n-1,dog\n", "0 cat\n-1 dog\n"})
        EXPECT_THAT(errorOf(text, 2), HasSubstr("-1 is negative")) << text;
    for (const char* text : {R"({"cat": 0, "dog": 0})", "0,cat\n0,dog\n", "0 cat\n0 dog\n", "0: cat\n0: dog\n",
                             R"([{"id": 0, "name": "cat"}, {"id": 0, "name": "dog"}])", R"({"0": "cat", "00": "dog"})"})
        EXPECT_THAT(errorOf(text, 1), HasSubstr("class 0 has two names")) << text;
    EXPECT_THAT(errorOf(R"({"0": "cat", "0": "dog"})", 1), HasSubstr("twice"));
    EXPECT_THAT(read("0,cat\n1,dog\n0,cat\n"), ElementsAre("cat", "dog"));
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

}  // namespace
}  // namespace vitrine
