// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <limits>
#include <random>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/terminal.h"
#include "core/checkpoint/report.h"
#include "core/model/preprocess.h"

namespace vitrine {

namespace {

struct BenchOptions {
    ModelOptions model;
    int batch = 1, runs = 10;
    bool json = false;
};

PreparedImage randomPicture(const ModelSpec& spec)
{
    std::mt19937 random(0);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(spec.imageHeight) * spec.imageWidth * 3);
    for (std::uint8_t& value : pixels)
        value = static_cast<std::uint8_t>(random() & 0xff);
    return prepare(Image(spec.imageWidth, spec.imageHeight, std::move(pixels)), spec);
}

int bench(const BenchOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    const std::vector<PreparedImage> pictures(static_cast<std::size_t>(options.batch), randomPicture(*engine->model()));
    RecordOptions record;
    record.attentionBudget = std::numeric_limits<std::size_t>::max();
    std::vector<double> times;
    StatusLine status;
    // The first pass allocates and chooses kernels: it does not count.
    for (int pass = 0; pass <= options.runs; ++pass) {
        const auto start = std::chrono::steady_clock::now();
        engine->run(pictures, record);
        if (pass > 0)
            times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        status.show(static_cast<double>(pass) / options.runs, "forward passes");
    }
    status.clear();
    std::ranges::sort(times);
    const std::size_t middle = times.size() / 2;
    const double median = times.size() % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
    const std::string precision = toString(engine->precision());
    if (options.json) {
        const nlohmann::ordered_json result{{"model", engine->model()->name}, {"device", engine->device()},
                                            {"precision", precision},         {"threads", engine->threads()},
                                            {"batch", options.batch},         {"runs", options.runs},
                                            {"min_ms", times.front()},        {"median_ms", median},
                                            {"max_ms", times.back()},         {"assumed", assumedJson(*engine->model())}};
        std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        std::printf("%s, %s, %s, batch %d, everything recorded, %d runs: min %.1f ms, median %.1f ms, max %.1f ms\n",
                    printable(engine->model()->name).c_str(), printable(engine->device()).c_str(), precision.c_str(),
                    options.batch, options.runs, times.front(), median, times.back());
    }
    return 0;
}

}  // namespace

void addBench(CLI::App& app, Run& run)
{
    auto options = std::make_shared<BenchOptions>();
    CLI::App* command = app.add_subcommand("bench", "Time forward passes with everything recorded, on a random picture");
    command->add_option("--batch", options->batch, "Pictures in a pass")->capture_default_str()->check(CLI::Range(1, 4096));
    command->add_option("--runs", options->runs, "Passes that count")->capture_default_str()->check(CLI::Range(1, 100000));
    command->add_flag("--json", options->json, "A JSON object on stdout");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine bench --model vit --batch 8 --runs 20");
    command->callback([options, &run] { run = [options] { return bench(*options); }; });
}

}  // namespace vitrine
