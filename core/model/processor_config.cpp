// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/processor_config.h"

#include <algorithm>

#include "core/model/limits.h"

namespace vitrine {

namespace {

constexpr double MaxMean = 1000;
constexpr double MinDeviation = 1e-6;

void readNormalisation(const JsonObject& config, std::string_view mean, std::string_view deviation, ConfigFacts& facts)
{
    if (const auto triple = config.triple(mean, -MaxMean, MaxMean))
        facts.mean = triple;
    if (const auto triple = config.triple(deviation, MinDeviation, MaxMean))
        facts.deviation = triple;
}

Interpolation nearestKnown(const std::string& name, ConfigFacts& facts)
{
    if (name == "bilinear")
        return Interpolation::Bilinear;
    if (name != "bicubic")
        facts.note(Severity::Doubtful,
                   "The interpolation \"" + name + "\" of the configuration is not supported, bicubic is used.");
    return Interpolation::Bicubic;
}

/// PIL's numbers for the filters.
std::string resampleName(int number)
{
    switch (number) {
    case 2:
        return "bilinear";
    case 3:
        return "bicubic";
    case 0:
        return "nearest";
    case 1:
        return "lanczos";
    default:
        return "number " + std::to_string(number);
    }
}

struct ConfiguredSize {
    int height = 0, width = 0;
    bool shortestEdge = false;
};

/// `key` as a number, {"height", "width"} or {"shortest_edge"}.
std::optional<ConfiguredSize> readSize(const JsonObject& config, std::string_view key, bool numberIsShortestEdge)
{
    const Json* value = config.find(key);
    if (!value)
        return std::nullopt;
    if (value->is_object()) {
        const JsonObject size(*value, config.where());
        if (const auto edge = size.integer("shortest_edge", 1, MaxImage))
            return ConfiguredSize{*edge, *edge, true};
        const auto height = size.integer("height", 1, MaxImage);
        const auto width = size.integer("width", 1, MaxImage);
        if (!height || !width)
            config.refuse(key, "a number, {\"height\", \"width\"} or {\"shortest_edge\"}");
        return ConfiguredSize{*height, *width, false};
    }
    const auto pair = config.pair(key, 1, MaxImage);
    return ConfiguredSize{(*pair)[0], (*pair)[1], numberIsShortestEdge};
}

/// The kind of processor: "ViT", "DeiT", "Bit" (Dinov2), "CLIP" ...
std::string processorKind(const JsonObject& config, const ConfigFacts& facts)
{
    std::string type = config.text("image_processor_type");
    if (type.empty())
        type = config.text("feature_extractor_type");
    for (const std::string_view end : {"Fast", "Pil", "ImageProcessor", "FeatureExtractor"}) {
        if (type.ends_with(end))
            type.erase(type.size() - end.size());
    }
    if (!type.empty())
        return type;
    if (facts.modelType.starts_with("dinov2"))
        return "Bit";
    return facts.modelType == "deit" ? "DeiT" : "ViT";
}

}  // namespace

void readTimmPreprocessing(const JsonObject& config, ConfigFacts& facts)
{
    if (const Json* size = config.find("input_size")) {
        const auto isSize = [](const Json& item) {
            return item.is_number_integer() && item.get<double>() >= 1 && item.get<double>() <= MaxImage;
        };
        if (!size->is_array() || size->size() != 3 || !std::all_of(size->begin(), size->end(), isSize) || (*size)[0] != 3)
            config.refuse("input_size", "[3, height, width]");
        facts.inputHeight = (*size)[1].get<int>();
        facts.inputWidth = (*size)[2].get<int>();
    }
    if (const auto fraction = config.number("crop_pct", 0.01, 1)) {
        facts.cropFraction = fraction;
        facts.resizeShorter.reset();
    }
    if (config.find("crop_mode")) {
        const std::string mode = config.text("crop_mode");
        facts.fit = mode == "squash" ? Fit::Squash : mode == "border" ? Fit::Letterbox : Fit::Crop;
    }
    if (const std::string name = config.text("interpolation"); !name.empty())
        facts.interpolation = nearestKnown(name, facts);
    readNormalisation(config, "mean", "std", facts);
}

void readProcessor(const JsonObject& config, ConfigFacts& facts)
{
    const std::string kind = processorKind(config, facts);
    const bool squashes = kind == "ViT" || kind == "DeiT";
    const bool cropsByDefault = kind != "ViT";
    const std::optional<ConfiguredSize> size = readSize(config, "size", !squashes);
    const std::optional<ConfiguredSize> crop = readSize(config, "crop_size", false);
    const bool crops = config.boolean("do_center_crop").value_or(cropsByDefault && (crop || kind == "DeiT"));
    const bool resizes = config.boolean("do_resize").value_or(true);
    if (!resizes)
        facts.note(Severity::Doubtful, "The configuration does not resize pictures; Vitrine always does.");
    if (const std::optional<ConfiguredSize> input = crops && crop ? crop : size; input) {
        facts.inputHeight = input->height;
        facts.inputWidth = input->width;
    } else if (crops && kind == "DeiT") {
        facts.inputHeight = facts.inputWidth = 224;
    }
    if (size && crops && resizes) {
        facts.fit = size->shortestEdge ? Fit::Crop : Fit::Squash;
        facts.resizeShorter = size->height;
        facts.cropFraction.reset();
    } else if (size) {
        facts.fit = size->shortestEdge ? Fit::Crop : Fit::Squash;
        facts.resizeShorter.reset();
        facts.cropFraction = 1.0;
    }
    if (const auto most = config.integer("max_num_patches", 1, MaxImage)) {
        facts.mostPatches = most;
        facts.fit = Fit::Squash;
        facts.cropFraction = 1.0;
    }
    if (const auto resample = config.integer("resample", 0, 5))
        facts.interpolation = nearestKnown(resampleName(*resample), facts);
    readNormalisation(config, "image_mean", "image_std", facts);
    if (config.boolean("do_normalize") == false) {
        facts.mean = std::array<float, 3>{0, 0, 0};
        facts.deviation = std::array<float, 3>{1, 1, 1};
    }
    if (const auto factor = config.number("rescale_factor", 0, 1000); factor && std::abs(*factor * 255 - 1) > 1e-3)
        facts.note(Severity::Doubtful,
                   "The configuration's rescale_factor is not 1/255; pictures are divided by 255 all the same.");
}

}  // namespace vitrine
