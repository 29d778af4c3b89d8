// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/trace/trace.h"

namespace vitrine::test {

/// Not a number counts as a difference.
inline float largestDifference(const NdArray& a, const NdArray& b)
{
    EXPECT_EQ(a.shape(), b.shape());
    float largest = 0;
    for (std::int64_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const float difference = std::abs(a.data()[i] - b.data()[i]);
        if (!(difference <= largest))
            largest = difference;
    }
    return largest;
}

inline float largestDifference(const LayerAttention& a, const LayerAttention& b)
{
    return largestDifference(a.matrices(), b.matrices());
}

inline void expectSameBits(const NdArray& a, const NdArray& b, const std::string& what = {})
{
    ASSERT_EQ(a.shape(), b.shape()) << what;
    EXPECT_TRUE(a.empty() || std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0) << what;
}

inline std::vector<NdArray> matricesOf(const Trace& trace)
{
    std::vector<NdArray> layers;
    for (const LayerAttention& layer : trace.attention)
        layers.push_back(layer.matrices());
    return layers;
}

template <typename Action>
std::string errorOf(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

inline Edits masking(std::vector<int> masked)
{
    Edits edits;
    edits.maskedPatches = std::move(masked);
    return edits;
}

inline Edits headsOff(std::vector<LayerHead> heads, HeadOff headOff = HeadOff::Zero)
{
    Edits edits;
    edits.headsOff = std::move(heads);
    edits.headOff = headOff;
    return edits;
}

}  // namespace vitrine::test
