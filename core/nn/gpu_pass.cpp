// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/gpu_pass.h"

#include <unordered_map>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>

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

}  // namespace

GpuPass::GpuPass(const Network& network, const at::Device& device)
    : m_network(network)
    , m_device(device)
{
}

Recording GpuPass::run(const at::Tensor& input, const RecordOptions& options, const std::stop_token& stop,
                       const Progress& progress)
{
    const c10::Stream compute = c10::impl::VirtualGuardImpl(m_device.type()).getStream(m_device);
    const at::Tensor onDevice = input.to(m_device);
    HostCopies copies(compute, streamOfOurOwn(m_device));
    Recorder recorder(options, stop, progress, m_network.layers());
    recorder.afterStage = [&](Recording& recording) { copies.start(recording); };
    m_network.run(onDevice, recorder);
    copies.finish(recorder.recording);
    return std::move(recorder.recording);
}

}  // namespace vitrine::nn
