// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/assumptions.h"
#include "app/figure_commands.h"
#include "app/common.h"
#include "core/explain/components.h"
#include "core/explain/features.h"
#include "ui/figure/map_sheet.h"

namespace vitrine {

namespace {

struct FeatureOptions {
    ModelOptions model;
    std::string image, output, layer = "all";
    int channels = 8;
    bool inner = false;
};

int drawFeatures(const FeatureOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, {options.image}, spec);
    const auto layer = parseLayer(options.layer, spec);
    const auto trace = traceOf(*engine, options.image, tokensAlone);
    MapSheet sheet;
    sheet.sharedScale = false;
    sheet.display.grid = false;
    std::vector<NdArray> layers;
    for (int at = layer.value_or(0); at <= layer.value_or(spec.layers - 1); ++at) {
        layers.push_back(options.inner ? innerFeatureMaps(*trace, at) : featureMaps(*trace, at));
        sheet.rowLabels << QStringLiteral("layer %1").arg(at);
        for (const int channel : mostVarying(layers.back(), options.channels)) {
            MapPanel panel{heatmapOf(layers.back()[channel], true), {}, std::nullopt, {}};
            panel.label = QStringLiteral("%1 ±%2").arg(channel).arg(formatValue(panel.map.range.high));
            sheet.panels.push_back(std::move(panel));
        }
    }
    sheet.columns = static_cast<int>(sheet.panels.size() / layers.size());
    sheet.title = QStringLiteral(
                      "%1 after each block: the channels that vary most; brown above 0, blue below, to the number above")
                      .arg(options.inner ? QStringLiteral("inner tokens") : QStringLiteral("patch tokens"));
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = {layer ? NamedArray{"features", layers.front()} : NamedArray{"features", layers}};
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

struct FilterOptions {
    ModelOptions model;
    std::string output;
    int components = 28;
};

/// [3, h, w] -> one pixel an entry, grey where it is 0.
QImage pictureOf(const NdArray& filter)
{
    float largest = 0;
    for (const float value : filter.values())
        largest = std::max(largest, std::abs(value));
    QImage image(static_cast<int>(filter.dim(2)), static_cast<int>(filter.dim(1)), QImage::Format_RGB32);
    const auto part = [&](int channel, int y, int x) {
        return static_cast<int>(std::lround(127.5 + 127.5 * filter.at({channel, y, x}) / largest));
    };
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            image.setPixel(x, y, qRgb(part(0, y, x), part(1, y, x), part(2, y, x)));
    return image;
}

int drawFilters(const FilterOptions& options)
{
    const Model model = modelOf(options.model);
    const ModelSpec& spec = model.spec;
    warnOf(spec);
    refuseInput(options.output, {}, spec);
    const bool isTnt = spec.architecture == Architecture::Tnt;
    const NdArray& filters = model.tensors.at(isTnt ? "pixel_embed.proj.weight" : "patch_embed.proj.weight");
    const std::int64_t height = filters.dim(2), width = filters.dim(3);
    const PrincipalComponents found = principalComponents(filters.reshaped({filters.dim(0), 3 * height * width}),
                                                          options.components);
    const NdArray shown = found.directions.reshaped({found.directions.dim(0), 3, height, width});
    MapSheet sheet;
    std::vector<float> shares;
    for (std::int64_t i = 0; i < shown.dim(0); ++i) {
        shares.push_back(static_cast<float>(found.variances[static_cast<std::size_t>(i)] / found.totalVariance));
        sheet.panels.push_back(
            {{}, pictureOf(shown[i]), std::nullopt, QStringLiteral("%1 %").arg(100.0 * shares.back(), 0, 'f', 1)});
    }
    if (sheet.panels.empty())
        throw Error("All filters of " + spec.name + " are alike, so they have no principal components.");
    sheet.sharedScale = false;
    sheet.columns = std::min(7, static_cast<int>(sheet.panels.size()));
    sheet.title = QStringLiteral("principal components of the %1 filters %2, with their part of the variance")
                      .arg(filters.dim(0))
                      .arg(isTnt ? QStringLiteral("that make inner tokens") : QStringLiteral("that embed patches"));
    Figure figure = mapSheet(std::move(sheet));
    const Shape count{shown.dim(0)};
    figure.numbers = {{"filters", shown}, {"share", NdArray(count, std::move(shares))}};
    figure.metadata = {{QStringLiteral("Model"), QString::fromStdString(spec.name)}};
    addAssumptions(figure, spec.assumed);
    save(figure, options.output);
    return 0;
}

}  // namespace

void addFeatures(CLI::App& app, Run& run)
{
    auto options = std::make_shared<FeatureOptions>();
    CLI::App* command = app.add_subcommand("features", "The channels of the patch tokens after each block, as pictures");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    command->add_option("--layer", options->layer, "After which layer, from 0, or all")->capture_default_str();
    command->add_option("--channels", options->channels, "How many in a figure, those that vary most; numbers have all")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    command->add_flag("--inner", options->inner, "Of the inner tokens of all patches (TNT)");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Numbers: features [layers, channels, rows, columns]; of one layer without the first axis.\n"
                    "Example: vitrine features cat.jpg --model tnt --inner -o features.png");
    command->callback([options, &run] { run = [options] { return drawFeatures(*options); }; });
}

void addFilters(CLI::App& app, Run& run)
{
    auto options = std::make_shared<FilterOptions>();
    CLI::App* command = app.add_subcommand("filters", "The first principal components of the filters that embed patches, of a "
                                                      "TNT those that make inner tokens");
    addFigureOption(*command, options->output)->required();
    command->add_option("--components", options->components, "How many; fewer where the filters span fewer dimensions")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    addModelOptions(*command, options->model);
    command->footer("Each is scaled to its own largest entry; grey is 0. Numbers: filters [n, 3, height, width], share [n].\n"
                    "Example: vitrine filters --model vit -o filters.png");
    command->callback([options, &run] { run = [options] { return drawFilters(*options); }; });
}

}  // namespace vitrine
