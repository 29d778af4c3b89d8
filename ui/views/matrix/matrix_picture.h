// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>
#include <QPalette>

#include <optional>

#include "core/base/ndarray.h"
#include "core/model/model_spec.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// How an attention matrix becomes colours.
enum class MatrixScale {
    Logarithmic,  ///< from the 1st percentile to the largest weight: shows what is small
    Percentile,   ///< 0 to the 99th percentile
    Full,         ///< 0 to the largest weight
};

/// An attention matrix [T, T] (rows are queries) as colours, made once and drawn at any zoom. Knows no widget.
class MatrixPicture {
public:
    MatrixPicture() = default;
    MatrixPicture(NdArray matrix, std::shared_ptr<const ModelSpec> model, MatrixScale scale, ColourMap colours);

    bool empty() const { return m_matrix.empty(); }
    int tokens() const { return m_matrix.empty() ? 0 : static_cast<int>(m_matrix.dim(0)); }
    float at(int query, int key) const { return m_matrix.at({query, key}); }
    const NdArray& matrix() const { return m_matrix; }
    const QImage& image() const { return m_image; }
    ValueRange range() const { return m_range; }
    ColourScale colourScale() const { return m_scale; }

    /// Draws the matrix over `target`, as far as it lies in `clip`: cells, lines after the prefix tokens, lines between
    /// rows of patches and numbers in the cells once they are large enough.
    void paint(QPainter& painter, const QRectF& target, const QRectF& clip) const;
    /// Names of the prefix tokens and the patch rows along the left and the top edge of `target`, outside `clip`.
    void paintAxes(QPainter& painter, const QRectF& target, const QRectF& clip, const QColor& text) const;

private:
    void chooseRange(MatrixScale scale);
    void paintNumbers(QPainter& painter, const QRectF& target, const QRectF& clip) const;

    NdArray m_matrix;
    std::shared_ptr<const ModelSpec> m_model;
    QImage m_image;
    ValueRange m_range;
    ColourScale m_scale = ColourScale::Linear;
};

}  // namespace vitrine
