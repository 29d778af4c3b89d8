// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <memory>
#include <optional>
#include <vector>

#include "core/trace/trace.h"

namespace vitrine {

/// The classes of one result, best first: one row a class, at most limit() of them. Empty without a trace or a head.
class PredictionsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { ClassColumn, ProbabilityColumn, LogitColumn, RankColumn, ColumnCount };
    /// Qt::DisplayRole is a text for ClassColumn and a number (probability 0..1, logit, rank from 1) for the others.
    enum Role { ClassIndexRole = Qt::UserRole };

    /// `limit` rows at most; no limit below 0.
    explicit PredictionsModel(int limit = -1, QObject* parent = nullptr);

    /// `base`: the pass before a change; the same or null where nothing was changed.
    void setTrace(std::shared_ptr<const Trace> trace, const std::shared_ptr<const Trace>& base = {});
    /// A class's probability before the change; nothing where nothing was changed.
    std::optional<float> before(int classIndex) const;
    bool isChanged() const { return !m_before.empty(); }
    void setLimit(int limit);
    int limit() const { return m_limit; }

    /// How many classes the model knows, whatever the limit.
    int classes() const { return static_cast<int>(m_ranking.size()); }
    /// The class of a row; `row` is below rowCount().
    const Prediction& prediction(int row) const { return m_ranking[static_cast<std::size_t>(row)]; }
    /// Place of a class among all (0: best), also beyond the limit.
    std::optional<int> rankOf(int classIndex) const;
    /// "Egyptian cat", or "class 285" without labels.
    QString className(int classIndex) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::shared_ptr<const Trace> m_trace;
    std::vector<Prediction> m_ranking;
    std::vector<float> m_before;
    int m_limit = -1;
};

/// "81.7 %", "0.04 %", "< 0.01 %": enough digits to tell classes apart, never more.
QString formatPercent(double fraction);

}  // namespace vitrine
