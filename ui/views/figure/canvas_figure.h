// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>

#include "ui/figure/figure.h"
#include "ui/figure/figure_style.h"
#include "ui/session/exploration.h"
#include "ui/views/canvas/canvas_painter.h"

namespace vitrine {

/// One look at a picture, as values: what is looked at may change or go.
struct CanvasPart {
    CanvasScene scene;
    std::optional<Heatmap> map;  ///< nothing: the picture alone
    DisplaySettings display;
    CanvasMarks marks;
    QString unit;  ///< above the colour bar
    std::optional<BarMark> even;
    QMap<QString, QString> words;  ///< what a template says for "{layer}"
    std::vector<std::pair<QString, QString>> metadata;
    std::vector<Assumption> assumed;
};

/// The picture that a pass was of, and where the pass looked.
CanvasScene canvasScene(QImage original, const Trace& trace, CanvasArea area);

/// What `exploration` shows over the picture of `scene`.
CanvasPart canvasPart(const Exploration& exploration, CanvasScene scene, const QString& picture);

/// The parts side by side. It is laid out for its width on paper, so that the text has the size that was asked for there; at
/// 0 mm each is 600 logical pixels long. Nothing to paint where a part has no picture, or where there is none.
Figure canvasFigure(std::vector<CanvasPart> parts, const FigureStyle& style);

/// A template with the words of its figure in place of "{layer}"; other braces stay.
QString filledTemplate(QString text, const QMap<QString, QString>& words);
/// What a template can say, in the order in which a person is told.
QStringList templateWords();

}  // namespace vitrine
