// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/recorder.h"

#include <cstdint>
#include <utility>

namespace vitrine::nn {

Recorder::Recorder(const RecordOptions& options, std::stop_token stop, Progress progress, int layers)
    : m_options(options)
    , m_stop(std::move(stop))
    , m_progress(std::move(progress))
    , m_stages(layers + 2)
{
    recording.times.reserve(static_cast<std::size_t>(m_stages));
}

Keep Recorder::keepAttention(const AttentionSize& size)
{
    const std::size_t matrices = bytesOfMatrices(size.heads, size.tokens);
    const std::size_t factors = bytesOfFactors(size.heads, size.tokens, size.width);
    // Matrices are read at once, so a little memory does not decide.
    const bool asFactors = m_options.queriesAndKeys || (size.byKernels && matrices > 2 * factors);
    const std::size_t bytes = asFactors ? factors : matrices;
    if (m_options.logitsOnly || bytes > m_options.attentionBudget.value_or(SIZE_MAX) - m_attentionBytes)
        return Keep::Nothing;
    m_attentionBytes += bytes;
    return asFactors ? Keep::Factors : Keep::Matrices;
}

void Recorder::endStage(std::string name)
{
    const auto now = std::chrono::steady_clock::now();
    recording.times.push_back({std::move(name), std::chrono::duration<double, std::milli>(now - m_stageStart).count()});
    m_stageStart = now;
    if (afterStage)
        afterStage(recording);
    throwIfStopped(m_stop);
    if (m_progress)
        m_progress(static_cast<double>(recording.times.size()) / m_stages, recording.times.back().name);
}

}  // namespace vitrine::nn
