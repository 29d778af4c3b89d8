// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/commands.h"
#include "app/common.h"
#include "core/base/error.h"
#include "core/checkpoint/report.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

struct ClassifyOptions {
    ModelOptions model;
    std::vector<std::string> images;
    int top = 5;
    bool json = false;
};

Json toJson(const std::string& image, const Trace& trace, const std::vector<Prediction>& best,
            const std::vector<std::string>& unseen)
{
    Json predictions = Json::array();
    for (const Prediction& prediction : best)
        predictions.push_back({{"index", prediction.index},
                               {"label", trace.model->label(prediction.index)},
                               {"probability", prediction.probability},
                               {"logit", prediction.logit}});
    return {{"image", image},
            {"model", trace.model->name},
            {"device", trace.device},
            {"milliseconds", trace.milliseconds},
            {"predictions", predictions},
            {"unseen", unseen},
            {"assumed", assumedJson(*trace.model)}};
}

void print(const std::string& image, const Trace& trace, const std::vector<Prediction>& best)
{
    std::printf("%s  (%s, %s, %.1f ms)\n", printable(image).c_str(), printable(trace.model->name).c_str(),
                printable(trace.device).c_str(), trace.milliseconds);
    for (const Prediction& prediction : best)
        std::printf("  %5.1f %%  %s\n", 100.0 * prediction.probability,
                    printable(trace.model->label(prediction.index)).c_str());
}

void print(const Json& results)
{
    std::cout << results.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int classify(const ClassifyOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    const ModelSpec& spec = *engine->model();
    Json results = Json::array();
    if (const std::string why = spec.whyNoClasses(); !why.empty()) {
        for (const std::string& image : options.images)
            results.push_back(
                {{"image", image}, {"model", spec.name}, {"predictions", Json::array()}, {"assumed", assumedJson(spec)}});
        if (options.json && spec.doubt() == Severity::Unreliable)
            print(results);
        throw Error(why);
    }
    RecordOptions record;
    record.logitsOnly = true;
    int failed = 0;
    for (const std::string& image : options.images) {
        try {
            const PictureOfFile read = prepareFile(image, spec);
            const auto trace = engine->run(std::span(&read.prepared, 1), record).front();
            const std::vector<Prediction> best = topK(trace->logits, options.top);
            if (options.json)
                results.push_back(toJson(image, *trace, best, read.unseen));
            else
                print(image, *trace, best);
        } catch (const Error& error) {
            // The other pictures are still worth an answer.
            std::cerr << "vitrine: " << printable(error.what()) << '\n';
            ++failed;
        }
    }
    if (options.json)
        print(results);
    return failed ? 1 : 0;
}

}  // namespace

void addClassify(CLI::App& app, Run& run)
{
    auto options = std::make_shared<ClassifyOptions>();
    CLI::App* command = app.add_subcommand("classify", "The most probable classes of pictures");
    command->add_option("IMAGE", options->images, "Pictures")->required()->check(problemOfInput);
    command->add_option("-k,--top", options->top, "How many classes")->capture_default_str()->check(CLI::Range(1, 100000));
    command->add_flag("--json", options->json, "A JSON list on stdout");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine classify cat.jpg --model tnt --top 3");
    command->callback([options, &run] { run = [options] { return classify(*options); }; });
}

}  // namespace vitrine
