// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <memory>
#include <utility>

#include "core/trace/engine.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine::test {

/// An engine whose score is the sum of w x + x² / 2 over the pixels, and which answers everything else from tables that a
/// test may change.
class MethodEngine final : public Engine {
public:
    explicit MethodEngine(ModelSpec spec)
        : m_spec(std::make_shared<const ModelSpec>(std::move(spec)))
    {
        const std::int64_t heads = m_spec->heads, tokens = m_spec->tokens(), width = m_spec->width;
        Trace made = traceOf(*m_spec);
        made.model = m_spec;
        made.picture.input = numbers({3, m_spec->imageHeight, m_spec->imageWidth}, 1);
        made.tokens.push_back(numbers({tokens, width}, 2));
        for (int layer = 0; layer < m_spec->layers; ++layer) {
            made.attention.push_back(weights({heads, tokens, tokens}, 10 + layer));
            made.tokens.push_back(numbers({tokens, width}, 20 + layer));
            // More up than down, so that no map is cut to nothing.
            exact.attention.push_back(numbers({heads, tokens, tokens}, 30 + layer, 0.25));
            exact.norm1.push_back(numbers({tokens, width}, 40 + layer));
            exact.norm1Values.push_back(numbers({tokens, width}, 50 + layer));
            eachLayer.push_back(numbers({heads, tokens, tokens}, 60 + layer));
            values.push_back(weights({heads + 1, tokens}, 70 + layer));
            arguments.push_back(numbers({heads, tokens, tokens}, 80 + layer));
            if (m_spec->architecture == Architecture::Tnt) {
                const Shape inner{m_spec->patches(), m_spec->inner.heads, m_spec->inner.tokens(), m_spec->inner.tokens()};
                made.innerAttention.push_back(weights(inner, 90 + layer));
                exact.innerAttention.push_back(numbers(inner, 100 + layer));
            }
        }
        lastLayer = numbers({heads, tokens, tokens}, 110);
        made.logits = logitsOf(made.picture);
        trace = std::move(made);
    }

    std::shared_ptr<const ModelSpec> model() const override { return m_spec; }
    std::string device() const override { return "test"; }
    std::string deviceId() const override { return "test"; }
    Precision precision() const override { return Precision::Float32; }
    PositionEmbeddings positions() const override { return {}; }
    NdArray attention(const Trace&, int layer, std::stop_token stop) override
    {
        throwIfStopped(stop);
        ++recomputed;
        return weights({m_spec->heads, m_spec->tokens(), m_spec->tokens()}, 10 + layer);
    }
    std::vector<std::shared_ptr<const Trace>> run(std::span<const PreparedImage> pictures, const RecordOptions&,
                                                  std::stop_token stop, const Progress&) override
    {
        throwIfStopped(stop);
        std::vector<std::shared_ptr<const Trace>> traces;
        for (const PreparedImage& picture : pictures) {
            ++passes;
            Trace one = trace;
            one.picture = picture;
            one.logits = logitsOf(picture);
            traces.push_back(std::make_shared<const Trace>(std::move(one)));
        }
        return traces;
    }
    Gradients gradients(const Trace& of, const Objective& objective, const GradientOptions& options, std::stop_token stop,
                        const Progress&) override
    {
        throwIfStopped(stop);
        asked.push_back(options);
        Gradients result;
        if (options.attention) {
            result.attention = options.score == Score::EachLayer ? eachLayer : exact.attention;
            result.innerAttention = exact.innerAttention;
        }
        if (options.attention && isLastAlone)
            result.attention.back() = filled(lastLayer.shape(), [&](std::int64_t i) {
                return options.lastAttentionScale * static_cast<double>(lastLayer.data()[i]);
            });
        if (options.tokens) {
            result.norm1 = exact.norm1;
            result.norm1Values = exact.norm1Values;
        }
        for (int layer = 0; layer < options.firstLayer; ++layer)
            for (auto* arrays : {&result.attention, &result.norm1, &result.norm1Values})
                if (!arrays->empty())
                    (*arrays)[static_cast<std::size_t>(layer)] = NdArray();
        if (options.pixels) {
            EXPECT_EQ(options.firstLayer, 0);
            const NdArray& input = of.picture.input;
            result.pixels = filled(input.shape(), [&](std::int64_t i) {
                const double curved = options.backward == Backward::Libra ? 0 : input.data()[i];
                return (objective.against ? 2 : 1) * (slope(i) + curved);
            });
        }
        return result;
    }
    NdArray valueNorms(const Trace&, int layer, std::stop_token) override { return values[static_cast<std::size_t>(layer)]; }
    NdArray attentionLogits(const Trace&, int layer, std::stop_token) override
    {
        return arguments[static_cast<std::size_t>(layer)];
    }

    NdArray lens(const Trace&, int state, std::stop_token stop) override
    {
        throwIfStopped(stop);
        return numbers({m_spec->tokens(), m_spec->classes}, 120 + state);
    }

    /// Of class c: c times the first number of the first row that is put in.
    std::shared_ptr<const Trace> rerun(const Trace& base, const Edits& edits, std::stop_token stop, const Progress&) override
    {
        throwIfStopped(stop);
        reruns.push_back(edits);
        auto changed = std::make_shared<Trace>(base);
        const float first = edits.tokenPatches.front().rows.at({0, 0});
        std::vector<float> logits;
        for (int index = 0; index < m_spec->classes; ++index)
            logits.push_back(first * static_cast<float>(index));
        changed->logits = NdArray({m_spec->classes}, std::move(logits));
        return changed;
    }

    /// w at a pixel.
    static double slope(std::int64_t i) { return static_cast<double>(i % 7 - 3) / 4; }
    /// Of one class; the others have its negative.
    static double score(const NdArray& input)
    {
        double sum = 0;
        for (std::int64_t i = 0; i < input.size(); ++i) {
            const double x = input.data()[i];
            sum += slope(i) * x + x * x / 2;
        }
        return sum;
    }

    Trace trace;
    std::vector<Edits> reruns;
    Gradients exact;
    std::vector<NdArray> eachLayer, values, arguments;
    NdArray lastLayer;
    bool isLastAlone = false;  ///< the last layer's gradient is `lastLayer` times the scale of its attention
    std::vector<GradientOptions> asked;
    int passes = 0, recomputed = 0;

    /// Numbers in -1 .. 1 around `middle`.
    static NdArray numbers(Shape shape, int seed, double middle = 0)
    {
        return filled(std::move(shape),
                      [=](std::int64_t i) { return middle + std::sin(static_cast<double>(i) * 12.9898 + seed * 78.233); });
    }
    /// Rows of positive numbers that add up to 1.
    static NdArray weights(Shape shape, int seed)
    {
        const std::int64_t length = shape.back();
        const auto term = [=](std::int64_t i) { return 1.1 + std::sin(static_cast<double>(i) * 7.123 + seed * 3.7); };
        return filled(std::move(shape), [=](std::int64_t i) {
            double sum = 0;
            for (std::int64_t j = i / length * length; j < (i / length + 1) * length; ++j)
                sum += term(j);
            return term(i) / sum;
        });
    }

private:
    NdArray logitsOf(const PreparedImage& picture) const
    {
        const auto value = static_cast<float>(score(picture.input));
        std::vector<float> logits(static_cast<std::size_t>(m_spec->classes), -value);
        if (!logits.empty())
            logits.front() = value;
        const Shape shape{m_spec->classes};
        return {shape, std::move(logits)};
    }

    std::shared_ptr<const ModelSpec> m_spec;
};

}  // namespace vitrine::test
