// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <numeric>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "core/base/error.h"
#include "core/checkpoint/report.h"
#include "core/explain/inner.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

struct InnerOptions {
    ModelOptions model;
    std::string image, output, layer, head = "mean", patch;
    bool assembled = false, bridge = false, json = false;
};

/// One panel for each inner token of the patch, laid out as the tokens are: what this token looks at.
Figure patchFigure(const Trace& trace, int layer, const HeadChoice& head, int patch)
{
    const ModelSpec& spec = *trace.model;
    const int side = spec.inner.side, tokens = spec.inner.tokens();
    const NdArray attention = trace.innerAttention[static_cast<std::size_t>(layer)][patch];
    MapSheet sheet;
    sheet.title = QString::fromStdString("inside " + spec.tokenName(spec.prefixTokens() + patch) + ", layer "
                                         + std::to_string(layer) + ", inner " + toString(head)
                                         + ": what each pixel token looks at");
    sheet.unit = QStringLiteral("attention");
    sheet.columns = side;
    sheet.picture = toQImage(trace.picture.view)
                        .copy(patch % spec.gridWidth() * spec.patchWidth, patch / spec.gridWidth() * spec.patchHeight,
                              spec.patchWidth, spec.patchHeight);
    sheet.panelWidth = 120;
    std::vector<float> matrix;
    for (int token = 0; token < tokens; ++token) {
        MapPanel panel;
        panel.map.values = attentionOf(attention, head, token, Direction::LooksAt);
        panel.map.rows = panel.map.columns = side;
        panel.map.range = {0, rangeOf(panel.map.values).high};
        panel.outlined = token;
        matrix.insert(matrix.end(), panel.map.values.begin(), panel.map.values.end());
        sheet.panels.push_back(std::move(panel));
    }
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = {{"inner_attention", NdArray({tokens, tokens}, std::move(matrix))}};
    return figure;
}

/// Every patch's inner tokens in their places: how much attention each receives inside its patch.
Figure assembledFigure(const Trace& trace, int layer, const HeadChoice& head)
{
    const NdArray received = innerAssembled(trace, layer, InnerMeasure::Received, head);
    MapSheet sheet;
    sheet.title = QString::fromStdString("attention that each pixel token receives inside its patch, layer "
                                         + std::to_string(layer) + ", inner " + toString(head));
    sheet.unit = QStringLiteral("received");
    sheet.picture = toQImage(trace.picture.view).copy(patchedRect(*trace.model));
    sheet.display.grid = false;
    MapPanel panel;
    panel.map.values.assign(received.values().begin(), received.values().end());
    panel.map.rows = static_cast<int>(received.dim(0));
    panel.map.columns = static_cast<int>(received.dim(1));
    panel.map.range = rangeOf(panel.map.values);
    sheet.panels.push_back(std::move(panel));
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = {{"received", received}};
    return figure;
}

/// One panel for each layer: what the pixels add to a patch and to no other, against the patch's norm.
Figure bridgeFigure(const Trace& trace, const std::vector<int>& layers, const std::vector<Bridge>& bridges)
{
    const ModelSpec& spec = *trace.model;
    MapSheet sheet;
    sheet.title = QStringLiteral("what the pixels add to a patch and to no other");
    sheet.unit = QStringLiteral("of its norm");
    sheet.picture = toQImage(trace.picture.view).copy(patchedRect(spec));
    sheet.columns = std::min(4, static_cast<int>(layers.size()));
    sheet.display.grid = false;
    std::vector<float> varying, constant;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto own = bridges[i].varying.values(), same = bridges[i].constant.values();
        varying.insert(varying.end(), own.begin(), own.end());
        constant.insert(constant.end(), same.begin(), same.end());
        MapPanel panel;
        panel.map.values.assign(own.begin(), own.end());
        panel.map.rows = spec.gridHeight();
        panel.map.columns = spec.gridWidth();
        panel.label = QStringLiteral("layer %1").arg(layers[i]);
        sheet.panels.push_back(std::move(panel));
    }
    const ValueRange range{0, rangeOf(varying).high};
    for (MapPanel& panel : sheet.panels)
        panel.map.range = range;
    Figure figure = mapSheet(std::move(sheet));
    const Shape shape{static_cast<std::int64_t>(layers.size()), spec.patches()};
    figure.numbers = {{"varying", NdArray(shape, std::move(varying))}, {"constant", NdArray(shape, std::move(constant))}};
    return figure;
}

void printBridges(const InnerOptions& options, const ModelSpec& spec, const std::vector<int>& layers,
                  const std::vector<Bridge>& bridges)
{
    if (options.json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        const auto numbers = [](const NdArray& array) {
            return std::vector<float>(array.values().begin(), array.values().end());
        };
        for (std::size_t i = 0; i < layers.size(); ++i)
            list.push_back({{"layer", layers[i]},
                            {"constant_norm", bridges[i].constantNorm},
                            {"varying_norm", bridges[i].varyingNorm},
                            {"varying_share", bridges[i].varyingShare()},
                            {"same_for_all", bridges[i].sameForAll()},
                            {"varying", numbers(bridges[i].varying)},
                            {"constant", numbers(bridges[i].constant)}});
        const nlohmann::ordered_json result{{"image", options.image}, {"model", spec.name}, {"layers", list}};
        std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
        return;
    }
    std::printf("%s  (%s)\nlayer  to every patch  to each its own\n", printable(options.image).c_str(),
                printable(spec.name).c_str());
    for (std::size_t i = 0; i < layers.size(); ++i)
        std::printf("%5d  %14.4g  %15.4g  %s\n", layers[i], bridges[i].constantNorm, bridges[i].varyingNorm,
                    toString(bridges[i]).c_str());
}

int measureBridge(const InnerOptions& options, Engine& engine)
{
    const ModelSpec& spec = *engine.model();
    const std::optional<int> chosen = options.layer.empty() ? std::nullopt : parseLayer(options.layer, spec);
    std::vector<int> layers(static_cast<std::size_t>(chosen ? 1 : spec.layers), chosen.value_or(0));
    if (!chosen)
        std::iota(layers.begin(), layers.end(), 0);
    const auto trace = traceOf(engine, options.image, tokensAlone);
    std::vector<Bridge> bridges;
    for (const int layer : layers)
        bridges.push_back(bridge(*trace, layer));
    if (!options.output.empty()) {
        Figure figure = bridgeFigure(*trace, layers, bridges);
        describeFigure(figure, *trace, options.image);
        save(figure, options.output);
    }
    printBridges(options, spec, layers, bridges);
    return 0;
}

int runInner(const InnerOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    refuseInput(options.output, {options.image}, *engine->model());
    const ModelSpec& spec = *engine->model();
    if (spec.architecture != Architecture::Tnt)
        throw Error(spec.name
                    + " is a ViT: it has no inner attention, its patches are single tokens; choose a TNT, as in "
                      "--model tnt.");
    if (options.bridge)
        return measureBridge(options, *engine);
    const int layer = options.layer.empty() ? spec.layers - 1 : parseLayer(options.layer, spec).value_or(-1);
    const auto head = parseHead(options.head, spec.inner.heads);
    if (layer < 0 || !head)
        throw Error("\"all\" is one figure too many here; choose one layer, and one inner head or mean, max, min.");
    const int patch = options.assembled ? 0 : parsePatch(options.patch, spec);
    const auto trace = traceOf(*engine, options.image, tokensAlone);
    Figure figure = options.assembled ? assembledFigure(*trace, layer, *head) : patchFigure(*trace, layer, *head, patch);
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

}  // namespace

void addInner(CLI::App& app, Run& run)
{
    auto options = std::make_shared<InnerOptions>();
    CLI::App* command = app.add_subcommand("inner", "What the pixels inside one patch look at (inner attention of a TNT)");
    options->model.model = "tnt";
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output);
    auto* where = command->add_option_group("where");
    where->add_option("--patch", options->patch, "ROW,COL of the patch, from the top left");
    where->add_flag("--assembled", options->assembled, "All patches: the attention that each pixel token receives");
    auto* bridge = where->add_flag("--bridge", options->bridge,
                                   "What the pixels add to the patches: the part that every patch "
                                   "gets, and the part that differs between them");
    where->require_option(1);
    command->add_option("--layer", options->layer, "Layer from 0; the last one if not said, with --bridge all");
    command->add_option("--head", options->head, "Inner head from 0, mean, max or min")
        ->capture_default_str()
        ->excludes(bridge);
    command->add_flag("--json", options->json, "With --bridge: a JSON object on stdout")->needs(bridge);
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine inner cat.jpg --patch 6,9 -o patch.png --layer 5");
    command->callback([options, &run] {
        if (options->output.empty() && !options->bridge)
            throw CLI::RequiredError("--output");
        run = [options] { return runInner(*options); };
    });
}

}  // namespace vitrine
