// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QPixmap>

#include <vector>

#include "ui/session/exploration.h"

namespace vitrine {

/// Every method that suits the model, with its map of the present picture and class as far as it is computed. One row a
/// method; the first one is the attention of the shown token.
class MethodSheetModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { NameRole = Qt::UserRole };  ///< the method's name alone

    /// `side` of a map, logical pixels; `quick`: without the methods that run the network again and again.
    explicit MethodSheetModel(const Exploration& exploration, int side = 104, bool quick = false, QObject* parent = nullptr);

    /// Null in the first row.
    const Method* method(int row) const { return m_methods[static_cast<std::size_t>(row)]; }
    int rowOf(const Method* method) const;
    /// The first map, in the order of rows, that has no answer yet.
    std::optional<MapRequest> missingMap() const;
    int computedMaps() const;
    /// The first map of which nobody knows yet whether to believe it; nothing without a class.
    std::optional<MapRequest> missingJudgement() const;
    int judgedMaps() const;
    /// The methods that no better than a control tell what the class depends on: by deletion and by insertion.
    QStringList beaten() const;
    /// What a row shows; nothing while there is none.
    std::optional<Heatmap> map(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    /// DecorationRole: the map over the picture; DisplayRole: the method's name, and
    /// below it the areas under its deletion and insertion curves once they were measured.
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    int side() const { return m_side; }
    void setDevicePixelRatio(double ratio);

private:
    void takeTrace();
    void refresh();
    const MapAnswer* answer(int row) const;
    const Judgement* judgement(int row) const;
    QPixmap paintedMap(int row) const;

    const Exploration& m_exploration;
    std::shared_ptr<const Trace> m_trace;  ///< whose rows these are
    std::vector<const Method*> m_methods;
    mutable std::vector<QPixmap> m_painted;
    int m_side;
    bool m_quick;
    double m_ratio = 1;
};

}  // namespace vitrine
