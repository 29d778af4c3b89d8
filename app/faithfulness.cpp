// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/faithfulness.h"

#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/class_index.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/selection.h"
#include "app/terminal.h"
#include "core/model/resources.h"
#include "ui/figure/curve_figure.h"

namespace vitrine {

namespace {

struct Options {
    ModelOptions model;
    SelectionOptions selection;
    std::string image, output, wantedClass;
    int steps = 50;
    bool json = false;
};

/// What was measured, and of what.
struct Answer {
    std::string map;  ///< "what CLS looks at, layer 11, mean of heads"
    Prediction prediction;
    Faithfulness curves;
};

Prediction predictionOf(const Options& options, const Trace& trace)
{
    const ModelSpec& spec = *trace.model;
    if (options.wantedClass.empty())
        return topK(trace.logits, 1).front();
    const auto index = ClassIndex(spec, resourceFolder() / "labels" / "imagenet1k.tsv").find(options.wantedClass);
    if (!index)
        throw Error(spec.name + " has no class \"" + options.wantedClass + "\"; give a label, the number of a class (0 to "
                    + std::to_string(spec.classes - 1) + ") or a WordNet id.");
    return {*index, trace.logits.at({*index}), probabilities(trace.logits)[static_cast<std::size_t>(*index)]};
}

Figure figureOf(const Answer& answer, const ModelSpec& spec)
{
    const auto named = [](const char* name, double area) {
        return QStringLiteral("%1, area %2").arg(QString::fromUtf8(name)).arg(area, 0, 'f', 4);
    };
    Figure figure = curveFigure({{named("deletion", answer.curves.deletionArea), answer.curves.deletion, QColor(0xb2, 0x18, 0x2b)},
                                 {named("insertion", answer.curves.insertionArea), answer.curves.insertion, QColor(0x21, 0x66, 0xac)}},
                                QString::fromStdString(answer.map), QStringLiteral("pixels deleted or inserted"),
                                QStringLiteral("probability of ") + QString::fromStdString(spec.label(answer.prediction.index)));
    figure.numbers = {{"curves", std::vector<NdArray>{answer.curves.deletion, answer.curves.insertion}}};
    return figure;
}

void print(const Options& options, const Answer& answer, const ModelSpec& spec)
{
    if (options.json) {
        const auto list = [](const NdArray& curve) { return std::vector<float>(curve.values().begin(), curve.values().end()); };
        const nlohmann::ordered_json result{
            {"image", options.image}, {"model", spec.name}, {"map", answer.map}, {"index", answer.prediction.index},
            {"label", spec.label(answer.prediction.index)}, {"probability", answer.prediction.probability},
            {"steps", options.steps}, {"deletion_area", answer.curves.deletionArea},
            {"insertion_area", answer.curves.insertionArea}, {"deletion", list(answer.curves.deletion)},
            {"insertion", list(answer.curves.insertion)},
            {"assumed", assumedJson(spec)}};
        std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
        return;
    }
    std::printf("%s  (%s): %s, %.1f %%\n  %s, %d steps\n  deletion %.4f (small is good), insertion %.4f (large is good)\n",
                printable(options.image).c_str(), printable(spec.name).c_str(),
                printable(spec.label(answer.prediction.index)).c_str(), 100.0 * answer.prediction.probability,
                answer.map.c_str(), options.steps, answer.curves.deletionArea, answer.curves.insertionArea);
}

int measureFaithfulness(const Options& options)
{
    const std::unique_ptr<Engine> engine = makeEngine(options.model);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, {options.image}, spec);
    const Selection selection = select(options.selection, spec);
    if (selection.layers.size() != 1 || selection.heads.size() != 1)
        throw Error("\"all\" is many maps, and curves belong to one; choose one layer, and one head or mean, max, min.");
    if (spec.classes == 0)
        throw Error(spec.whyNoClasses() + " Nothing tells then whether a map is faithful.");
    const auto trace = traceOf(*engine, options.image, recordFor(selection));
    const std::vector<float> row = rowsOf(selection, *trace, *engine, selection.layers.front()).front();
    const NdArray map({spec.gridHeight(), spec.gridWidth()}, {row.begin() + spec.prefixTokens(), row.end()});

    StatusLine status;
    Answer answer{titleOf(selection, spec), predictionOf(options, *trace), {}};
    answer.curves = faithfulness(*engine, trace->picture, map, answer.prediction.index, options.steps, {},
                                 [&](double fraction, std::string_view what) { status.show(fraction, what); });
    status.clear();
    if (!options.output.empty()) {
        Figure figure = figureOf(answer, spec);
        describeFigure(figure, *trace, options.image);
        save(figure, options.output);
    }
    print(options, answer, spec);
    return 0;
}

} // namespace

void addFaithfulness(CLI::App& app, Run& run)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("faithfulness", "Whether a class depends on what a map shows: deletion and "
                                                           "insertion curves (RISE)");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output);
    command->add_option("--class", options->wantedClass, "Label, number or WordNet id; the most probable class if not said");
    command->add_option("--steps", options->steps, "Equal parts in which the pixels go or come")
        ->capture_default_str()->check(CLI::Range(1, 1000));
    addSelectionOptions(*command, options->selection);
    command->add_flag("--json", options->json, "A JSON object on stdout");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine faithfulness cat.jpg --rollout -o curves.pdf");
    command->callback([options, &run] { run = [options] { return measureFaithfulness(*options); }; });
}

} // namespace vitrine
