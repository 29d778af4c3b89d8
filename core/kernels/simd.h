// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// For kernel files alone, which are compiled once for each instruction set: everything here has internal linkage, and
// nothing of the standard library is used, so that no function built for one processor can be linked into another's path.

#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VITRINE_LANES 16
#elif defined(__AVX2__)
#define VITRINE_LANES 8
#else
#define VITRINE_LANES 4
#endif

#define VITRINE_INLINE [[gnu::always_inline]] static inline

namespace vitrine::kernels {
namespace {

template <int lanes>
struct Simd {
    typedef float Floats __attribute__((vector_size(lanes * 4)));
    typedef std::int32_t Ints __attribute__((vector_size(lanes * 4)));
};

template <typename V>
VITRINE_INLINE V load(const float* from)
{
    V value;
    std::memcpy(&value, from, sizeof(V));
    return value;
}

template <typename V>
VITRINE_INLINE void store(float* to, const V& value)
{
    std::memcpy(to, &value, sizeof(V));
}

#if defined(__AVX512F__)
VITRINE_INLINE __mmask16 firstLanes(std::int64_t present)
{
    return static_cast<__mmask16>(present < 16 ? (1U << (present < 0 ? 0 : present)) - 1 : 0xFFFFU);
}
#endif

// A vector that may reach `present` floats only: zeros behind them, nothing written there.
template <typename V>
VITRINE_INLINE V loadPart(const float* from, std::int64_t present)
{
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == sizeof(__m512))
        return (V)_mm512_maskz_loadu_ps(firstLanes(present), from);
#endif
    if (present >= static_cast<std::int64_t>(sizeof(V) / sizeof(float)))
        return load<V>(from);
    float part[sizeof(V) / sizeof(float)] = {};
    if (present > 0)
        std::memcpy(part, from, static_cast<std::size_t>(present) * sizeof(float));
    return load<V>(part);
}

template <typename V>
VITRINE_INLINE void storePart(float* to, const V& value, std::int64_t present)
{
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == sizeof(__m512))
        return _mm512_mask_storeu_ps(to, firstLanes(present), (__m512)value);
#endif
    if (present >= static_cast<std::int64_t>(sizeof(V) / sizeof(float)))
        store(to, value);
    else if (present > 0)
        std::memcpy(to, &value, static_cast<std::size_t>(present) * sizeof(float));
}

template <typename V>
VITRINE_INLINE V splat(float value)
{
    return V{} + value;
}

template <typename V>
VITRINE_INLINE V largest(const V& a, const V& b)
{
    return a > b ? a : b;
}

// Index vectors as constants in memory: the compiler would build one element by element wherever it is used.
template <int n>
struct Indices {
    std::int32_t rotated[2 * n] = {};        // from `by` on: lane i takes lane i + by
    std::int32_t low[n] = {}, high[n] = {};  // one round of transpose()

    constexpr Indices()
    {
        for (int i = 0; i < n; ++i) {
            rotated[i] = rotated[i + n] = i;
            low[i] = i / 2 + i % 2 * n;
            high[i] = low[i] + n / 2;
        }
    }
};
template <int n>
constexpr Indices<n> indices;

template <int n>
VITRINE_INLINE typename Simd<n>::Ints loadIndices(const std::int32_t* from)
{
    typename Simd<n>::Ints value;
    std::memcpy(&value, from, sizeof(value));
    return value;
}

// n vectors of n, by log2 n rounds of perfect shuffles.
template <int n>
VITRINE_INLINE void transpose(typename Simd<n>::Floats (&rows)[n])
{
    const auto low = loadIndices<n>(indices<n>.low), high = loadIndices<n>(indices<n>.high);
#pragma GCC unroll 4
    for (int round = 1; round < n; round *= 2) {
        typename Simd<n>::Floats next[n];
#pragma GCC unroll 8
        for (int i = 0; i < n / 2; ++i) {
            next[2 * i] = __builtin_shuffle(rows[i], rows[i + n / 2], low);
            next[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + n / 2], high);
        }
#pragma GCC unroll 16
        for (int i = 0; i < n; ++i)
            rows[i] = next[i];
    }
}

// |x|, at most `limit`; a NaN stays one.
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats magnitude(typename Simd<lanes>::Floats x, float limit)
{
    using V = typename Simd<lanes>::Floats;
#if defined(__AVX512F__)
    if constexpr (lanes == 16)
        return (V)_mm512_maskz_min_ps(0xFFFF, (__m512)splat<V>(limit), _mm512_abs_ps((__m512)x));
#endif
    const V positive = x < 0.0F ? -x : x;
    return positive > limit ? splat<V>(limit) : positive;
}

// 1 / x within 1e-7 for 1 <= x < 1e30
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats reciprocal(typename Simd<lanes>::Floats x)
{
#if defined(__AVX512F__)
    using V = typename Simd<lanes>::Floats;
    if constexpr (lanes == 16) {
        const V near = (V)_mm512_maskz_rcp14_ps(0xFFFF, (__m512)x);
        return near * (2.0F - x * near);  // one step of Newton's
    }
#endif
    return 1.0F / x;
}

// 2^x for -126 <= x <= 0 within 1.5e-7, relative: a polynomial on [-1/2, 1/2], fitted for the least largest error.
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats powerOfTwo(typename Simd<lanes>::Floats x)
{
    using V = typename Simd<lanes>::Floats;
    const auto polynomial = [](const V& r) {
        V p = splat<V>(1.327647178e-3F);
        p = p * r + 9.675541333e-3F;
        p = p * r + 5.550713274e-2F;
        p = p * r + 2.402211972e-1F;
        p = p * r + 6.931469671e-1F;
        return p * r + 1.000000072F;
    };
#if defined(__AVX512F__)
    if constexpr (lanes == 16) {
        const V n = (V)_mm512_maskz_roundscale_ps(0xFFFF, (__m512)x, 0);
        return (V)_mm512_maskz_scalef_ps(0xFFFF, (__m512)polynomial(x - n), (__m512)n);
    }
#endif
    using I = typename Simd<lanes>::Ints;
    const float magic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
    const V shifted = x + magic;
    I bits;
    std::memcpy(&bits, &shifted, sizeof(bits));
    const I scale = (bits + 127) << 23;
    V power;
    std::memcpy(&power, &scale, sizeof(power));
    return polynomial(x - (shifted - magic)) * power;
}

constexpr float log2OfE = 1.44269504F;

// One of a softmax's powers: `score` is in units of ln 2, as `peak`, the largest. Below 2^-126 it gives 2^-126, which is
// 1e-38.
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats softmaxPower(typename Simd<lanes>::Floats score, typename Simd<lanes>::Floats peak)
{
    using V = typename Simd<lanes>::Floats;
    const V x = score - peak, least = splat<V>(-126.0F);
#if defined(__AVX512F__)
    if constexpr (lanes == 16)
        return powerOfTwo<lanes>((V)_mm512_maskz_max_ps(0xFFFF, (__m512)least, (__m512)x));  // gives x where one is NaN
#endif
    return powerOfTwo<lanes>(x < least ? least : x);  // this way round a NaN stays one
}

// x / 2 (1 + erf(x / sqrt 2)) with Abramowitz and Stegun 7.1.26, |error of erf| < 2e-7. From |x| = 13 on erf is 1.
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats gelu(typename Simd<lanes>::Floats x)
{
    using V = typename Simd<lanes>::Floats;
    const V m = magnitude<lanes>(x, 13.0F);
    const V t = reciprocal<lanes>(m * 0.231641888F + 1.0F);
    V p = splat<V>(1.061405429F);
    p = p * t - 1.453152027F;
    p = p * t + 1.421413741F;
    p = p * t - 0.284496736F;
    p = p * t + 0.254829592F;
    const V tail = p * t * powerOfTwo<lanes>(m * m * -0.721347520F);
    return 0.5F * x * (x < 0.0F ? tail : 2.0F - tail);
}

// x / (1 + e^-y)
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats gated(typename Simd<lanes>::Floats x, typename Simd<lanes>::Floats y)
{
    using V = typename Simd<lanes>::Floats;
    const V power = powerOfTwo<lanes>(-magnitude<lanes>(y * log2OfE, 126.0F));
    const V share = reciprocal<lanes>(power + 1.0F);
    return x * (y < 0.0F ? power * share : share);
}

template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats quickGelu(typename Simd<lanes>::Floats x)
{
    return gated<lanes>(x, x * 1.702F);
}

// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
template <int lanes>
VITRINE_INLINE typename Simd<lanes>::Floats tanhGelu(typename Simd<lanes>::Floats x)
{
    return gated<lanes>(x, x * (x * x * 0.0713548162726F + 1.59576912161F));
}

}  // namespace
}  // namespace vitrine::kernels
