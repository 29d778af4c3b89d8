// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "core/base/error.h"
#include "core/explain/inner.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

struct Options {
    ModelOptions model;
    std::string image, output, layer, head = "mean", patch;
    bool assembled = false;
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
    sheet.picture = toQImage(trace.picture.view);
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

int drawInner(const Options& options)
{
    const std::unique_ptr<Engine> engine = makeEngine(options.model);
    const ModelSpec& spec = *engine->model();
    if (spec.family != Family::Tnt)
        throw Error(spec.name + " is a ViT: it has no inner attention, its patches are single tokens; choose a TNT, as in "
                                "--model tnt.");
    const int layer = options.layer.empty() ? spec.layers - 1 : parseLayer(options.layer, spec).value_or(-1);
    const auto head = parseHead(options.head, spec.inner.heads);
    if (layer < 0 || !head)
        throw Error("\"all\" is one figure too many here; choose one layer, and one inner head or mean, max, min.");
    const int patch = options.assembled ? 0 : parsePatch(options.patch, spec);
    const auto trace = traceOf(*engine, options.image);
    Figure figure = options.assembled ? assembledFigure(*trace, layer, *head) : patchFigure(*trace, layer, *head, patch);
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

} // namespace

void addInner(CLI::App& app, Run& run)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("inner", "What the pixels inside one patch look at (inner attention of a TNT)");
    options->model.model = "tnt";
    command->add_option("IMAGE", options->image, "Picture")->required();
    command->add_option("-o,--output", options->output, "File to write: .png, .svg, .pdf, .npy, .csv, .npz")->required();
    auto* where = command->add_option_group("where");
    where->add_option("--patch", options->patch, "ROW,COL of the patch, from the top left");
    where->add_flag("--assembled", options->assembled, "All patches: the attention that each pixel token receives");
    where->require_option(1);
    command->add_option("--layer", options->layer, "Layer from 0; the last one if not said");
    command->add_option("--head", options->head, "Inner head from 0, mean, max or min")->capture_default_str();
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine inner cat.jpg --patch 6,9 -o patch.png --layer 5");
    command->callback([options, &run] { run = [options] { return drawInner(*options); }; });
}

} // namespace vitrine
