// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/core/checkpoint/archives.h"
#include "tests/core/checkpoint/files.h"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;

std::string single(const std::string& name)
{
    return safetensors('{' + entry(name, "F32", "[1]", 0, 4) + '}', floats({1}));
}

std::string index(const std::string& map)
{
    return R"({"metadata":{"total_size":5},"weight_map":{)" + map + "}}";
}

class Shards : public testing::Test {
protected:
    void SetUp() override
    {
        folder.write("one.safetensors", single("a"));
        folder.write("two.safetensors", single("b"));
    }
    Outcome withMap(const std::string& map) { return outcomeOf(folder.write("model.safetensors.index.json", index(map))); }

    TemporaryFolder folder;
};

TEST_F(Shards, Load)
{
    const std::string map = R"("a":"one.safetensors","b":"two.safetensors")";
    const Outcome outcome = withMap(map);
    EXPECT_TRUE(outcome.loaded) << outcome.message;
    EXPECT_EQ(outcome.tensors, 2U);
    EXPECT_EQ(outcomeOf(folder.path()).tensors, 2U);
    folder.write("model.safetensors.index.json", "\xEF\xBB\xBF{\"weight_map\":{" + map + "}}");
    EXPECT_EQ(outcomeOf(folder.path()).tensors, 2U);
    EXPECT_EQ(Checkpoint::open(folder.path()).file(), folder.path() / "one.safetensors");
}

TEST_F(Shards, NamesOutsideTheFolder)
{
    for (const char* name : {"../x", "/etc/passwd", "a/../../b", "C:\\\\x", "..", ".", "", "one.safetensors\\u0000"})
        EXPECT_THAT(withMap(R"("a":")" + std::string(name) + '"').message, testing::HasSubstr("same folder")) << name;
    fs::create_symlink("/etc/passwd", folder.path() / "link.safetensors");
    EXPECT_THAT(withMap(R"("a":"link.safetensors")").message, testing::HasSubstr("link"));
}

TEST_F(Shards, LinksOfTheHubsCache)
{
    const fs::path snapshot = folder.path() / "snapshots" / "abc";
    fs::create_directories(snapshot);
    fs::create_directories(folder.path() / "blobs");
    fs::rename(folder.path() / "one.safetensors", folder.path() / "blobs" / "0123");
    fs::create_symlink("../../blobs/0123", snapshot / "one.safetensors");
    folder.write("snapshots/abc/model.safetensors.index.json", index(R"("a":"one.safetensors")"));
    EXPECT_TRUE(outcomeOf(snapshot).loaded);
}

TEST_F(Shards, MissingAndMisplaced)
{
    EXPECT_THAT(withMap(R"("a":"three.safetensors")").message, testing::HasSubstr("missing"));
    EXPECT_THAT(withMap(R"("a":"two.safetensors")").message, testing::HasSubstr("not there"));
    EXPECT_THAT(withMap(R"("a":"one.safetensors","a":"two.safetensors")").message, testing::HasSubstr("twice"));
    EXPECT_THAT(withMap(R"("a":1)").message, testing::HasSubstr("no file name"));
    EXPECT_THAT(withMap(R"("a":["one.safetensors"])").message, testing::HasSubstr("no file name"));
    EXPECT_THAT(withMap("").message, testing::HasSubstr("no tensors"));
}

TEST_F(Shards, ThatAreNoFiles)
{
    EXPECT_THAT(withMap(R"("a":"model.safetensors.index.json")").message, testing::HasSubstr("JSON"));
    fs::create_directory(folder.path() / "inner");
    EXPECT_THAT(withMap(R"("a":"inner")").message, testing::HasSubstr("regular file"));
    ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(withMap(R"("a":"pipe")").message, testing::HasSubstr("regular file"));
}

TEST_F(Shards, IndexesThatAreNone)
{
    for (const std::string& text :
         {std::string("{"), std::string("{}"), R"({"weight_map":1})" + std::string(), std::string(R"({"weight_map":{}} {})"),
          std::string(R"({"weight_map":{"a":"one.safetensors"},"weight_map":{}})"), "{\"x\":" + std::string(100'000, '[')})
        EXPECT_FALSE(outcomeOf(folder.write("i.json", text)).loaded) << text.substr(0, 80);
}

TEST(Folder, PrefersTheUsualNames)
{
    const TemporaryFolder folder;
    EXPECT_THAT(outcomeOf(folder.path()).message, testing::HasSubstr("no weight file"));
    folder.write("other.safetensors", single("a"));
    EXPECT_EQ(Checkpoint::open(folder.path()).file().filename(), "other.safetensors");
    folder.write("third.pth", single("a"));
    EXPECT_THAT(outcomeOf(folder.path()).message, testing::HasSubstr("several weight files"));
    folder.write("pytorch_model.bin", single("a"));
    EXPECT_EQ(Checkpoint::open(folder.path()).file().filename(), "pytorch_model.bin");
    folder.write("model.safetensors", single("a"));
    EXPECT_EQ(Checkpoint::open(folder.path()).file().filename(), "model.safetensors");
}

TEST(Folder, TrainersFoldersAreLookedInto)
{
    const TemporaryFolder folder;
    const auto put = [&](const std::string& name) {
        fs::create_directories((folder.path() / name).parent_path());
        folder.write(name, single("a"));
    };
    put("lightning_logs/version_0/checkpoints/epoch=3-step=10.ckpt");
    EXPECT_EQ(Checkpoint::open(folder.path() / "lightning_logs").file().filename(), "epoch=3-step=10.ckpt");
    EXPECT_EQ(Checkpoint::open(folder.path() / "lightning_logs/version_0").file().filename(), "epoch=3-step=10.ckpt");
    EXPECT_FALSE(outcomeOf(folder.path()).loaded) << "deeper than two levels";
    put("run/global_step500/mp_rank_00_model_states.pt");
    put("run/global_step500/zero_pp_rank_0_mp_rank_00_optim_states.pt");
    EXPECT_EQ(Checkpoint::open(folder.path() / "run").file().filename(), "mp_rank_00_model_states.pt");
    put("out/checkpoint-500/model.safetensors");
    put("out/checkpoint-500/optimizer.pt");
    put("out/training_args.bin");
    EXPECT_EQ(Checkpoint::open(folder.path() / "out").file().parent_path().filename(), "checkpoint-500");
    put("out/checkpoint-900/model.safetensors");
    EXPECT_THAT(outcomeOf(folder.path() / "out").message,
                testing::AllOf(testing::HasSubstr("checkpoint-500/model.safetensors"),
                               testing::HasSubstr("checkpoint-900/model.safetensors")));
    put("shards/__0_0.distcp");
    EXPECT_THAT(outcomeOf(folder.path() / "shards").message, testing::HasSubstr("dcp_to_torch"));
}

}  // namespace
}  // namespace vitrine::test
