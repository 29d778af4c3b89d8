// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/navigator.h"

#include <QHBoxLayout>

#include "ui/views/heads/entropy_bars.h"
#include "ui/views/heads/head_sheet_view.h"

namespace vitrine {

Navigator::Navigator(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_bars(new EntropyBars(exploration))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(new HeadSheetView(exploration, HeadSheetView::Form::Navigator), 3);
    row->addWidget(m_bars, 2);
}

void Navigator::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    constexpr int wide = 720;
    m_bars->setVisible(width() >= wide);
}

}  // namespace vitrine
