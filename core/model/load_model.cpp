// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/config.h"
#include "core/model/labels.h"
#include "core/model/model.h"
#include "core/model/spec_builder.h"
#include "core/model/tensor_map.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

/// The file's stem, or its folder's name where the file has the name that every model's has.
std::string displayName(const fs::path& given, const fs::path& weights)
{
    std::error_code failed;
    if (fs::is_directory(given, failed)) {
        const fs::path folder = given.filename().empty() ? given.parent_path() : given;
        return folder.filename().string();
    }
    const std::string stem = weights.stem().string();
    if ((stem == "model" || stem == "pytorch_model") && weights.has_parent_path())
        return weights.parent_path().filename().string();
    return stem;
}

bool hasNonFinite(const NdArray& array)
{
    constexpr std::uint32_t Exponent = 0x7F800000U;
    std::uint32_t found = 0;
    for (const float value : array.values()) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        found |= static_cast<std::uint32_t>((bits & Exponent) == Exponent);
    }
    return found != 0;
}

void readTensors(Model& model, const Checkpoint& checkpoint, const TensorMap& map, const Progress& progress,
                 const std::stop_token& stop)
{
    const auto expected = expectedTensors(model.spec, map);
    std::string damaged;
    double done = 0;
    for (const auto& [name, shape] : expected) {
        throwIfStopped(stop);
        const NdArray tensor = map.tensors.at(name).read(checkpoint);
        if (damaged.empty() && hasNonFinite(tensor))
            damaged = name;
        model.tensors.insert_or_assign(name, tensor);
        if (progress)
            progress(++done / static_cast<double>(expected.size()), name);
    }
    if (!damaged.empty())
        model.spec.assumed.push_back("Weights are not numbers or infinite (\"" + damaged
                                     + "\" and perhaps others): the file is damaged, its results mean nothing.");
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from)
{
    to.insert(to.end(), from.begin(), from.end());
}

ModelSpec describe(const fs::path& path, const Checkpoint& checkpoint, TensorMap& map, const ModelOverrides& overrides)
{
    const ConfigFacts facts = readConfig(checkpoint.file(), checkpoint);
    ModelSpec spec = buildSpec(map, facts, overrides, displayName(path, checkpoint.file()));
    validate(spec, map);
    fillLabels(spec, facts, overrides);
    append(spec.assumed, facts.notes);
    append(spec.assumed, map.notes);
    append(spec.assumed, checkpoint.notes());
    return spec;
}

} // namespace

Model loadModel(const fs::path& path, const ModelOverrides& overrides, const Progress& progress, std::stop_token stop)
{
    const Checkpoint checkpoint = Checkpoint::open(path, {}, stop);
    Model model;
    try {
        TensorMap map = mapTensors(locateNetwork(checkpoint));
        model.spec = describe(path, checkpoint, map, overrides);
        readTensors(model, checkpoint, map, progress, stop);
    } catch (const Error& error) {
        const std::string file = checkpoint.file().string();
        const std::string what = error.what();
        if (what.find(file) != std::string::npos || what.starts_with("/"))
            throw;
        throw Error(file + ": " + what + (what.ends_with('.') ? "" : "."));
    }
    return model;
}

} // namespace vitrine
