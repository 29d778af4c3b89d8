// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>
#include <vector>

#include "ui/views/parts/accessible_parts.h"

namespace vitrine {

/// One number for each layer as upright bars below a dashed line at the most that it can be; a click chooses the layer.
class LayerBars : public QWidget, public HasParts {
    Q_OBJECT

public:
    explicit LayerBars(QWidget* parent = nullptr);

    /// `title` is painted above. A layer without a number has no bar; `flat` ones are drawn grey: they say nothing.
    void setBars(const QString& title, std::vector<std::optional<double>> values, double most, std::vector<bool> flat = {});
    void setCurrent(int layer);
    int layerAt(const QPointF& position) const;
    QRectF columnRect(int layer) const;
    // The bars, for screen readers.
    int partCount() const override;
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    bool isPartChosen(int part) const override;
    void pressPart(int part) override;
    QSize sizeHint() const override { return {300, 100}; }
    QSize minimumSizeHint() const override { return {120, 60}; }

Q_SIGNALS:
    void chosen(int layer);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QRectF plot() const;

    QString m_title;
    std::vector<std::optional<double>> m_values;
    std::vector<bool> m_flat;
    double m_most = 1;
    int m_current = -1, m_hovered = -1;
};

}  // namespace vitrine
