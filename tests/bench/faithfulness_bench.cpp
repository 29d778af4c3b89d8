// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the predicted class depends on what CLS looks at: deletion and insertion areas of the attention of the last layer
// and of the rollout, beside a Gaussian in the middle of every picture, which knows where photographers aim and nothing else.
//     bench_faithfulness MODEL FOLDER [PICTURES 200] [STEPS 10] [THREADS]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "core/base/error.h"
#include "core/explain/faithfulness.h"
#include "core/explain/rollout.h"
#include "core/nn/torch_engine.h"
#include "ui/picture/decode.h"

namespace {

using namespace vitrine;

/// Every so manieth picture below `folder`, by name.
std::vector<std::filesystem::path> picturesIn(const std::filesystem::path& folder, std::size_t most)
{
    std::vector<std::filesystem::path> all, chosen;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            all.push_back(entry.path());
    std::ranges::sort(all);
    for (std::size_t i = 0; i < std::min(most, all.size()); ++i)
        chosen.push_back(all[i * all.size() / std::min(most, all.size())]);
    return chosen;
}

NdArray patchesOf(const std::vector<float>& row, const ModelSpec& spec)
{
    return {{spec.gridHeight(), spec.gridWidth()}, {row.begin() + spec.prefixTokens(), row.end()}};
}

/// A quarter of the grid is one standard deviation.
NdArray centredGaussian(const ModelSpec& spec)
{
    std::vector<float> values;
    for (int row = 0; row < spec.gridHeight(); ++row)
        for (int column = 0; column < spec.gridWidth(); ++column) {
            const double y = (row + 0.5) / spec.gridHeight() - 0.5, x = (column + 0.5) / spec.gridWidth() - 0.5;
            values.push_back(static_cast<float>(std::exp(-8 * (x * x + y * y))));
        }
    return {{spec.gridHeight(), spec.gridWidth()}, std::move(values)};
}

int run(const char* model, const char* folder, std::size_t most, int steps, int threads)
{
    const auto engine = makeTorchEngine(loadModel(model), {.device = "cpu", .threads = threads});
    const ModelSpec& spec = *engine->model();
    const char* const names[] = {"attention of the last layer", "rollout", "centred Gaussian"};
    double deletion[3] = {}, insertion[3] = {};
    const auto pictures = picturesIn(folder, most);
    for (const auto& path : pictures) {
        const PreparedImage picture = prepare(readImage(QString::fromStdString(path.string())), spec);
        const auto trace = engine->run({&picture, 1}).front();
        const int best = topK(trace->logits, 1).front().index;
        const NdArray whole = rollout(*trace, 0, spec.layers - 1).reshaped({1, spec.tokens(), spec.tokens()});
        const NdArray maps[] = {
            patchesOf(attentionOf(trace->attention.back(), {}, 0, Direction::LooksAt), spec),
            patchesOf(attentionOf(whole, {}, 0, Direction::LooksAt), spec),
            centredGaussian(spec),
        };
        FaithfulnessMeter meter(*engine, picture, best, {.steps = steps});
        for (int i = 0; i < 3; ++i) {
            const Faithfulness curves = meter.measure(maps[i]);
            deletion[i] += curves.deletionArea / static_cast<double>(pictures.size());
            insertion[i] += curves.insertionArea / static_cast<double>(pictures.size());
        }
    }
    std::printf("%s, %zu pictures, %d steps, the predicted class\n", model, pictures.size(), steps);
    for (int i = 0; i < 3; ++i)
        std::printf("  %-28s deletion %.3f  insertion %.3f\n", names[i], deletion[i], insertion[i]);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
    try {
        if (argc < 3 || number(3, 1) < 1 || number(4, 1) < 1)
            throw Error("Usage: bench_faithfulness MODEL FOLDER [PICTURES] [STEPS] [THREADS]");
        return run(argv[1], argv[2], static_cast<std::size_t>(number(3, 200)), number(4, 10), number(5, 0));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
