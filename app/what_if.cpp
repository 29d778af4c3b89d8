// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/sweep.h"
#include "core/checkpoint/report.h"
#include "core/explain/what_if.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

/// What becomes of erased patches: other pixels, or no token sees them.
const std::map<std::string, std::optional<Baseline>> replacements{
    {"zero", Baseline::Zero}, {"mean", Baseline::Mean}, {"blur", Baseline::Blur}, {"mask", std::nullopt}};

struct WhatIfOptions {
    ModelOptions model;
    std::string image, with = "zero", headsOff, sweep, wantedClass, output;
    std::vector<std::string> erase;
    int top = 5;
    bool json = false;
};

/// "6,9" or "6,9-8,11": the patches of a rectangle, corners included.
std::vector<int> parseRectangle(const std::string& text, const ModelSpec& spec)
{
    const std::size_t dash = text.find('-');
    const int first = parsePatch(text.substr(0, dash), spec);
    const int last = dash == std::string::npos ? first : parsePatch(text.substr(dash + 1), spec);
    const int columns = spec.gridWidth();
    const auto [top, bottom] = std::minmax({first / columns, last / columns});
    const auto [left, right] = std::minmax({first % columns, last % columns});
    std::vector<int> patches;
    for (int row = top; row <= bottom; ++row)
        for (int column = left; column <= right; ++column)
            patches.push_back(row * columns + column);
    return patches;
}

std::vector<int> erasedPatches(const std::vector<std::string>& rectangles, const ModelSpec& spec)
{
    std::vector<int> patches;
    for (const std::string& rectangle : rectangles)
        for (const int patch : parseRectangle(rectangle, spec))
            patches.push_back(patch);
    std::ranges::sort(patches);
    const auto repeated = std::ranges::unique(patches);
    patches.erase(repeated.begin(), repeated.end());
    return patches;
}

/// "5.2,7.0": head 2 of layer 5, head 0 of layer 7.
std::vector<LayerHead> parseHeads(const std::string& text, const ModelSpec& spec)
{
    std::vector<LayerHead> heads;
    std::istringstream list(text);
    for (std::string one; std::getline(list, one, ',');) {
        LayerHead place;
        const char* end = one.data() + one.size();
        const auto layer = std::from_chars(one.data(), end, place.layer);
        const bool isPair = layer.ec == std::errc() && layer.ptr != end && *layer.ptr == '.';
        const auto head = std::from_chars(isPair ? layer.ptr + 1 : end, end, place.head);
        if (!isPair || head.ec != std::errc() || head.ptr != end || place.layer < 0 || place.layer >= spec.layers
            || place.head < 0 || place.head >= spec.heads)
            throw Error("There is no head \"" + one + "\" in " + spec.name + "; give LAYER.HEAD with layers 0 to "
                        + std::to_string(spec.layers - 1) + " and heads 0 to " + std::to_string(spec.heads - 1) + ".");
        heads.push_back(place);
    }
    return heads;
}

std::shared_ptr<const Trace> passAfter(const WhatIfOptions& options, Engine& engine, const std::shared_ptr<const Trace>& before)
{
    const ModelSpec& spec = *before->model;
    return changedPass(engine, before,
                       {erasedPatches(options.erase, spec), replacements.at(options.with), parseHeads(options.headsOff, spec)},
                       tokensAlone);
}

/// The most probable classes of `of`, and how their probability differs from `before` to `after`.
Json predictionsOf(const Trace& of, const Trace& before, const Trace& after, int top)
{
    const std::vector<float> was = probabilities(before.logits), is = probabilities(after.logits);
    Json list = Json::array();
    for (const Prediction& prediction : topK(of.logits, top)) {
        const auto at = static_cast<std::size_t>(prediction.index);
        list.push_back({{"index", prediction.index},
                        {"label", of.model->label(prediction.index)},
                        {"probability", prediction.probability},
                        {"logit", prediction.logit},
                        {"change", is[at] - was[at]}});
    }
    return list;
}

void print(const WhatIfOptions& options, const Trace& before, const Trace& after)
{
    std::printf("%s  (%s):", printable(options.image).c_str(), printable(before.model->name).c_str());
    if (!options.erase.empty())
        std::printf(" %zu patches, %s;", erasedPatches(options.erase, *before.model).size(), options.with.c_str());
    if (!options.headsOff.empty())
        std::printf(" heads off: %s;", printable(options.headsOff).c_str());
    std::printf("\n   before    after   change\n");
    const std::vector<float> was = probabilities(before.logits), is = probabilities(after.logits);
    std::vector<int> classes;
    for (const Trace* const trace : {&before, &after})
        for (const Prediction& prediction : topK(trace->logits, options.top))
            if (std::ranges::find(classes, prediction.index) == classes.end())
                classes.push_back(prediction.index);
    for (const int index : classes) {
        const double from = 100.0 * was[static_cast<std::size_t>(index)], to = 100.0 * is[static_cast<std::size_t>(index)];
        std::printf("  %5.1f %%  %5.1f %%  %+7.1f  %s\n", from, to, to - from, printable(before.model->label(index)).c_str());
    }
}

int compare(const WhatIfOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    const ModelSpec& spec = *engine->model();
    if (const std::string why = spec.whyNoClasses(); !why.empty())
        throw Error(why);
    const auto before = traceOf(*engine, options.image, tokensAlone);
    const auto after = passAfter(options, *engine, before);
    if (!options.json) {
        print(options, *before, *after);
        return 0;
    }
    Json erased = Json::array();
    for (const int patch : erasedPatches(options.erase, spec))
        erased.push_back({patch / spec.gridWidth(), patch % spec.gridWidth()});
    Json off = Json::array();
    for (const LayerHead& place : parseHeads(options.headsOff, spec))
        off.push_back({place.layer, place.head});
    const Json result{{"image", options.image},
                      {"model", spec.name},
                      {"erased", erased},
                      {"with", options.with},
                      {"heads_off", off},
                      {"before", predictionsOf(*before, *before, *after, options.top)},
                      {"after", predictionsOf(*after, *before, *after, options.top)},
                      {"assumed", assumedJson(spec)}};
    std::cout << result.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    return 0;
}

/// Throws where --sweep has something beside it that makes no sense, or is missed.
void checkSweep(const CLI::App& command, const WhatIfOptions& options)
{
    const bool isSweep = !options.sweep.empty();
    if (!isSweep && options.erase.empty() && options.headsOff.empty())
        throw CLI::ValidationError("what-if", "nothing is changed; give --erase, --heads-off or --sweep");
    for (const char* const name : {"--erase", "--heads-off"})
        if (isSweep && command.count(name) > 0)
            throw CLI::ValidationError(name,
                                       "is a change of its own; a sweep makes one at a time, so leave it out with --sweep");
    for (const char* const name : {"--class", "--output"})
        if (!isSweep && command.count(name) > 0)
            throw CLI::ValidationError(name, "belongs to --sweep");
    if (options.sweep == "heads" && command.count("--with") > 0)
        throw CLI::ValidationError("--with", "is about patches; leave it out with --sweep heads");
}

}  // namespace

void addWhatIf(CLI::App& app, Run& run)
{
    auto options = std::make_shared<WhatIfOptions>();
    CLI::App* command = app.add_subcommand("what-if",
                                           "The classes without some patches or heads, beside those of the whole pass");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    command->add_option("--erase", options->erase, "Patch ROW,COL or rectangle ROW,COL-ROW,COL; may be repeated");
    command
        ->add_option("--with", options->with,
                     "What erased patches become: zero (after normalisation), mean (this picture's colour), blur, or mask: no "
                     "other token looks at them")
        ->capture_default_str()
        ->check(CLI::IsMember(replacements));
    command->add_option("--heads-off", options->headsOff, "LAYER.HEAD, from 0, with commas between: these heads add nothing");
    command
        ->add_option("--sweep", options->sweep,
                     "heads or patches: a class without each of them alone, instead of one change; the strongest, or all with "
                     "-o or --json")
        ->check(CLI::IsMember({"heads", "patches"}));
    command->add_option("--class", options->wantedClass,
                        "Of a sweep: label, number or WordNet id; the most probable class if not said");
    addFigureOption(*command, options->output);
    command->add_option("-k,--top", options->top, "How many classes, or heads or patches of a sweep")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    command->add_flag("--json", options->json, "A JSON object on stdout");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine what-if cat.jpg --erase 6,9-8,11 --with blur --heads-off 5.2,7.0\n"
                    "         vitrine what-if cat.jpg --sweep heads --class tabby -o heads.png");
    command->callback([options, command, &run] {
        checkSweep(*command, *options);
        if (options->sweep.empty())
            run = [options] { return compare(*options); };
        else
            run = [options] {
                return sweep({options->model, options->image, options->output, options->wantedClass, options->sweep == "heads",
                              replacements.at(options->with), options->top, options->json});
            };
    });
}

}  // namespace vitrine
