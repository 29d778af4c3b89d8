// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/ndarray.h"
#include "core/model/model_spec.h"

namespace vitrine::test {

/// spec.assumed holds a sentence with `part` in it.
inline auto Assumes(const std::string& part)
{
    return testing::Contains(testing::Field(&Assumption::text, testing::HasSubstr(part)));
}

/// Names and shapes of a checkpoint that is about to be written; every number in it is 0.25.
using Shapes = std::map<std::string, Shape>;

/// timm's ViT with a width that is a multiple of 64, so that its heads can be assumed: 2 layers, patches of 4, grid 4x4.
inline Shapes tinyVit(std::int64_t width = 64, std::int64_t classes = 3, std::int64_t rows = 17)
{
    Shapes shapes{
        {"cls_token", {1, 1, width}},       {"pos_embed", {1, rows, width}}, {"patch_embed.proj.weight", {width, 3, 4, 4}},
        {"patch_embed.proj.bias", {width}}, {"norm.weight", {width}},        {"norm.bias", {width}},
        {"head.weight", {classes, width}},  {"head.bias", {classes}}};
    for (const std::string block : {"blocks.0.", "blocks.1."}) {
        for (const char* norm : {"norm1", "norm2"}) {
            shapes[block + norm + ".weight"] = {width};
            shapes[block + norm + ".bias"] = {width};
        }
        const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
            shapes[block + name + ".weight"] = {out, in};
            shapes[block + name + ".bias"] = {out};
        };
        linear("attn.qkv", 3 * width, width);
        linear("attn.proj", width, width);
        linear("mlp.fc1", 8, width);
        linear("mlp.fc2", width, 8);
    }
    return shapes;
}

/// A folder of its own for each test, gone afterwards.
class TinyCheckpoint : public testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        m_folder = std::filesystem::path(testing::TempDir()) / (std::string(info->test_suite_name()) + "." + info->name());
        std::filesystem::remove_all(m_folder);
        std::filesystem::create_directories(m_folder);
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    /// Writes model.safetensors; `metadata` becomes __metadata__.
    std::filesystem::path write(const Shapes& shapes, const std::map<std::string, std::string>& metadata = {},
                                float value = 0.25F) const
    {
        nlohmann::json header = nlohmann::json::object();
        if (!metadata.empty())
            header["__metadata__"] = metadata;
        std::int64_t end = 0;
        for (const auto& [name, shape] : shapes) {
            const std::int64_t begin = end;
            end += elementCount(shape) * static_cast<std::int64_t>(sizeof(float));
            header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, end}}};
        }
        const std::string text = header.dump();
        const std::uint64_t length = text.size();
        const std::filesystem::path file = m_folder / "model.safetensors";
        std::ofstream stream(file, std::ios::binary);
        stream.write(reinterpret_cast<const char*>(&length), sizeof length);
        stream << text;
        const std::vector<float> values(static_cast<std::size_t>(end) / sizeof(float), value);
        stream.write(reinterpret_cast<const char*>(values.data()), end);
        return file;
    }

    std::filesystem::path writeText(const std::string& name, const std::string& text) const
    {
        std::ofstream(m_folder / name, std::ios::binary) << text;
        return m_folder / name;
    }

    const std::filesystem::path& folder() const { return m_folder; }

private:
    std::filesystem::path m_folder;
};

}  // namespace vitrine::test
