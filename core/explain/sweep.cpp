// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/sweep.h"

#include <algorithm>

namespace vitrine {

namespace {

/// The logits of `count` passes below each other, and what was done of them.
class Logits {
public:
    Logits(int count, const Told& tell)
        : m_count(count)
        , m_tell(tell)
    {
    }
    void add(const Trace& trace)
    {
        const std::span<const float> logits = trace.logits.values();
        m_values.insert(m_values.end(), logits.begin(), logits.end());
        ++m_done;
        if (m_tell)
            m_tell(static_cast<double>(m_done) / m_count);
    }
    NdArray take(std::int64_t rows, std::int64_t columns)
    {
        const Shape shape{rows, columns, static_cast<std::int64_t>(m_values.size()) / (rows * columns)};
        return {shape, std::move(m_values)};
    }

private:
    int m_count, m_done = 0;
    const Told& m_tell;
    std::vector<float> m_values;
};

}  // namespace

NdArray withoutEachHead(Engine& engine, const Trace& base, const std::stop_token& stop, const Told& tell)
{
    const ModelSpec& spec = *base.model;
    Logits logits(spec.layers * spec.heads, tell);
    for (int layer = 0; layer < spec.layers; ++layer)
        for (int head = 0; head < spec.heads; ++head) {
            Edits edits;
            edits.headsOff = {{layer, head}};
            logits.add(*engine.rerun(base, edits, stop));
        }
    return logits.take(spec.layers, spec.heads);
}

NdArray withoutEachPatch(Engine& engine, const PreparedImage& picture, Baseline with, const std::stop_token& stop,
                         const Told& tell)
{
    constexpr int batchSize = 16;
    const ModelSpec& spec = *engine.model();
    const std::vector<float> whole(picture.input.values().begin(), picture.input.values().end());
    const std::vector<float> none = takenAway(picture.input, with);
    RecordOptions record;
    record.logitsOnly = true;
    Logits logits(spec.patches(), tell);
    for (int first = 0; first < spec.patches(); first += batchSize) {
        throwIfStopped(stop);
        std::vector<PreparedImage> batch;
        for (int patch = first; patch < std::min(first + batchSize, spec.patches()); ++patch) {
            std::vector<std::uint32_t> pixels;
            appendPixels(pixels, patch, spec);
            batch.push_back(picture);
            batch.back().input = mixed(picture.input, whole, none, pixels);
        }
        for (const auto& trace : engine.run(batch, record, stop))
            logits.add(*trace);
    }
    return logits.take(spec.gridHeight(), spec.gridWidth());
}

NdArray maskingEachPatch(Engine& engine, const Trace& base, const std::stop_token& stop, const Told& tell)
{
    const ModelSpec& spec = *base.model;
    Logits logits(spec.patches(), tell);
    for (int patch = 0; patch < spec.patches(); ++patch) {
        Edits edits;
        edits.maskedPatches = {patch};
        logits.add(*engine.rerun(base, edits, stop));
    }
    return logits.take(spec.gridHeight(), spec.gridWidth());
}

}  // namespace vitrine
