// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/zoom_readout.h"

#include <QEvent>

#include "ui/views/canvas/canvas_view.h"

namespace vitrine {

ZoomReadout::ZoomReadout(CanvasView& canvas, QWidget* parent)
    : QToolButton(parent)
    , m_canvas(canvas)
{
    setAutoRaise(true);
    setFocusPolicy(Qt::NoFocus);
    setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("1000 %")) + 12);  // its neighbours stay
    setToolTip(tr("How large the picture's pixels are on the screen. A click fits the picture ({Fit}), another one shows each "
                  "pixel as one ({100 %})"));
    connect(this, &QToolButton::clicked, this,
            [this] { m_canvas.zoomPan().isFitted() ? m_canvas.actualSize() : m_canvas.fit(); });
    connect(&canvas, &CanvasView::layoutChanged, this, &ZoomReadout::refresh);
    canvas.installEventFilter(this);
    refresh();
}

bool ZoomReadout::eventFilter(QObject*, QEvent* event)
{
    if (event->type() == QEvent::Show || event->type() == QEvent::Hide)
        refresh();
    return false;
}

void ZoomReadout::refresh()
{
    const double percent = 100 * m_canvas.zoomPan().zoom() * m_canvas.devicePixelRatioF();
    setText(tr("%1 %").arg(percent, 0, 'f', percent < 10 ? 1 : 0));
    setAccessibleName(tr("Zoom %1").arg(text()));
    setVisible(m_canvas.isVisible() && !m_canvas.zoomPan().scene().isEmpty());
}

}  // namespace vitrine
