// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/gpu_pass.h"

#include <unordered_map>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#if __has_include(<ATen/accelerator/Graph.h>)
#include <ATen/accelerator/Graph.h>
#define VITRINE_HAS_GRAPHS 1
#endif

namespace vitrine::nn {

namespace {

c10::Stream streamOfOurOwn(const at::Device& device)
{
    return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

// Two streams: kernels run on one, copies to the host on the other.
class HostCopies {
public:
    HostCopies(const c10::Stream& compute, const c10::Stream& copies)
        : m_compute(compute)
        , m_copies(copies)
    {
        mark();
    }

    // Copies what `recording` has and had not when this was last called, once the kernels launched so far have run.
    void start(Recording& recording)
    {
        forEachTensor(recording, [&](at::Tensor& tensor) {
            if (tensor.is_cuda() && !m_onHost.contains(tensor.unsafeGetTensorImpl()))
                m_onHost.emplace(tensor.unsafeGetTensorImpl(), copy(tensor));
        });
        mark();
    }

    // Waits for all copies and puts them in the place of the tensors on the GPU; `recording` gets the stages' times.
    void finish(Recording& recording)
    {
        m_copies.synchronize();
        m_compute.synchronize();
        forEachTensor(recording, [&](at::Tensor& tensor) {
            if (tensor.is_cuda())
                tensor = m_onHost.at(tensor.unsafeGetTensorImpl());
        });
        for (std::size_t i = 0; i < recording.times.size(); ++i)
            recording.times[i].milliseconds = m_marks[i].elapsedTime(m_marks[i + 1]);
    }

private:
    void mark()
    {
        m_marks.emplace_back(m_compute.device_type(), c10::EventFlag::BACKEND_DEFAULT);
        m_marks.back().record(m_compute);
    }

    at::Tensor copy(const at::Tensor& tensor)
    {
        const at::Tensor source = tensor.to(at::kFloat).contiguous();
        c10::Event ready(m_compute.device_type());
        ready.record(m_compute);
        ready.block(m_copies);
        const c10::StreamGuard guard(m_copies);
        at::Tensor host = at::empty(source.sizes(), at::TensorOptions(at::kFloat).pinned_memory(true));
        host.copy_(source, /*non_blocking=*/true);
        source.record_stream(m_copies);
        return host;
    }

    c10::Stream m_compute, m_copies;
    std::vector<c10::Event> m_marks;  ///< before the first stage and after each
    std::unordered_map<const void*, at::Tensor> m_onHost;
};

} // namespace

#if defined(VITRINE_HAS_GRAPHS)

// One graph for each stage, all on the same memory: each writes the tensors of `recording` anew.
struct GpuPass::Capture {
    at::Tensor input;
    std::vector<std::unique_ptr<at::accelerator::Graph>> graphs;
    std::vector<Recording> recorded;  ///< by stage: what is there after it
    c10::Stream compute;
};

std::unique_ptr<GpuPass::Capture> GpuPass::capture(const at::Tensor& input, const RecordOptions& options) const
{
    auto result = std::make_unique<Capture>(Capture {input.to(m_device), {}, {}, streamOfOurOwn(m_device)});
    const c10::StreamGuard guard(result->compute);
    const auto begin = [&] {
        const auto pool = result->graphs.empty() ? at::MempoolId_t {0, 0} : result->graphs.front()->pool();
        result->graphs.push_back(std::make_unique<at::accelerator::Graph>());
        result->graphs.back()->capture_begin(pool);
    };
    // Once more outside a graph: libraries allocate what they need for this stream.
    const Progress nobody;
    Recorder warmUp(options, {}, nobody, m_stages - 2);
    m_network.run(result->input, warmUp);
    result->compute.synchronize();
    Recorder recorder(options, {}, nobody, m_stages - 2);
    recorder.afterStage = [&](Recording& recording) {
        result->graphs.back()->capture_end();
        result->recorded.push_back(recording);
        if (static_cast<int>(result->graphs.size()) < m_stages)
            begin();
    };
    begin();
    m_network.run(result->input, recorder);
    return result;
}

Recording GpuPass::replay(const at::Tensor& input, const std::stop_token& stop, const Progress& progress)
{
    const c10::StreamGuard guard(m_capture->compute);
    m_capture->input.copy_(input);
    HostCopies copies(m_capture->compute, streamOfOurOwn(m_device));
    for (std::size_t stage = 0; stage < m_capture->graphs.size(); ++stage) {
        m_capture->graphs[stage]->replay();
        copies.start(m_capture->recorded[stage]);
        throwIfStopped(stop);
        if (progress)
            progress(static_cast<double>(stage + 1) / m_stages, m_capture->recorded[stage].times.back().name);
    }
    Recording result = m_capture->recorded.back();
    copies.finish(result);
    return result;
}

#else

struct GpuPass::Capture { };

std::unique_ptr<GpuPass::Capture> GpuPass::capture(const at::Tensor&, const RecordOptions&) const
{
    return nullptr;
}

Recording GpuPass::replay(const at::Tensor&, const std::stop_token&, const Progress&)
{
    return {};
}

#endif

GpuPass::GpuPass(const Network& network, const at::Device& device, int layers)
    : m_network(network)
    , m_device(device)
    , m_stages(layers + 2)
{
    // Exact maps: products of float32 stay float32.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
}

GpuPass::~GpuPass() = default;

Recording GpuPass::run(const at::Tensor& input, const RecordOptions& options, const std::stop_token& stop,
                       const Progress& progress)
{
    const std::optional<RecordOptions> alone = input.size(0) == 1 ? std::optional(options) : std::nullopt;
    const bool again = alone && m_lastAlone == alone;
    if (!again)
        m_capture.reset();
    m_lastAlone = alone;
    if (again && !m_capture && m_canCapture) {
        try {
            m_capture = capture(input, options);
        } catch (const c10::Error&) {
        }
        m_canCapture = m_capture != nullptr;
    }
    return m_capture ? replay(input, stop, progress) : runEagerly(input, options, stop, progress);
}

Recording GpuPass::runEagerly(const at::Tensor& input, const RecordOptions& options, const std::stop_token& stop,
                              const Progress& progress)
{
    const c10::Stream compute = c10::impl::VirtualGuardImpl(m_device.type()).getStream(m_device);
    const at::Tensor onDevice = input.to(m_device);
    HostCopies copies(compute, streamOfOurOwn(m_device));
    Recorder recorder(options, stop, progress, m_stages - 2);
    recorder.afterStage = [&](Recording& recording) { copies.start(recording); };
    m_network.run(onDevice, recorder);
    copies.finish(recorder.recording);
    return std::move(recorder.recording);
}

} // namespace vitrine::nn
