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
#include "core/nn/caching_allocator.h"
#include "core/nn/cuda_backend.h"
#include "core/nn/devices.h"
#include "core/nn/gpu_pass.h"
#include "core/nn/network.h"
#include "core/nn/plain/gradient_pass.h"
#include "core/nn/rerun.h"

namespace vitrine {

namespace {

// LibTorch's messages carry stack traces and advice for Python; only what a person can act on is passed on.
template <typename Function>
auto withClearErrors(const std::string& model, Function&& function)
{
    const auto outOfMemory = [&] {
        return Error("There is not enough memory to run " + model
                     + "; choose a smaller model or image size, fewer pictures at once, or another device.");
    };
    try {
        return function();
    } catch (const std::bad_alloc&) {
        throw outOfMemory();
    } catch (const c10::OutOfMemoryError&) {
        throw outOfMemory();
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        if (text.find("allocate memory") != std::string::npos)
            throw outOfMemory();
        throw Error("LibTorch could not run " + model + ": " + text.substr(0, text.find('\n')));
    }
}

class TorchEngine : public Engine {
public:
    TorchEngine(Model& model, const EngineOptions& options)
        : m_model(std::make_shared<const ModelSpec>(model.spec))
        , m_precision(options.precision)
    {
        m_placement = nn::choosePlacement(options.precision, nn::chooseDevice(options.device));
        at::set_num_threads(options.threads > 0 ? options.threads : nn::physicalCores());
        if (m_placement.device.is_cpu())
            m_device = "CPU, " + std::to_string(at::get_num_threads())
                + (at::get_num_threads() == 1 ? " thread" : " threads");
        else
            m_device = nn::cudaDevices()[static_cast<std::size_t>(m_placement.device.index())];
        nn::installCachingAllocator();
        const c10::InferenceMode guard;
        m_plain = std::make_unique<nn::plain::PlainWeights>(model, m_placement.device);
        m_network = nn::makeNetwork(model, m_placement);
        if (m_placement.device.is_cuda())
            m_gpu = std::make_unique<nn::GpuPass>(*m_network, m_placement.device);
    }

    ~TorchEngine() override
    {
        m_gpu.reset();
        m_network.reset();
        nn::releaseFreeMemory();
    }

    std::shared_ptr<const ModelSpec> model() const override { return m_model; }
    std::string device() const override { return m_device; }
    std::string deviceId() const override { return m_placement.device.str(); }
    Precision precision() const override { return m_precision; }
    int threads() const override { return at::get_num_threads(); }

    PositionEmbeddings positions() const override
    {
        const c10::InferenceMode guard;
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

    std::vector<std::shared_ptr<const Trace>> run(std::span<const PreparedImage> pictures, const RecordOptions& options,
                                                  std::stop_token stop, const Progress& progress) override
    {
        if (pictures.empty())
            return {};
        return withClearErrors(m_model->name, [&] {
            if (!m_gpu)
                return runOnCpu(pictures, options, stop, progress);
            const c10::InferenceMode guard;
            const auto start = std::chrono::steady_clock::now();
            return makeTraces(pictures, m_gpu->run(batch(pictures), options, stop, progress), start);
        });
    }

    NdArray attention(const Trace& trace, int layer, std::stop_token stop) override;
    std::shared_ptr<const Trace> rerun(const Trace& base, const Edits& edits, std::stop_token stop,
                                       const Progress& progress) override;
    Gradients gradients(const Trace& trace, const Objective& objective, const GradientOptions& options,
                        std::stop_token stop, const Progress& progress) override;
    NdArray lens(const Trace& trace, int state, std::stop_token stop) override;
    NdArray valueNorms(const Trace& trace, int layer, std::stop_token stop) override;
    NdArray attentionLogits(const Trace& trace, int layer, std::stop_token stop) override;

private:
    void checkStates(const Trace& trace) const;
    void checkUnchanged(const Trace& trace) const;
    void checkIndex(const char* what, int index, int count) const;
    at::Tensor place(const NdArray& array) const;
    at::Tensor attentionInput(const Trace& trace, int layer) const;
    std::vector<std::shared_ptr<const Trace>> runOnCpu(std::span<const PreparedImage> pictures,
                                                       const RecordOptions& options, const std::stop_token& stop,
                                                       const Progress& progress) const;
    at::Tensor batch(std::span<const PreparedImage> pictures) const;
    std::vector<std::shared_ptr<const Trace>> makeTraces(std::span<const PreparedImage> pictures,
                                                         const nn::Recording& recording,
                                                         std::chrono::steady_clock::time_point start) const;

    std::shared_ptr<const ModelSpec> m_model;
    Precision m_precision;
    nn::Placement m_placement;
    std::string m_device;
    std::unique_ptr<nn::Network> m_network;
    std::unique_ptr<nn::plain::PlainWeights> m_plain;  ///< of edits and derivatives
    std::unique_ptr<nn::GpuPass> m_gpu;  ///< null on the CPU
};

// As far as the pictures divide among the threads, each thread runs whole ones: what it computes stays in its cache, and
// no layer waits for another thread. All threads together run each of the rest.
std::vector<std::shared_ptr<const Trace>> TorchEngine::runOnCpu(std::span<const PreparedImage> pictures,
                                                                const RecordOptions& options,
                                                                const std::stop_token& stop,
                                                                const Progress& progress) const
{
    const std::size_t threads = static_cast<std::size_t>(at::get_num_threads()), rest = pictures.size() % threads;
    const std::size_t divided = pictures.size() - rest;
    const std::size_t turns = divided / threads + rest;  // of the calling thread, which tells progress
    std::size_t turn = 0;
    const auto caller = std::this_thread::get_id();
    std::vector<std::shared_ptr<const Trace>> traces(pictures.size());
    const auto runOne = [&](std::size_t index) {
        const c10::InferenceMode guard;
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
            throw Error("A picture prepared as " + vitrine::toString(picture.input.shape()) + " was given to "
                        + m_model->name + ", which takes " + vitrine::toString(expected) + "; prepare it for this model.");
        inputs.push_back(nn::toTensor(picture.input));
    }
    return inputs.size() == 1 ? inputs[0].unsqueeze(0) : at::stack(inputs);
}

// Each picture's arrays are views of the batch's tensors: nothing is copied that is float32 on the host.
std::vector<std::shared_ptr<const Trace>> TorchEngine::makeTraces(std::span<const PreparedImage> pictures,
                                                                  const nn::Recording& recording,
                                                                  std::chrono::steady_clock::time_point start) const
{
    const auto host = [](const at::Tensor& tensor) {
        return tensor.defined() ? tensor.to(at::kCPU, at::kFloat).contiguous() : tensor;
    };
    std::vector<std::shared_ptr<Trace>> traces;
    for (const PreparedImage& picture : pictures) {
        traces.push_back(std::make_shared<Trace>());
        traces.back()->model = m_model;
        traces.back()->picture = picture;
    }
    const auto share = [&](const at::Tensor& tensor, NdArray Trace::*member) {
        const at::Tensor whole = host(tensor);
        for (std::size_t i = 0; whole.defined() && i < traces.size(); ++i)
            (*traces[i]).*member = nn::toNdArray(whole[static_cast<std::int64_t>(i)]);
    };
    const auto shareAll = [&](const std::vector<at::Tensor>& layers, std::vector<NdArray> Trace::*member) {
        for (const at::Tensor& layer : layers) {
            const at::Tensor whole = host(layer);
            for (std::size_t i = 0; i < traces.size(); ++i)
                ((*traces[i]).*member)
                    .push_back(whole.defined() ? nn::toNdArray(whole[static_cast<std::int64_t>(i)]) : NdArray());
        }
    };
    share(recording.patchEmbedding, &Trace::patchEmbedding);
    share(recording.logits, &Trace::logits);
    share(recording.embedding, &Trace::embedding);
    share(recording.pooling, &Trace::pooling);
    shareAll(recording.attention, &Trace::attention);
    shareAll(recording.tokens, &Trace::tokens);
    shareAll(recording.innerAttention, &Trace::innerAttention);
    shareAll(recording.innerTokens, &Trace::innerTokens);
    shareAll(recording.innerProjection, &Trace::innerProjection);
    if (recording.patchEmbedding.defined()) {
        const NdArray positions = nn::toNdArray(m_network->positions().added);
        const at::Tensor inner = m_network->innerPosition();
        for (auto& trace : traces) {
            trace->positionEmbedding = positions;
            trace->innerPosition = inner.defined() ? nn::toNdArray(inner) : NdArray();
        }
    }
    const double elapsed
        = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
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
    const at::Tensor projection
        = index < trace.innerProjection.size() ? place(trace.innerProjection[index]) : at::Tensor();
    return m_network->attentionInput(place(trace.tokens[index]), projection);
}

NdArray TorchEngine::attention(const Trace& trace, int layer, std::stop_token stop)
{
    checkIndex("layer", layer, m_model->layers);
    const auto index = static_cast<std::size_t>(layer);
    if (index < trace.attention.size() && !trace.attention[index].empty())
        return trace.attention[index];
    checkStates(trace);
    throwIfStopped(stop);
    return withClearErrors(m_model->name, [&] {
        const c10::InferenceMode guard;
        nn::ChangedPass pass(*m_network, *m_plain, *m_model, m_placement, trace.edits);
        const nn::BlockEdit edit = pass.ofBlock(layer);
        return nn::toNdArray(
            m_network->attention(layer).probabilities(attentionInput(trace, layer), edit.attention)[0]);
    });
}

std::shared_ptr<const Trace> TorchEngine::rerun(const Trace& base, const Edits& edits, std::stop_token stop,
                                                const Progress& progress)
{
    checkUnchanged(base);
    check(edits, *m_model);
    throwIfStopped(stop);
    return withClearErrors(m_model->name, [&] {
        const c10::InferenceMode guard;
        const auto start = std::chrono::steady_clock::now();
        const int first = edits.firstLayer();
        RecordOptions options{.attentionBudget = 0};
        for (int layer = first; layer < m_model->layers; ++layer)
            options.attentionBudget
                += static_cast<std::size_t>(base.attention[static_cast<std::size_t>(layer)].size()) * sizeof(float);
        nn::Recorder recorder(options, stop, progress, m_model->layers - first - 1);
        nn::ChangedPass(*m_network, *m_plain, *m_model, m_placement, edits).run(base, recorder);
        const auto part = makeTraces(std::span(&base.picture, 1), recorder.recording, start).front();
        auto trace = std::make_shared<Trace>(base);
        const auto replace = [first](std::vector<NdArray>& list, const std::vector<NdArray>& from) {
            std::ranges::copy(from, list.begin() + first);
        };
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
    checkUnchanged(trace);
    check(objective, *m_model);
    check(options, *m_model);
    return withClearErrors(m_model->name, [&] {
        const c10::InferenceMode guard;
        const auto matrices = [&](int layer) { return attention(trace, layer, stop); };
        const bool exact = m_placement.type == at::kFloat && m_placement.product == kernels::Product::Float32;
        return nn::plain::gradients(*m_plain, exact ? m_network.get() : nullptr, m_placement.device, trace, matrices,
                                    objective, options, stop, progress);
    });
}

NdArray TorchEngine::lens(const Trace& trace, int state, std::stop_token stop)
{
    checkStates(trace);
    checkIndex("token state", state, m_model->layers + 1);
    if (const std::string why = m_model->whyNoClasses(); !why.empty())
        throw Error(why);
    throwIfStopped(stop);
    return withClearErrors(m_model->name, [&] {
        const c10::InferenceMode guard;
        return nn::toNdArray(m_network->logitsOfEach(place(trace.tokens[static_cast<std::size_t>(state)])[0]));
    });
}

NdArray TorchEngine::valueNorms(const Trace& trace, int layer, std::stop_token stop)
{
    checkStates(trace);
    checkIndex("layer", layer, m_model->layers);
    throwIfStopped(stop);
    return withClearErrors(m_model->name, [&] {
        const c10::InferenceMode guard;
        return nn::toNdArray(
            nn::plain::valueNorms(m_plain->layer(layer).outer, attentionInput(trace, layer).to(at::kFloat)));
    });
}

NdArray TorchEngine::attentionLogits(const Trace& trace, int layer, std::stop_token stop)
{
    checkStates(trace);
    checkIndex("layer", layer, m_model->layers);
    throwIfStopped(stop);
    return withClearErrors(m_model->name, [&] {
        const c10::InferenceMode guard;
        return nn::toNdArray(m_network->attention(layer).logits(attentionInput(trace, layer))[0]);
    });
}

} // namespace

std::unique_ptr<Engine> makeTorchEngine(Model model, const EngineOptions& options)
{
    return withClearErrors(model.spec.name, [&] { return std::make_unique<TorchEngine>(model, options); });
}

std::vector<Device> availableDevices()
{
    std::vector<Device> devices{{"cpu", "CPU, " + std::to_string(nn::physicalCores()) + " cores"}};
    const auto& gpus = nn::cudaDevices();
    for (std::size_t i = 0; i < gpus.size(); ++i)
        devices.push_back({"cuda:" + std::to_string(i), gpus[i]});
    return devices;
}

} // namespace vitrine
