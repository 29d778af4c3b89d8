// SPDX-License-Identifier: GPL-3.0-or-later
// What looking into long sequences costs: a recorded pass, memory of its trace, and rows, columns, matrices and head metrics
// of a layer.
// Medians in milliseconds of the clock, and of processor time, which a busy machine does not stretch.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "core/explain/attention.h"
#include "core/explain/head_metrics.h"
#include "core/nn/torch_engine.h"
#include "tests/bench/random_vit.h"

namespace {

using namespace vitrine;
using namespace vitrine::bench;

void time(const char* what, int rounds, const std::function<void()>& work)
{
    work();
    std::vector<double> clock, processor;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const std::clock_t used = std::clock();
        work();
        processor.push_back(1e3 * static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC);
        clock.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(clock);
    std::ranges::sort(processor);
    std::cout << std::left << std::setw(34) << what << std::right << std::fixed << std::setprecision(2) << std::setw(10)
              << clock[clock.size() / 2] << " ms" << std::setw(10) << processor[processor.size() / 2] << " ms of processor\n";
}

int run(const VitSize& size, int rounds)
{
    const auto engine = makeTorchEngine(randomVit(size), {.device = "cpu"});
    const PreparedImage picture = randomPicture(*engine->model());
    const auto pass = [&](std::size_t budget) {
        return engine->run(std::span(&picture, 1), {.attentionBudget = budget}).front();
    };
    const auto trace = pass(std::numeric_limits<std::size_t>::max());
    const LayerAttention layer = trace->attention[static_cast<std::size_t>(size.layers / 2)];
    std::cout << size.name << " on " << engine->device() << ": the trace has " << (trace->bytes() >> 20)
              << " MiB, with matrices "
              << ((trace->bytes() - layer.bytes() * static_cast<std::size_t>(size.layers)
                   + bytesOfMatrices(layer.heads(), layer.tokens()) * static_cast<std::size_t>(size.layers))
                  >> 20)
              << '\n';
    time("a row of one head", 20 * rounds, [&] {
        const int token = 7;
        layer.rows(0, std::span(&token, 1));
    });
    time("a row, mean of heads", 20 * rounds, [&] { attentionOf(layer, {}, 7, Direction::LooksAt); });
    time("a column, mean of heads", 20 * rounds, [&] { attentionOf(layer, {}, 7, Direction::LookedAtBy); });
    time("a layer's matrices", rounds, [&] { engine->attention(*trace, size.layers / 2); });
    for (const auto& [what, metric] : {std::pair{"a layer's entropies, of q and k", HeadMetric::Entropy},
                                       std::pair{"a layer's distances, of q and k", HeadMetric::MeanDistance}})
        time(what, rounds, [&] { headMetric(layer, *engine->model(), metric); });
    time("a pass, all attention kept", rounds, [&] { pass(std::numeric_limits<std::size_t>::max()); });
    time("a pass, none kept", rounds, [&] { pass(0); });
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        const std::string which = argc > 1 ? argv[1] : "";
        if (argc <= 3 && (which == "dinov2" || which == "large"))
            return run(which == "dinov2" ? dinov2Small : longLarge, argc > 2 ? std::stoi(argv[2]) : 11);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    std::cerr << "usage: bench_long dinov2|large [ROUNDS]\n";
    return 2;
}
