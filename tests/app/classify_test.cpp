// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Classify, PrintsTheFiveMostProbableClasses)
{
    const Outcome outcome = vitrine({"classify", sample()});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("red_panda.jpg"));
    EXPECT_EQ(std::ranges::count(outcome.out, '%'), 5) << outcome.out;
}

TEST(Classify, JsonHasThePromisedKeysAndAddsUp)
{
    const Outcome outcome = vitrine({"classify", sample(), "--model", golden("timm-vit"), "--top", "10", "--json"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const nlohmann::json list = outcome.json();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("image"), sample());
    EXPECT_TRUE(list[0].at("model").is_string());
    EXPECT_THAT(list[0].at("device").get<std::string>(), Not(testing::IsEmpty()));
    EXPECT_GT(list[0].at("milliseconds").get<double>(), 0);
    const nlohmann::json& best = list[0].at("predictions");
    ASSERT_EQ(best.size(), 10U);
    double sum = 0;
    for (std::size_t i = 0; i < best.size(); ++i) {
        sum += best[i].at("probability").get<double>();
        EXPECT_TRUE(best[i].at("label").is_string());
        EXPECT_TRUE(best[i].at("index").is_number_integer());
        if (i == 0)
            continue;
        EXPECT_GE(best[i - 1].at("probability"), best[i].at("probability"));
        const double ratio = best[i - 1].at("probability").get<double>() / best[i].at("probability").get<double>();
        EXPECT_NEAR(std::log(ratio), best[i - 1].at("logit").get<double>() - best[i].at("logit").get<double>(), 1e-4);
    }
    EXPECT_NEAR(sum, 1, 1e-5);
}

TEST(Classify, SaysWhatTheNetworkDoesNotSee)
{
    const Folder folder;
    writeText(folder.path("wide.ppm"), "P6 800 50 255\n" + std::string(std::size_t(800) * 50 * 3, '@'));
    const Outcome outcome = vitrine(
        {"classify", sample(), folder.path("wide.ppm"), "--model", golden("timm-vit"), "--fit", "crop", "--json"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("wide.ppm: The network sees only the middle "));
    EXPECT_THAT(outcome.err, Not(HasSubstr("red_panda")));
    EXPECT_EQ(outcome.json().at(0).at("unseen"), nlohmann::json::array());
    EXPECT_THAT(outcome.json().at(1).at("unseen").at(0).get<std::string>(), HasSubstr("only the middle"));
    EXPECT_THAT(vitrine({"classify", folder.path("wide.ppm"), "--model", golden("timm-vit"), "--fit", "letterbox"}).err,
                Not(HasSubstr("sees only")));
}

TEST(Classify, TopLimitsThePredictions)
{
    const Outcome outcome = vitrine({"classify", sample(), "--model", golden("timm-vit"), "--top", "3", "--json"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.json().at(0).at("predictions").size(), 3U);
}

TEST(Classify, ABadPictureIsReportedAndTheOthersGoOn)
{
    const Folder folder;
    writeText(folder.path("broken.png"), "this is no picture");
    const Outcome outcome = vitrine(
        {"classify", sample(), folder.path("broken.png"), sample("koala.jpg"), "--model", golden("timm-vit"), "--json"});
    expectError(outcome, 1, "broken.png");
    const nlohmann::json list = outcome.json();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].at("image"), sample());
    EXPECT_EQ(list[1].at("image"), sample("koala.jpg"));
}

TEST(Classify, BothBundledModelsAreFoundByName)
{
    for (const char* model : {"vit", "tnt"}) {
        const Outcome outcome = vitrine({"classify", sample(), "--model", model, "--json"});
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_EQ(outcome.json().at(0).at("model"), model);
        EXPECT_EQ(outcome.json().at(0).at("predictions").size(), 5U);
    }
}

TEST(Classify, LabelsOfAPersonAreShownHarmless)
{
    const Folder folder;
    std::string labels;
    for (int i = 0; i < 10; ++i)
        labels += "Z\xc3\xbcrich\x1b[31m \xe2\x80\xaegnp.exe \xc2\x9b\n";
    writeText(folder.path("labels.txt"), labels);
    const std::vector<std::string> arguments{"classify",         sample(),   "--model",
                                             golden("timm-vit"), "--labels", folder.path("labels.txt")};
    const Outcome outcome = vitrine(arguments);
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("Z\xc3\xbcrich"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\xc2\x9b")));
}

TEST(Classify, APictureOfEveryShapeFits)
{
    for (const char* fit : {"crop", "squash", "letterbox"}) {
        const Outcome outcome = vitrine({"classify", sample("ladybird.jpg"), "--model", golden("timm-vit"), "--fit", fit,
                                         "--image-size", "12x20", "--json"});
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    }
}

TEST(Classify, AModelWithoutAHeadSaysSo)
{
    expectError(vitrine({"classify", sample(), "--model", golden("hf4-vit-model")}), 1, "head");
}

TEST(Classify, AMissingPictureIsOneSentence)
{
    expectError(vitrine({"classify", "no-such-picture.png", "--model", golden("timm-vit")}), 1, "no-such-picture.png");
}

TEST(Classify, AMissingModelIsOneSentence)
{
    const Outcome outcome = vitrine({"classify", sample(), "--model", "no-such-model"});
    expectError(outcome, 1, "no-such-model");
    EXPECT_TRUE(outcome.out.empty()) << outcome.out;
}

TEST(Classify, APictureIsNotAModel)
{
    expectError(vitrine({"classify", sample(), "--model", sample()}), 1, "red_panda.jpg");
}

TEST(Classify, AFullStandardOutputIsAnError)
{
    if (!std::filesystem::exists("/dev/full"))
        GTEST_SKIP() << "there is no /dev/full here";
    Circumstances full;
    full.stdoutFile = "/dev/full";
    for (const char* form : {"--json", "--top=5"}) {
        const Outcome outcome = vitrine({"classify", sample(), "--model", golden("timm-vit"), form}, full);
        EXPECT_EQ(outcome.exitCode, 1) << form;
        EXPECT_TRUE(outcome.err.starts_with("vitrine: ")) << outcome.err;
    }
}

}  // namespace
}  // namespace vitrine::test
