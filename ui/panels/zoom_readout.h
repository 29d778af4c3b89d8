// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

namespace vitrine {

class CanvasView;

/// How large a picture's pixel is on the screen; a click fits the picture, or shows it pixel by pixel where it fits already.
class ZoomReadout : public QToolButton {
    Q_OBJECT

public:
    explicit ZoomReadout(CanvasView& canvas, QWidget* parent = nullptr);

protected:
    /// It is there where the canvas is.
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refresh();

    CanvasView& m_canvas;
};

}  // namespace vitrine
