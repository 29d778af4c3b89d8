// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/side_panel.h"

#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/views/canvas/canvas_view.h"
#include "ui/views/inner/inner_view.h"
#include "ui/views/methods/method_sheet_view.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/predictions/predictions_view.h"

namespace vitrine {

SidePanel::SidePanel(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_predictions(new PredictionsView(exploration))
    , m_lower(new QStackedWidget)
    , m_context(new QTabWidget)
    , m_why(new MethodSheetView(exploration, MethodSheetView::Form::Panel))
    , m_inner(new InnerView(exploration))
    , m_picture(new CanvasView(exploration))
{
    m_context->setDocumentMode(true);
    m_context->addTab(m_why, tr("Why"));
    m_context->addTab(m_inner, tr("Inside the patch"));
    m_context->tabBar()->setDrawBase(false);
    m_context->tabBar()->setFocusPolicy(Qt::TabFocus);
    auto* picture = new QWidget;
    auto* below = new QVBoxLayout(picture);
    below->setContentsMargins(8, 8, 8, 8);
    below->addWidget(makeTitle(tr("The picture"), picture));
    below->addWidget(m_picture, 1);
    below->addStretch();
    m_lower->addWidget(m_context);
    m_lower->addWidget(picture);
    m_lower->setMinimumHeight(120);

    auto* parts = new QSplitter(Qt::Vertical, this);
    auto* upper = new QWidget;
    auto* seen = new QVBoxLayout(upper);
    seen->setContentsMargins(8, 8, 8, 0);
    seen->setSpacing(4);
    seen->addWidget(makeTitle(tr("What it sees"), upper));
    seen->addWidget(m_predictions, 1);
    parts->addWidget(upper);
    parts->addWidget(m_lower);
    parts->setChildrenCollapsible(false);
    parts->setHandleWidth(4);
    parts->setSizes({250, 400});
    parts->setStretchFactor(1, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(parts);
    connect(&exploration, &Exploration::traceChanged, this, &SidePanel::takeTrace);
    takeTrace();
}

void SidePanel::setBesidePicture(bool beside)
{
    m_lower->setCurrentIndex(beside ? 0 : 1);
}

void SidePanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // Under its title, not in the middle of what is left.
    m_picture->setMaximumHeight(std::max(120, width()));
}

void SidePanel::takeTrace()
{
    const auto& trace = m_exploration.trace();
    const bool tnt = trace && trace->model->architecture == Architecture::Tnt;
    m_context->setTabVisible(1, tnt);
    m_context->tabBar()->setVisible(tnt);
}

}  // namespace vitrine
