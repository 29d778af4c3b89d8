// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/chosen_class.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/methods.h"
#include "app/terminal.h"
#include "ui/figure/explanation_figure.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

struct ExplainOptions {
    ModelOptions model;
    std::string image, output, method, wantedClass, against, layer;
    std::vector<std::string> parameters;
    bool oneScale = false, json = false;
};

/// The classes of the query, of those that methods are about; empty where none is about a class.
struct Subject {
    std::optional<Prediction> prediction;
    std::optional<int> against;

    std::string text(const ModelSpec& spec) const
    {
        if (!prediction)
            return {};
        const std::string name = spec.label(prediction->index);
        return against ? name + " rather than " + spec.label(*against) : name;
    }
};

Subject subjectOf(const ExplainOptions& options, const std::vector<const Method*>& chosen, const Trace& trace)
{
    Subject subject;
    if (std::ranges::none_of(chosen, &Method::isOfClass)) {
        if (!options.wantedClass.empty() || !options.against.empty())
            throw Error("No method that was chosen is about a class; leave --class and --against out.");
        return subject;
    }
    subject.prediction = chosenClass(options.wantedClass, trace);
    if (!options.against.empty())
        subject.against = classNamed(options.against, *trace.model);
    if (subject.against == subject.prediction->index)
        throw Error("--against names the class itself: nothing is left between the two.");
    return subject;
}

Query queryOf(const ExplainOptions& options)
{
    Query query;
    for (const std::string& parameter : options.parameters)
        parseParameter(parameter, query);
    return query;
}

/// The maps of one method at every layer.
std::vector<Explanation> ofEveryLayer(const Method& method, Engine& engine, const Trace& trace, Query query)
{
    StatusLine status;
    const std::vector<NdArray> maps = computeLayers(method, engine, trace, std::move(query), {},
                                                    [&](double fraction, std::string_view what) {
                                                        status.show(fraction, what);
                                                    });
    std::vector<Explanation> found;
    for (const NdArray& map : maps)
        found.push_back({&method, map, QStringLiteral("layer %1").arg(found.size())});
    return found;
}

std::vector<Explanation> explanationsOf(const ExplainOptions& options, const std::vector<const Method*>& chosen, Engine& engine,
                                        const Trace& trace, Query query)
{
    const std::optional<int> layer = options.layer.empty() ? std::nullopt : parseLayer(options.layer, *trace.model);
    if (options.layer == "all") {
        if (chosen.size() != 1)
            throw Error("--layer all shows one method at every layer; name one with --method.");
        return ofEveryLayer(*chosen.front(), engine, trace, std::move(query));
    }
    if (layer)
        query.parameters["layer"] = *layer;
    StatusLine status;
    const std::vector<NdArray> maps = computeMaps(chosen, engine, trace, query, {},
                                                  [&](double fraction, std::string_view what) { status.show(fraction, what); });
    status.clear();
    const QString note = layer ? QStringLiteral("layer %1").arg(layer.value_or(0)) : QString();
    std::vector<Explanation> found;
    for (std::size_t i = 0; i < maps.size(); ++i)
        found.push_back({chosen[i], maps[i], hasLayer(*chosen[i]) ? note : QString()});
    return found;
}

/// Maps of different sizes in one table: a line a cell.
void writeTable(const std::vector<Explanation>& explanations, const std::string& path)
{
    std::vector<std::string> names;
    std::vector<float> cells;
    for (const Explanation& explanation : explanations)
        for (std::int64_t i = 0; i < explanation.map.size(); ++i) {
            std::string name(explanation.method->id);
            if (!explanation.note.isEmpty())
                name += ", " + explanation.note.toStdString();
            names.push_back(std::move(name));
            const std::int64_t columns = explanation.map.dim(1);
            cells.insert(cells.end(),
                         {static_cast<float>(i / columns), static_cast<float>(i % columns), explanation.map.data()[i]});
        }
    const Shape shape{static_cast<std::int64_t>(names.size()), 3};
    writeCsv(path, {shape, std::move(cells)}, {"row", "column", "value"}, names);
}

void write(const ExplainOptions& options, const std::vector<Explanation>& explanations, const Trace& trace,
           const Subject& subject)
{
    if (hasSuffix(options.output, ".csv"))
        return writeTable(explanations, options.output);
    DisplaySettings display;
    display.sharedScale = options.oneScale;
    Figure figure = explanationFigure(explanations, trace, QString::fromStdString(subject.text(*trace.model)), display);
    if (subject.prediction)
        figure.numbers.push_back({"class", std::vector<std::int64_t>{subject.prediction->index}});
    describeFigure(figure, trace, options.image);
    save(figure, options.output);
}

Json rowsOf(const NdArray& map)
{
    Json rows = Json::array();
    for (std::int64_t row = 0; row < map.dim(0); ++row) {
        const NdArray values = map[row];
        rows.push_back(std::vector<float>(values.values().begin(), values.values().end()));
    }
    return rows;
}

void print(const ExplainOptions& options, const std::vector<Explanation>& explanations, const Trace& trace,
           const Subject& subject)
{
    const ModelSpec& spec = *trace.model;
    Json result{{"image", options.image}, {"model", spec.name}};
    if (subject.prediction)
        result.update(Json{{"index", subject.prediction->index},
                           {"label", spec.label(subject.prediction->index)},
                           {"probability", subject.prediction->probability}});
    if (subject.against)
        result["against"] = {{"index", *subject.against}, {"label", spec.label(*subject.against)}};
    Json maps = Json::array();
    for (const Explanation& explanation : explanations) {
        Json map{{"method", explanation.method->id}};
        if (!explanation.note.isEmpty())
            map["of"] = explanation.note.toStdString();
        map["map"] = rowsOf(explanation.map);
        maps.push_back(std::move(map));
    }
    result["maps"] = std::move(maps);
    result["assumed"] = assumedJson(spec);
    std::cout << result.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int explain(const ExplainOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, {options.image}, spec);
    const std::vector<const Method*> chosen = parseMethods(options.method, spec);
    if (hasSuffix(options.output, ".npy") && chosen.size() > 1)
        throw Error(options.output + " would hold one map alone; choose .npz or .csv for several methods.");
    if (options.oneScale && chosen.size() > 1)
        throw Error("--one-scale is for the maps of one method: different methods have different units.");
    Query query = queryOf(options);
    const auto trace = traceOf(*engine, options.image);
    const Subject subject = subjectOf(options, chosen, *trace);
    if (subject.prediction)
        query.objective = {subject.prediction->index, subject.against};
    const std::vector<Explanation> explanations = explanationsOf(options, chosen, *engine, *trace, std::move(query));
    if (!options.output.empty())
        write(options, explanations, *trace, subject);
    if (options.json)
        print(options, explanations, *trace, subject);
    return 0;
}

}  // namespace

void addExplain(CLI::App& app, Run& run)
{
    auto options = std::make_shared<ExplainOptions>();
    CLI::App* command = app.add_subcommand("explain", "What speaks for a class, by any of the field's methods, on one pass");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output);
    command->add_option("--method", options->method, "Names with commas between, or all; see below")->required();
    command->add_option("--class", options->wantedClass, "Label, number or WordNet id; the most probable class if not said");
    command->add_option("--against", options->against, "A second class: what speaks for the one rather than for this");
    command->add_option("--layer", options->layer,
                        "Layer from 0, of the methods that have one; all: every layer of one method. The last one if not said");
    command->add_option("--set", options->parameters, "METHOD.PARAMETER=NUMBER, as in smoothgrad.noise=0.2; may be repeated");
    command->add_flag("--one-scale", options->oneScale,
                      "One colour scale over all layers of a figure instead of one for each map");
    command->add_flag("--json", options->json, "A JSON object with the maps on stdout");
    addModelOptions(*command, options->model);
    addRecordingOptions(*command, options->model);
    command->footer([] {
        return helpOfMethods() + "\nExample: vitrine explain cat.jpg --method chefer,legrad,random --class tabby -o cat.png";
    });
    command->callback([options, &run] {
        if (options->output.empty() && !options->json)
            throw CLI::ValidationError("--output", "give a file with -o, or --json");
        run = [options] { return explain(*options); };
    });
}

}  // namespace vitrine
