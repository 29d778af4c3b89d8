// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/trace/trace.h"

namespace vitrine::test {

/// An array whose element at flat index i is value(i).
template <typename Value>
NdArray filled(Shape shape, Value value)
{
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(value(static_cast<std::int64_t>(i)));
    return {std::move(shape), std::move(values)};
}

/// [heads, T, T], every entry 1 / T.
inline NdArray uniformAttention(int heads, int tokens)
{
    return filled({heads, tokens, tokens}, [=](std::int64_t) { return 1.0 / tokens; });
}

/// [heads, T, T], every token looks at itself alone.
inline NdArray identityAttention(int heads, int tokens)
{
    return filled({heads, tokens, tokens}, [=](std::int64_t i) { return i % (tokens * tokens) % (tokens + 1) == 0 ? 1 : 0; });
}

/// A ViT with CLS on a grid of square patches; one layer, one head unless changed.
inline ModelSpec gridSpec(int gridHeight, int gridWidth, int patch)
{
    ModelSpec spec;
    spec.name = "small";
    spec.layers = spec.heads = 1;
    spec.width = 2;
    spec.patchHeight = spec.patchWidth = patch;
    spec.imageHeight = gridHeight * patch;
    spec.imageWidth = gridWidth * patch;
    return spec;
}

inline Trace traceOf(const ModelSpec& spec)
{
    Trace trace;
    trace.model = std::make_shared<const ModelSpec>(spec);
    return trace;
}

}  // namespace vitrine::test
