// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/models/head_sheet_model.h"
#include "ui/session/exploration.h"

class QComboBox;
class QLabel;
class QStackedWidget;

namespace vitrine {

class ColourKey;
class HeadSheetTable;

/// All layers and heads at once, as maps of the shown token or coloured by one number a head; the navigator.
class HeadSheetView : public QWidget {
    Q_OBJECT

public:
    /// Whole, or the maps alone, small, under the picture.
    enum class Form { Page, Navigator };

    explicit HeadSheetView(Exploration& exploration, Form form = Form::Page, QWidget* parent = nullptr);
    ~HeadSheetView() override;

    Figure figure() const;

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);

private:
    void takeTrace();
    void takePlace();
    void takeColours();
    void open(int row, int layer);
    void toggleSubset(int head);
    void switchHead(int head, int layer);
    void toggleMean();
    void point(const QModelIndex& cell);
    std::vector<NamedArray> numbers() const;

    Exploration& m_exploration;
    HeadSheetModel m_model;
    QComboBox* m_colourBy;
    QLabel* m_note;
    QStackedWidget* m_pages;
    HeadSheetTable* m_table;
    ColourKey* m_key;
    QLabel* m_readout;
    QLabel* m_caption;
    QPersistentModelIndex m_pointed;
};

}  // namespace vitrine
