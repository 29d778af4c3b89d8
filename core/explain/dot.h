// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vitrine {

/// Sum of f(i) over 0 <= i < n in independent partial sums: fast without -ffast-math, and more exact than one sum.
template <typename Sum = float, typename Term>
Sum sumOf(std::int64_t n, Term term)
{
    constexpr std::int64_t lanes = 16;
    std::array<Sum, lanes> partial{};
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::int64_t lane = 0; lane < lanes; ++lane)
            partial[static_cast<std::size_t>(lane)] += term(i + lane);
    for (; i < n; ++i)
        partial[0] += term(i);
    for (std::size_t step = lanes / 2; step > 0; step /= 2)
        for (std::size_t lane = 0; lane < step; ++lane)
            partial[lane] += partial[lane + step];
    return partial[0];
}

inline float dot(const float* a, const float* b, std::int64_t n)
{
    return sumOf(n, [=](std::int64_t i) { return a[i] * b[i]; });
}

}  // namespace vitrine
