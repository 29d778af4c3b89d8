// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/rotary.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/kernels/kernels.h"

namespace vitrine::nn {

namespace {

struct Places {
    at::Tensor rows, columns;  ///< [N]
};

Places placesOf(const ModelSpec& spec)
{
    const Rotary& rotary = spec.rotary;
    const auto along = [&](int count) {
        const at::Tensor places = at::arange(count, at::kDouble);
        if (rotary.kind == Rotary::Kind::Relative)
            return 2 * (places + 0.5) / count - 1;
        if (rotary.kind == Rotary::Kind::Learned)
            return places;
        return (places + rotary.offset) * (rotary.reference > 0 ? static_cast<double>(rotary.reference) / count : 1.0);
    };
    const std::int64_t rows = spec.gridHeight(), columns = spec.gridWidth();
    return {along(spec.gridHeight()).unsqueeze(1).expand({rows, columns}).flatten(),
            along(spec.gridWidth()).unsqueeze(0).expand({rows, columns}).flatten()};
}

// [N, d/2], or [heads, N, d/2] of learned frequencies
at::Tensor anglesOf(const ModelSpec& spec, const std::optional<at::Tensor>& frequencies)
{
    const Rotary& rotary = spec.rotary;
    const auto [rows, columns] = placesOf(spec);
    if (rotary.kind == Rotary::Kind::Learned) {
        const at::Tensor both = frequencies->to(at::kDouble).unsqueeze(2);  // [2, heads, 1, d/2]
        return columns.unsqueeze(1) * both[0] + rows.unsqueeze(1) * both[1];
    }
    const int count = spec.headWidth() / 4;
    at::Tensor each = at::pow(rotary.base, -at::arange(count, at::kDouble) / count);
    if (rotary.kind == Rotary::Kind::Relative)
        each = each * (2 * M_PI);
    const at::Tensor ofRows = at::outer(rows, each), ofColumns = at::outer(columns, each);
    return rotary.columnsFirst ? at::cat({ofColumns, ofRows}, -1) : at::cat({ofRows, ofColumns}, -1);
}

// Channels in each other's place.
at::Tensor partners(const at::Tensor& x, bool halves)
{
    const std::int64_t half = x.size(-1) / 2;
    return halves ? at::roll(x, {half}, {-1}) : at::flip(x.unflatten(-1, {half, 2}), {-1}).flatten(-2);
}

}  // namespace

Turning makeTurning(const ModelSpec& spec, const std::optional<at::Tensor>& frequencies, const at::Device& device)
{
    if (spec.rotary.kind == Rotary::Kind::None)
        return {};
    Turning turning;
    turning.halves = spec.rotary.kind == Rotary::Kind::Relative;
    turning.prefix = spec.prefixTokens();
    const at::Tensor angles = anglesOf(spec, frequencies), cosine = angles.cos(), sine = angles.sin();
    const auto both = [&](const at::Tensor& first, const at::Tensor& second) {
        const at::Tensor pairs = turning.halves ? at::cat({first, second}, -1) : at::stack({first, second}, -1).flatten(-2);
        return pairs.to(device, at::kFloat).contiguous();
    };
    turning.cosine = both(cosine, cosine);
    turning.sine = both(-sine, sine);
    return turning;
}

at::Tensor turned(const at::Tensor& x, const Turning& turning, bool back)
{
    if (turning.empty())
        return x;
    const at::Tensor patches = x.slice(2, turning.prefix).to(at::kFloat);
    const at::Tensor sine = back ? -turning.sine : turning.sine;
    const at::Tensor result = patches * turning.cosine + partners(patches, turning.halves) * sine;
    return at::cat({x.slice(2, 0, turning.prefix), result.to(x.scalar_type())}, 2);
}

at::Tensor turnedQueriesAndKeys(const at::Tensor& qkv, const Turning& turning)
{
    if (turning.empty())
        return qkv;
    if (!qkv.is_cpu() || kernels::leftToTorch() || qkv.scalar_type() != at::kFloat) {
        const at::Tensor parts = qkv.permute({2, 0, 3, 1, 4});
        return at::stack({turned(parts[0], turning), turned(parts[1], turning), parts[2]}).permute({1, 3, 0, 2, 4});
    }
    at::Tensor result = qkv.contiguous();
    const std::int64_t tokens = qkv.size(1), heads = qkv.size(3), width = qkv.size(4), patches = tokens - turning.prefix;
    kernels::RotaryCall call;
    call.cosine = turning.cosine.const_data_ptr<float>();
    call.sine = turning.sine.const_data_ptr<float>();
    call.ofHead = turning.cosine.dim() == 3 ? patches * width : 0;
    call.halves = turning.halves;
    call.heads = heads;
    call.width = width;
    float* const data = result.data_ptr<float>();
    constexpr std::int64_t patchesAtATime = 16;
    at::parallel_for(0, qkv.size(0) * patches, patchesAtATime, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            const std::int64_t picture = i / patches, patch = i % patches;
            kernels::best().rotate(call, data + (picture * tokens + turning.prefix + patch) * 3 * heads * width, patch);
        }
    });
    return result;
}

}  // namespace vitrine::nn
