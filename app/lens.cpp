// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/chosen_class.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/terminal.h"
#include "core/explain/lens.h"
#include "core/explain/maps.h"
#include "ui/figure/curve_figure.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

struct LensOptions {
    ModelOptions model;
    std::string image, output, wantedClass;
};

/// Every token's logits at every state, L + 1 of [T, classes].
std::vector<NdArray> logitsOf(Engine& engine, const Trace& trace)
{
    std::vector<NdArray> states;
    StatusLine status;
    for (int state = 0; state <= trace.layers(); ++state) {
        states.push_back(engine.lens(trace, state));
        status.show((state + 1.0) / (trace.layers() + 1), "reading the layers");
    }
    return states;
}

/// One class of each token, L + 1 of [T].
std::vector<NdArray> ofClass(const std::vector<NdArray>& states, int index)
{
    std::vector<NdArray> result;
    for (const NdArray& state : states) {
        std::vector<float> column;
        for (std::int64_t token = 0; token < state.dim(0); ++token)
            column.push_back(state.at({token, index}));
        const Shape shape{state.dim(0)};
        result.emplace_back(shape, std::move(column));
    }
    return result;
}

QString nameOf(int state)
{
    return state == 0 ? QStringLiteral("before layer 0") : QStringLiteral("after layer %1").arg(state - 1);
}

Figure mapsOf(const std::vector<NdArray>& logits, const Trace& trace, const QString& label)
{
    MapSheet sheet;
    sheet.title = QStringLiteral("logit of %1 that each patch gives").arg(label);
    sheet.picture = toQImage(trace.picture.view).copy(patchedRect(*trace.model));
    sheet.unit = QStringLiteral("logit");
    sheet.display.grid = false;
    for (std::size_t state = 0; state < logits.size(); ++state) {
        const NdArray map = patchMap(*trace.model, logits[state].values());
        MapPanel panel;
        panel.map.values.assign(map.values().begin(), map.values().end());
        panel.map.rows = static_cast<int>(map.dim(0));
        panel.map.columns = static_cast<int>(map.dim(1));
        panel.map.range = rangeOf(panel.map.values);
        panel.label = nameOf(static_cast<int>(state));
        sheet.panels.push_back(std::move(panel));
    }
    constexpr int mostAcross = 5;
    sheet.columns = std::min(mostAcross, static_cast<int>(sheet.panels.size()));
    return mapSheet(std::move(sheet));
}

Figure figureOf(const NdArray& curve, const std::vector<NdArray>& logits, const Trace& trace, int index)
{
    const ModelSpec& spec = *trace.model;
    const QString label = QString::fromStdString(spec.label(index));
    const QString reader = QString::fromStdString(whatHeadReads(spec));
    QStringList ticks{QStringLiteral("input")};
    for (int layer = 0; layer < spec.layers; ++layer)
        ticks << QString::number(layer);
    return stacked(curveFigure({{label, curve, QColor(0x21, 0x66, 0xac)}},
                               QStringLiteral("logit lens: %1, read off %2 after each layer").arg(label, reader),
                               QStringLiteral("layer"), QStringLiteral("probability"), ticks),
                   mapsOf(logits, trace, label));
}

int readLayers(const LensOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, {options.image}, spec);
    if (spec.classes == 0)
        throw Error(spec.whyNoClasses());
    const auto trace = traceOf(*engine, options.image, tokensAlone);
    const Prediction chosen = chosenClass(options.wantedClass, *trace);
    const std::vector<NdArray> states = logitsOf(*engine, *trace), logits = ofClass(states, chosen.index);
    const NdArray curve = probabilityByState(computeMap(lensOfStates(), *engine, *trace, {}), chosen.index);
    Figure figure = figureOf(curve, logits, *trace, chosen.index);
    // All classes unless one was asked for.
    figure.numbers = {{"logits", options.wantedClass.empty() ? states : logits}};
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

}  // namespace

void addLens(CLI::App& app, Run& run)
{
    auto options = std::make_shared<LensOptions>();
    CLI::App* command = app.add_subcommand("lens", "What the head would say of every token after every layer (logit lens)");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    command->add_option("--class", options->wantedClass, "Label, number or WordNet id; the most probable class if not said");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine lens cat.jpg --class tabby -o lens.png");
    command->callback([options, &run] { run = [options] { return readLayers(*options); }; });
}

}  // namespace vitrine
