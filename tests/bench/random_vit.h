// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/model/model.h"

namespace vitrine::bench {

inline NdArray noise(std::mt19937& generator, Shape shape, float deviation)
{
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (float& value : values)
        value = normal(generator);
    return {std::move(shape), std::move(values)};
}

struct VitSize {
    const char* name;
    int layers, heads, width, patch, side, registers;
};
constexpr VitSize vitBase{"a random ViT-B/16", 12, 12, 768, 16, 224, 0};
constexpr VitSize dinov2Small{"a random DINOv2-S/14", 12, 6, 384, 14, 518, 0};
constexpr VitSize longLarge{"a random ViT-L/16 of 4,101 tokens", 24, 16, 1024, 16, 1024, 4};

/// A ViT of that size with random weights and 1000 classes.
inline Model randomVit(const VitSize& size)
{
    const std::int64_t width = size.width, hidden = 4 * width, grid = size.side / size.patch;
    constexpr std::int64_t classes = 1000;
    std::mt19937 generator(1);
    Model model;
    ModelSpec& spec = model.spec;
    spec.name = size.name;
    spec.layers = size.layers;
    spec.heads = size.heads;
    spec.width = size.width;
    spec.mlpWidth = 4 * size.width;
    spec.patchHeight = spec.patchWidth = size.patch;
    spec.imageHeight = spec.imageWidth = size.side;
    spec.trainedGridHeight = spec.trainedGridWidth = static_cast<int>(grid);
    spec.registers = size.registers;
    spec.positionsCoverPrefix = true;
    spec.classes = classes;
    const auto add = [&](const std::string& name, Shape shape) {
        model.tensors.emplace(name, noise(generator, std::move(shape), 0.02F));
    };
    const auto norm = [&](const std::string& name) {
        model.tensors.emplace(name + ".weight", NdArray({width}, std::vector<float>(static_cast<std::size_t>(width), 1)));
        add(name + ".bias", {width});
    };
    const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    };
    add("patch_embed.proj.weight", {width, 3, size.patch, size.patch});
    add("patch_embed.proj.bias", {width});
    add("cls_token", {1, 1, width});
    if (size.registers > 0)
        add("reg_token", {1, size.registers, width});
    add("pos_embed", {1, grid * grid + 1 + size.registers, width});
    norm("norm");
    linear("head", classes, width);
    for (int i = 0; i < spec.layers; ++i) {
        const std::string block = "blocks." + std::to_string(i) + ".";
        norm(block + "norm1");
        linear(block + "attn.qkv", 3 * width, width);
        linear(block + "attn.proj", width, width);
        norm(block + "norm2");
        linear(block + "mlp.fc1", hidden, width);
        linear(block + "mlp.fc2", width, hidden);
    }
    return model;
}

inline PreparedImage randomPicture(const ModelSpec& spec)
{
    std::mt19937 generator(2);
    PreparedImage picture;
    picture.input = noise(generator, {3, spec.imageHeight, spec.imageWidth}, 1);
    return picture;
}

}  // namespace vitrine::bench
