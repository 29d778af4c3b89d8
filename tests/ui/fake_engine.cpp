// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fake_engine.h"

#include <thread>

#include "core/base/error.h"
#include "core/model/grid.h"

namespace vitrine {

namespace {

std::size_t thisThread()
{
    return std::hash<std::thread::id>()(std::this_thread::get_id());
}

class FakeEngine : public Engine {
public:
    FakeEngine(std::shared_ptr<FakeControl> control, const FakeSize& size, const std::string& name, Precision precision)
        : m_control(std::move(control))
        , m_size(size)
        , m_precision(precision)
    {
        ModelSpec spec = *fakeSpec(size);
        spec.name = name;
        spec.assumed = m_control->assumed;
        spec.preprocessing.mostPatches = m_control->mostPatches;
        m_spec = std::make_shared<const ModelSpec>(std::move(spec));
        ++m_control->alive;
        m_control->madeOn = thisThread();
    }
    ~FakeEngine() override
    {
        --m_control->alive;
        m_control->destroyedOn = thisThread();
    }

    std::shared_ptr<const ModelSpec> model() const override { return m_spec; }
    std::string device() const override { return "fake device"; }
    std::string deviceId() const override { return "fake"; }
    Precision precision() const override { return m_precision; }
    PositionEmbeddings positions() const override { return fakePositions(m_size); }

    std::vector<std::shared_ptr<const Trace>> run(std::span<const PreparedImage> pictures, const RecordOptions&,
                                                  std::stop_token stop, const Progress& progress) override
    {
        ++m_control->runs;
        for (int block = 0; block < m_spec->layers; ++block) {
            std::this_thread::sleep_for(m_control->block.load());
            ++m_control->blocks;
            throwIfStopped(stop);
            if (progress)
                progress(double(block + 1) / m_spec->layers, "block " + std::to_string(block));
        }
        if (!m_control->runError.empty())
            throw Error(m_control->runError);
        std::vector<std::shared_ptr<const Trace>> traces;
        for (const PreparedImage& picture : pictures) {
            auto trace = std::make_shared<Trace>(*fakeTrace(m_size));
            trace->model = m_spec;
            trace->picture = picture;
            if (m_control->leaveAttentionOut)
                trace->attention.assign(static_cast<std::size_t>(m_spec->layers), {});
            traces.push_back(trace);
        }
        m_control->runGate.pass();
        ++m_control->finished;
        return traces;
    }

    NdArray attention(const Trace&, int layer, std::stop_token stop) override
    {
        throwIfStopped(stop);
        ++m_control->attentions;
        m_control->attentionGate.pass();
        if (!m_control->attentionError.empty())
            throw Error(m_control->attentionError);
        return fakeTrace(m_size)->attention[static_cast<std::size_t>(layer)].matrices();
    }

    /// Of token t and class c: t + 10 c.
    NdArray lens(const Trace&, int, std::stop_token) override
    {
        std::vector<float> logits;
        for (int token = 0; token < m_spec->tokens(); ++token)
            for (int index = 0; index < m_spec->classes; ++index)
                logits.push_back(static_cast<float>(token + 10 * index));
        return {{m_spec->tokens(), m_spec->classes}, std::move(logits)};
    }

    /// The logits turned round.
    std::shared_ptr<const Trace> rerun(const Trace& base, const Edits& edits, std::stop_token stop, const Progress&) override
    {
        check(edits, *m_spec);
        ++m_control->reruns;
        m_control->rerunGate.pass();
        throwIfStopped(stop);
        auto trace = std::make_shared<Trace>(base);
        trace->logits = NdArray(base.logits.shape(), {base.logits.values().rbegin(), base.logits.values().rend()});
        return trace;
    }

    /// Of class c: the attention c + 1 times.
    Gradients gradients(const Trace& trace, const Objective& objective, const GradientOptions&, std::stop_token stop,
                        const Progress& progress) override
    {
        ++m_control->gradients;
        if (progress)
            progress(0.5, "block 0");
        m_control->gradientGate.pass();
        throwIfStopped(stop);
        if (!m_control->gradientError.empty())
            throw Error(m_control->gradientError);
        Gradients result;
        for (const LayerAttention& kept : trace.attention) {
            const NdArray layer = kept.matrices();
            std::vector<float> values(layer.values().begin(), layer.values().end());
            for (float& value : values)
                value *= static_cast<float>(objective.index + 1);
            result.attention.emplace_back(layer.shape(), std::move(values));
        }
        result.tokens = trace.tokens;
        result.norm1 = result.norm1Values = {trace.tokens.begin(), trace.tokens.end() - 1};
        result.patchEmbedding = trace.tokens.front();
        result.pixels = trace.picture.input;
        result.innerAttention = trace.innerAttention;
        result.innerTokens = trace.innerTokens;
        result.innerProjection = trace.innerProjection;
        return result;
    }

private:
    std::shared_ptr<FakeControl> m_control;
    FakeSize m_size;
    Precision m_precision;
    std::shared_ptr<const ModelSpec> m_spec;
};

}  // namespace

EngineFactory fakeEngines(std::shared_ptr<FakeControl> control)
{
    return [control](const ModelSource& source, const Progress&, std::stop_token stop) -> std::unique_ptr<Engine> {
        throwIfStopped(stop);
        ++control->loads;
        if (!control->loadError.empty())
            throw Error(control->loadError);
        const auto named = control->sizes.find(source.nameOrPath.toStdString());
        FakeSize size = named != control->sizes.end() ? named->second : control->size;
        if (source.nameOrPath == QStringLiteral("tnt"))
            size.family = Family::Tnt;
        if (control->mostPatches > 0 && source.overrides.pictureHeight) {
            const Grid shape = sizeInShape({*source.overrides.pictureHeight, *source.overrides.pictureWidth},
                                           {size.patch, size.patch}, control->mostPatches);
            size.gridHeight = shape.height / size.patch;
            size.gridWidth = shape.width / size.patch;
        }
        if (source.overrides.labels && !control->labelError.empty())
            throw Error(control->labelError);
        if (source.nameOrPath.toStdString() == control->brokenModel)
            throw Error(control->brokenModel + " is no ViT or TNT: it has no attention.");
        control->loadGate.pass();
        return std::make_unique<FakeEngine>(control, size, source.nameOrPath.toStdString(), source.options.precision);
    };
}

}  // namespace vitrine
