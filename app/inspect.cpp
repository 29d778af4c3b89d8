// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/commands.h"
#include "app/common.h"
#include "core/base/ndarray.h"
#include "core/checkpoint/report.h"
#include "core/model/stages.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
    ModelOptions model;
    bool json = false;
};

Json toJson(const Preprocessing& preprocessing)
{
    return {{"fit", toString(preprocessing.fit)},
            {"interpolation", toString(preprocessing.interpolation)},
            {"crop_fraction", preprocessing.cropFraction},
            {"resize_shorter", preprocessing.resizeShorter},
            {"most_patches", preprocessing.mostPatches},
            {"mean", preprocessing.mean},
            {"std", preprocessing.deviation}};
}

/// "block: q, k, v"
std::string nameOf(const Stage& stage)
{
    switch (stage.section) {
    case StageSection::InnerBlock:
        return "inner block: " + stage.name;
    case StageSection::Block:
        return "block: " + stage.name;
    case StageSection::Input:
    case StageSection::Head:
        break;
    }
    return stage.name;
}

Json toJson(const ModelSpec& spec)
{
    Json walk = Json::array();
    for (const Stage& stage : stages(spec))
        walk.push_back({{"name", nameOf(stage)}, {"shape", stage.shape}, {"formula", stage.formula}});
    Json result{{"architecture", spec.architecture == Architecture::Tnt ? "tnt" : "vit"},
                {"source", spec.source},
                {"layers", spec.layers},
                {"heads", spec.heads},
                {"width", spec.width},
                {"mlp", spec.mlpWidth},
                {"patch", {spec.patchHeight, spec.patchWidth}},
                {"image", {spec.imageHeight, spec.imageWidth}},
                {"grid", {spec.gridHeight(), spec.gridWidth()}},
                {"prefix_tokens", spec.prefixTokens()},
                {"classes", spec.classes},
                {"embedding", spec.embedding},
                {"parameters", spec.parameters},
                {"preprocessing", toJson(spec.preprocessing)},
                {"stages", walk},
                {"assumed", assumedJson(spec)}};
    Json networks = Json::array();
    for (const FoundNetwork& network : spec.networks)
        networks.push_back(
            {{"prefix", network.prefix}, {"family", network.family}, {"tensors", network.tensors}, {"taken", network.taken}});
    result["networks"] = networks;
    if (!spec.headProblem.empty())
        result["head_problem"] = spec.headProblem;
    if (spec.architecture == Architecture::Tnt)
        result["inner"] = {{"tokens", spec.inner.tokens()}, {"width", spec.inner.width}, {"heads", spec.inner.heads}};
    return result;
}

std::string describe(const Preprocessing& preprocessing)
{
    char numbers[160];
    std::snprintf(numbers, sizeof numbers, "mean %g, %g, %g, std %g, %g, %g", preprocessing.mean[0], preprocessing.mean[1],
                  preprocessing.mean[2], preprocessing.deviation[0], preprocessing.deviation[1], preprocessing.deviation[2]);
    std::string fit = toString(preprocessing.fit);
    if (preprocessing.fit == Fit::Crop) {
        char crop[64];
        std::snprintf(crop, sizeof crop, preprocessing.resizeShorter ? " from shorter side %d px" : "",
                      preprocessing.resizeShorter);
        fit += crop;
        if (!preprocessing.resizeShorter) {
            std::snprintf(crop, sizeof crop, " %.1f %%", 100 * preprocessing.cropFraction);
            fit += crop;
        }
    }
    return fit + ", " + toString(preprocessing.interpolation) + ", " + numbers;
}

void print(const ModelSpec& spec)
{
    const auto line = [](const char* name, const std::string& value) {
        std::printf("%-15s %s\n", name, printable(value).c_str());
    };
    const auto by = [](int rows, int columns) { return std::to_string(rows) + " x " + std::to_string(columns); };
    line("model", spec.name);
    line("architecture", std::string(spec.architecture == Architecture::Tnt ? "TNT" : "ViT") + ", names of " + spec.source);
    line("structure", std::to_string(spec.layers) + " layers, " + std::to_string(spec.heads) + " heads, width "
                          + std::to_string(spec.width) + ", MLP " + std::to_string(spec.mlpWidth));
    if (spec.architecture == Architecture::Tnt)
        line("inner", std::to_string(spec.inner.tokens()) + " tokens a patch, " + std::to_string(spec.inner.heads)
                          + " heads, width " + std::to_string(spec.inner.width)
                          + (spec.inner.legacy ? ", legacy structure" : ""));
    line("input", by(spec.imageHeight, spec.imageWidth) + " pixels, patches of " + by(spec.patchHeight, spec.patchWidth)
                      + ", grid " + by(spec.gridHeight(), spec.gridWidth()) + ", " + std::to_string(spec.prefixTokens())
                      + " prefix tokens");
    line("classes", spec.headProblem.empty() ? std::to_string(spec.classes) : "none: " + spec.headProblem);
    if (spec.embedding > 0)
        line("embedding", std::to_string(spec.embedding) + " numbers of the whole picture"
                              + (spec.summary.empty() ? ", to compare with texts'" : ": " + spec.summaryText()));
    line("parameters", std::to_string(spec.parameters));
    line("preprocessing", describe(spec.preprocessing));
    if (spec.networks.size() > 1) {
        std::printf("\nnetworks in the file\n");
        for (const FoundNetwork& network : spec.networks)
            std::printf("  %s %-40s %s, %zu tensors\n", network.taken ? "*" : " ",
                        printable(network.prefix.empty() ? "(top level)" : network.prefix).c_str(), network.family.c_str(),
                        network.tensors);
    }
    std::printf("\nstages of one forward pass\n");
    for (const Stage& stage : stages(spec))
        std::printf("  %-28s %-20s %s\n", nameOf(stage).c_str(), toString(stage.shape).c_str(), stage.formula.c_str());
    if (!spec.assumed.empty())
        std::printf("\nassumed\n");
    for (const Assumption& assumption : spec.assumed)
        std::printf("  %-12s %s\n", toString(assumption.severity).c_str(), printable(assumption.text).c_str());
}

int inspect(const InspectOptions& options)
{
    const Model model = modelOf(options.model);
    warnOf(model.spec);
    if (options.json)
        std::cout << toJson(model.spec).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    else
        print(model.spec);
    return 0;
}

}  // namespace

void addInspect(CLI::App& app, Run& run)
{
    auto options = std::make_shared<InspectOptions>();
    CLI::App* command = app.add_subcommand("inspect", "Structure, shapes of every stage and what was assumed");
    addModelOptions(*command, options->model);
    command->add_option("MODEL", options->model.model, "Bundled model, checkpoint file or folder")->required();
    command->remove_option(command->get_option("--model"));
    command->add_flag("--json", options->json, "A JSON object on stdout");
    command->footer("Example: vitrine inspect vit_base_patch16_224.safetensors");
    command->callback([options, &run] { run = [options] { return inspect(*options); }; });
}

}  // namespace vitrine
