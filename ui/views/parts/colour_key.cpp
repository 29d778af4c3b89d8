// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/colour_key.h"

#include "ui/views/parts/view_style.h"

namespace vitrine {

ColourKey::ColourKey(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
}

void ColourKey::setScale(ValueRange range, ColourMap map, const QString& title, ColourScale scale,
                         const std::optional<BarMark>& mark)
{
    if (range == m_range && map == m_map && title == m_title && scale == m_scale && mark == m_mark)
        return;
    m_mark = mark;
    m_range = range;
    m_map = map;
    m_title = title;
    m_scale = scale;
    setAccessibleName(tr("Colours: %1, %2 to %3").arg(title, formatValue(range.low), formatValue(range.high)));
    updateGeometry();
    update();
}

QSize ColourKey::sizeHint() const
{
    const QFontMetrics metrics(font());
    const int numbers = 26 + metrics.horizontalAdvance(QStringLiteral("8.88e-88"));
    return {std::max(numbers, metrics.horizontalAdvance(m_title) + 10), 140};
}

QSize ColourKey::minimumSizeHint() const
{
    return {sizeHint().width(), 60};
}

void ColourKey::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const double title = m_title.isEmpty() ? 4 : fontMetrics().height() + 8;
    const QRectF bar(6, title, 12, std::min<double>(height() - title - 6, 320));
    paintColourBar(painter, bar, m_range, m_map, quietText(palette()), m_title, m_scale, m_mark);
}

}  // namespace vitrine
