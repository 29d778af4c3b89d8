// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/core/checkpoint/archives.h"
#include "tests/core/checkpoint/files.h"
#include "tests/core/checkpoint/pickles.h"

namespace vitrine::test {
namespace {

using namespace std::string_literals;

TEST(Kinds, AreTakenFromTheContent)
{
    expectLoads(safetensors('{' + entry("w", "F32", "[1]", 0, 4) + '}', floats({1})), 1);
    const std::string weights = torchZip(proto + dict({{"w", twoFloats()}}) + '.');
    EXPECT_TRUE(outcomeOf(weights, "model.safetensors").loaded);
    EXPECT_TRUE(outcomeOf(torchLegacy(proto + dict({{"w", twoFloats()}}) + '.'), "a.npz").loaded);
}

TEST(Kinds, OtherFilesAreNamed)
{
    for (const auto& [bytes, words] : std::vector<std::pair<std::string, std::string>>{
             {"7z\xbc\xaf\x27\x1c....", "7z"},
             {"\x1f\x8b\x08....", "gzip"},
             {"\x89PNG\r\n\x1a\n....", "PNG"},
             {"\xff\xd8\xff\xe0....", "JPEG"},
             {"<!DOCTYPE html><html>", "web page"},
             {"\n <html>", "web page"},
             {"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git-lfs"},
             {"{\"a\": 1}", "JSON"},
             {"\x93NUMPY\1\0", "single NumPy array"},
             {"PK\5\6"s + std::string(18, '\0'), "empty zip"},
             {"\x89HDF\r\n\x1a\n", "HDF5"},
             {"GGUF\3\0\0\0"s, "GGUF"},
             {"BZh91AY", "bzip2"},
             {"hello", "no weight file"},
             {std::string(257, 'x') + "ustar" + std::string(250, '\0'), "tar archive"},
             {"\x80\x02}.", "did not write"}}) {
        expectRefused(bytes, words, "weights.pth");
        expectRefused(bytes, words, "weights.safetensors" + (words == "no weight file" ? ".pth"s : ""s));
    }
}

TEST(Kinds, GraphsAndOtherFrameworksFilesSayHowToConvert)
{
    for (const auto& [name, words] : std::vector<std::pair<std::string, std::string>>{{"vit.onnx", "ONNX"},
                                                                                      {"flax_model.msgpack", "Flax"},
                                                                                      {"vit.tflite", "TensorFlow Lite"},
                                                                                      {"vit.engine", "TensorRT"},
                                                                                      {"vit.pdparams", "PaddlePaddle"},
                                                                                      {"vit.mlmodel", "Core ML"}}) {
        expectRefused("\x08\x07\x12\x07pytorch", words, name);
        expectRefused("\x08\x07\x12\x07pytorch", "save_file", name);
    }
    expectRefused("\x1c\0\0\0TFL3...."s, "TensorFlow Lite", "weights.bin");
}

TEST(Kinds, OnlyRegularFilesAreOpened)
{
    const TemporaryFolder folder;
    const std::string pipe = (folder.path() / "pipe").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(outcomeOf(std::filesystem::path(pipe)).message, testing::HasSubstr("regular file"));
    EXPECT_THAT(outcomeOf(folder.path() / "absent").message, testing::HasSubstr("No such file"));
    EXPECT_THAT(outcomeOf(std::filesystem::path("/dev/zero")).message, testing::HasSubstr("regular file"));
}

}  // namespace
}  // namespace vitrine::test
