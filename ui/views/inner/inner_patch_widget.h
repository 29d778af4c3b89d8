// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/session/exploration.h"
#include "ui/views/inner/inner_patch.h"
#include "ui/views/parts/accessible_parts.h"

namespace vitrine {

/// One patch enlarged, with its inner matrix and its numbers.
class InnerPatchWidget : public QWidget, public HasParts {
    Q_OBJECT

public:
    explicit InnerPatchWidget(Exploration& exploration, QWidget* parent = nullptr);

    /// `facts`: short lines beside the patch.
    void setPatch(InnerPatch patch, const QStringList& facts);
    const InnerPatch& patch() const { return m_patch; }
    struct Parts {
        QRectF patch, matrix, facts;  ///< empty: no room for it
    };
    /// The patch as large as it can be: its matrix and facts beside it, or below in a tall view.
    Parts parts() const;
    // The inner tokens, for screen readers.
    int partCount() const override;
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    bool isPartChosen(int part) const override;
    void pressPart(int part) override;
    QSize sizeHint() const override { return {320, 220}; }
    QSize minimumSizeHint() const override { return {180, 130}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    Exploration& m_exploration;
    InnerPatch m_patch;
    QStringList m_facts;
};

}  // namespace vitrine
