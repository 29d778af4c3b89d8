// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <random>
#include <string>
#include <utility>

#include "core/model/model.h"

namespace vitrine::test {

/// Small networks with random weights, built tensor by tensor, so that tests of the engine need no checkpoint.
class ModelBuilder {
public:
    /// 3 layers, 3 heads, width 24, 4 x 5 patches of 4 x 4 pixels, CLS, 7 classes.
    static Model vit()
    {
        ModelBuilder builder;
        builder.common(Architecture::Vit, 4, 16, 20);
        builder.add("patch_embed.proj.weight", {24, 3, 4, 4});
        builder.add("patch_embed.proj.bias", {24});
        builder.add("pos_embed", {1, 21, 24});
        for (int i = 0; i < 3; ++i) {
            const std::string block = "blocks." + std::to_string(i) + ".";
            builder.norm(block + "norm1", 24);
            builder.linear(block + "attn.qkv", 72, 24);
            builder.linear(block + "attn.proj", 24, 24);
            builder.norm(block + "norm2", 24);
            builder.linear(block + "mlp.fc1", 96, 24);
            builder.linear(block + "mlp.fc2", 24, 96);
        }
        return std::move(builder.m_model);
    }

    /// 3 layers, 3 heads, width 24, 2 x 3 patches of 8 x 8 pixels, 16 inner tokens of 6 channels with 2 heads.
    static Model tnt()
    {
        ModelBuilder builder;
        builder.common(Architecture::Tnt, 8, 16, 24);
        builder.m_model.spec.inner = {.side = 4, .width = 6, .heads = 2, .mlpWidth = 24, .stride = 2};
        builder.m_model.spec.layerNormEpsilon = 1e-5;
        builder.add("pixel_embed.proj.weight", {6, 3, 7, 7});
        builder.add("pixel_embed.proj.bias", {6});
        builder.add("pixel_pos", {1, 6, 4, 4});
        builder.add("patch_pos", {1, 7, 24});
        builder.norm("norm1_proj", 96);
        builder.linear("proj", 24, 96);
        builder.norm("norm2_proj", 24);
        for (int i = 0; i < 3; ++i)
            builder.tntBlock("blocks." + std::to_string(i) + ".");
        return std::move(builder.m_model);
    }

    /// Noise as an input of `spec`.
    static PreparedImage picture(const ModelSpec& spec, unsigned seed)
    {
        ModelBuilder builder(seed);
        builder.add("input", {3, spec.imageHeight, spec.imageWidth});
        PreparedImage prepared;
        prepared.input = builder.m_model.tensors.at("input");
        return prepared;
    }

private:
    explicit ModelBuilder(unsigned seed = 1)
        : m_generator(seed)
    {
    }

    void common(Architecture architecture, int patch, int height, int width)
    {
        ModelSpec& spec = m_model.spec;
        spec.architecture = architecture;
        spec.name = "random";
        spec.layers = spec.heads = 3;
        spec.width = 24;
        spec.mlpWidth = 96;
        spec.patchHeight = spec.patchWidth = patch;
        spec.imageHeight = height;
        spec.imageWidth = width;
        spec.trainedGridHeight = height / patch;
        spec.trainedGridWidth = width / patch;
        spec.classes = 7;
        add("cls_token", {1, 1, 24});
        norm("norm", 24);
        linear("head", 7, 24);
    }

    void tntBlock(const std::string& block)
    {
        norm(block + "norm_in", 6);
        add(block + "attn_in.qk.weight", {12, 6});
        add(block + "attn_in.v.weight", {6, 6});
        linear(block + "attn_in.proj", 6, 6);
        norm(block + "norm_mlp_in", 6);
        linear(block + "mlp_in.fc1", 24, 6);
        linear(block + "mlp_in.fc2", 6, 24);
        norm(block + "norm1_proj", 96);
        add(block + "proj.weight", {24, 96});
        norm(block + "norm2_proj", 24);
        norm(block + "norm_out", 24);
        add(block + "attn_out.qk.weight", {48, 24});
        add(block + "attn_out.v.weight", {24, 24});
        linear(block + "attn_out.proj", 24, 24);
        norm(block + "norm_mlp", 24);
        linear(block + "mlp.fc1", 96, 24);
        linear(block + "mlp.fc2", 24, 96);
    }

    void norm(const std::string& name, std::int64_t width)
    {
        add(name + ".weight", {width});
        add(name + ".bias", {width});
    }

    void linear(const std::string& name, std::int64_t out, std::int64_t in)
    {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    }

    void add(const std::string& name, Shape shape)
    {
        std::normal_distribution<float> normal(0, shape.size() > 1 ? 0.3F : 0.6F);
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (float& value : values)
            value = normal(m_generator);
        m_model.tensors.emplace(name, NdArray(std::move(shape), std::move(values)));
    }

    Model m_model;
    std::mt19937 m_generator;
};

}  // namespace vitrine::test
