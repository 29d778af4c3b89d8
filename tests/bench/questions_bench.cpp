// SPDX-License-Identifier: GPL-3.0-or-later
// What derivatives and changed passes cost, against a recorded pass: a ViT-B/16 at 224 with random weights, or a checkpoint.
// Prints medians in milliseconds, their ratio to the pass by the clock and by processor time (which a busy machine does not
// stretch), and how much memory was needed beyond it.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include "core/explain/faithfulness.h"
#include "core/explain/maps.h"
#include "core/explain/method.h"
#include "core/nn/torch_engine.h"
#include "tests/bench/random_vit.h"

namespace {

using namespace vitrine;
using namespace vitrine::bench;

double memory(const std::string& field)  // MiB, of /proc/self/status
{
    std::ifstream file("/proc/self/status");
    for (std::string word; file >> word;) {
        if (word == field) {
            file >> word;
            return std::stod(word) / 1024;
        }
    }
    return 0;
}

void resetPeak()
{
    std::ofstream("/proc/self/clear_refs") << 5;
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

struct Question {
    const char* name;
    std::function<void()> ask;
    std::vector<double> clock{}, processor{};
    double beyond = 0;

    void time()
    {
        const auto start = std::chrono::steady_clock::now();
        const std::clock_t used = std::clock();
        ask();
        processor.push_back(1e3 * static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC);
        clock.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
};

void measure(std::vector<Question>& questions, int rounds)
{
    for (Question& question : questions) {
        const double before = memory("VmRSS:");
        resetPeak();
        question.ask();  // the first reads weights
        question.beyond = memory("VmHWM:") - before;
    }
    // In turns, so that what else the machine does falls on all.
    for (int round = 0; round < rounds; ++round) {
        for (Question& question : questions)
            question.time();
    }
    const double clock = median(questions.front().clock), processor = median(questions.front().processor);
    for (const Question& question : questions) {
        std::cout << std::left << std::setw(36) << question.name << std::right << std::fixed << std::setprecision(1)
                  << std::setw(9) << median(question.clock) << " ms" << std::setprecision(2) << std::setw(8)
                  << median(question.clock) / clock << std::setw(8) << median(question.processor) / processor
                  << std::setprecision(0) << std::setw(8) << question.beyond << " MiB\n";
    }
}

std::vector<const Method*> gradientMethods()
{
    std::vector<const Method*> chosen;
    for (const Method& method : methods())
        if (!method.needs.gradients.empty() && method.gives == Gives::PatchMap)
            chosen.push_back(&method);
    return chosen;
}

int run(const std::string& checkpoint, const std::string& device, int rounds)
{
    EngineOptions options;
    options.device = device;
    const auto engine = makeTorchEngine(checkpoint.empty() ? randomVit(vitBase) : loadModel(checkpoint), options);
    const ModelSpec& spec = *engine->model();
    const PreparedImage picture = randomPicture(spec);
    const auto pass = [&] { return engine->run(std::span(&picture, 1)).front(); };
    const auto base = pass();
    const auto gradients = [&](GradientOptions asked) { return [&, asked] { engine->gradients(*base, {1, {}}, asked); }; };
    const auto rerun = [&](const Edits& edits) { return [&, edits] { engine->rerun(*base, edits); }; };
    Edits head, last, masked;
    head.headsOff = {{0, 0}};
    last.headsOff = {{spec.layers - 1, 0}};
    masked.maskedPatches = {1, 2, 3};
    std::cout << spec.name << " on " << engine->device() << ", " << rounds << " rounds\n";
    std::vector<Question> questions{
        {"recorded pass", [&] { pass(); }},
        {"class: all matrices and tokens", gradients({.tokens = true})},
        {"class: matrices", gradients({})},
        {"class: pixels", gradients({.attention = false, .pixels = true})},
        {"LeGrad, all layers", gradients({.score = Score::EachLayer})},
        {"LibraGrad: matrices and tokens", gradients({.backward = Backward::Libra, .tokens = true})},
        {"rerun: a head of layer 0 off", rerun(head)},
        {"rerun: a head of the last layer off", rerun(last)},
        {"rerun: three patches masked", rerun(masked)},
        {"lens of one state", [&] { engine->lens(*base, spec.layers / 2); }},
        {"lens of all states",
         [&] {
             for (int state = 0; state <= spec.layers; ++state)
                 engine->lens(*base, state);
         }},
        {"all gradient maps of a class",
         [&] {
             computeMaps(gradientMethods(), *engine, *base, {{1, {}}, {}});
         }},
        {"beyond-intuition",
         [&] {
             computeMap(findMethod("beyond-intuition"), *engine, *base, {{1, {}}, {}});
         }},
        {"rollout at all depths", [&] { computeLayers(findMethod("rollout"), *engine, *base, {}); }},
        {"deletion, insertion, SaCo: 50 steps", [&] { FaithfulnessMeter(*engine, picture, 1).measure(randomMap(spec, 1)); }},
        {"norms of one layer's values", [&] { engine->valueNorms(*base, spec.layers / 2); }},
    };
    measure(questions, rounds);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc > 4) {
        std::cerr << "usage: bench_questions [ROUNDS] [DEVICE] [CHECKPOINT]\n";
        return 2;
    }
    try {
        return run(argc > 3 ? argv[3] : "", argc > 2 ? argv[2] : "cpu", argc > 1 ? std::stoi(argv[1]) : 11);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
