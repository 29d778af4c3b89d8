// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QPainter>
#include <QPalette>
#include <QString>

#include <optional>
#include <utility>
#include <vector>

#include "ui/figure/figure.h"
#include "ui/session/exploration.h"

class QComboBox;
class QLabel;
class QTabBar;
class QWidget;

namespace vitrine {

/// Small, quiet text under a view: what it shows, with its formula.
QLabel* makeCaption(const QString& text, QWidget* parent);

/// The name of a part of the window, in small capitals.
QLabel* makeTitle(const QString& text, QWidget* parent);

/// One line for the numbers under the mouse; keeps its height while it is empty. Where it does not fit it ends in an
/// ellipsis and its tooltip has it all.
QLabel* makeReadout(QWidget* parent);

/// Takes `part` away while `view` is lower than `height`, so that small windows keep what matters.
void hideWhenLow(QWidget* view, QWidget* part, int height);

/// A combo box with a name for screen readers and a tooltip.
QComboBox* makeChoice(const QString& name, const QString& toolTip, QWidget* parent);
/// What is chosen, as a session keeps it: its text. One that is not offered changes nothing.
void choose(QComboBox& choice, const QJsonValue& text);
void choose(QTabBar& tabs, const QJsonValue& text);

/// Letters of a search: it becomes a regular expression, and those cannot be of any length.
inline constexpr int longestSearch = 200;

/// An empty state: what to do, in the middle of `rect`.
void paintMessage(QPainter& painter, const QRectF& rect, const QString& text, const QPalette& palette);

/// The largest rectangle of this width : height in the middle of `rect`.
QRectF fitted(const QRectF& rect, double width, double height);

/// Black or white, whichever reads better on `fill`.
QColor inkOn(QRgb fill);

/// The cell of a rows x columns grid to which an arrow key goes from `cell`, within its edges; nothing for other keys. The
/// caller looks at modifiers.
std::optional<int> steppedCell(const QKeyEvent& event, int rows, int columns, int cell);

/// The outline of what is looked at: the accent colour between two dark lines, seen on any picture.
void paintOutline(QPainter& painter, const QRectF& rect, const QColor& colour, double width = 2);

/// Slanting lines over `rect`, in every format.
void paintHatch(QPainter& painter, const QRectF& rect, const QColor& colour);

/// What every figure says about itself: model, layer, heads, query, direction, device.
std::vector<std::pair<QString, QString>> metadataOf(const Exploration& exploration);
/// The same for a figure that is painted, and what was assumed about the model at its foot.
void describeFigure(Figure& figure, const Exploration& exploration);

/// "attention", or the chosen method's name.
QString mapName(const Exploration& exploration);

/// The weight that every token has when attention is even; nothing where that is no weight of one head or their mean.
std::optional<BarMark> uniformMark(const Exploration& exploration);
BarMark uniformMark(int tokens);

/// "3.1 × uniform": a weight against 1 / count.
QString timesUniform(double weight, double count);

}  // namespace vitrine
