// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/checkpoint/checkpoint.h"
#include "core/model/model.h"

namespace vitrine::test {

inline std::filesystem::path goldenFolder()
{
    return std::filesystem::path(VITRINE_GOLDEN_DIR) / "models";
}

/// What all golden cases run on: the CPU, or what VITRINE_TEST_DEVICE names ("cuda:0").
inline std::string testDevice()
{
    const char* named = std::getenv("VITRINE_TEST_DEVICE");
    return named == nullptr ? "cpu" : named;
}

/// A case of the index; a type of its own, so that a failure prints its name alone.
struct GoldenCase {
    nlohmann::json data;
    friend void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.data.at("name"); }
    std::filesystem::path reference() const { return goldenFolder() / data.at("reference").get<std::string>(); }
    /// "gradients", "edits": another file beside the reference; few cases have one.
    std::filesystem::path beside(const char* what) const
    {
        std::string name = data.at("reference").get<std::string>();
        name.replace(name.rfind("reference"), 9, what);
        return goldenFolder() / name;
    }

    Model load() const
    {
        const nlohmann::json& overrides = data.at("overrides");
        ModelOverrides said;
        if (overrides.contains("heads"))
            said.heads = overrides["heads"].get<int>();
        if (overrides.contains("inner_heads"))
            said.innerHeads = overrides.at("inner_heads").get<int>();
        if (overrides.contains("trained")) {
            said.trainedHeight = overrides.at("trained").at(0).get<int>();
            said.trainedWidth = overrides.at("trained").at(1).get<int>();
        }
        if (overrides.contains("image")) {
            said.imageHeight = overrides["image"][0].get<int>();
            said.imageWidth = overrides["image"][1].get<int>();
        }
        return loadModel(goldenFolder() / data.at("checkpoint").get<std::string>(), said);
    }

    static std::string name(const testing::TestParamInfo<GoldenCase>& instance)
    {
        auto name = instance.param.data.at("name").get<std::string>();
        for (char& letter : name) {
            if (std::isalnum(static_cast<unsigned char>(letter)) == 0)
                letter = '_';
        }
        return name;
    }
};

inline std::vector<GoldenCase> goldenCases()
{
    std::ifstream file(goldenFolder() / "index.json");
    std::vector<GoldenCase> cases;
    for (const nlohmann::json& data : nlohmann::json::parse(file))
        cases.push_back({data});
    return cases;
}

/// Those that have such a file.
inline std::vector<GoldenCase> goldenCases(const char* beside)
{
    std::vector<GoldenCase> cases = goldenCases();
    std::erase_if(cases, [&](const GoldenCase& golden) { return !std::filesystem::exists(golden.beside(beside)); });
    return cases;
}

}  // namespace vitrine::test
