// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>
#include <QPalette>

#include <memory>
#include <optional>
#include <vector>

#include "core/explain/attention.h"
#include "core/trace/trace.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// One patch of a TNT from inside: its pixels, its inner tokens and their attention. Knows no widget.
class InnerPatch {
public:
    InnerPatch() = default;
    InnerPatch(std::shared_ptr<const Trace> trace, int layer, int patch, const HeadChoice& heads, Direction direction);

    bool empty() const { return m_matrix.empty(); }
    int patch() const { return m_patch; }
    int side() const { return m_trace->model->inner.side; }
    int tokens() const { return side() * side(); }
    /// [t, t], rows are queries.
    const NdArray& matrix() const { return m_matrix; }
    /// What `token` looks at (or who looks at it); without one: what each inner token receives on average.
    std::vector<float> weights(std::optional<int> token) const;
    /// From 0 to the largest weight of the whole matrix, and farther where it is even: the scale of everything that is drawn of this patch.
    ValueRange range() const;
    /// No weight is a tenth off the even one: this attention tells no inner token from another.
    bool isUniform() const;
    /// weights() as a map over the patch.
    Heatmap map(std::optional<int> token) const;
    /// The patch as the model sees it.
    const QImage& pixels() const { return m_pixels; }

    /// The enlarged pixels with the weights over them, as numbers too where they fit; `token` outlined.
    void paint(QPainter& painter, const QRectF& target, std::optional<int> token, const DisplaySettings& display) const;
    /// The whole t x t matrix, small; the row or column of `token` outlined.
    void paintMatrix(QPainter& painter, const QRectF& target, std::optional<int> token, ColourMap colours) const;

private:
    std::shared_ptr<const Trace> m_trace;
    int m_patch = 0;
    Direction m_direction = Direction::LooksAt;
    NdArray m_matrix;
    QImage m_pixels;
};

}  // namespace vitrine
