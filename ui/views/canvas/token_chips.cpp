// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/canvas/token_chips.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>

#include <algorithm>
#include <utility>

#include "ui/views/parts/chip.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

TokenChips::TokenChips(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_patch(new Chip({}, this))
    , m_role(makeCaption({}, this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(6, 4, 6, 4);
    m_role->setWordWrap(false);
    row->addWidget(m_role);
    row->addWidget(m_patch);
    connect(m_patch, &QPushButton::clicked, this, [this] { m_exploration.pin(std::nullopt); });
    connect(&exploration, &Exploration::traceChanged, this, &TokenChips::rebuild);
    for (const auto signal : {&Exploration::placeChanged, &Exploration::hoverChanged, &Exploration::displayChanged})
        connect(&exploration, signal, this, &TokenChips::refresh);
    connect(&exploration, &Exploration::attentionProvided, this, &TokenChips::refresh);
    rebuild();
}

void TokenChips::rebuild()
{
    const auto& trace = m_exploration.trace();
    const int count = trace ? trace->model->prefixTokens() : 0;
    while (static_cast<int>(m_chips.size()) > count) {
        m_chips.back()->deleteLater();
        m_chips.back()->hide();
        m_chips.pop_back();
    }
    while (static_cast<int>(m_chips.size()) < count) {
        const int token = static_cast<int>(m_chips.size());
        auto* chip = new Chip({}, this);
        chip->installEventFilter(this);
        connect(chip, &QPushButton::clicked, this, [this, token] {
            m_exploration.pin(m_exploration.pinned() == token ? std::nullopt : std::optional(token));
            refresh();
        });
        // Behind the label.
        static_cast<QHBoxLayout*>(layout())->insertWidget(1 + token, chip);
        m_chips.push_back(chip);
    }
    refresh();
}

void TokenChips::refresh()
{
    const auto& trace = m_exploration.trace();
    if (!trace && !m_chips.empty())
        return;  // rebuild() comes
    const std::optional<Heatmap> map = m_exploration.map();
    for (std::size_t token = 0; token < m_chips.size(); ++token) {
        Chip* chip = m_chips[token];
        const QString name = QString::fromStdString(trace->model->tokenName(static_cast<int>(token)));
        const std::optional<float> value = m_exploration.value(static_cast<int>(token));
        chip->setText(name);
        chip->setChecked(m_exploration.shownToken() == static_cast<int>(token));
        chip->setAccessibleName(tr("Query %1").arg(name));
        if (map && value) {
            chip->setSwatch(colourAt(m_exploration.display().colours, positionOf(*value, map->range, map->scale)));
            chip->setToolTip(tr("%1: attention %2, %3. Click to look from here.")
                                 .arg(name, formatValue(*value), timesUniform(*value, trace->model->tokens())));
        } else {
            chip->setSwatch(0);
        }
    }
    m_role->setText(m_exploration.direction() == Direction::LooksAt ? tr("Query") : tr("Looked at"));
    const std::optional<int> patch = m_exploration.shownPatch();
    const bool pinned = m_exploration.pinned().has_value();
    m_patch->setVisible(patch.has_value());
    m_patch->setChecked(true);
    if (patch) {
        const QString name = QString::fromStdString(trace->model->tokenName(m_exploration.shownToken()));
        m_patch->setText(pinned ? name + QStringLiteral("  ✕") : name);
        m_patch->setAccessibleName(pinned ? tr("Let go of %1").arg(name) : name);
    }
    layout()->activate();
    if (sizeHint() != size())
        Q_EMIT sizeChanged();
}

void TokenChips::setBacked(bool backed)
{
    if (std::exchange(m_backed, backed) != backed)
        update();
}

void TokenChips::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_backed)
        paintBacking(painter, rect(), palette());
}

bool TokenChips::eventFilter(QObject* watched, QEvent* event)
{
    const auto chip = std::find(m_chips.begin(), m_chips.end(), watched);
    if (chip != m_chips.end()) {
        if (event->type() == QEvent::Enter)
            m_exploration.hover(static_cast<int>(chip - m_chips.begin()));
        else if (event->type() == QEvent::Leave)
            m_exploration.hover(std::nullopt);
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace vitrine
