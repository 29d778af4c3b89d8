// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config.h"

#include <algorithm>
#include <cctype>

#include "core/base/error.h"
#include "core/model/json_file.h"
#include "core/model/processor_config.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

constexpr std::size_t MaxConfigBytes = std::size_t(16) << 20;
constexpr int MaxImage = 16384;
constexpr int MaxPatch = 1024;
constexpr int MaxHeads = 4096;
constexpr int MaxWidth = 65536;

template <typename T>
void take(std::optional<T>& to, const std::optional<T>& from)
{
    if (from)
        to = from;
}

void takePair(std::optional<int>& height, std::optional<int>& width, const std::optional<std::array<int, 2>>& from)
{
    if (from) {
        height = (*from)[0];
        width = (*from)[1];
    }
}

Activation activationOf(const JsonObject& config, std::string_view key, const std::string& name)
{
    if (name == "gelu" || name == "gelu_python")
        return Activation::Gelu;
    if (name == "gelu_tanh" || name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh")
        return Activation::GeluTanh;
    if (name == "quick_gelu" || name == "quickgelu")
        return Activation::QuickGelu;
    config.refuse(key, "gelu, gelu_tanh or quick_gelu (others are not supported)");
}

/// transformers' id2label {"0": "tench"}; names that only count ("LABEL_0") say nothing.
std::vector<std::string> labelsById(const Json& table, ConfigFacts& facts)
{
    std::vector<std::string> labels;
    bool skipped = false;
    bool onlyCounted = true;
    for (const auto& [key, value] : table.items()) {
        const bool digits = !key.empty() && key.size() <= 6
                            && std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
        if (!digits || !value.is_string()) {
            skipped = true;
            continue;
        }
        const auto index = static_cast<std::size_t>(std::stoul(key));
        if (index >= table.size()) {
            skipped = true;  // a gap: what it would leave empty is less useful than none
            continue;
        }
        labels.resize(std::max(labels.size(), index + 1));
        labels[index] = value.get<std::string>();
        onlyCounted = onlyCounted && labels[index].starts_with("LABEL_");
    }
    if (skipped)
        facts.note(Severity::Information, "Some class names of the configuration have impossible indices and were left out.");
    return onlyCounted ? std::vector<std::string>() : labels;
}

void readTransformers(const JsonObject& config, ConfigFacts& facts)
{
    facts.modelType = config.text("model_type");
    take(facts.width, config.integer("hidden_size", 1, MaxWidth));
    take(facts.heads, config.integer("num_attention_heads", 1, MaxHeads));
    take(facts.layerNormEpsilon, config.number("layer_norm_eps", 0, 1));
    takePair(facts.imageHeight, facts.imageWidth, config.pair("image_size", 1, MaxImage));
    takePair(facts.patchHeight, facts.patchWidth, config.pair("patch_size", 1, MaxPatch));
    if (const std::string name = config.text("hidden_act"); !name.empty() && config.boolean("use_swiglu_ffn") != true)
        facts.activation = activationOf(config, "hidden_act", name);
    if (config.find("num_labels"))
        config.integer("num_labels", 0, 1'000'000);
    if (const Json* table = config.find("id2label"); table && table->is_object())
        facts.labels = labelsById(*table, facts);
}

/// timm's label_names (a list or {"0": ...}), said in words by label_descriptions where there are some.
std::vector<std::string> timmLabels(const JsonObject& config, ConfigFacts& facts)
{
    const Json* names = config.find("label_names");
    std::vector<std::string> labels;
    if (names && names->is_object())
        labels = labelsById(*names, facts);
    if (names && names->is_array()) {
        for (const Json& name : *names)
            labels.push_back(name.is_string() ? name.get<std::string>() : std::string());
    }
    if (const std::optional<JsonObject> words = config.object("label_descriptions")) {
        for (std::string& label : labels) {
            if (const std::string text = words->text(label); !text.empty())
                label = text;
        }
    }
    return labels;
}

void readTimmArguments(const JsonObject& arguments, ConfigFacts& facts)
{
    take(facts.width, arguments.integer("embed_dim", 1, MaxWidth));
    take(facts.heads, arguments.integer("num_heads", 1, MaxHeads));
    take(facts.heads, arguments.integer("num_heads_outer", 1, MaxHeads));
    take(facts.innerHeads, arguments.integer("num_heads_inner", 1, MaxHeads));
    take(facts.innerHeads, arguments.integer("in_num_head", 1, MaxHeads));
    take(facts.stemStride, arguments.integer("first_stride", 1, MaxPatch));
    takePair(facts.imageHeight, facts.imageWidth, arguments.pair("img_size", 1, MaxImage));
    takePair(facts.patchHeight, facts.patchWidth, arguments.pair("patch_size", 1, MaxPatch));
    if (const std::string name = arguments.text("act_layer"); !name.empty())
        facts.activation = activationOf(arguments, "act_layer", name);
}

Pool poolOf(const JsonObject& config, const std::string& name)
{
    if (name == "token")
        return Pool::Cls;
    if (name == "avg")
        return Pool::Mean;
    config.refuse("global_pool", "token or avg (others are not supported)");
}

void readTimm(const JsonObject& config, ConfigFacts& facts)
{
    facts.architecture = config.text("architecture");
    if (facts.architecture.find("_rpn_") != std::string::npos)
        throw Error(config.where() + ": this is not a ViT or TNT: " + facts.architecture
                    + " normalises after attention and MLP, not before.");
    if (facts.architecture.find("quickgelu") != std::string::npos)
        facts.activation = Activation::QuickGelu;
    const JsonObject inputs = config.object("pretrained_cfg").value_or(config);  // old files are flat
    readTimmPreprocessing(inputs, facts);
    facts.imageHeight = facts.inputHeight;
    facts.imageWidth = facts.inputWidth;
    if (const std::optional<JsonObject> arguments = config.object("model_args"))
        readTimmArguments(*arguments, facts);
    std::string pool = config.text("global_pool");
    if (const std::optional<JsonObject> arguments = config.object("model_args"); arguments && arguments->find("global_pool"))
        pool = arguments->text("global_pool");
    if (!pool.empty())
        facts.pool = poolOf(config, pool);
    facts.labels = timmLabels(config, facts);
    if (facts.labels.empty())
        facts.labels = timmLabels(inputs, facts);
}

void readModelConfig(const JsonObject& config, ConfigFacts& facts)
{
    if (config.find("architecture") || config.find("pretrained_cfg") || config.find("input_size"))
        readTimm(config, facts);
    else if (config.find("model_type") || config.find("hidden_size"))
        readTransformers(config, facts);
}

bool isFile(const fs::path& path)
{
    std::error_code failed;
    return fs::is_regular_file(path, failed);
}

void readMetadata(const Checkpoint& checkpoint, ConfigFacts& facts)
{
    for (const auto& [key, value] : checkpoint.metadata()) {
        if (value.size() > MaxConfigBytes || value.find_first_not_of(" \t\r\n") == std::string::npos
            || value[value.find_first_not_of(" \t\r\n")] != '{')
            continue;
        const std::string where = checkpoint.file().string() + " (metadata \"" + key + "\")";
        const Json json = parseJson(value, where);
        const JsonObject object(json, where);
        readModelConfig(object, facts);
        if (object.find("image_mean") || object.find("image_processor_type"))
            readProcessor(object, facts);
        facts.files.push_back(where);
    }
}

} // namespace

ConfigFacts readConfig(const fs::path& weights, const Checkpoint& checkpoint)
{
    ConfigFacts facts;
    readMetadata(checkpoint, facts);
    const fs::path folder = weights.parent_path();
    if (const fs::path file = folder / "config.json"; isFile(file)) {
        const Json json = parseJson(readTextFile(file, MaxConfigBytes), file.string());
        readModelConfig(JsonObject(json, file.string()), facts);
        facts.files.emplace_back("config.json");
    }
    for (const char* name : {"preprocessor_config.json", "processor_config.json"}) {
        const fs::path file = folder / name;
        if (!isFile(file))
            continue;
        const Json json = parseJson(readTextFile(file, MaxConfigBytes), file.string());
        const JsonObject object(json, file.string());
        readProcessor(object.object("image_processor").value_or(object), facts);
        facts.files.emplace_back(name);
        break;
    }
    return facts;
}

} // namespace vitrine
