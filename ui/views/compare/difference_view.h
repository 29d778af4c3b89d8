// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/session/exploration_link.h"

namespace vitrine {

/// What the first pane's map has more (warm) or less (cold) than the second's, over the first one's picture.
class DifferenceView : public QWidget {
    Q_OBJECT

public:
    DifferenceView(Exploration& first, const Exploration& second, QWidget* parent = nullptr);

    Figure figure() const;
    const std::optional<Heatmap>& map() const { return m_map; }
    QSize sizeHint() const override { return {420, 420}; }
    QSize minimumSizeHint() const override { return {160, 160}; }

Q_SIGNALS:
    /// The number under the mouse in words; empty when there is none.
    void readoutChanged(const QString& text);

protected:
    void showEvent(QShowEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void refresh();
    QString whyEmpty() const;

    Exploration& m_first;
    const Exploration& m_second;
    std::optional<Heatmap> m_map;
    std::shared_ptr<const Trace> m_pictureOf;
    QImage m_picture;
};

}  // namespace vitrine
