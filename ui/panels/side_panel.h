// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/session/exploration.h"

class QStackedWidget;
class QTabWidget;

namespace vitrine {

class CanvasView;
class InnerView;
class MethodSheetView;
class PredictionsView;

/// What the model says, and below it what goes with the page: beside the picture why it says so and, for a TNT, what is
/// inside the patch; beside any other page the picture.
class SidePanel : public QWidget {
    Q_OBJECT

public:
    explicit SidePanel(Exploration& exploration, QWidget* parent = nullptr);

    PredictionsView& predictions() { return *m_predictions; }
    MethodSheetView& why() { return *m_why; }
    CanvasView& picture() { return *m_picture; }
    void setBesidePicture(bool beside);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void takeTrace();

    Exploration& m_exploration;
    PredictionsView* m_predictions;
    QStackedWidget* m_lower;
    QTabWidget* m_context;
    MethodSheetView* m_why;
    InnerView* m_inner;
    CanvasView* m_picture;
};

}  // namespace vitrine
