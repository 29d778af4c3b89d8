// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include <sys/stat.h>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/config.h"
#include "core/model/family.h"
#include "core/model/labels.h"
#include "core/model/model.h"
#include "core/model/spec_builder.h"
#include "core/model/tensor_map.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

/// A folder's name; "org/name" for a snapshot in Hugging Face's cache, whose own name is a number.
std::string folderName(const fs::path& folder)
{
    const fs::path snapshots = folder.parent_path();
    std::string name = snapshots.parent_path().filename().string();
    if (snapshots.filename() != "snapshots" || !name.starts_with("models--"))
        return folder.filename().string();
    name.erase(0, 8);
    if (const std::size_t at = name.find("--"); at != std::string::npos)
        name.replace(at, 2, "/");
    return name;
}

/// The file's stem, or its folder's name where the file has the name that every model's has.
std::string displayName(const fs::path& given, const fs::path& weights)
{
    std::error_code failed;
    if (fs::is_directory(given, failed))
        return folderName(fs::weakly_canonical(given, failed));
    const std::string stem = weights.stem().string();
    const bool usual = stem.starts_with("model") || stem.starts_with("pytorch_model");
    return usual && weights.has_parent_path() ? folderName(fs::absolute(weights, failed).parent_path()) : stem;
}

/// Calls `work`; an Error that leaves it gets the file's name in front.
template <typename Work>
auto naming(const fs::path& file, const Work& work)
{
    try {
        return work();
    } catch (const Error& error) {
        const std::string what = error.what();
        throw Error(file.string() + ": " + what + (what.ends_with('.') ? "" : "."));
    }
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
        model.spec.assume(Severity::Unreliable, "Weights are not numbers or infinite (\"" + damaged
                                                    + "\" and perhaps others): the file is damaged, its results mean nothing.");
}

template <typename Value>
void append(std::vector<Value>& to, const std::vector<Value>& from)
{
    to.insert(to.end(), from.begin(), from.end());
}

/// A folder of downloads holds several checkpoints, and a config.json that belongs to one of them.
void forgetAnotherModelsConfig(ConfigFacts& facts, const TensorMap& map)
{
    const Shape* patches = map.shape("patch_embed.proj.weight");
    const Shape* cls = map.shape("cls_token");
    const auto differs = [](const std::optional<int>& told, std::int64_t found) { return told && *told != found; };
    const bool width = cls && cls->size() == 3 && differs(facts.width, cls->back());
    const bool patch = patches && patches->size() == 4
                       && (differs(facts.patchHeight, (*patches)[2]) || differs(facts.patchWidth, (*patches)[3]));
    if (!width && !patch)
        return;
    const std::string told = width
                                 ? "width " + std::to_string(*facts.width)
                                 : "patches of " + std::to_string(*facts.patchHeight) + "x" + std::to_string(*facts.patchWidth);
    facts = {};
    facts.note(Severity::Doubtful, "The configuration beside the file is another model's (" + told + ") and was left out.");
}

ModelSpec describe(const fs::path& path, const Checkpoint& checkpoint, TensorMap& map, ConfigFacts facts,
                   const ModelOverrides& overrides)
{
    forgetAnotherModelsConfig(facts, map);
    ModelSpec spec = naming(checkpoint.file(), [&] {
        ModelSpec built = buildSpec(map, facts, overrides, displayName(path, checkpoint.file()));
        validate(built, map);
        return built;
    });
    fillLabels(spec, facts, overrides);
    spec.files = checkpoint.files();
    append(spec.files, facts.files);
    if (overrides.labels)
        spec.files.push_back(*overrides.labels);
    append(spec.assumed, facts.notes);
    append(spec.assumed, map.notes);
    for (const std::string& note : checkpoint.notes())
        spec.assume(Severity::Information, note);
    return spec;
}

/// A file as it was when it was opened.
struct FileState {
    fs::path path;
    struct stat status {};
};

class CheckpointSource final : public TensorSource {
public:
    CheckpointSource(Checkpoint checkpoint, TensorMap map)
        : m_checkpoint(std::move(checkpoint))
        , m_map(std::move(map))
    {
        for (const fs::path& path : m_checkpoint.files()) {
            m_files.push_back({path});
            ::stat(path.c_str(), &m_files.back().status);
        }
    }

    NdArray read(const std::string& name) const override { return m_map.tensors.at(name).read(m_checkpoint); }

    void throwIfChanged() const override
    {
        for (const auto& [path, then] : m_files) {
            struct stat now {};
            const bool same = ::stat(path.c_str(), &now) == 0 && now.st_dev == then.st_dev && now.st_ino == then.st_ino;
            if (same
                && (now.st_size != then.st_size || now.st_mtim.tv_sec != then.st_mtim.tv_sec
                    || now.st_mtim.tv_nsec != then.st_mtim.tv_nsec))
                throw Error(path.string() + " was written to after it was opened; load the model again.");
        }
    }

private:
    Checkpoint m_checkpoint;
    TensorMap m_map;
    std::vector<FileState> m_files;
};

}  // namespace

Model loadModel(const fs::path& path, const ModelOverrides& overrides, const Progress& progress, std::stop_token stop)
{
    Checkpoint checkpoint = Checkpoint::open(path, {}, stop);
    ConfigFacts facts = readConfig(checkpoint.file(), checkpoint);  // a network refused by name is not looked into
    std::vector<FoundNetwork> networks;
    TensorMap map = naming(checkpoint.file(), [&] {
        const NameTable table = locateNetwork(checkpoint, overrides.prefix);
        networks = table.networks;
        TensorMap mapped = mapTensors(table);
        if (mapped.family && mapped.family->numbers)
            mapped.family->numbers(mapped, checkpoint);
        return mapped;
    });
    Model model;
    model.spec = describe(path, checkpoint, map, std::move(facts), overrides);
    model.spec.networks = std::move(networks);
    readTensors(model, checkpoint, map, progress, stop);
    model.source = std::make_shared<CheckpointSource>(std::move(checkpoint), std::move(map));
    return model;
}

}  // namespace vitrine
