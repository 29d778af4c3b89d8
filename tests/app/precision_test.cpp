// SPDX-License-Identifier: GPL-3.0-or-later
// What bfloat16 costs in exactness: 200 crops of the sample pictures through real networks, beside float32.
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/model/model.h"
#include "core/kernels/kernels.h"
#include "core/nn/torch_engine.h"
#include "ui/picture/decode.h"

namespace vitrine {
namespace {

constexpr int cropsOfAPicture = 50, batch = 10;

Image crop(const Image& image, std::mt19937& random)
{
    const int side = static_cast<int>(std::uniform_int_distribution<>(150, std::min(image.width(), image.height()))(random));
    const int left = std::uniform_int_distribution<>(0, image.width() - side)(random);
    const int top = std::uniform_int_distribution<>(0, image.height() - side)(random);
    std::vector<std::uint8_t> pixels;
    for (int y = top; y < top + side; ++y)
        pixels.insert(pixels.end(), image.row(y) + left * 3, image.row(y) + (left + side) * 3);
    return {side, side, std::move(pixels)};
}

std::vector<PreparedImage> crops(const ModelSpec& spec)
{
    std::mt19937 random(4);
    std::vector<PreparedImage> result;
    for (const char* name : {"jaguars.jpg", "red_panda.jpg", "koala.jpg", "ladybird.jpg"}) {
        const Image image = readImage(QStringLiteral(VITRINE_SOURCE_DIR "/resources/samples/") + QLatin1String(name));
        for (int i = 0; i < cropsOfAPicture; ++i)
            result.push_back(prepare(crop(image, random), spec));
    }
    return result;
}

float largestDifference(const std::vector<NdArray>& a, const std::vector<NdArray>& b)
{
    float largest = 0;
    for (std::size_t layer = 0; layer < a.size(); ++layer) {
        for (std::int64_t i = 0; i < a[layer].size(); ++i)
            largest = std::max(largest, std::abs(a[layer].data()[i] - b[layer].data()[i]));
    }
    return largest;
}

std::vector<NdArray> matricesOf(const Trace& trace)
{
    std::vector<NdArray> layers;
    for (const LayerAttention& layer : trace.attention)
        layers.push_back(layer.matrices());
    return layers;
}

struct Bound {
    const char* name;
    const char* checkpoint;  ///< from the source folder
    float attention, inner;  ///< largest difference of a probability
    int top1;                ///< of 200 pictures that get another first class
};

class BFloat16 : public testing::TestWithParam<Bound> {};

TEST_P(BFloat16, StaysNearFloat32)
{
    if (!kernels::best().bfloat16)
        GTEST_SKIP() << "this processor has no bfloat16 products; emulating them takes too long";
    const Bound bound = GetParam();
    const std::filesystem::path checkpoint = std::filesystem::path(VITRINE_SOURCE_DIR) / bound.checkpoint;
    if (!std::filesystem::exists(checkpoint))
        GTEST_SKIP() << checkpoint << " is not here";
    const auto exact = makeTorchEngine(loadModel(checkpoint), {.device = "cpu"});
    const auto rounded = makeTorchEngine(loadModel(checkpoint), {.device = "cpu", .precision = Precision::BFloat16});
    const auto pictures = crops(*exact->model());
    float attention = 0, inner = 0;
    int changed = 0;
    for (std::size_t i = 0; i < pictures.size(); i += batch) {
        const std::span some(pictures.data() + i, batch);
        const auto a = exact->run(some), b = rounded->run(some);
        for (std::size_t k = 0; k < batch; ++k) {
            attention = std::max(attention, largestDifference(matricesOf(*a[k]), matricesOf(*b[k])));
            inner = std::max(inner, largestDifference(a[k]->innerAttention, b[k]->innerAttention));
            changed += topK(a[k]->logits, 1)[0].index != topK(b[k]->logits, 1)[0].index;
        }
    }
    std::cout << bound.checkpoint << ": attention differs by " << attention << " at most, inner attention by " << inner
              << "; another first class for " << changed << " of " << pictures.size() << " pictures\n";
    EXPECT_GT(attention, 0) << "nothing was rounded";
    EXPECT_LT(attention, bound.attention);
    EXPECT_LE(inner, bound.inner);
    EXPECT_LE(changed, bound.top1);
}

INSTANTIATE_TEST_SUITE_P(RealNetworks, BFloat16,
                         testing::Values(Bound{"Vit", "resources/models/vit", 0.06F, 0, 7},
                                         Bound{"Tnt", "resources/models/tnt", 0.08F, 0.5F, 9},
                                         Bound{"VitTiny", "../shared/models/vit_tiny_patch16_224.safetensors", 0.3F, 0, 5}),
                         [](const auto& bound) { return bound.param.name; });

}  // namespace
}  // namespace vitrine
