// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// The colour bar beside a view: which colour means which number. Shows, does not take input.
class ColourKey : public QWidget {
    Q_OBJECT

public:
    explicit ColourKey(QWidget* parent = nullptr);

    void setScale(ValueRange range, ColourMap map, const QString& title, ColourScale scale = ColourScale::Linear,
                  const std::optional<BarMark>& mark = {});
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ValueRange m_range;
    ColourMap m_map = ColourMap::Magma;
    ColourScale m_scale = ColourScale::Linear;
    QString m_title;
    std::optional<BarMark> m_mark;
};

}  // namespace vitrine
