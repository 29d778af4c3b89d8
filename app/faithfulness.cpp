// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/faithfulness.h"

#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/chosen_class.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/faithfulness_table.h"
#include "app/selection.h"
#include "app/terminal.h"
#include "core/checkpoint/report.h"
#include "ui/figure/curve_figure.h"

namespace vitrine {

namespace {

struct MeasureOptions {
    ModelOptions model;
    SelectionOptions selection;
    std::string image, output, wantedClass, methods;
    FaithfulnessOptions how;
    bool json = false;
};

const std::map<std::string, Baseline> baselines{{"zero", Baseline::Zero}, {"mean", Baseline::Mean}, {"blur", Baseline::Blur}};
const std::map<std::string, Ranking> rankings{{"pixels", Ranking::Pixels}, {"patches", Ranking::Patches}};

/// What was measured, and of what.
struct Answer {
    std::string map;  ///< "what CLS looks at, layer 11, mean of heads"
    Prediction prediction;
    Faithfulness curves;
};

Figure figureOf(const Answer& answer, Ranking by, const ModelSpec& spec)
{
    const auto named = [](const char* name, double area) {
        return QStringLiteral("%1, area %2").arg(QString::fromUtf8(name)).arg(area, 0, 'f', 4);
    };
    Figure figure = curveFigure(
        {{named("deletion", answer.curves.deletionArea), answer.curves.deletion, QColor(0xb2, 0x18, 0x2b)},
         {named("insertion", answer.curves.insertionArea), answer.curves.insertion, QColor(0x21, 0x66, 0xac)}},
        QString::fromStdString(answer.map), QString::fromStdString(toString(by)) + QStringLiteral(" deleted or inserted"),
        QStringLiteral("probability of ") + QString::fromStdString(spec.label(answer.prediction.index)));
    figure.numbers = {{"curves", std::vector<NdArray>{answer.curves.deletion, answer.curves.insertion}}};
    return figure;
}

void print(const MeasureOptions& options, const Answer& answer, const ModelSpec& spec)
{
    if (options.json) {
        const auto list = [](const NdArray& curve) { return std::vector<float>(curve.values().begin(), curve.values().end()); };
        const nlohmann::ordered_json result{{"image", options.image},
                                            {"model", spec.name},
                                            {"map", answer.map},
                                            {"index", answer.prediction.index},
                                            {"label", spec.label(answer.prediction.index)},
                                            {"probability", answer.prediction.probability},
                                            {"steps", options.how.steps},
                                            {"by", toString(options.how.by)},
                                            {"deletion_area", answer.curves.deletionArea},
                                            {"insertion_area", answer.curves.insertionArea},
                                            {"saco", answer.curves.saco},
                                            {"deletion", list(answer.curves.deletion)},
                                            {"insertion", list(answer.curves.insertion)},
                                            {"assumed", assumedJson(spec)}};
        std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
        return;
    }
    std::printf("%s  (%s): %s, %.1f %%\n  %s, %d steps of %s\n  deletion %.4f (small is good), insertion %.4f and SaCo %.4f "
                "(large is good)\n",
                printable(options.image).c_str(), printable(spec.name).c_str(),
                printable(spec.label(answer.prediction.index)).c_str(), 100.0 * answer.prediction.probability,
                answer.map.c_str(), options.how.steps, toString(options.how.by).c_str(), answer.curves.deletionArea,
                answer.curves.insertionArea, answer.curves.saco);
}

int measureFaithfulness(const MeasureOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
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
    Answer answer{titleOf(selection, spec), chosenClass(options.wantedClass, *trace), {}};
    answer.curves = FaithfulnessMeter(*engine, trace->picture, answer.prediction.index, options.how)
                        .measure(map, {}, [&](double fraction, std::string_view what) { status.show(fraction, what); });
    status.clear();
    if (!options.output.empty()) {
        Figure figure = figureOf(answer, options.how.by, spec);
        describeFigure(figure, *trace, options.image);
        save(figure, options.output);
    }
    print(options, answer, spec);
    return 0;
}

}  // namespace

void addFaithfulness(CLI::App& app, Run& run)
{
    auto options = std::make_shared<MeasureOptions>();
    CLI::App* command = app.add_subcommand("faithfulness", "Whether a class depends on what a map shows: deletion and "
                                                           "insertion curves (RISE) and SaCo");
    command->add_option("IMAGE", options->image, "Picture; with --method also a folder")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)
        ->description("File to write: .png, .svg, .pdf, .npy, .csv, .npz; with --method .csv");
    command->add_option("--method", options->methods,
                        "A table of these methods and the controls, names with commas between or all (see vitrine explain "
                        "--help); a run that was ended goes on from OUTPUT.partial");
    command->add_option("--class", options->wantedClass, "Label, number or WordNet id; the most probable class if not said");
    command->add_option("--steps", options->how.steps, "Equal parts in which pixels or patches go or come")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command
        ->add_option_function<std::string>(
            "--with",
            [options](const std::string& name) { options->how.deletion = options->how.insertion = baselines.at(name); },
            "What pixels become: zero (after normalisation), mean (this picture's colour) or blur; if not said, "
            "deleted ones zero, inserted ones come into blur")
        ->check(CLI::IsMember(baselines));
    command
        ->add_option_function<std::string>(
            "--by", [options](const std::string& name) { options->how.by = rankings.at(name); },
            "What goes or comes in the order of a map: pixels, the map enlarged to them, or whole patches")
        ->default_str("pixels")
        ->check(CLI::IsMember(rankings));
    addSelectionOptions(*command, options->selection);
    command->add_flag("--json", options->json, "A JSON object on stdout");
    addModelOptions(*command, options->model);
    addRecordingOptions(*command, options->model);
    command->footer("Example: vitrine faithfulness cat.jpg --rollout -o curves.pdf\n"
                    "         vitrine faithfulness pictures --method all -o table.csv");
    command->callback([options, command, &run] {
        if (options->methods.empty()) {
            run = [options] { return measureFaithfulness(*options); };
            return;
        }
        for (const char* name : {"--layer", "--head", "--query", "--received", "--rollout"})
            if (command->count(name) > 0)
                throw CLI::ValidationError(name, "chooses a single map; leave it out with --method");
        if (!options->output.empty() && !hasSuffix(options->output, ".csv"))
            throw CLI::ValidationError("--output", "a table is written as .csv");
        run = [options] {
            return measureMethods({options->model, options->image, options->methods, options->output, options->wantedClass,
                                   options->how, options->json});
        };
    });
}

}  // namespace vitrine
