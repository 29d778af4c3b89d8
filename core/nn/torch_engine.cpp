// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/torch_engine.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "core/base/error.h"
#include "core/nn/clear_errors.h"
#include "core/nn/cuda_backend.h"
#include "core/nn/devices.h"
#include "core/nn/engine_call.h"
#include "core/nn/gpu_pass.h"
#include "core/nn/network.h"
#include "core/nn/plain/gradient_pass.h"
#include "core/nn/precision_check.h"
#include "core/nn/rerun.h"
#include "core/nn/traces.h"

namespace vitrine {

namespace {

class TorchEngine : public Engine {
public:
    /// On `device`; where that is a GPU, with a pass, which shows whether it has the memory and the code.
    TorchEngine(Model& model, const EngineOptions& options, const at::Device& device)
        : m_model(std::make_shared<const ModelSpec>(model.spec))
        , m_precision(options.precision)
        , m_threads(options.threads > 0 ? options.threads : nn::physicalCores())
        , m_attentionBudget(options.attentionBudget)
    {
        m_placement = nn::choosePlacement(options.precision, device);
        if (m_placement.device.is_cpu())
            m_device = "CPU, " + std::to_string(m_threads) + (m_threads == 1 ? " thread" : " threads");
        else
            m_device = nn::gpus().names[static_cast<std::size_t>(m_placement.device.index())];
        const nn::EngineCall call(m_threads, m_memory);
        if (m_placement.device.is_cpu() && m_precision != Precision::Float32)
            note(nn::slownessOf(toString(m_precision), nn::timeBesideFloat32(model, m_placement)));
        m_plain = std::make_unique<nn::plain::PlainWeights>(model, m_placement.device);
        m_network = nn::makeNetwork(model, m_placement);
        if (m_placement.device.is_cuda()) {
            m_gpu = std::make_unique<nn::GpuPass>(*m_network, m_placement.device);
            m_gpu->run(at::zeros({1, 3, m_model->imageHeight, m_model->imageWidth}), {.logitsOnly = true}, {}, {});
        }
    }

    /// What device() says beside the device.
    void note(const std::string& remark)
    {
        if (remark.empty())
            return;
        m_device += " (" + remark + ")";
        m_remark = remark;
    }

    std::shared_ptr<const ModelSpec> model() const override { return m_model; }
    std::string device() const override { return m_device; }
    std::string remark() const override { return m_remark; }
    std::string deviceId() const override { return m_placement.device.str(); }
    Precision precision() const override { return m_precision; }
    int threads() const override { return m_threads; }

    PositionEmbeddings positions() const override
    {
        const nn::EngineCall call(m_threads, m_memory);
        const nn::Positions& positions = m_network->positions();
        PositionEmbeddings result;
        result.trained = nn::toNdArray(positions.trained);
        result.trainedHeight = m_model->trainedGridHeight;
        result.trainedWidth = m_model->trainedGridWidth;
        result.resampled = nn::toNdArray(positions.resampled);
        if (const at::Tensor inner = m_network->innerPosition(); inner.defined())
            result.inner = nn::toNdArray(inner);
        return result;
    }

    std::vector<std::shared_ptr<const Trace>> run(std::span<const PreparedImage> pictures, const RecordOptions& wanted,
                                                  std::stop_token stop, const Progress& progress) override
    {
        if (pictures.empty())
            return {};
        RecordOptions options = wanted;
        options.attentionBudget = wanted.attentionBudget.value_or(m_attentionBudget);
        return nn::withClearErrors(m_model->name, [&] {
            const nn::EngineCall call(m_threads, m_memory);
            if (!m_gpu)
                return runOnCpu(pictures, options, stop, progress);
            const auto start = std::chrono::steady_clock::now();
            return makeTraces(pictures, m_gpu->run(batch(pictures), options, stop, progress), start);
        });
    }

    NdArray attention(const Trace& trace, int layer, std::stop_token stop) override;
    std::shared_ptr<const Trace> rerun(const Trace& base, const Edits& edits, std::stop_token stop,
                                       const Progress& progress) override;
    Gradients gradients(const Trace& trace, const Objective& objective, const GradientOptions& options, std::stop_token stop,
                        const Progress& progress) override;
    std::vector<Gradients> allGradients(const Trace& trace, const Objective& objective,
                                        std::span<const GradientOptions> options, std::stop_token stop,
                                        const Progress& progress) override;
    NdArray lens(const Trace& trace, int state, std::stop_token stop) override;
    NdArray valueNorms(const Trace& trace, int layer, std::stop_token stop) override;
    NdArray attentionLogits(const Trace& trace, int layer, std::stop_token stop) override;

private:
    void checkStates(const Trace& trace) const;
    void checkUnchanged(const Trace& trace) const;
    void checkIndex(const char* what, int index, int count) const;
    at::Tensor place(const NdArray& array) const;
    at::Tensor attentionInput(const Trace& trace, int layer) const;
    std::vector<std::shared_ptr<const Trace>> runOnCpu(std::span<const PreparedImage> pictures, const RecordOptions& options,
                                                       const std::stop_token& stop, const Progress& progress) const;
    at::Tensor batch(std::span<const PreparedImage> pictures) const;
    std::vector<std::shared_ptr<const Trace>> makeTraces(std::span<const PreparedImage> pictures,
                                                         const nn::Recording& recording,
                                                         std::chrono::steady_clock::time_point start) const;

    nn::EngineMemory m_memory;  // first: what follows lies in it
    std::shared_ptr<const ModelSpec> m_model;
    Precision m_precision;
    int m_threads = 1;
    std::size_t m_attentionBudget = 0;
    nn::Placement m_placement;
    std::string m_device, m_remark;
    std::unique_ptr<nn::Network> m_network;
    std::unique_ptr<nn::plain::PlainWeights> m_plain;  ///< of edits and derivatives
    std::unique_ptr<nn::GpuPass> m_gpu;                ///< null on the CPU
};

// As far as the pictures divide among the threads, each thread runs whole ones: what it computes stays in its cache, and
// no layer waits for another thread. All threads together run each of the rest.
std::vector<std::shared_ptr<const Trace>> TorchEngine::runOnCpu(std::span<const PreparedImage> pictures,
                                                                const RecordOptions& options, const std::stop_token& stop,
                                                                const Progress& progress) const
{
    const auto threads = static_cast<std::size_t>(m_threads);
    const std::size_t rest = pictures.size() % threads;
    const std::size_t divided = pictures.size() - rest;
    const std::size_t turns = divided / threads + rest;  // of the calling thread, which tells progress
    std::size_t turn = 0;
    const auto caller = std::this_thread::get_id();
    std::vector<std::shared_ptr<const Trace>> traces(pictures.size());
    const auto runOne = [&](std::size_t index) {
        const c10::InferenceMode mode;
        const nn::EngineMemory::Use memory(m_memory);
        const auto start = std::chrono::steady_clock::now();
        const bool tells = progress && std::this_thread::get_id() == caller;
        const Progress part = [&](double fraction, std::string_view what) {
            progress((static_cast<double>(turn) + fraction) / static_cast<double>(turns), what);
        };
        nn::Recorder recorder(options, stop, tells ? part : Progress(), m_model->layers);
        m_network->run(batch(pictures.subspan(index, 1)), recorder);
        traces[index] = makeTraces(pictures.subspan(index, 1), recorder.recording, start).front();
        if (tells)
            ++turn;
    };
    at::parallel_for(0, static_cast<std::int64_t>(divided), 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i)
            runOne(static_cast<std::size_t>(i));
    });
    for (std::size_t i = divided; i < pictures.size(); ++i)
        runOne(i);
    return traces;
}

at::Tensor TorchEngine::batch(std::span<const PreparedImage> pictures) const
{
    const Shape expected{3, m_model->imageHeight, m_model->imageWidth};
    std::vector<at::Tensor> inputs;
    inputs.reserve(pictures.size());
    for (const PreparedImage& picture : pictures) {
        if (picture.input.shape() != expected)
            throw Error("A picture prepared as " + vitrine::toString(picture.input.shape()) + " was given to " + m_model->name
                        + ", which takes " + vitrine::toString(expected) + "; prepare it for this model.");
        inputs.push_back(nn::toTensor(picture.input));
    }
    return inputs.size() == 1 ? inputs[0].unsqueeze(0) : at::stack(inputs);
}

std::vector<std::shared_ptr<const Trace>> TorchEngine::makeTraces(std::span<const PreparedImage> pictures,
                                                                  const nn::Recording& recording,
                                                                  std::chrono::steady_clock::time_point start) const
{
    std::vector<std::shared_ptr<Trace>> traces;
    for (const PreparedImage& picture : pictures) {
        traces.push_back(std::make_shared<Trace>());
        traces.back()->model = m_model;
        traces.back()->picture = picture;
    }
    nn::share(recording, traces);
    if (recording.patchEmbedding.defined()) {
        const NdArray positions = nn::toNdArray(m_network->positions().added);
        const at::Tensor inner = m_network->innerPosition();
        for (auto& trace : traces) {
            trace->positionEmbedding = positions;
            trace->innerPosition = inner.defined() ? nn::toNdArray(inner) : NdArray();
        }
    }
    const double elapsed = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    for (auto& trace : traces) {
        trace->times = recording.times;
        trace->milliseconds = elapsed;
        trace->device = m_device;
        trace->precision = toString(m_precision);
    }
    return {traces.begin(), traces.end()};
}

void TorchEngine::checkStates(const Trace& trace) const
{
    if (trace.model != m_model || trace.tokens.empty())
        throw Error("Nothing more can be computed from this pass: it was made by another engine or recorded no token states.");
}

void TorchEngine::checkUnchanged(const Trace& trace) const
{
    checkStates(trace);
    if (!trace.edits.empty())
        throw Error("This needs the pass of the network as it is, and in this one something was changed.");
}

void TorchEngine::checkIndex(const char* what, int index, int count) const
{
    if (index < 0 || index >= count)
        throw Error("There is no " + std::string(what) + " " + std::to_string(index) + " in " + m_model->name + "; it has "
                    + std::to_string(count) + ".");
}

// With a batch axis of 1, where the network computes and in its type.
at::Tensor TorchEngine::place(const NdArray& array) const
{
    return nn::toTensor(array).unsqueeze(0).to(m_placement.device, m_placement.type);
}

at::Tensor TorchEngine::attentionInput(const Trace& trace, int layer) const
{
    const auto index = static_cast<std::size_t>(layer);
    const at::Tensor projection = index < trace.innerProjection.size() ? place(trace.innerProjection[index]) : at::Tensor();
    return m_network->attentionInput(place(trace.tokens[index]), projection);
}

NdArray TorchEngine::attention(const Trace& trace, int layer, std::stop_token stop)
{
    checkIndex("layer", layer, m_model->layers);
    const auto index = static_cast<std::size_t>(layer);
    const LayerAttention kept = index < trace.attention.size() ? trace.attention[index] : LayerAttention();
    if (kept.isWhole())
        return kept.matrices();
    throwIfStopped(stop);
    if (!kept.empty()) {
        return nn::withClearErrors(m_model->name, [&] {
            const nn::EngineCall call(m_threads, m_memory);
            return nn::matricesOf(kept.factors());
        });
    }
    checkStates(trace);
    return nn::withClearErrors(m_model->name, [&] {
        const nn::EngineCall call(m_threads, m_memory);
        nn::ChangedPass pass(*m_network, *m_plain, *m_model, m_placement, trace.edits);
        const nn::BlockEdit edit = pass.ofBlock(layer);
        return nn::toNdArray(m_network->attention(layer).probabilities(attentionInput(trace, layer), edit.attention)[0]);
    });
}

std::shared_ptr<const Trace> TorchEngine::rerun(const Trace& base, const Edits& edits, std::stop_token stop,
                                                const Progress& progress)
{
    checkUnchanged(base);
    check(edits, *m_model);
    throwIfStopped(stop);
    return nn::withClearErrors(m_model->name, [&] {
        const nn::EngineCall call(m_threads, m_memory);
        const auto start = std::chrono::steady_clock::now();
        const int first = edits.firstLayer();
        std::size_t budget = 0;
        for (int layer = first; layer < m_model->layers; ++layer)
            budget += base.attention[static_cast<std::size_t>(layer)].bytes();
        nn::Recorder recorder({.attentionBudget = budget}, stop, progress, m_model->layers - first - 1);
        nn::ChangedPass(*m_network, *m_plain, *m_model, m_placement, edits).run(base, recorder);
        const auto part = makeTraces(std::span(&base.picture, 1), recorder.recording, start).front();
        auto trace = std::make_shared<Trace>(base);
        const auto replace = [first](auto& list, const auto& from) { std::ranges::copy(from, list.begin() + first); };
        replace(trace->tokens, part->tokens);
        replace(trace->attention, part->attention);
        if (m_model->family == Family::Tnt) {
            replace(trace->innerTokens, part->innerTokens);
            replace(trace->innerAttention, part->innerAttention);
            replace(trace->innerProjection, part->innerProjection);
        }
        trace->logits = part->logits;
        trace->embedding = part->embedding;
        trace->pooling = part->pooling;
        trace->times = part->times;
        trace->milliseconds = part->milliseconds;
        trace->edits = edits;
        return std::shared_ptr<const Trace>(std::move(trace));
    });
}

Gradients TorchEngine::gradients(const Trace& trace, const Objective& objective, const GradientOptions& options,
                                 std::stop_token stop, const Progress& progress)
{
    return std::move(allGradients(trace, objective, std::span(&options, 1), stop, progress).front());
}

std::vector<Gradients> TorchEngine::allGradients(const Trace& trace, const Objective& objective,
                                                 std::span<const GradientOptions> options, std::stop_token stop,
                                                 const Progress& progress)
{
    checkUnchanged(trace);
    check(objective, *m_model);
    for (const GradientOptions& one : options)
        check(one, *m_model);
    return nn::withClearErrors(m_model->name, [&] {
        const nn::EngineCall call(m_threads, m_memory);
        const auto matrices = [&](int layer) { return attention(trace, layer, stop); };
        const bool exact = m_placement.type == at::kFloat && m_placement.product == kernels::Product::Float32;
        return nn::plain::gradients(*m_plain, exact ? m_network.get() : nullptr, m_placement.device, trace, matrices, objective,
                                    options, stop, progress);
    });
}

NdArray TorchEngine::lens(const Trace& trace, int state, std::stop_token stop)
{
    checkStates(trace);
    checkIndex("token state", state, m_model->layers + 1);
    if (const std::string why = m_model->whyNoClasses(); !why.empty())
        throw Error(why);
    throwIfStopped(stop);
    return nn::withClearErrors(m_model->name, [&] {
        const nn::EngineCall call(m_threads, m_memory);
        return nn::toNdArray(m_network->logitsOfEach(place(trace.tokens[static_cast<std::size_t>(state)])[0]));
    });
}

NdArray TorchEngine::valueNorms(const Trace& trace, int layer, std::stop_token stop)
{
    checkStates(trace);
    checkIndex("layer", layer, m_model->layers);
    throwIfStopped(stop);
    return nn::withClearErrors(m_model->name, [&] {
        const nn::EngineCall call(m_threads, m_memory);
        return nn::toNdArray(nn::plain::valueNorms(m_plain->layer(layer).outer, attentionInput(trace, layer).to(at::kFloat)));
    });
}

NdArray TorchEngine::attentionLogits(const Trace& trace, int layer, std::stop_token stop)
{
    checkStates(trace);
    checkIndex("layer", layer, m_model->layers);
    throwIfStopped(stop);
    return nn::withClearErrors(m_model->name, [&] {
        const nn::EngineCall call(m_threads, m_memory);
        return nn::toNdArray(m_network->attention(layer).logits(attentionInput(trace, layer))[0]);
    });
}

}  // namespace

std::unique_ptr<Engine> makeTorchEngine(Model model, const EngineOptions& options)
{
    return nn::withClearErrors(model.spec.name, [&] {
        std::unique_ptr<TorchEngine> engine;
        // For the CPU too: LibTorch looks for CUDA once, and after a pass on the CPU a GPU would not be found.
        const auto chosen = nn::makeOnDevice(options.device, nn::gpus(), [&](const at::Device& device) {
            // A model is used up by what is made of it.
            Model once = device.is_cuda() ? model : std::move(model);
            engine = std::make_unique<TorchEngine>(once, options, device);
        });
        if (!chosen.problem.empty())
            engine->note("not " + chosen.problem);
        return engine;
    });
}

std::vector<Device> availableDevices()
{
    std::vector<Device> devices{{"cpu", "CPU, " + std::to_string(nn::physicalCores()) + " cores"}};
    const auto& names = nn::gpus().names;
    for (std::size_t i = 0; i < names.size(); ++i)
        devices.push_back({"cuda:" + std::to_string(i), names[i]});
    return devices;
}

}  // namespace vitrine
