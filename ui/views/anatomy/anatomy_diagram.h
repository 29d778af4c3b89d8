// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <memory>

#include "ui/views/anatomy/anatomy_painter.h"

namespace vitrine {

/// The diagram as a widget: hover, click, arrow keys. As tall as its lines need at its width.
class AnatomyDiagram : public QWidget {
    Q_OBJECT

public:
    explicit AnatomyDiagram(QWidget* parent = nullptr);

    void setModel(std::shared_ptr<const ModelSpec> spec, int layer);
    void choose(StageKind stage);
    StageKind chosen() const { return m_chosen; }
    const AnatomyLayout& anatomyLayout() const { return m_layout; }

Q_SIGNALS:
    void stageChosen();

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void arrange();

    std::shared_ptr<const ModelSpec> m_spec;
    int m_layer = 0;
    StageKind m_chosen = StageKind::Attention;
    std::optional<std::size_t> m_hovered;
    AnatomyLayout m_layout;
};

/// Heat map, colour bar and histogram of one stage; tells which number is under the mouse.
class StageNumbersWidget : public QWidget {
    Q_OBJECT

public:
    explicit StageNumbersWidget(QWidget* parent = nullptr);

    void setNumbers(std::optional<StageNumbers> numbers, const QString& whyNot);
    const std::optional<StageNumbers>& numbers() const { return m_numbers; }
    QSize sizeHint() const override { return {360, 260}; }
    QSize minimumSizeHint() const override { return {200, 60}; }

Q_SIGNALS:
    void hovered(int row, int column);  ///< -1, -1: nothing

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    std::optional<StageNumbers> m_numbers;
    QString m_whyNot;
    QImage m_picture;
};

}  // namespace vitrine
