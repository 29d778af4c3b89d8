// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/ndarray.h"

namespace vitrine {

struct PrincipalComponents {
    NdArray directions;             ///< [k, d], of length 1; the entry of largest magnitude is positive (scikit-learn)
    NdArray scores;                 ///< [n, k]: the centred rows along each direction
    std::vector<double> variances;  ///< k, of the scores (over n - 1), largest first
    double totalVariance = 0;       ///< of all d dimensions
};

/// The first `count` principal components of `rows` [n, d] (DINOv2 shows three of the patch tokens as red, green, blue).
/// Fewer where the rows span fewer dimensions. Throws Error when a value is not finite.
PrincipalComponents principalComponents(const NdArray& rows, int count);

/// [n, k] scores -> [n, k] in 0 .. 1: the logistic function of twice the score in standard deviations (DINOv3's notebook).
NdArray componentColours(const PrincipalComponents& components);

/// The same of the first three as red, green and blue, [n, 3]; 0.5 where the rows span fewer dimensions.
NdArray componentShades(const PrincipalComponents& components);

/// Matrices [n, d] below each other.
NdArray stackedRows(const std::vector<NdArray>& matrices);
/// The rows of [n, d] that are chosen.
NdArray rowsWhere(const NdArray& rows, const std::vector<bool>& chosen);
/// The rows whose first component, scaled to 0 .. 1 over all, is above `threshold`, or below -threshold where that is
/// negative: which end is the foreground, the sign of a component does not tell (DINOv2). Throws Error where there is none.
std::vector<bool> foregroundOf(const NdArray& rows, double threshold);

}  // namespace vitrine
