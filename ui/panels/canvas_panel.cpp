// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/canvas_panel.h"

#include <QLabel>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "core/explain/statistics.h"
#include "core/model/stages.h"
#include "ui/views/canvas/token_chips.h"
#include "ui/views/canvas/value_bar.h"
#include "ui/views/parts/command_keys.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

CanvasPanel::CanvasPanel(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_canvas(new CanvasView(exploration, this))
    , m_chips(new TokenChips(exploration, m_canvas))
    , m_bar(new ValueBar(exploration, m_canvas))
    , m_about(makeReadout(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 4, 6, 2);
    column->setSpacing(2);
    column->addWidget(m_canvas, 1);
    column->addWidget(m_about);
    m_about->setAccessibleName(tr("What the map shows"));
    m_about->setAlignment(Qt::AlignHCenter | Qt::AlignVCenter);
    m_about->setForegroundRole(QPalette::PlaceholderText);
    setFocusProxy(m_canvas);

    connect(m_canvas, &QWidget::customContextMenuRequested, this, &CanvasPanel::showMenu);
    connect(m_canvas, &CanvasView::layoutChanged, this, &CanvasPanel::place);
    connect(m_chips, &TokenChips::sizeChanged, this, &CanvasPanel::place);
    for (const auto signal : {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::mapProvided,
                              &Exploration::hoverChanged, &Exploration::displayChanged})
        connect(&exploration, signal, this, &CanvasPanel::refresh);
    connect(&exploration, &Exploration::attentionProvided, this, &CanvasPanel::refresh);
    refresh();
}

void CanvasPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    place();
}

void CanvasPanel::place()
{
    constexpr int gap = 6;
    const QRect all = m_canvas->rect(), picture = m_canvas->pictureRect().toAlignedRect().intersected(all);
    const QSize chips = m_chips->sizeHint(), bar = m_bar->sizeHint();
    const bool chipsBeside = picture.left() >= chips.width() + 2 * gap;
    m_chips->setGeometry(QRect(QPoint(chipsBeside ? picture.left() - chips.width() - gap : std::max(picture.left(), 0) + gap,
                                      std::max(picture.top(), 0) + (chipsBeside ? 0 : gap)),
                               chips));
    m_chips->setBacked(!chipsBeside);
    const bool barBeside = picture.right() + bar.width() + gap <= all.right();
    const int height = std::clamp(picture.height() - 2 * gap, std::min(160, all.height()), 420);
    m_bar->setGeometry(barBeside ? picture.right() + gap : all.right() - bar.width() - gap,
                       std::max(picture.top(), 0) + (barBeside ? 0 : gap), bar.width(), height);
    m_bar->setBacked(!barBeside);
}

void CanvasPanel::showMenu(const QPoint& position)
{
    QMenu menu(this);
    if (m_exploration.pinned())
        menu.addAction(withKeys(tr("Unpin\t{Step back: stop, unpin, leave full screen}"), *this), this,
                       [this] { m_exploration.pin(std::nullopt); });
    else if (const std::optional<int> token = m_exploration.hovered())
        menu.addAction(tr("Pin %1\tP").arg(QString::fromStdString(m_exploration.trace()->model->tokenName(*token))), this,
                       [this, token] { m_exploration.pin(token); });
    menu.addActions(m_commands);
    menu.exec(m_canvas->mapToGlobal(position));
}

void CanvasPanel::refresh()
{
    m_chips->setVisible(!m_exploration.method() && m_exploration.trace());
    const bool hasValues = m_exploration.method() || m_exploration.tokenMap() != TokenMap::Components;
    m_bar->setVisible(m_exploration.trace() && hasValues);
    if (isVisible() || !window()->isVisible())
        setTextWithKeys(*m_about, sentence());
}

QString CanvasPanel::sentence() const
{
    if (!m_exploration.trace())
        return {};
    const Method* method = m_exploration.method();
    if (method)
        return methodSentence(*method);
    const QString name = QString::fromStdString(m_exploration.trace()->model->tokenName(m_exploration.shownToken()));
    switch (m_exploration.tokenMap()) {
    case TokenMap::Similarity:
        return tr("How alike each patch's token is to %1 after layer %2: the cosine zᵢ·zⱼ / (‖zᵢ‖ ‖zⱼ‖), −1 to 1")
            .arg(name)
            .arg(m_exploration.layer());
    case TokenMap::Norm:
        return tr("How long each patch's token is after layer %1: ‖z‖₂; a few outliers hold what the model keeps for itself")
            .arg(m_exploration.layer());
    case TokenMap::Components:
        return tr("The first three principal components of the patches' tokens after layer %1 as red, green and blue: patches "
                  "of one colour are alike")
            .arg(m_exploration.layer());
    case TokenMap::Pooling:
        return tr("What the probe, the learnt query with which the head reads the patches, attends to: softmax(q kᵀ / √d), %1")
            .arg(QString::fromStdString(toString(m_exploration.heads())));
    case TokenMap::Attention:
        break;
    }
    return attentionSentence();
}

QString CanvasPanel::methodSentence(const Method& method) const
{
    const std::optional<MapRequest> request = m_exploration.request(method);
    const MapAnswer* answer = request ? m_exploration.answer(*request) : nullptr;
    const auto text = [](std::string_view part) { return QString::fromUtf8(part.data(), static_cast<qsizetype>(part.size())); };
    if (!request && m_exploration.isChanged())
        return tr("%1 explains the network's own pass, and this one was changed ({Restore what was erased and switched off} "
                  "restores it).")
            .arg(mapName(m_exploration));
    return answer && !answer->problem.isEmpty() ? answer->problem
                                                : text(method.sentence) + QStringLiteral(" · ") + text(method.formula);
}

QString CanvasPanel::attentionSentence() const
{
    const ModelSpec& spec = *m_exploration.trace()->model;
    const LayerAttention matrix = m_exploration.attention(m_exploration.layer());
    const int from = m_exploration.shownToken(), prefix = spec.prefixTokens();
    const auto name = [&](int token) { return QString::fromStdString(spec.tokenName(token)); };
    if (matrix.empty())
        return tr("%1, layer %2: its attention was not kept and is being computed …")
            .arg(name(from))
            .arg(m_exploration.layer());
    const std::vector<float> weights = attentionOf(matrix, m_exploration.heads(), from, m_exploration.direction());
    const std::vector<int>& outliers = m_exploration.outlierPatches(m_exploration.layer());
    const bool leaveOut = m_exploration.display().ignoreOutliers;
    int most = -1;
    double left = 0, before = 0, sum = 0;
    for (int token = 0; token < static_cast<int>(weights.size()); ++token) {
        const float weight = weights[static_cast<std::size_t>(token)];
        sum += static_cast<double>(weight);
        before += token < prefix ? static_cast<double>(weight) : 0;
        const bool isLeft = leaveOut && token >= prefix && std::ranges::binary_search(outliers, token - prefix);
        left += isLeft ? static_cast<double>(weight) : 0;
        if (token >= prefix && !isLeft && (most < 0 || weight > weights[static_cast<std::size_t>(most)]))
            most = token;
    }
    if (most < 0)
        return {};
    const bool looksAt = m_exploration.direction() == Direction::LooksAt;
    const auto weight = static_cast<double>(weights[static_cast<std::size_t>(most)]);
    QStringList parts{(looksAt ? tr("%1 looks most at %2 (%3, %4)") : tr("%1 is looked at most by %2 (%3, %4)"))
                          .arg(name(from), name(most), formatValue(weight), timesUniform(weight, spec.tokens()))};
    if (left > 0.01 * sum)
        parts.append((outliers.size() == 1
                          ? tr("1 outlier patch holds %1 %")
                          : tr("%2 outlier patches hold %1 %").replace(QStringLiteral("%2"), QString::number(outliers.size())))
                         .arg(100 * left / sum, 0, 'f', 0));
    const bool isDistribution = looksAt && m_exploration.heads().isDistribution();
    if (isDistribution && prefix > 0)
        parts.append(tr("%1 % on %2").arg(100 * before / sum, 0, 'f', 0).arg(QString::fromStdString(prefixNames(spec))));
    if (isDistribution)
        parts.append(
            tr("entropy %1 of %2 nats").arg(entropy(weights), 0, 'f', 2).arg(std::log(double(weights.size())), 0, 'f', 2));
    parts.append((looksAt ? tr("row of softmax(q kᵀ / √d), layer %1, %2") : tr("column of softmax(q kᵀ / √d), layer %1, %2"))
                     .arg(m_exploration.layer())
                     .arg(QString::fromStdString(toString(m_exploration.heads()))));
    return parts.join(QStringLiteral(" · "));
}

void CanvasPanel::setMapProgress(double fraction)
{
    if (m_exploration.missingMap())
        setTextWithKeys(*m_about, tr("%1: %2 % · {Step back: stop, unpin, leave full screen} stops")
                                      .arg(mapName(m_exploration))
                                      .arg(qRound(100 * fraction)));
}

}  // namespace vitrine
