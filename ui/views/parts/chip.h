// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

namespace vitrine {

/// A small flat switch, in the accent colour while it is on; may carry the colour of a value.
class Chip : public QPushButton {
    Q_OBJECT

public:
    explicit Chip(const QString& text, QWidget* parent = nullptr);

    /// A square in the colour of a value; transparent: none.
    void setSwatch(QRgb colour);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QRgb m_swatch = 0;
};

}  // namespace vitrine
