// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>
#include <QPalette>

#include "ui/views/anatomy/anatomy_layout.h"
#include "ui/views/anatomy/anatomy_numbers.h"

namespace vitrine {

/// What is marked in the diagram.
struct AnatomyMarks {
    std::optional<std::size_t> chosen, hovered;
    bool focused = false;
};

/// Boxes, frames and arrows in the painter's font. Boxes whose numbers no Trace holds are dashed.
void paintAnatomy(QPainter& painter, const AnatomyLayout& layout, const AnatomyMarks& marks, const QPalette& palette);

/// Where the parts of a stage's numbers lie.
struct NumbersLayout {
    QRectF map, bar, histogram;
};
NumbersLayout layoutNumbers(const StageNumbers& numbers, const QRectF& area, const QFontMetricsF& metrics);

/// Heat map (`picture` is numbersPicture()), colour bar and histogram with the mean marked.
void paintNumbers(QPainter& painter, const QRectF& area, const StageNumbers& numbers, const QImage& picture,
                  const QPalette& palette);
QImage numbersPicture(const StageNumbers& numbers);

/// "197 × 768 · mean 0.0127 · deviation 0.98 · min -4.1 · max 5.2"
QString statisticsText(const StageNumbers& numbers);

}  // namespace vitrine
