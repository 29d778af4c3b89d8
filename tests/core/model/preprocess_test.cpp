// SPDX-License-Identifier: GPL-3.0-or-later
// Resizing against Pillow, whole recipes against the evaluation transforms of timm and torchvision (tools/golden/make_resize.py).
#include "core/model/preprocess.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/model/unseen.h"

namespace vitrine {
namespace {

using Json = nlohmann::json;

const std::filesystem::path ResizeFolder = std::filesystem::path(VITRINE_GOLDEN_DIR) / "resize";

struct ResizeCase {
    Json json;
    friend void PrintTo(const ResizeCase& golden, std::ostream* out) { *out << golden.json.at("expected"); }
};

std::vector<ResizeCase> cases(const char* kind)
{
    std::ifstream stream(ResizeFolder / "index.json");
    const Json index = Json::parse(stream);
    std::vector<ResizeCase> list;
    for (const Json& golden : index.at(kind))
        list.push_back({golden});
    return list;
}

Image readPpm(const std::string& name)
{
    std::ifstream stream(ResizeFolder / name, std::ios::binary);
    std::string magic;
    int width = 0;
    int height = 0;
    int most = 0;
    stream >> magic >> width >> height >> most;
    stream.get();
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height * 3);
    stream.read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
    EXPECT_TRUE(stream) << name;
    return {width, height, std::move(pixels)};
}

int largestDifference(const Image& a, const Image& b)
{
    if (a.width() != b.width() || a.height() != b.height())
        return 256;
    int largest = 0;
    for (std::size_t i = 0; i < a.pixels().size(); ++i)
        largest = std::max(largest, std::abs(int(a.pixels()[i]) - int(b.pixels()[i])));
    return largest;
}

Interpolation interpolationOf(const Json& golden)
{
    return golden.at("interpolation") == "bicubic" ? Interpolation::Bicubic : Interpolation::Bilinear;
}

std::string resizeCaseName(const testing::TestParamInfo<ResizeCase>& info)
{
    std::string name = info.param.json.at("expected").get<std::string>();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
    return name;
}

class Resizing : public testing::TestWithParam<ResizeCase> {};

TEST_P(Resizing, IsPillows)
{
    const Json& golden = GetParam().json;
    const Image image = readPpm(golden.at("picture").get<std::string>());
    const Image resized = resize(image, golden.at("width").get<int>(), golden.at("height").get<int>(), interpolationOf(golden));
    EXPECT_EQ(largestDifference(resized, readPpm(golden.at("expected").get<std::string>())), 0);
}

INSTANTIATE_TEST_SUITE_P(Pillow, Resizing, testing::ValuesIn(cases("resize")), resizeCaseName);

ModelSpec specOf(const Json& golden)
{
    ModelSpec spec;
    spec.imageHeight = golden.at("height").get<int>();
    spec.imageWidth = golden.at("width").get<int>();
    const std::string fit = golden.at("fit").get<std::string>();
    spec.preprocessing.fit = fit == "crop" ? Fit::Crop : fit == "squash" ? Fit::Squash : Fit::Letterbox;
    spec.preprocessing.interpolation = interpolationOf(golden);
    spec.preprocessing.cropFraction = golden.at("crop_fraction").get<double>();
    spec.preprocessing.resizeShorter = golden.at("resize_shorter").get<int>();
    spec.preprocessing.mean = {0.485F, 0.456F, 0.406F};
    spec.preprocessing.deviation = {0.229F, 0.224F, 0.225F};
    return spec;
}

class Preparing : public testing::TestWithParam<ResizeCase> {};

TEST_P(Preparing, ShowsTheModelTheSamePixels)
{
    const Json& golden = GetParam().json;
    const ModelSpec spec = specOf(golden);
    const PreparedImage prepared = prepare(readPpm(golden.at("picture").get<std::string>()), spec);
    const Image expected = readPpm(golden.at("expected").get<std::string>());
    ASSERT_EQ(largestDifference(prepared.view, expected), 0);
    ASSERT_EQ(prepared.input.shape(), (Shape{3, spec.imageHeight, spec.imageWidth}));
    for (int channel = 0; channel < 3; ++channel) {
        const auto index = static_cast<std::size_t>(channel);
        const float pixel = static_cast<float>(expected.row(5)[7 * 3 + channel]) / 255.0F;
        EXPECT_FLOAT_EQ(prepared.input.at({channel, 5, 7}),
                        (pixel - spec.preprocessing.mean[index]) / spec.preprocessing.deviation[index]);
    }
}

INSTANTIATE_TEST_SUITE_P(Recipes, Preparing, testing::ValuesIn(cases("prepare")), resizeCaseName);

Image grey(int width, int height)
{
    return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3, 128)};
}

ModelSpec recipe(Fit fit, double fraction)
{
    ModelSpec spec;
    spec.imageHeight = spec.imageWidth = 224;
    spec.preprocessing.fit = fit;
    spec.preprocessing.cropFraction = fraction;
    return spec;
}

TEST(CropRect, LiesInTheMiddleOfTheOriginal)
{
    const PreparedImage prepared = prepare(grey(600, 400), recipe(Fit::Crop, 0.875));
    EXPECT_NEAR(prepared.crop.width, 350, 1.0);  // 224 of 256 pixels of the shorter side's 400
    EXPECT_NEAR(prepared.crop.height, 350, 1.0);
    EXPECT_NEAR(prepared.crop.x, 125, 1.0);
    EXPECT_NEAR(prepared.crop.y, 25, 1.0);
    EXPECT_EQ(prepared.originalWidth, 600);
    EXPECT_EQ(prepared.originalHeight, 400);
}

TEST(CropRect, SquashTakesEverything)
{
    const CropRect crop = prepare(grey(600, 400), recipe(Fit::Squash, 1.0)).crop;
    EXPECT_DOUBLE_EQ(crop.x, 0);
    EXPECT_DOUBLE_EQ(crop.y, 0);
    EXPECT_DOUBLE_EQ(crop.width, 600);
    EXPECT_DOUBLE_EQ(crop.height, 400);
}

TEST(CropRect, LetterboxReachesOutsideThePicture)
{
    const CropRect crop = prepare(grey(600, 300), recipe(Fit::Letterbox, 1.0)).crop;
    EXPECT_NEAR(crop.x, 0, 1e-9);
    EXPECT_NEAR(crop.width, 600, 1e-9);
    EXPECT_NEAR(crop.y, -150, 1.0);
    EXPECT_NEAR(crop.height, 600, 1e-9);
}

TEST(Preprocessing, OnePixelAndAThinStripAreFine)
{
    EXPECT_EQ(prepare(grey(1, 1), recipe(Fit::Crop, 0.9)).view.width(), 224);
    const PreparedImage strip = prepare(grey(1, 100'000), recipe(Fit::Crop, 0.9));
    EXPECT_EQ(strip.view.height(), 224);
    EXPECT_NEAR(strip.crop.width, 224.0 / 248.0, 1e-6);
    EXPECT_EQ(prepare(grey(100'000, 1), recipe(Fit::Letterbox, 1.0)).view.height(), 224);
}

TEST(Preprocessing, EmptyPictureIsAnError)
{
    EXPECT_THROW(prepare(Image(), recipe(Fit::Crop, 0.9)), Error);
    EXPECT_THROW(resize(grey(4, 4), 0, 3, Interpolation::Bicubic), Error);
}

TEST(UnseenPart, IsSaidWhereMostOfThePictureIsCutOff)
{
    const auto unseen = [](const Image& image, const ModelSpec& spec) {
        return unseenPart(prepare(image, spec), spec.preprocessing);
    };
    EXPECT_EQ(unseen(grey(600, 400), recipe(Fit::Crop, 0.875)), "") << "a photo of 3 : 2";
    EXPECT_EQ(unseen(grey(1920, 1080), recipe(Fit::Crop, 0.875)), "") << "one of 16 : 9";
    const char* const panorama = "The network sees only the middle 5 % of this picture; with another fit (squash or letterbox) "
                                 "it sees more.";
    EXPECT_EQ(unseen(grey(8000, 500), recipe(Fit::Crop, 0.875)), panorama);
    EXPECT_EQ(unseen(grey(500, 8000), recipe(Fit::Crop, 0.875)), panorama);
    EXPECT_EQ(unseen(grey(8000, 500), recipe(Fit::Squash, 1)), "");
    EXPECT_EQ(unseen(grey(8000, 500), recipe(Fit::Letterbox, 1)), "") << "bars are nothing that is not seen";
    EXPECT_EQ(unseen(grey(400, 400), recipe(Fit::Squash, 0.5)),
              "The network sees only the middle 25 % of this picture; with a larger crop fraction it sees more.");
}

}  // namespace
}  // namespace vitrine
