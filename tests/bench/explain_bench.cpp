// SPDX-License-Identifier: GPL-3.0-or-later
// The analysis of a trace the size of ViT-B/16's at 224, and of 1024 position embeddings: medians in milliseconds, and
// beside what consists of matrix products the time of the products alone.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "core/explain/embeddings.h"
#include "core/explain/head_metrics.h"
#include "core/explain/rollout.h"
#include "core/kernels/product.h"

namespace {

using namespace vitrine;

NdArray noise(Shape shape, unsigned seed)
{
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(0, 1);
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (float& value : values)
        value = uniform(random);
    return {std::move(shape), std::move(values)};
}

template <typename Work>
double median(const Work& work)
{
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::nth_element(times, times.begin() + 10);
    return times[10];
}

double product(const NdArray& a)
{
    return median([&] { kernels::timesTransposed(a.data(), a.dim(0), a.data(), a.dim(0), a.dim(1)); });
}

} // namespace

int main()
{
    auto spec = std::make_shared<ModelSpec>();
    spec->layers = spec->heads = 12;
    spec->imageHeight = spec->imageWidth = 224;
    spec->patchHeight = spec->patchWidth = 16;
    spec->cls = true;
    Trace trace;
    trace.model = spec;
    for (unsigned layer = 0; layer < 12; ++layer)
        trace.attention.push_back(noise({12, 197, 197}, layer));
    const NdArray embeddings = noise({1024, 768}, 20), matrix = noise({197, 197}, 21);
    std::printf("rollout        %6.2f (its 11 products %.2f)\n", median([&] { rollout(trace, 0, 11, {}, 0); }),
                11 * product(matrix));
    std::printf("cosine         %6.2f (its product %.2f)\n", median([&] { cosineSimilarity(embeddings); }),
                product(embeddings));
    std::printf("entropy        %6.2f\n", median([&] { headMetric(trace, HeadMetric::Entropy); }));
    std::printf("mean distance  %6.2f\n", median([&] { headMetric(trace, HeadMetric::MeanDistance); }));
}
