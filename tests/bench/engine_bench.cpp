// SPDX-License-Identifier: GPL-3.0-or-later
// Forward passes with everything recorded, on demand: for each line with a number N on standard input, N passes and one
// line with their milliseconds: of the clock, or of processor time, which a busy machine does not stretch. Staying
// loaded, it can take turns with other programs (peers/peers.py).
#include <chrono>
#include <ctime>
#include <iostream>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "core/nn/torch_engine.h"

namespace {

using namespace vitrine;

PreparedImage noise(const ModelSpec& spec)
{
    std::mt19937 generator(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(3) * spec.imageHeight * spec.imageWidth);
    for (float& value : values)
        value = normal(generator);
    PreparedImage picture;
    picture.input = NdArray({3, spec.imageHeight, spec.imageWidth}, std::move(values));
    return picture;
}

double milliseconds(bool processorTime)
{
    if (processorTime)
        return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int run(const std::string& checkpoint, const EngineOptions& options, int batch, bool processorTime)
{
    const double began = milliseconds(false);
    Model model = loadModel(checkpoint);
    const double loaded = milliseconds(false);
    const auto engine = makeTorchEngine(std::move(model), options);
    const double packed = milliseconds(false);
    const std::vector<PreparedImage> pictures(static_cast<std::size_t>(batch), noise(*engine->model()));
    RecordOptions record;
    record.attentionBudget = std::numeric_limits<std::size_t>::max();
    std::cout << "ready: " << engine->model()->name << " on " << engine->device() << ", loaded in " << loaded - began
              << " ms, packed in " << packed - loaded << " ms" << std::endl;
    int passes = 0;
    while (std::cin >> passes) {
        for (int i = 0; i < passes; ++i) {
            const double start = milliseconds(processorTime);
            engine->run(pictures, record);
            std::cout << milliseconds(processorTime) - start << (i + 1 < passes ? " " : "");
        }
        std::cout << std::endl;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || argc > 7) {
        std::cerr << "usage: bench_engine CHECKPOINT [float32|bfloat16|float16] [THREADS] [BATCH] [wall|cpu] [DEVICE]\n";
        return 2;
    }
    const std::map<std::string, Precision> precisions{
        {"float32", Precision::Float32}, {"bfloat16", Precision::BFloat16}, {"float16", Precision::Float16}};
    try {
        EngineOptions options;
        options.device = argc > 6 ? argv[6] : "cpu";
        options.precision = argc > 2 ? precisions.at(argv[2]) : Precision::Float32;
        options.threads = argc > 3 ? std::stoi(argv[3]) : 0;
        return run(argv[1], options, argc > 4 ? std::stoi(argv[4]) : 1, argc > 5 && std::string(argv[5]) == "cpu");
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
