// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

#include "ui/session/exploration.h"

namespace vitrine {

/// All patches' inner tokens (or one number a patch) over the picture.
class InnerAssembledWidget : public QWidget {
    Q_OBJECT

public:
    explicit InnerAssembledWidget(Exploration& exploration, QWidget* parent = nullptr);

    /// `map` over `picture`, with `cellsPerPatch` cells along one side of a patch.
    void setMap(Heatmap map, QImage picture, int cellsPerPatch);
    const Heatmap& map() const { return m_map; }
    QRectF mapRect() const;
    QSize sizeHint() const override { return {320, 260}; }
    QSize minimumSizeHint() const override { return {140, 140}; }

Q_SIGNALS:
    void pointed(std::optional<int> cell);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    int patchOf(int cell) const;

    Exploration& m_exploration;
    Heatmap m_map;
    QImage m_picture;
    int m_cellsPerPatch = 1;
};

/// What the widget draws: the picture, the map over it, lines between patches.
void paintAssembled(QPainter& painter, const QRectF& target, const QImage& picture, const Heatmap& map, int cellsPerPatch,
                    const DisplaySettings& display);

}  // namespace vitrine
