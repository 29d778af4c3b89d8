// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace vitrine {

struct Statistics {
    double minimum = 0, maximum = 0, mean = 0, deviation = 0;
    std::vector<int> histogram;  ///< equal bins from minimum to maximum
    long notFinite = 0;          ///< NaN and infinities, left out of all the rest
};

Statistics statistics(std::span<const float> values, int bins = 64);

/// The largest value v such that the entries >= v hold at least `mass` (0..1) of the sum (DINO's mass threshold).
float massThreshold(std::span<const float> values, double mass);

/// Shannon entropy in nats of a distribution, 0 ln 0 = 0.
double entropy(std::span<const float> distribution);

/// The value below which `fraction` (0..1) of the finite entries lie, linear between neighbours.
float quantile(std::span<const float> values, double fraction);

}  // namespace vitrine
