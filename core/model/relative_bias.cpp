// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/relative_bias.h"

#include <algorithm>
#include <cmath>

namespace vitrine {

namespace {

constexpr std::int64_t RowsOfCls = 3;

/// A value between two others.
struct Between {
    std::int64_t left = 0, right = 0;
    double share = 0;  ///< of the right one
};

std::vector<Between> evenly(int from, int to)
{
    std::vector<Between> places;
    for (int i = 0; i < to; ++i) {
        const double at = std::max(0.0, (i + 0.5) * from / to - 0.5);
        const auto left = std::min(static_cast<std::int64_t>(at), std::int64_t{from} - 1);
        places.push_back({left, std::min(left + 1, std::int64_t{from} - 1), at - static_cast<double>(left)});
    }
    return places;
}

/// The places on one side of the middle: 1, 1 + q, 1 + q + q^2 ... with the q by which they reach as far as the new ones.
std::vector<double> distances(int from, int to)
{
    double left = 1.01, right = 1.5, q = 0;
    while (right - left > 1e-6) {
        q = (left + right) / 2;
        (((1 - std::pow(q, from / 2)) / (1 - q)) > to / 2 ? right : left) = q;
    }
    std::vector<double> found;
    double at = 1;
    for (int i = 0; i < from / 2; ++i) {
        found.push_back(at);
        at += std::pow(q, i + 1);
    }
    return found;
}

std::vector<Between> geometrically(int from, int to)
{
    const std::vector<double> side = distances(from, to);
    std::vector<double> known;
    for (auto distance = side.rbegin(); distance != side.rend(); ++distance)
        known.push_back(-*distance);
    known.push_back(0);
    known.insert(known.end(), side.begin(), side.end());
    std::vector<Between> places;
    for (int i = 0; i < to; ++i) {
        const double at = std::clamp(static_cast<double>(i - to / 2), known.front(), known.back());
        const auto right = std::max<std::int64_t>(1, std::ranges::lower_bound(known, at) - known.begin());
        const double before = known[static_cast<std::size_t>(right - 1)], behind = known[static_cast<std::size_t>(right)];
        places.push_back({right - 1, right, (at - before) / (behind - before)});
    }
    return places;
}

std::vector<Between> placesOf(int from, int to, BiasSpacing spacing)
{
    if (from == to || from < 3) {  // what is there once is there everywhere
        std::vector<Between> same;
        for (std::int64_t i = 0; i < to; ++i)
            same.push_back({std::min<std::int64_t>(i, from - 1), std::min<std::int64_t>(i, from - 1), 0});
        return same;
    }
    return spacing == BiasSpacing::Even ? evenly(from, to) : geometrically(from, to);
}

}  // namespace

TensorRecipe resampledBias(const TensorRecipe& table, const Grid& from, const Grid& to, BiasSpacing spacing)
{
    const std::int64_t heads = table.shape[1], columns = 2 * from.width - 1;
    const std::vector<Between> down = placesOf(2 * from.height - 1, 2 * to.height - 1, spacing),
                               across = placesOf(2 * from.width - 1, 2 * to.width - 1, spacing);
    const auto places = static_cast<std::int64_t>(down.size() * across.size());
    const Shape shape{places + RowsOfCls, heads};
    return changedRecipe(table, shape, [=](const NdArray& old) {
        std::vector<float> values;
        values.reserve(static_cast<std::size_t>(elementCount(shape)));
        const auto mixed = [heads, old](std::int64_t row, const Between& x, std::int64_t columnsOfRow, std::int64_t head) {
            const float* data = old.data() + row * columnsOfRow * heads + head;
            return (1 - x.share) * data[x.left * heads] + x.share * data[x.right * heads];
        };
        for (const Between& y : down) {
            for (const Between& x : across) {
                for (std::int64_t head = 0; head < heads; ++head)
                    values.push_back(static_cast<float>((1 - y.share) * mixed(y.left, x, columns, head)
                                                        + y.share * mixed(y.right, x, columns, head)));
            }
        }
        values.insert(values.end(), old.values().end() - RowsOfCls * heads, old.values().end());
        return NdArray(shape, std::move(values));
    });
}

}  // namespace vitrine
