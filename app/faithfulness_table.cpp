// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/faithfulness_table.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/chosen_class.h"
#include "app/measurements.h"
#include "app/methods.h"
#include "app/pictures.h"
#include "app/terminal.h"
#include "core/checkpoint/report.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

/// The chosen methods and both controls.
std::vector<const Method*> withControls(std::vector<const Method*> chosen)
{
    for (const Method& method : methods())
        if (method.isControl && std::ranges::find(chosen, &method) == chosen.end())
            chosen.push_back(&method);
    return chosen;
}

/// What has to be the same for measurements to go into one table.
std::string settingsOf(const TableOptions& options, const ModelSpec& spec)
{
    return Json{{"model", spec.name},
                {"parameters", spec.parameters},
                {"size", {spec.imageHeight, spec.imageWidth}},
                {"pictures", options.path},
                {"class", options.wantedClass},
                {"steps", options.how.steps},
                {"by", toString(options.how.by)},
                {"deletion", toString(options.how.deletion)},
                {"insertion", toString(options.how.insertion)}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The lines of one picture that are not there yet.
void measure(const TableOptions& options, Engine& engine, const std::string& picture, std::vector<const Method*> chosen,
             MeasurementFile& file, const Progress& progress)
{
    std::erase_if(chosen, [&](const Method* method) {
        const auto known = file.known().find(std::string(method->id));
        return known != file.known().end() && known->second.contains(picture);
    });
    if (chosen.empty())
        return;
    const auto trace = traceOf(engine, picture, {}, false);
    Query query;
    query.objective.index = chosenClass(options.wantedClass, *trace).index;
    constexpr double ofMaps = 0.3;
    const std::vector<NdArray> maps = computeMaps(
        chosen, engine, *trace, query, {}, [&](double fraction, std::string_view what) { progress(ofMaps * fraction, what); });
    FaithfulnessMeter meter(engine, trace->picture, query.objective.index, options.how);
    for (std::size_t i = 0; i < maps.size(); ++i) {
        const Faithfulness found = meter.measure(maps[i]);
        file.add(std::string(chosen[i]->id), picture, {found.deletionArea, found.insertionArea, found.saco});
        progress(ofMaps + (1 - ofMaps) * static_cast<double>(i + 1) / static_cast<double>(maps.size()), chosen[i]->id);
    }
}

/// Pictures that could not be measured.
int measureAll(const TableOptions& options, Engine& engine, const std::vector<std::string>& pictures,
               const std::vector<const Method*>& chosen, MeasurementFile& file)
{
    int failed = 0;
    StatusLine status;
    for (std::size_t i = 0; i < pictures.size(); ++i)
        try {
            measure(options, engine, pictures[i], chosen, file, [&](double fraction, std::string_view what) {
                status.show((static_cast<double>(i) + fraction) / static_cast<double>(pictures.size()), what);
            });
        } catch (const Error& error) {
            if (pictures.size() == 1)
                throw;
            status.clear();
            std::cerr << "vitrine: " << printable(error.what()) << '\n';
            ++failed;
        }
    status.clear();
    return failed;
}

/// What a method does not beat: controls, and by which measures.
std::vector<std::pair<std::string, std::vector<std::string>>> lossesOf(const Method& method, const Measurements& known)
{
    std::vector<std::pair<std::string, std::vector<std::string>>> losses;
    for (const Method& control : methods()) {
        if (!control.isControl || method.isControl)
            continue;
        std::vector<std::string> by;
        for (const Measure& one : measures)
            if (!beats(known.at(std::string(method.id)), known.at(std::string(control.id)), one))
                by.push_back(one.name);
        if (!by.empty())
            losses.emplace_back(control.id, by);
    }
    return losses;
}

std::string lossesText(const Method& method, const Measurements& known)
{
    std::string text;
    for (const auto& [control, by] : lossesOf(method, known)) {
        text += (text.empty() ? "does not beat " : ", ") + control + " (";
        for (std::size_t i = 0; i < by.size(); ++i)
            text += (i ? ", " : "") + by[i];
        text += ')';
    }
    return text;
}

void print(const TableOptions& options, const std::vector<const Method*>& chosen, const Measurements& known,
           const ModelSpec& spec)
{
    const std::size_t pictures = known.at(std::string(chosen.front()->id)).size();
    std::printf("%s  (%s): %zu %s, %d steps of %s, deleted to %s, inserted into %s\n  %-22s %9s %9s %9s\n",
                printable(options.path).c_str(), printable(spec.name).c_str(), pictures, pictures == 1 ? "picture" : "pictures",
                options.how.steps, toString(options.how.by).c_str(), toString(options.how.deletion).c_str(),
                toString(options.how.insertion).c_str(), "", "deletion", "insertion", "SaCo");
    for (const Method* method : chosen) {
        const auto& rows = known.at(std::string(method->id));
        std::printf("  %-22s", std::string(method->id).c_str());
        for (const Measure& one : measures)
            std::printf(" %9.4f", meanOf(rows, one));
        const std::string text = method->isControl ? "control" : lossesText(*method, known);
        std::printf("%s%s\n", text.empty() ? "" : "   ", text.c_str());
    }
    std::printf("  Small deletion, large insertion and large SaCo are good%s.\n",
                pictures > 1 ? "; a method beats a control where the mean difference is above two standard errors" : "");
}

void printJson(const TableOptions& options, const std::vector<const Method*>& chosen, const Measurements& known,
               const ModelSpec& spec, int skipped)
{
    Json rows = Json::array();
    for (const Method* method : chosen) {
        const auto& measured = known.at(std::string(method->id));
        Json row{{"method", method->id}};
        for (const Measure& one : measures)
            row[one.name == std::string("SaCo") ? "saco" : one.name] = meanOf(measured, one);
        Json losses = Json::object();
        for (const auto& [control, by] : lossesOf(*method, known))
            losses[control] = by;
        row["does_not_beat"] = losses;
        rows.push_back(row);
    }
    const Json result{{"pictures", known.at(std::string(chosen.front()->id)).size()},
                      {"skipped", skipped},
                      {"model", spec.name},
                      {"steps", options.how.steps},
                      {"by", toString(options.how.by)},
                      {"deletion", toString(options.how.deletion)},
                      {"insertion", toString(options.how.insertion)},
                      {"methods", rows},
                      {"assumed", assumedJson(spec)}};
    std::cout << result.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void writeTable(const std::string& path, const std::vector<const Method*>& chosen, const Measurements& known)
{
    std::vector<float> numbers;
    std::vector<std::string> names;
    for (const Method* method : chosen) {
        const auto& rows = known.at(std::string(method->id));
        names.emplace_back(method->id);
        for (const Measure& one : measures)
            numbers.push_back(static_cast<float>(meanOf(rows, one)));
        numbers.push_back(static_cast<float>(rows.size()));
    }
    const Shape shape{static_cast<std::int64_t>(names.size()), static_cast<std::int64_t>(measures.size()) + 1};
    writeCsv(path, {shape, std::move(numbers)}, {"deletion", "insertion", "saco", "pictures"}, names);
}

}  // namespace

int measureMethods(const TableOptions& options)
{
    const std::vector<std::string> pictures = picturesOf(options.path);
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    const ModelSpec& spec = *engine->model();
    if (spec.classes == 0)
        throw Error(spec.whyNoClasses() + " Nothing tells then whether a map is faithful.");
    const std::vector<const Method*> chosen = withControls(parseMethods(options.methods, spec));
    const std::string partial = options.output.empty() ? "" : options.output + ".partial";
    refuseInput(options.output, pictures, spec);
    refuseInput(partial, pictures, spec);
    MeasurementFile file(partial, settingsOf(options, spec));
    const int failed = measureAll(options, *engine, pictures, chosen, file);
    // Measurements of an earlier run with more methods stay in the file, but not in this table.
    if (!file.known().contains(std::string(chosen.front()->id)))
        throw Error("None of the pictures in " + options.path + " could be measured.");
    if (options.json)
        printJson(options, chosen, file.known(), spec, failed);
    else
        print(options, chosen, file.known(), spec);
    if (!options.output.empty())
        writeTable(options.output, chosen, file.known());
    file.remove();
    return failed ? 1 : 0;
}

}  // namespace vitrine
