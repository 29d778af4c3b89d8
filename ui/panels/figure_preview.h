// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/figure/print_size.h"

namespace vitrine {

/// A figure as it will be printed: at its size on paper where that has room, else as large as there is room.
class FigurePreview : public QWidget {
    Q_OBJECT

public:
    explicit FigurePreview(QWidget* parent = nullptr);

    /// `why`: what is said where there is nothing to paint.
    void show(Figure figure, const PrintSize& size, const QString& why);
    QSize sizeHint() const override { return {420, 420}; }
    QSize minimumSizeHint() const override { return {160, 160}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    Figure m_figure;
    PrintSize m_size;
    QString m_why;
    QImage m_image;  ///< null until it is painted
};

}  // namespace vitrine
