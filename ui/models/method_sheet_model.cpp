// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/method_sheet_model.h"

#include <QPainter>

#include <algorithm>

#include "ui/picture/decode.h"

namespace vitrine {

MethodSheetModel::MethodSheetModel(const Exploration& exploration, int side, bool quick, QObject* parent)
    : QAbstractListModel(parent)
    , m_exploration(exploration)
    , m_side(side)
    , m_quick(quick)
{
    connect(&exploration, &Exploration::traceChanged, this, &MethodSheetModel::takeTrace);
    for (const auto signal :
         {&Exploration::placeChanged, &Exploration::displayChanged, &Exploration::mapProvided, &Exploration::judgementProvided})
        connect(&exploration, signal, this, &MethodSheetModel::refresh);
    // The maps of methods are of the picture: the mouse changes only what the token under it looks at.
    connect(&exploration, &Exploration::hoverChanged, this, [this] {
        if (m_methods.empty())
            return;
        m_painted.front() = {};
        Q_EMIT dataChanged(index(0), index(0), {Qt::DecorationRole});
    });
    connect(&exploration, &Exploration::attentionProvided, this, &MethodSheetModel::refresh);
    takeTrace();
}

void MethodSheetModel::takeTrace()
{
    beginResetModel();
    m_trace = m_exploration.trace();
    m_methods.clear();
    if (m_trace) {
        m_methods.push_back(nullptr);
        for (const Method& method : methods())
            if (whyNot(method, *m_trace->model).empty() && !(m_quick && (method.needs.engine || method.id == "random")))
                m_methods.push_back(&method);
    }
    m_painted.assign(m_methods.size(), {});
    endResetModel();
}

void MethodSheetModel::refresh()
{
    std::ranges::fill(m_painted, QPixmap());
    if (!m_methods.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DisplayRole, Qt::DecorationRole, Qt::ToolTipRole});
}

void MethodSheetModel::setDevicePixelRatio(double ratio)
{
    if (ratio == m_ratio)
        return;
    m_ratio = ratio;
    refresh();
}

int MethodSheetModel::rowOf(const Method* method) const
{
    return static_cast<int>(std::ranges::find(m_methods, method) - m_methods.begin());
}

const MapAnswer* MethodSheetModel::answer(int row) const
{
    const Method* of = method(row);
    const std::optional<MapRequest> request = of ? m_exploration.request(*of) : std::nullopt;
    return request ? m_exploration.answer(*request) : nullptr;
}

std::optional<MapRequest> MethodSheetModel::missingMap() const
{
    for (int row = 1; row < rowCount(); ++row)
        if (const std::optional<MapRequest> request = m_exploration.request(*method(row)); request && !answer(row))
            return request;
    return std::nullopt;
}

int MethodSheetModel::computedMaps() const
{
    int count = 0;
    for (int row = 1; row < rowCount(); ++row)
        count += answer(row) != nullptr;
    return count;
}

const Judgement* MethodSheetModel::judgement(int row) const
{
    const Method* of = method(row);
    const std::optional<MapRequest> request = of ? m_exploration.request(*of) : std::nullopt;
    return request ? m_exploration.judgement(*request) : nullptr;
}

std::optional<MapRequest> MethodSheetModel::missingJudgement() const
{
    if (!m_exploration.shownClass())
        return std::nullopt;
    for (int row = 1; row < rowCount(); ++row)
        if (const MapAnswer* found = answer(row); found && !found->values.empty() && !judgement(row))
            return m_exploration.request(*method(row));
    return std::nullopt;
}

int MethodSheetModel::judgedMaps() const
{
    int count = 0;
    for (int row = 1; row < rowCount(); ++row)
        count += judgement(row) != nullptr;
    return count;
}

QStringList MethodSheetModel::beaten() const
{
    double deletion = 1, insertion = 0;
    for (int row = 1; row < rowCount(); ++row)
        if (const Judgement* control = method(row)->isControl ? judgement(row) : nullptr) {
            deletion = std::min(deletion, control->measured.deletionArea);
            insertion = std::max(insertion, control->measured.insertionArea);
        }
    QStringList names;
    for (int row = 1; row < rowCount(); ++row)
        if (const Judgement* found = method(row)->isControl ? nullptr : judgement(row);
            found && found->measured.deletionArea >= deletion && found->measured.insertionArea <= insertion)
            names.append(index(row).data(NameRole).toString());
    return names;
}

std::optional<Heatmap> MethodSheetModel::map(int row) const
{
    if (!method(row))
        return m_exploration.map(m_exploration.layer(), m_exploration.heads());
    const MapAnswer* found = answer(row);
    return found && !found->values.empty() ? std::optional(heatmapOf(found->values, method(row)->isSigned)) : std::nullopt;
}

QPixmap MethodSheetModel::paintedMap(int row) const
{
    QPixmap& painted = m_painted[static_cast<std::size_t>(row)];
    if (!painted.isNull())
        return painted;
    painted = QPixmap(QSize(m_side, m_side) * m_ratio);
    painted.setDevicePixelRatio(m_ratio);
    painted.fill(Qt::transparent);
    QPainter painter(&painted);
    const Image& view = m_trace->picture.view;
    const QSizeF size = QSizeF(view.width(), view.height()).scaled(m_side, m_side, Qt::KeepAspectRatio);
    const QRectF target({(m_side - size.width()) / 2, (m_side - size.height()) / 2}, size);
    const std::optional<Heatmap> shown = map(row);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.setOpacity(shown ? 1 : 0.35);
    painter.drawImage(target, toQImage(view));
    painter.setOpacity(1);
    if (!shown)
        return painted;
    DisplaySettings display = m_exploration.display();
    display.grid = false;
    display.heatmap = true;
    display.mass = 1;
    paintHeatmap(painter, target, *shown, display);
    return painted;
}

int MethodSheetModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_methods.size());
}

QVariant MethodSheetModel::data(const QModelIndex& index, int role) const
{
    // Whoever hears of another pass before this model does may ask for a row of the one before.
    if (!index.isValid() || index.row() >= rowCount() || m_trace != m_exploration.trace())
        return {};
    const int row = index.row();
    const Method* of = method(row);
    switch (role) {
    case Qt::DisplayRole:
        if (const Judgement* found = judgement(row))
            return tr("%1\n%2 ↓  %3 ↑")
                .arg(index.data(NameRole).toString())
                .arg(found->measured.deletionArea, 0, 'f', 3)
                .arg(found->measured.insertionArea, 0, 'f', 3);
        return index.data(NameRole);
    case NameRole:
        return of ? QString::fromUtf8(of->id.data(), static_cast<qsizetype>(of->id.size())) : tr("this token");
    case Qt::DecorationRole:
        return paintedMap(row);
    case Qt::ToolTipRole:
        if (const MapAnswer* found = of ? answer(row) : nullptr; found && !found->problem.isEmpty())
            return found->problem;
        return of ? aboutOf(*of) : tr("What the hovered or pinned token looks at, or who looks at it.");
    default:
        return {};
    }
}

}  // namespace vitrine
