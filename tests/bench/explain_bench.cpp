// SPDX-License-Identifier: GPL-3.0-or-later
// The analysis of traces the size of ViT-B/16's at 224 and DINOv2-S/14's at 518, and of 1024 position embeddings: medians
// in milliseconds, and beside what consists of matrix products the time of the products alone.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "core/explain/cka.h"
#include "core/explain/components.h"
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

/// `side` x `side` patches of `width` channels in `layers` + 1 states: noise, the hardest case for the iteration.
Trace tokensOf(int side, int width, int layers)
{
    auto spec = std::make_shared<ModelSpec>();
    spec->layers = layers;
    spec->width = width;
    spec->imageHeight = spec->imageWidth = side;
    spec->patchHeight = spec->patchWidth = 1;
    spec->cls = false;
    Trace trace;
    trace.model = spec;
    for (int layer = 0; layer <= layers; ++layer)
        trace.tokens.push_back(noise({side * side, width}, 100U + static_cast<unsigned>(layer)));
    return trace;
}

void benchTokens(const char* name, int side, int width, int layers)
{
    const Trace trace = tokensOf(side, width, layers);
    const NdArray& tokens = trace.tokens.front();
    const bool fewTokens = tokens.dim(0) <= tokens.dim(1);
    const NdArray gram = fewTokens ? tokens : noise({tokens.dim(1), tokens.dim(0)}, 1);
    std::printf("PCA, %-9s %6.2f (its product %.2f)\n", name, median([&] { principalComponents(tokens, 3); }), product(gram));
    std::printf("CKA, %-9s %6.2f (its %d products %.2f)\n", name, median([&] { Cka().add(trace, trace); }), layers + 1,
                (layers + 1) * product(tokens));
}

}  // namespace

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
    benchTokens("ViT-B", 14, 768, 12);
    benchTokens("DINOv2-S", 37, 384, 12);
    std::printf("entropy        %6.2f\n", median([&] { headMetric(trace, HeadMetric::Entropy); }));
    std::printf("mean distance  %6.2f\n", median([&] { headMetric(trace, HeadMetric::MeanDistance); }));
}
