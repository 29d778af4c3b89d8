// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config.h"

#include <algorithm>
#include <cctype>

#include "core/base/error.h"
#include "core/model/json_file.h"
#include "core/model/limits.h"
#include "core/model/processor_config.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

constexpr std::size_t MaxConfigBytes = std::size_t(16) << 20;
constexpr int MaxPatch = 1024;

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

[[noreturn]] void refuseName(const JsonObject& config, const std::string& name, std::string_view reason)
{
    throw Error(config.where() + ": " + name + " is not a ViT or TNT that Vitrine can compute: " + std::string(reason) + ".");
}

void noteUnverified(ConfigFacts& facts, const std::string& what)
{
    facts.note(Severity::Doubtful, what + ": the results are not verified.");
}

template <typename T>
void fallBack(std::optional<T>& to, const T& from)
{
    if (!to)
        to = from;
}

/// Before anything else is read: the configuration of another kind of network has other values under the same keys.
const NamedArchitecture* judgeName(const KnownName& known, const std::string& name, const JsonObject& config,
                                   ConfigFacts& facts)
{
    if (!known.refusal.empty())
        refuseName(config, name, known.refusal);
    if (!known.architecture && !name.empty())
        noteUnverified(facts, "The configuration names \"" + name + "\", a network that Vitrine does not know");
    return known.architecture;
}

/// What the name of a network tells, behind what the configuration itself says.
void useNamed(ConfigFacts& facts)
{
    if (!facts.named)
        return;
    if (facts.width)
        fallBack(facts.heads, facts.named->heads);  // both libraries keep the number for another width
    fallBack(facts.activation, facts.named->activation);
    fallBack(facts.layerNormEpsilon, facts.named->layerNormEpsilon);
    fallBack(facts.positionsCoverPrefix, facts.named->positionsCoverPrefix);
    if (facts.named->innerHeads > 0) {
        fallBack(facts.patchHeight, facts.named->patch);
        fallBack(facts.patchWidth, facts.named->patch);
        fallBack(facts.stemStride, facts.named->stemStride);
    }
}

/// "ViTForImageClassification"; empty: none is named.
std::string classIn(const JsonObject& config)
{
    const Json* classes = config.find("architectures");
    const bool named = classes && classes->is_array() && !classes->empty() && classes->front().is_string();
    return named ? classes->front().get<std::string>() : std::string();
}

std::string modelTypeIn(const JsonObject& config)
{
    if (std::string type = config.text("model_type"); !type.empty())
        return type;
    const std::string name = classIn(config);
    const std::string_view type = modelTypeOf(name);
    return type.empty() ? name : std::string(type);
}

void readNetwork(const JsonObject& config, ConfigFacts& facts)
{
    facts.modelType = modelTypeIn(config);
    if (facts.modelType == "timm_backbone")
        facts.named = judgeName(findArchitecture(config.text("backbone")), config.text("backbone"), config, facts);
    else
        facts.named = judgeName(findModelType(facts.modelType), facts.modelType, config, facts);
    if (config.boolean("is_hybrid") == true)
        refuseName(config, facts.modelType, "it is a hybrid with a convolutional stem");
    if (config.find("auto_map"))
        noteUnverified(facts, "The configuration asks for code of its own (auto_map), which Vitrine never runs");
    take(facts.width, config.integer("hidden_size", 1, MaxWidth));
    take(facts.heads, config.integer("num_attention_heads", 1, MaxHeads));
    take(facts.layerNormEpsilon, config.number("layer_norm_eps", 0, 1));
    take(facts.layerNormEpsilon, config.number("rms_norm_eps", 0, 1));
    take(facts.clsTokens, config.integer("num_cls_tokens", 1, MaxHeads));
    take(facts.rotaryBase, config.number("rope_theta", 1, 1e9));
    const bool gated = config.boolean("use_gated_mlp") == true || config.find("rms_norm_eps");
    if (const std::string name = config.text("hidden_act"); gated && !name.empty() && name != "silu")
        config.refuse("hidden_act", "silu, where the MLP is gated");
    takePair(facts.imageHeight, facts.imageWidth, config.pair("image_size", 1, MaxImage));
    takePair(facts.patchHeight, facts.patchWidth, config.pair("patch_size", 1, MaxPatch));
    if (const std::string name = config.text("hidden_act"); !name.empty() && config.boolean("use_swiglu_ffn") != true && !gated)
        facts.activation = activationOf(config, "hidden_act", name);
    if (facts.modelType == "dpt")
        facts.positionResampling = PositionResampling::Bilinear;
    useNamed(facts);
    if (facts.named && facts.named->pool && classIn(config).ends_with("ForImageClassification"))
        fallBack(facts.pool, *facts.named->pool);
}

void readTransformers(const JsonObject& config, ConfigFacts& facts)
{
    const std::string key(nestedConfig(modelTypeIn(config)));
    if (const Json* part = key.empty() ? nullptr : config.find(key); part && part->is_object())
        readNetwork(JsonObject(*part, config.where() + " (\"" + key + "\")"), facts);
    else
        readNetwork(config, facts);
    if (const std::optional<JsonObject> quantised = config.object("quantization_config"))
        facts.note(Severity::Doubtful,
                   "The configuration says that the network is quantised ("
                       + (quantised->text("quant_method").empty() ? std::string("no method named")
                                                                  : quantised->text("quant_method"))
                       + "): its weights are taken as they were before, and what runs it elsewhere may round more.");
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

/// What is read, what the tensors tell, and what matters in training only.
constexpr auto KnownArguments = std::to_array<std::string_view>({
    "act_layer",
    "embed_dim",
    "first_stride",
    "global_pool",
    "img_size",
    "in_num_head",
    "no_embed_class",
    "num_heads",
    "num_heads_inner",
    "num_heads_outer",
    "patch_size",
    "attn_only_layer_scale",
    "class_token",
    "depth",
    "fc_norm",
    "final_norm",
    "in_chans",
    "in_dim",
    "init_values",
    "inner_dim",
    "legacy",
    "mlp_ratio",
    "num_classes",
    "num_reg_tokens",
    "pre_norm",
    "proj_bias",
    "qk_norm",
    "qkv_bias",
    "qkv_fused",
    "reg_tokens",
    "scale_attn_inner",
    "scale_attn_norm",
    "scale_mlp",
    "scale_mlp_norm",
    "swiglu_align_to",
    "swiglu_mlp",
    "use_abs_pos_emb",
    "use_fc_norm",
    "use_post_transformer_norm",
    "use_pre_transformer_norm",
    "dynamic_img_pad",
    "dynamic_img_size",
    "fix_init",
    "head_init_scale",
    "weight_init",
});

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
    if (const std::optional<bool> apart = arguments.boolean("no_embed_class"))
        facts.positionsCoverPrefix = !*apart;
    for (const auto& [key, value] : arguments.json().items()) {
        const bool off = value.is_null() || (value.is_boolean() && !value.get<bool>());
        if (!off && !key.ends_with("_rate")
            && std::find(KnownArguments.begin(), KnownArguments.end(), key) == KnownArguments.end())
            noteUnverified(facts, "The configuration has \"" + key + "\" among its model_args, which Vitrine does not know");
    }
}

Pool poolOf(const JsonObject& config, const std::string& architecture, const std::string& name)
{
    if (name == "token")
        return Pool::Cls;
    if (name == "avg")
        return Pool::Mean;
    if (name == "map")
        return Pool::Attention;
    if (name == "prr")
        refuseName(config, architecture.empty() ? "the network" : architecture,
                   "it pools the tokens by attention to their mean");
    config.refuse("global_pool", "token or avg (others are not supported)");
}

/// "" is said where nothing is pooled, also of a network that else pools by attention.
void readPool(const JsonObject& config, ConfigFacts& facts)
{
    std::optional<JsonObject> arguments = config.object("model_args");
    const JsonObject& saying = arguments && arguments->find("global_pool") ? *arguments : config;
    if (const std::string name = saying.text("global_pool"); !name.empty())
        facts.pool = poolOf(saying, facts.architecture, name);
    else if (facts.named && (facts.named->pool || !saying.find("global_pool")))
        fallBack(facts.pool, facts.named->pool.value_or(Pool::Attention));
}

/// timm has OpenAI's own weights under a name whose network has another GELU than they were trained with.
void useQuickGeluOfOpenAi(const std::string& tag, ConfigFacts& facts)
{
    if (tag != "openai" || facts.architecture.find("_clip_") == std::string::npos || facts.activation != Activation::Gelu)
        return;
    facts.activation = Activation::QuickGelu;
    facts.note(Severity::Information,
               "OpenAI trained these weights with QuickGELU, which is computed; timm's network of this name "
               "has the exact GELU (--activation gelu).");
}

void readTimm(const JsonObject& config, ConfigFacts& facts)
{
    const JsonObject inputs = config.object("pretrained_cfg").value_or(config);  // old files are flat
    facts.architecture = config.text("architecture");
    if (facts.architecture.empty())
        facts.architecture = inputs.text("architecture");
    facts.named = judgeName(findArchitecture(facts.architecture), facts.architecture, config, facts);
    readTimmPreprocessing(inputs, facts);
    facts.imageHeight = facts.inputHeight;
    facts.imageWidth = facts.inputWidth;
    if (const std::optional<JsonObject> arguments = config.object("model_args"))
        readTimmArguments(*arguments, facts);
    useNamed(facts);
    useQuickGeluOfOpenAi(inputs.text("tag"), facts);
    readPool(config, facts);
    facts.labels = timmLabels(config, facts);
    if (facts.labels.empty())
        facts.labels = timmLabels(inputs, facts);
}

void readModelConfig(const JsonObject& config, ConfigFacts& facts)
{
    if (config.find("architecture") || config.find("pretrained_cfg") || config.find("input_size"))
        readTimm(config, facts);
    else if (config.find("model_type") || config.find("hidden_size") || config.find("architectures"))
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
    }
}

}  // namespace

ConfigFacts readConfig(const fs::path& weights, const Checkpoint& checkpoint)
{
    ConfigFacts facts;
    readMetadata(checkpoint, facts);
    const fs::path folder = weights.parent_path();
    if (const fs::path file = folder / "config.json"; isFile(file)) {
        const Json json = parseJson(readTextFile(file, MaxConfigBytes), file.string());
        readModelConfig(JsonObject(json, file.string()), facts);
        facts.files.push_back(file);
    }
    for (const char* name : {"preprocessor_config.json", "processor_config.json"}) {
        const fs::path file = folder / name;
        if (!isFile(file))
            continue;
        const Json json = parseJson(readTextFile(file, MaxConfigBytes), file.string());
        const JsonObject object(json, file.string());
        readProcessor(object.object("image_processor").value_or(object), facts);
        facts.files.push_back(file);
        break;
    }
    return facts;
}

}  // namespace vitrine
