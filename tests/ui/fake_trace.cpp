// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fake_trace.h"

#include <cmath>

namespace vitrine {

namespace {

/// Numbers in -1 .. 1 that are the same on every machine, unlike those of std's distributions.
class Numbers {
public:
    explicit Numbers(unsigned seed)
        : m_state(seed * 2654435761U + 1)
    {
    }
    float next()
    {
        m_state = m_state * 1664525U + 1013904223U;
        return static_cast<float>(m_state >> 8) / 8388608.0F - 1;
    }
    NdArray array(Shape shape)
    {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (float& value : values)
            value = next();
        return {std::move(shape), std::move(values)};
    }
    /// Rows that sum to 1 along the last axis.
    NdArray attention(Shape shape)
    {
        const auto columns = static_cast<std::size_t>(shape.back());
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (std::size_t row = 0; row < values.size(); row += columns) {
            float sum = 0;
            for (std::size_t i = row; i < row + columns; ++i)
                sum += values[i] = std::exp(2 * next());
            for (std::size_t i = row; i < row + columns; ++i)
                values[i] /= sum;
        }
        return {std::move(shape), std::move(values)};
    }

private:
    unsigned m_state;
};

PreparedImage fakePicture(const ModelSpec& spec, Numbers& numbers)
{
    PreparedImage picture;
    picture.input = numbers.array({3, spec.imageHeight, spec.imageWidth});
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < spec.imageHeight; ++y)
        for (int x = 0; x < spec.imageWidth; ++x)
            for (const int value : {255 * x / spec.imageWidth, 255 * y / spec.imageHeight, 128})
                pixels.push_back(static_cast<std::uint8_t>(value));
    picture.view = Image(spec.imageWidth, spec.imageHeight, std::move(pixels));
    picture.crop = {0, 0, static_cast<double>(spec.imageWidth), static_cast<double>(spec.imageHeight)};
    picture.originalWidth = spec.imageWidth;
    picture.originalHeight = spec.imageHeight;
    return picture;
}

void addInner(Trace& trace, Numbers& numbers)
{
    const ModelSpec& spec = *trace.model;
    const std::int64_t patches = spec.patches(), t = spec.inner.tokens();
    trace.innerPosition = numbers.array({t, spec.inner.width});
    for (int layer = 0; layer < spec.layers; ++layer) {
        trace.innerAttention.push_back(numbers.attention({patches, spec.inner.heads, t, t}));
        trace.innerTokens.push_back(numbers.array({patches, t, spec.inner.width}));
        trace.innerProjection.push_back(numbers.array({patches, spec.width}));
    }
    trace.innerTokens.push_back(numbers.array({patches, t, spec.inner.width}));
}

}  // namespace

std::shared_ptr<const ModelSpec> fakeSpec(const FakeSize& size)
{
    auto spec = std::make_shared<ModelSpec>();
    spec->architecture = size.architecture;
    spec->name = size.architecture == Architecture::Tnt ? "fake TNT" : "fake ViT";
    spec->source = "none";
    spec->layers = size.layers;
    spec->heads = size.heads;
    spec->width = size.width;
    spec->mlpWidth = size.width * 4;
    spec->patchHeight = spec->patchWidth = size.patch;
    spec->imageHeight = size.gridHeight * size.patch;
    spec->imageWidth = size.gridWidth * size.patch;
    spec->trainedGridHeight = size.gridHeight + 1;
    spec->trainedGridWidth = size.gridWidth + 1;
    spec->registers = size.registers;
    spec->classes = size.classes;
    spec->learnedPositions = size.learnedPositions;
    if (size.architecture == Architecture::Tnt) {
        spec->inner.width = 6;
        spec->inner.heads = 2;
        spec->inner.mlpWidth = 24;
    }
    for (int index = 0; index < size.classes; ++index)
        spec->labels.push_back("kind " + std::to_string(index));
    return spec;
}

std::shared_ptr<const Trace> fakeTrace(const FakeSize& size)
{
    Numbers numbers(size.seed);
    auto trace = std::make_shared<Trace>();
    trace->model = fakeSpec(size);
    const std::int64_t tokens = trace->model->tokens();
    trace->picture = fakePicture(*trace->model, numbers);
    trace->patchEmbedding = numbers.array({tokens, size.width});
    trace->positionEmbedding = numbers.array({tokens, size.width});
    for (int layer = 0; layer < size.layers; ++layer) {
        if (size.queriesAndKeys)
            trace->attention.push_back(
                LayerAttention(AttentionFactors{numbers.array({tokens, 3, size.heads, size.width / size.heads}), {}}));
        else
            trace->attention.push_back(numbers.attention({size.heads, tokens, tokens}));
        trace->tokens.push_back(numbers.array({tokens, size.width}));
        trace->times.push_back({"block " + std::to_string(layer), 0.5});
    }
    trace->tokens.push_back(numbers.array({tokens, size.width}));
    trace->logits = numbers.array({size.classes});
    if (size.pooling)
        trace->pooling = numbers.attention({size.heads, tokens});
    if (size.architecture == Architecture::Tnt)
        addInner(*trace, numbers);
    trace->milliseconds = 0.5 * size.layers;
    trace->device = "no device";
    trace->precision = "float32";
    return trace;
}

PositionEmbeddings fakePositions(const FakeSize& size)
{
    Numbers numbers(size.seed + 100);
    PositionEmbeddings positions;
    positions.trainedHeight = size.gridHeight + 1;
    positions.trainedWidth = size.gridWidth + 1;
    positions.trained = numbers.array({positions.trainedHeight * positions.trainedWidth, size.width});
    positions.resampled = numbers.array({size.gridHeight * size.gridWidth, size.width});
    if (size.architecture == Architecture::Tnt)
        positions.inner = numbers.array({16, 6});
    return positions;
}

}  // namespace vitrine
