// SPDX-License-Identifier: GPL-3.0-or-later
// lens, similarity, statistics, what-if.
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
    ASSERT_EQ(vitrine({"lens", sample(), "--model", golden("timm-tnt"), "--class", "7", "-o", folder.path("a.svg")}).exitCode, 0);
    for (const char* part : {"class 7", "after layer 1", "before layer 0", "probability", "input"})
        EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr(part));
    expectError(vitrine({"lens", sample(), "--model", golden("dino/dino_checkpoint.pth"), "--heads", "2", "-o", one}), 1, "no classification head");
}

TEST(Similarity, IsTheCosineOfTheTokenStates)
{
    const Folder folder;
    const std::string traced = folder.path("trace.npz"), file = folder.path("a.npz"), every = folder.path("every.npz");
    ASSERT_EQ(vitrine({"trace", sample(), "--model", golden("timm-vit"), "-o", traced}).exitCode, 0);
    const NdArray tokens = readNpz(traced, "tokens")[1];
    ASSERT_EQ(vitrine({"similarity", sample(), "--model", golden("timm-vit"), "--token", "1,2", "--layer", "0", "-o", file}).exitCode, 0);
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
    ASSERT_EQ(vitrine({"similarity", sample(), "--model", golden("timm-vit"), "--token", "1,2", "--layer", "all", "-o", every}).exitCode, 0);
    EXPECT_EQ(readNpz(every, "map").shape(), (Shape{2, 4, 4}));
    EXPECT_THAT(readNpz(every, "similarity")[0].values(), testing::ElementsAreArray(found.values()));
    expectError(vitrine({"similarity", sample(), "--model", golden("timm-vit"), "--token", "9,9", "-o", file}), 1, "no patch \"9,9\"");
}

TEST(Statistics, OfAFolderAreTheMeanOfItsPictures)
{
    const Folder folder;
    std::filesystem::create_directory(folder.path("pictures"));
    const auto table = [&](const std::string& path) {
        const std::string file = folder.path("table.npz");
        EXPECT_EQ(vitrine({"statistics", path, "--model", golden("timm-tnt"), "-o", file}).exitCode, 0);
        return std::array{readNpz(file, "entropy"), readNpz(file, "distance"), readNpz(file, "inner_entropy"), readNpz(file, "inner_share")};
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
    ASSERT_EQ(vitrine({"statistics", sample(), "--model", golden("timm-reg"), "--heads", "2", "-o", folder.path("a.csv")}).exitCode, 0);
    const std::string text = readText(folder.path("a.csv"));
    EXPECT_THAT(text, HasSubstr("layer,head,distance,entropy,on_cls,on_registers,on_itself,patch_norm,cls_norm\r\n0,0,"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 2 * 2);
    ASSERT_EQ(vitrine({"statistics", sample(), "--model", golden("timm-vit"), "-o", folder.path("a.svg")}).exitCode, 0);
    EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr("mean attention distance, one dot a head, one picture"));
    // A picture that cannot be read is said, and the others count.
    writeText(folder.path("pictures/c.png"), "no picture");
    const Outcome outcome = vitrine({"statistics", folder.path("pictures"), "--model", golden("timm-tnt"), "-o", folder.path("b.npz")});
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
    const std::vector<std::vector<std::string>> all{{"--erase", "1,1-2,3"}, {"--erase", "0,0", "--with", "mean"},
                                                    {"--erase", "0,0", "--with", "blur"}, {"--erase", "1,1-2,3", "--with", "mask"},
                                                    {"--heads-off", "0.1,1.0"}, {"--erase", "0,0", "--heads-off", "1.1"}};
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
            const auto same = std::ranges::find_if(before, [&](const nlohmann::json& one) { return one["index"] == after["index"]; });
            EXPECT_NEAR(after["change"].get<double>(), after["probability"].get<double>() - (*same)["probability"].get<double>(), 1e-5);
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

} // namespace
} // namespace vitrine::test
