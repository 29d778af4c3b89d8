// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include "core/explain/inner.h"
#include "ui/figure/figure.h"
#include "ui/session/exploration.h"
#include "ui/views/inner/inner_patch.h"

class QComboBox;
class QLabel;
class QStackedWidget;
class QTabBar;

namespace vitrine {

class ColourKey;
class InnerAssembledWidget;
class InnerPatchWidget;

/// TNT's inner transformer: the pixel tokens of one patch and their attention, or all patches assembled.
/// For a ViT it says why it is empty.
class InnerView : public QWidget {
    Q_OBJECT

public:
    enum class Mode { Patch, AllPatches };

    explicit InnerView(Exploration& exploration, QWidget* parent = nullptr);

    Mode mode() const;
    void setMode(Mode mode);
    /// The patch that is enlarged: the shown one, else the last one that was.
    int patch() const { return m_patch; }
    const HeadChoice& innerHeads() const { return m_heads; }

    Figure figure() const;

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    bool isTnt() const;
    void takeTrace();
    /// What a session says, as soon as there is a TNT.
    void takeRestored();
    void takePlace();
    void refresh();
    void showPatch();
    void showAssembled();
    void point(std::optional<int> cell);
    void movePatch(int rows, int columns);
    void moveInner(int rows, int columns);
    void lookAt(int patch);
    QStringList facts(const InnerPatch& patch) const;
    /// The even weight, where weights are shown.
    std::optional<BarMark> mark() const;
    Heatmap assembledMap() const;
    QString measureName() const;
    QString measureUnit() const;
    bool showsBridge() const;

    Exploration& m_exploration;
    int m_patch = -1;                ///< none before the first trace of a TNT
    const Trace* m_taken = nullptr;  ///< what takeTrace() saw last
    HeadChoice m_heads;
    QJsonValue m_restored;
    Bridge m_bridge;  ///< of m_bridgeLayer
    int m_bridgeLayer = -1;
    QImage m_picture;
    QTabBar* m_tabs;
    QComboBox* m_headChoice;
    QComboBox* m_measure;
    QLabel* m_note;
    QStackedWidget* m_pages;
    QLabel* m_empty;
    InnerPatchWidget* m_patchWidget;
    InnerAssembledWidget* m_assembled;
    ColourKey* m_key;
    QLabel* m_readout;
    QLabel* m_caption;
};

}  // namespace vitrine
