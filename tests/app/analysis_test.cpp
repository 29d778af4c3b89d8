// SPDX-License-Identifier: GPL-3.0-or-later
// lens, similarity, statistics, what-if, features, filters.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>

#include "core/checkpoint/checkpoint.h"
#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;

nlohmann::json predictions(const std::string& model)
{
    return vitrine({"classify", sample(), "--model", golden(model), "-k", "10", "--json"}).json()[0]["predictions"];
}

TEST(Lens, EndsAtTheLogits)
{
    const Folder folder;
    const std::string all = folder.path("all.npz"), one = folder.path("one.npz");
    ASSERT_EQ(vitrine({"lens", sample(), "--model", golden("timm-vit"), "-o", all}).exitCode, 0);
    const NdArray logits = readNpz(all, "logits");
    ASSERT_EQ(logits.shape(), (Shape{3, 17, 10}));
    for (const nlohmann::json& prediction : predictions("timm-vit"))
        EXPECT_NEAR(logits.at({2, 0, prediction["index"].get<int>()}), prediction["logit"].get<float>(), 1e-4);
    ASSERT_EQ(vitrine({"lens", sample(), "--model", golden("timm-vit"), "--class", "7", "-o", one}).exitCode, 0);
    const NdArray seven = readNpz(one, "logits");
    ASSERT_EQ(seven.shape(), (Shape{3, 17}));
    for (int state = 0; state < 3; ++state)
        for (int token = 0; token < 17; ++token)
            EXPECT_EQ(seven.at({state, token}), logits.at({state, token, 7}));
    ASSERT_EQ(vitrine({"lens", sample(), "--model", golden("timm-tnt"), "--class", "7", "-o", folder.path("a.svg")}).exitCode,
              0);
    for (const char* part : {"class 7", "after layer 1", "before layer 0", "probability", "input"})
        EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr(part));
    expectError(vitrine({"lens", sample(), "--model", golden("dino/dino_checkpoint.pth"), "--heads", "2", "-o", one}), 1,
                "no classification head");
}

TEST(Similarity, IsTheCosineOfTheTokenStates)
{
    const Folder folder;
    const std::string traced = folder.path("trace.npz"), file = folder.path("a.npz"), every = folder.path("every.npz");
    ASSERT_EQ(vitrine({"trace", sample(), "--model", golden("timm-vit"), "-o", traced}).exitCode, 0);
    const NdArray tokens = readNpz(traced, "tokens")[1];
    ASSERT_EQ(
        vitrine({"similarity", sample(), "--model", golden("timm-vit"), "--token", "1,2", "--layer", "0", "-o", file}).exitCode,
        0);
    const NdArray found = readNpz(file, "similarity"), map = readNpz(file, "map");
    constexpr int own = 1 + 4 + 2;
    for (int token = 0; token < 17; ++token) {
        double product = 0, mine = 0, its = 0;
        for (int k = 0; k < 16; ++k) {
            product += double(tokens.at({token, k})) * tokens.at({own, k});
            mine += std::pow(tokens.at({own, k}), 2);
            its += std::pow(tokens.at({token, k}), 2);
        }
        EXPECT_NEAR(found.at({token}), product / std::sqrt(mine * its), 1e-5);
    }
    EXPECT_NEAR(map.at({1, 2}), 1, 1e-5);
    ASSERT_EQ(vitrine({"similarity", sample(), "--model", golden("timm-vit"), "--token", "1,2", "--layer", "all", "-o", every})
                  .exitCode,
              0);
    EXPECT_EQ(readNpz(every, "map").shape(), (Shape{2, 4, 4}));
    EXPECT_THAT(readNpz(every, "similarity")[0].values(), testing::ElementsAreArray(found.values()));
    expectError(vitrine({"similarity", sample(), "--model", golden("timm-vit"), "--token", "9,9", "-o", file}), 1,
                "no patch \"9,9\"");
}

TEST(Statistics, OfAFolderAreTheMeanOfItsPictures)
{
    const Folder folder;
    std::filesystem::create_directory(folder.path("pictures"));
    const auto table = [&](const std::string& path) {
        const std::string file = folder.path("table.npz");
        EXPECT_EQ(vitrine({"statistics", path, "--model", golden("timm-tnt"), "-o", file}).exitCode, 0);
        return std::array{readNpz(file, "entropy"), readNpz(file, "distance"), readNpz(file, "inner_entropy"),
                          readNpz(file, "inner_share")};
    };
    const auto panda = table(sample()), koala = table(sample("koala.jpg"));
    std::filesystem::copy_file(sample(), folder.path("pictures/a.jpg"));
    std::filesystem::copy_file(sample("koala.jpg"), folder.path("pictures/b.jpg"));
    const auto both = table(folder.path("pictures"));
    for (std::size_t which = 0; which < both.size(); ++which) {
        ASSERT_EQ(both[which].shape(), (Shape{2, 2}));
        for (int i = 0; i < 4; ++i)
            EXPECT_NEAR(both[which].data()[i], (panda[which].data()[i] + koala[which].data()[i]) / 2, 1e-5);
        EXPECT_NE(panda[which].data()[0], koala[which].data()[0]);
    }
    ASSERT_EQ(
        vitrine({"statistics", sample(), "--model", golden("timm-reg"), "--heads", "2", "-o", folder.path("a.csv")}).exitCode,
        0);
    const std::string text = readText(folder.path("a.csv"));
    EXPECT_THAT(text, HasSubstr("layer,head,distance,entropy,on_cls,on_registers,on_itself,patch_norm,cls_norm\r\n0,0,"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 2 * 2);
    ASSERT_EQ(vitrine({"statistics", sample(), "--model", golden("timm-vit"), "-o", folder.path("a.svg")}).exitCode, 0);
    EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr("mean attention distance, one dot a head, one picture"));
    // A picture that cannot be read is said, and the others count.
    writeText(folder.path("pictures/c.png"), "no picture");
    const Outcome outcome = vitrine(
        {"statistics", folder.path("pictures"), "--model", golden("timm-tnt"), "-o", folder.path("b.npz")});
    EXPECT_EQ(outcome.exitCode, 1);
    EXPECT_THAT(outcome.err, HasSubstr("c.png"));
    EXPECT_EQ(readNpz(folder.path("b.npz"), "entropy").at({0, 0}), both[0].at({0, 0}));
}

nlohmann::json whatIf(std::vector<std::string> changes)
{
    changes.insert(changes.begin(), {"what-if", sample(), "--model", golden("timm-vit"), "-k", "10", "--json"});
    return vitrine(changes).json();
}

TEST(WhatIf, SaysBeforeAndAfterAndTheChange)
{
    const nlohmann::json before = predictions("timm-vit");
    const std::vector<std::vector<std::string>> all{{"--erase", "1,1-2,3"},
                                                    {"--erase", "0,0", "--with", "mean"},
                                                    {"--erase", "0,0", "--with", "blur"},
                                                    {"--erase", "1,1-2,3", "--with", "mask"},
                                                    {"--heads-off", "0.1,1.0"},
                                                    {"--erase", "0,0", "--heads-off", "1.1"}};
    for (const std::vector<std::string>& changes : all) {
        SCOPED_TRACE(changes[1]);
        const nlohmann::json found = whatIf(changes);
        ASSERT_EQ(found["before"].size(), 10U);
        ASSERT_EQ(found["after"].size(), 10U);
        double sum = 0, largest = 0;
        for (std::size_t i = 0; i < 10; ++i) {
            for (const char* key : {"index", "label"})
                EXPECT_EQ(found["before"][i][key], before[i][key]);
            EXPECT_NEAR(found["before"][i]["probability"].get<double>(), before[i]["probability"].get<double>(), 1e-6);
            const nlohmann::json& after = found["after"][i];
            const auto same = std::ranges::find_if(before,
                                                   [&](const nlohmann::json& one) { return one["index"] == after["index"]; });
            EXPECT_NEAR(after["change"].get<double>(),
                        after["probability"].get<double>() - (*same)["probability"].get<double>(), 1e-5);
            sum += after["change"].get<double>();
            largest = std::max(largest, std::abs(after["change"].get<double>()));
        }
        EXPECT_NEAR(sum, 0, 1e-5);
        EXPECT_GT(largest, 1e-4);
    }
    EXPECT_EQ(whatIf({"--erase", "1,1-2,2"})["erased"], nlohmann::json::parse("[[1, 1], [1, 2], [2, 1], [2, 2]]"));
    EXPECT_EQ(whatIf({"--erase", "2,2-1,1", "--erase", "1,1"})["erased"].size(), 4U);
    EXPECT_EQ(whatIf({"--heads-off", "1.0"})["heads_off"], nlohmann::json::parse("[[1, 0]]"));
    // A picture of one colour has nothing to lose to its mean.
    EXPECT_NE(whatIf({"--erase", "0,0"})["after"], whatIf({"--erase", "0,0", "--with", "mask"})["after"]);
    const Outcome text = vitrine({"what-if", sample(), "--model", golden("timm-vit"), "--heads-off", "0.0"});
    EXPECT_THAT(text.out, HasSubstr("heads off: 0.0"));
    EXPECT_THAT(text.out, HasSubstr("before    after   change"));
}

TEST(WhatIf, WhatCannotBeChangedIsSaid)
{
    const auto fails = [](std::vector<std::string> changes, int code, const char* part) {
        changes.insert(changes.begin(), {"what-if", sample(), "--model", golden("timm-vit")});
        expectError(vitrine(changes), code, part);
    };
    fails({}, 2, "nothing is changed");
    fails({"--erase", "4,0"}, 1, "no patch \"4,0\"");
    fails({"--erase", "0,0-0"}, 1, "no patch \"0\"");
    fails({"--heads-off", "2.0"}, 1, "no head \"2.0\"");
    fails({"--heads-off", "1"}, 1, "give LAYER.HEAD");
    fails({"--heads-off", "1.0x"}, 1, "give LAYER.HEAD");
    fails({"--erase", "0,0", "--with", "noise"}, 2, "noise");
}

nlohmann::json swept(std::vector<std::string> options)
{
    options.insert(options.begin(), {"what-if", sample(), "--model", golden("timm-vit"), "--class", "3", "--json", "--sweep"});
    return vitrine(options).json();
}

/// What the class becomes by the change alone.
nlohmann::json alone(const std::vector<std::string>& change)
{
    const nlohmann::json found = whatIf(change);
    for (const nlohmann::json& one : found["after"])
        if (one["index"] == 3)
            return one;
    return {};
}

TEST(Sweep, OfHeadsIsEachHeadOffAlone)
{
    const nlohmann::json found = swept({"heads"});
    ASSERT_EQ(found["without"].size(), 4U);
    EXPECT_EQ(found["index"], 3);
    for (const nlohmann::json& one : found["without"]) {
        const std::string head = std::to_string(one["layer"].get<int>()) + "." + std::to_string(one["head"].get<int>());
        const nlohmann::json expected = alone({"--heads-off", head});
        for (const char* key : {"probability", "logit", "change"})
            EXPECT_NEAR(one[key].get<double>(), expected[key].get<double>(), 1e-5) << head;
    }
}

TEST(Sweep, OfPatchesIsEachPatchErasedAlone)
{
    for (const char* with : {"zero", "blur", "mask"}) {
        const nlohmann::json found = swept({"patches", "--with", with});
        ASSERT_EQ(found["without"].size(), 16U);
        for (const std::size_t at : {0U, 6U, 15U}) {
            const nlohmann::json& one = found["without"][at];
            const std::string patch = std::to_string(one["row"].get<int>()) + "," + std::to_string(one["column"].get<int>());
            EXPECT_EQ(patch, std::to_string(at / 4) + "," + std::to_string(at % 4));
            const nlohmann::json expected = alone({"--erase", patch, "--with", with});
            for (const char* key : {"probability", "logit", "change"})
                EXPECT_NEAR(one[key].get<double>(), expected[key].get<double>(), 1e-5) << with << ' ' << patch;
        }
    }
}

TEST(Sweep, HasFiguresTablesAndText)
{
    const Folder folder;
    const auto run = [&](const char* of, const std::string& file, const std::string& model = "timm-vit") {
        return vitrine(
            {"what-if", sample(), "--model", golden(model), "--class", "3", "--sweep", of, "-k", "3", "-o", folder.path(file)});
    };
    const Outcome heads = run("heads", "heads.npz");
    ASSERT_EQ(heads.exitCode, 0) << heads.err;
    EXPECT_THAT(heads.out, HasSubstr("without each head alone"));
    EXPECT_EQ(std::ranges::count(heads.out, '\n'), 2 + 3);
    const NdArray falls = readNpz(folder.path("heads.npz"), "logit_fall");
    ASSERT_EQ(falls.shape(), (Shape{2, 2}));
    const nlohmann::json found = swept({"heads"});
    EXPECT_NEAR(falls.at({1, 0}), found["logit"].get<double>() - found["without"][2]["logit"].get<double>(), 1e-5);
    // The strongest stands first.
    float strongest = 0;
    for (const float fall : falls.values())
        strongest = std::max(strongest, std::abs(fall));
    EXPECT_NEAR(std::abs(std::stod(heads.out.substr(heads.out.find("probability\n") + 12))), strongest, 1e-3);
    ASSERT_EQ(run("patches", "patches.csv", "timm-tnt").exitCode, 0);
    EXPECT_THAT(readText(folder.path("patches.csv")),
                HasSubstr("row,column,probability,logit,probability_fall,logit_fall\r\n0,0,"));
    for (const char* of : {"heads", "patches"}) {
        ASSERT_EQ(run(of, "a.svg").exitCode, 0);
        for (const char* part : {"class 3 falls without each", "brown for, blue against"})
            EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr(part));
    }
}

TEST(Sweep, UsageThatMakesNoSenseIsSaid)
{
    const auto fails = [](std::vector<std::string> changes, const char* part) {
        changes.insert(changes.begin(), {"what-if", sample(), "--model", golden("timm-vit")});
        expectError(vitrine(changes), 2, part);
    };
    fails({"--sweep", "layers"}, "--sweep");
    fails({"--sweep", "heads", "--erase", "0,0"}, "leave it out with --sweep");
    fails({"--sweep", "heads", "--with", "mean"}, "leave it out with --sweep heads");
    fails({"--heads-off", "0.0", "-o", "a.png"}, "belongs to --sweep");
    fails({"--heads-off", "0.0", "--class", "1"}, "belongs to --sweep");
}

TEST(Features, AreTheChannelsAfterEachBlock)
{
    const Folder folder;
    ASSERT_EQ(vitrine({"trace", sample(), "--model", golden("timm-tnt"), "-o", folder.path("trace.npz")}).exitCode, 0);
    const NdArray tokens = readNpz(folder.path("trace.npz"), "tokens"),
                  inner = readNpz(folder.path("trace.npz"), "inner_tokens");
    const auto features = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"features", sample(), "--model", golden("timm-tnt"), "-o", folder.path("a.npz")});
        EXPECT_EQ(vitrine(more).exitCode, 0);
        return readNpz(folder.path("a.npz"), "features");
    };
    const NdArray all = features({}), last = features({"--layer", "1"}), pixels = features({"--inner", "--layer", "0"});
    ASSERT_EQ(all.shape(), (Shape{2, tokens.dim(2), 2, 2}));
    EXPECT_EQ(last.shape(), (Shape{tokens.dim(2), 2, 2}));
    ASSERT_EQ(pixels.shape(), (Shape{inner.dim(3), 8, 8}));
    EXPECT_NEAR(all.at({0, 5, 1, 0}), tokens.at({1, 3, 5}), 1e-6);
    EXPECT_EQ(last.at({5, 0, 1}), all.at({1, 5, 0, 1}));
    EXPECT_NEAR(pixels.at({2, 4, 7}), inner.at({1, 3, 3, 2}), 1e-6);
    ASSERT_EQ(
        vitrine({"features", sample(), "--model", golden("timm-tnt"), "--channels", "2", "-o", folder.path("a.svg")}).exitCode,
        0);
    EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr("channels that vary most"));
    expectError(vitrine({"features", sample(), "--model", golden("timm-vit"), "--inner", "-o", folder.path("b.png")}), 1,
                "choose a TNT");
}

TEST(Filters, AreThePrincipalComponentsOfTheEmbedding)
{
    const Folder folder;
    for (const char* model : {"timm-vit", "timm-tnt"}) {
        const bool isTnt = std::string(model) == "timm-tnt";
        ASSERT_EQ(vitrine({"filters", "--model", golden(model), "-o", folder.path("a.npz")}).exitCode, 0);
        const NdArray found = readNpz(folder.path("a.npz"), "filters"), share = readNpz(folder.path("a.npz"), "share");
        const NdArray weight = Checkpoint::open(golden(model) + "/model.safetensors")
                                   .read(isTnt ? "pixel_embed.proj.weight" : "patch_embed.proj.weight");
        ASSERT_EQ(found.rank(), 4);
        EXPECT_EQ(found.shape(), (Shape{found.dim(0), 3, weight.dim(2), weight.dim(3)}));
        // The first one explains of the filters' variance what it says.
        const std::int64_t width = weight.size() / weight.dim(0);
        std::vector<double> mean(static_cast<std::size_t>(width));
        for (std::int64_t i = 0; i < weight.size(); ++i)
            mean[static_cast<std::size_t>(i % width)] += weight.data()[i] / static_cast<double>(weight.dim(0));
        double along = 0, all = 0;
        for (std::int64_t filter = 0; filter < weight.dim(0); ++filter) {
            double product = 0;
            for (std::int64_t i = 0; i < width; ++i) {
                const double centred = weight.data()[filter * width + i] - mean[static_cast<std::size_t>(i)];
                product += centred * found.data()[i];
                all += centred * centred;
            }
            along += product * product;
        }
        EXPECT_NEAR(share.at({0}), along / all, 1e-4);
        ASSERT_EQ(vitrine({"filters", "--model", golden(model), "--components", "4", "-o", folder.path("a.svg")}).exitCode, 0);
        EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr("principal components of the"));
    }
}

}  // namespace
}  // namespace vitrine::test
