// SPDX-License-Identifier: GPL-3.0-or-later
// An output that is an input is refused, by whatever name, and the input stays as it was.
#include <cstring>
#include <filesystem>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;

class Inputs : public testing::Test {
protected:
    Inputs()
    {
        fs::copy_file(sample(), picture());
        for (const char* name : {"timm-vit", "timm-tnt"}) {
            fs::create_directory(m_folder.path(name));
            for (const char* file : {"config.json", "model.safetensors"})
                fs::copy_file(golden(name) + "/" + file, m_folder.path(name) + "/" + file);
        }
    }

    std::string path(const std::string& name) const { return m_folder.path(name); }
    std::string picture() const { return path("cat.png"); }
    std::string model() const { return path("timm-vit"); }

    /// `input` is what the output names, or is a link to.
    void expectRefused(const std::vector<std::string>& arguments, const std::string& input)
    {
        SCOPED_TRACE(arguments.front() + " " + input);
        const std::string before = readText(input);
        ASSERT_FALSE(before.empty());
        expectError(vitrine(arguments), 1, "would be lost");
        EXPECT_EQ(readText(input), before);
    }

private:
    Folder m_folder;
};

TEST_F(Inputs, ThePictureOfEveryCommand)
{
    const std::string out = picture();
    for (const char* command : {"attention", "pca", "cka", "faithfulness"})
        expectRefused({command, picture(), "-o", out, "--model", model()}, picture());
    expectRefused({"cka", sample(), picture(), sample(), "-o", out, "--model", model()}, picture());
    expectRefused({"inner", picture(), "-o", out, "--patch", "0,0", "--model", path("timm-tnt")}, picture());
    fs::copy_file(picture(), path("cat.npz"));
    expectRefused({"trace", path("cat.npz"), "-o", path("cat.npz"), "--model", model()}, path("cat.npz"));
    expectRefused({picture(), "--screenshot", picture(), "--model", model()}, picture());
}

TEST_F(Inputs, UnderAnotherName)
{
    fs::create_symlink("cat.png", path("link.png"));
    fs::create_hard_link(picture(), path("hard.png"));
    fs::create_directory(path("sub"));
    for (const std::string& name : {path("link.png"), path("hard.png"), path("sub/../cat.png")}) {
        expectRefused({"attention", picture(), "-o", name, "--model", model()}, picture());
        expectRefused({"attention", name, "-o", picture(), "--model", model()}, picture());
    }
    EXPECT_TRUE(fs::is_symlink(path("link.png")));
    Circumstances here;
    here.workingDirectory = path("");
    expectError(vitrine({"attention", picture(), "-o", "cat.png", "--model", model()}, here), 1, "would be lost");
}

TEST_F(Inputs, TheFilesOfTheModel)
{
    const std::string weights = model() + "/weights.npz", inner = path("timm-tnt/weights.npz");
    fs::copy_file(model() + "/model.safetensors", weights);
    for (const char* command : {"attention", "pca", "cka", "faithfulness", "trace"})
        expectRefused({command, picture(), "-o", weights, "--model", weights}, weights);
    expectRefused({"positions", "-o", weights, "--model", weights}, weights);
    expectRefused({"cka", picture(), "-o", weights, "--with", weights, "--model", model()}, weights);
    fs::copy_file(path("timm-tnt/model.safetensors"), inner);
    expectRefused({"inner", picture(), "-o", inner, "--patch", "0,0", "--model", inner}, inner);
    for (const std::string& file : {model() + "/model.safetensors", model() + "/config.json"})
        expectRefused({picture(), "--screenshot", file, "--model", model()}, file);
}

TEST_F(Inputs, ShardsAndTheirIndex)
{
    const std::string bytes = readText(model() + "/model.safetensors");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    const nlohmann::json header = nlohmann::json::parse(bytes.substr(8, length));
    nlohmann::json index;
    for (const auto& [name, tensor] : header.items())
        if (name != "__metadata__")
            index["weight_map"][name] = "shard.npz";
    writeText(model() + "/model.safetensors.index.json", index.dump());
    fs::rename(model() + "/model.safetensors", model() + "/shard.npz");
    expectRefused({"trace", picture(), "-o", model() + "/shard.npz", "--model", model()}, model() + "/shard.npz");
    const std::string list = model() + "/model.safetensors.index.json";
    expectRefused({picture(), "--screenshot", list, "--model", list}, list);
}

TEST_F(Inputs, Labels)
{
    const auto classes = vitrine({"inspect", model(), "--json"}).json()["classes"].get<int>();
    std::string labels;
    for (int i = 0; i < classes; ++i)
        labels += "name " + std::to_string(i) + "\n";
    writeText(path("labels.csv"), labels);
    expectRefused({"attention", picture(), "-o", path("labels.csv"), "--labels", path("labels.csv"), "--model", model()},
                  path("labels.csv"));
}

TEST_F(Inputs, AnOlderOutputBesideTheModelIsReplaced)
{
    for (int times = 0; times < 2; ++times)
        EXPECT_EQ(vitrine({"attention", picture(), "-o", model() + "/map.png", "--model", model()}).exitCode, 0);
}

}  // namespace
}  // namespace vitrine::test
