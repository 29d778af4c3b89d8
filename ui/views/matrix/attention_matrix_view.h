// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/session/exploration.h"

class QBoxLayout;
class QComboBox;
class QLabel;

namespace vitrine {

class ColourKey;
class MatrixCanvas;

/// The attention matrix, tokens x tokens, of the present layer and heads, linked with every other view.
class AttentionMatrixView : public QWidget {
    Q_OBJECT

public:
    explicit AttentionMatrixView(Exploration& exploration, QWidget* parent = nullptr);

    Figure figure() const;

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// What the picture was made of; equal: nothing to do.
    struct Made {
        LayerAttention attention;
        int layer = -1;
        HeadChoice heads;
        ColourMap colours = ColourMap::Magma;
        int scale = 0;
        bool operator==(const Made& other) const
        {
            return attention.identity() == other.attention.identity() && layer == other.layer && heads == other.heads
                   && colours == other.colours && scale == other.scale;
        }
    };

    void refresh();
    void showMatrix(const NdArray& fused);
    void takeTrace();
    void takePlace();
    void takeHover();

    Exploration& m_exploration;
    QBoxLayout* m_layout;
    MatrixCanvas* m_canvas;
    QComboBox* m_scale;
    ColourKey* m_key;
    QLabel* m_note;
    QLabel* m_readout;
    std::optional<Made> m_made;
};

}  // namespace vitrine
