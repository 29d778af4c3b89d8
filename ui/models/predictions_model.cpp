// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/predictions_model.h"

#include <algorithm>
#include <cmath>

namespace vitrine {

PredictionsModel::PredictionsModel(int limit, QObject* parent)
    : QAbstractTableModel(parent)
    , m_limit(limit)
{
}

void PredictionsModel::setTrace(std::shared_ptr<const Trace> trace, const std::shared_ptr<const Trace>& base)
{
    if (trace == m_trace)
        return;
    beginResetModel();
    m_trace = std::move(trace);
    const bool ranks = m_trace && m_trace->model->whyNoClasses().empty();
    m_ranking = ranks ? topK(m_trace->logits, static_cast<int>(m_trace->logits.size())) : std::vector<Prediction>();
    m_before = ranks && base && base != m_trace ? probabilities(base->logits) : std::vector<float>();
    endResetModel();
}

std::optional<float> PredictionsModel::before(int classIndex) const
{
    return m_before.empty() ? std::nullopt : std::optional(m_before[static_cast<std::size_t>(classIndex)]);
}

void PredictionsModel::setLimit(int limit)
{
    if (limit == m_limit)
        return;
    beginResetModel();
    m_limit = limit;
    endResetModel();
}

std::optional<int> PredictionsModel::rankOf(int classIndex) const
{
    const auto found = std::ranges::find(m_ranking, classIndex, &Prediction::index);
    return found == m_ranking.end() ? std::nullopt : std::optional(static_cast<int>(found - m_ranking.begin()));
}

QString PredictionsModel::className(int classIndex) const
{
    return m_trace ? QString::fromStdString(m_trace->model->label(classIndex)) : QString();
}

int PredictionsModel::rowCount(const QModelIndex& parent) const
{
    if (parent.isValid())
        return 0;
    return m_limit < 0 ? classes() : std::min(m_limit, classes());
}

int PredictionsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant PredictionsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Prediction& shown = prediction(index.row());
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case ClassColumn:
            return className(shown.index);
        case ProbabilityColumn:
            return static_cast<double>(shown.probability);
        case LogitColumn:
            return static_cast<double>(shown.logit);
        case RankColumn:
            return index.row() + 1;
        default:
            return {};
        }
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return tr("%1: class %2, rank %3 of %4, probability %5, logit %6")
            .arg(className(shown.index))
            .arg(shown.index)
            .arg(index.row() + 1)
            .arg(classes())
            .arg(formatPercent(shown.probability))
            .arg(static_cast<double>(shown.logit), 0, 'f', 2);
    case Qt::TextAlignmentRole:
        return index.column() == ClassColumn ? QVariant() : QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    case ClassIndexRole:
        return shown.index;
    default:
        return {};
    }
}

QVariant PredictionsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case ClassColumn:
        return tr("class");
    case ProbabilityColumn:
        return tr("probability");
    case LogitColumn:
        return tr("logit");
    case RankColumn:
        return tr("rank");
    default:
        return {};
    }
}

QString formatPercent(double fraction)
{
    const double percent = fraction * 100;
    if (std::isnan(percent))
        return QStringLiteral("NaN");
    if (percent > 0 && percent < 0.01)
        return QStringLiteral("< 0.01 %");
    return QString::number(percent, 'f', percent >= 1 || percent == 0 ? 1 : 2) + QStringLiteral(" %");
}

}  // namespace vitrine
