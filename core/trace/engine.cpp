// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/engine.h"

#include "core/base/error.h"

namespace vitrine {

namespace {

[[noreturn]] void refuse(const Engine& engine, const std::string& what)
{
    throw Error("The engine on " + engine.device() + " only runs passes; it cannot compute " + what + ".");
}

}  // namespace

std::shared_ptr<const Trace> Engine::rerun(const Trace&, const Edits&, std::stop_token, const Progress&)
{
    refuse(*this, "changed passes");
}

Gradients Engine::gradients(const Trace&, const Objective&, const GradientOptions&, std::stop_token, const Progress&)
{
    refuse(*this, "gradients");
}

std::vector<Gradients> Engine::allGradients(const Trace& trace, const Objective& objective,
                                            std::span<const GradientOptions> options, std::stop_token stop,
                                            const Progress& progress)
{
    std::vector<Gradients> all;
    for (const GradientOptions& one : options)
        all.push_back(gradients(trace, objective, one, stop, progress));
    return all;
}

NdArray Engine::lens(const Trace&, int, std::stop_token)
{
    refuse(*this, "the logits of tokens");
}

NdArray Engine::valueNorms(const Trace&, int, std::stop_token)
{
    refuse(*this, "the norms of values");
}

NdArray Engine::attentionLogits(const Trace&, int, std::stop_token)
{
    refuse(*this, "the attention before its softmax");
}

}  // namespace vitrine
