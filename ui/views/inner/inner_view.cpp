// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner/inner_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QComboBox>
#include <QHBoxLayout>
#include <QJsonObject>
#include <QKeyEvent>
#include <QLabel>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "core/explain/inner.h"
#include "core/explain/statistics.h"
#include "ui/figure/figure_text.h"
#include "ui/picture/decode.h"
#include "ui/views/canvas/patch_grid.h"
#include "ui/views/parts/colour_key.h"
#include "ui/views/inner/inner_assembled_widget.h"
#include "ui/views/inner/inner_patch_widget.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

/// The measures of all patches: three of the inner tokens, and the bridge.
constexpr int bridgeMeasure = 3;

}  // namespace

InnerView::InnerView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_tabs(new QTabBar(this))
    , m_headChoice(makeChoice(tr("Inner head"), tr("One head of the inner transformer, or the mean of all"), this))
    , m_measure(makeChoice(tr("What is shown of all patches"), tr("One number for each inner token, or for each patch"), this))
    , m_note(makeCaption({}, this))
    , m_pages(new QStackedWidget(this))
    , m_empty(makeCaption({}, this))
    , m_patchWidget(new InnerPatchWidget(exploration, this))
    , m_assembled(new InnerAssembledWidget(exploration, this))
    , m_key(new ColourKey(this))
    , m_readout(makeReadout(this))
    , m_caption(makeCaption({}, this))
{
    setAccessibleName(tr("Inside a patch"));
    setFocusPolicy(Qt::StrongFocus);
    m_tabs->addTab(tr("this patch"));
    m_tabs->addTab(tr("all patches"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setUsesScrollButtons(false);
    m_tabs->setAccessibleName(tr("One patch or all patches"));
    m_measure->addItem(tr("attention received"), static_cast<int>(InnerMeasure::Received));
    m_measure->addItem(tr("entropy"), static_cast<int>(InnerMeasure::Entropy));
    m_measure->addItem(tr("feature norm"), static_cast<int>(InnerMeasure::Norm));
    m_measure->addItem(tr("what the pixels add"), bridgeMeasure);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setMargin(16);
    m_note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_note->setWordWrap(false);

    // Two rows: the view lives in a narrow panel too.
    auto* top = new QHBoxLayout;
    top->addWidget(m_tabs);
    top->addWidget(m_note, 1);
    auto* choices = new QHBoxLayout;
    choices->addWidget(m_headChoice);
    choices->addWidget(m_measure);
    choices->addStretch(1);
    for (QWidget* const page :
         {static_cast<QWidget*>(m_empty), static_cast<QWidget*>(m_patchWidget), static_cast<QWidget*>(m_assembled)})
        m_pages->addWidget(page);
    auto* row = new QHBoxLayout;
    row->addWidget(m_pages, 1);
    row->addWidget(m_key);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top);
    layout->addLayout(choices);
    layout->addLayout(row, 1);
    layout->addWidget(m_readout);
    layout->addWidget(m_caption);
    hideWhenLow(this, m_caption, 410);

    connect(m_tabs, &QTabBar::currentChanged, this, &InnerView::refresh);
    connect(m_measure, &QComboBox::currentIndexChanged, this, &InnerView::refresh);
    connect(m_headChoice, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_heads = index <= 0 ? HeadChoice{} : HeadChoice{HeadFusion::Single, index - 1, {}};
        refresh();
    });
    connect(m_assembled, &InnerAssembledWidget::pointed, this, &InnerView::point);
    connect(&m_exploration, &Exploration::traceChanged, this, &InnerView::takeTrace);
    connect(&m_exploration, &Exploration::placeChanged, this, &InnerView::takePlace);
    connect(&m_exploration, &Exploration::displayChanged, this, &InnerView::refresh);
    connect(&m_exploration, &Exploration::hoverChanged, this, [this] {
        if (mode() == Mode::Patch)
            takePlace();
        else
            m_assembled->update();
    });
    takeTrace();
}

bool InnerView::isTnt() const
{
    return m_exploration.trace() && m_exploration.trace()->model->architecture == Architecture::Tnt
           && !m_exploration.trace()->innerAttention.empty();
}

InnerView::Mode InnerView::mode() const
{
    return m_tabs->currentIndex() == 1 ? Mode::AllPatches : Mode::Patch;
}

void InnerView::setMode(Mode mode)
{
    m_tabs->setCurrentIndex(mode == Mode::AllPatches ? 1 : 0);
}

void InnerView::takeTrace()
{
    m_bridgeLayer = -1;
    const std::shared_ptr<const Trace>& trace = m_exploration.trace();
    m_taken = trace.get();
    if (!isTnt()) {
        m_patchWidget->setPatch({}, {});
        m_assembled->setMap({}, {}, 1);
        m_empty->setText(trace ? tr("%1 is a ViT: it sees a patch as one vector and has no tokens inside it. Open a TNT to "
                                    "look inside patches.")
                                     .arg(QString::fromStdString(trace->model->name))
                               : tr("The pixels inside a patch appear here once a picture has run through a TNT."));
        refresh();
        return;
    }
    const ModelSpec& spec = *trace->model;
    m_picture = toQImage(trace->picture.view);
    if (m_patch < 0 || m_patch >= spec.patches())
        m_patch = spec.gridHeight() / 2 * spec.gridWidth() + spec.gridWidth() / 2;
    if (m_headChoice->count() != spec.inner.heads + 1) {
        const QSignalBlocker blocker(m_headChoice);
        m_headChoice->clear();
        m_headChoice->addItem(tr("mean of heads"));
        for (int head = 0; head < spec.inner.heads; ++head)
            m_headChoice->addItem(tr("inner head %1").arg(head));
        m_heads = {};
    }
    takePlace();
    takeRestored();
}

void InnerView::takePlace()
{
    if (const std::optional<int> patch = m_exploration.shownPatch(); patch && isTnt())
        m_patch = *patch;
    refresh();
}

void InnerView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    takePlace();
}

void InnerView::refresh()
{
    const bool tnt = isTnt(), one = mode() == Mode::Patch;
    m_pages->setCurrentIndex(!tnt ? 0 : one ? 1 : 2);
    for (QWidget* const control :
         {static_cast<QWidget*>(m_tabs), static_cast<QWidget*>(m_headChoice), static_cast<QWidget*>(m_note),
          static_cast<QWidget*>(m_key), static_cast<QWidget*>(m_readout), static_cast<QWidget*>(m_caption)})
        control->setVisible(tnt);
    m_measure->setVisible(tnt && !one);
    // Only what one can see is worked out; the rest when it is shown. Of a new pass others may hear first.
    if (!tnt || !isVisible() || m_taken != m_exploration.trace().get())
        return;
    m_headChoice->setEnabled(one
                             || (!showsBridge() && m_measure->currentData().toInt() != static_cast<int>(InnerMeasure::Norm)));
    if (m_bridgeLayer != m_exploration.layer()) {
        m_bridgeLayer = m_exploration.layer();
        m_bridge = bridge(*m_exploration.trace(), m_bridgeLayer);
    }
    if (one)
        showPatch();
    else
        showAssembled();
}

QStringList InnerView::facts(const InnerPatch& patch) const
{
    const int side = patch.side();
    const auto name = [side](std::ptrdiff_t token) { return QStringLiteral("%1, %2").arg(token / side).arg(token % side); };
    const std::optional<int> token = m_exploration.hoveredInner();
    const std::vector<float> weights = patch.weights(token);
    const auto largest = std::ranges::max_element(weights);
    const QString where = name(largest - weights.begin()), weight = formatValue(*largest);
    QStringList lines;
    if (!token) {
        lines << tr("mean of %1 tokens").arg(patch.tokens());
        if (patch.isUniform()) {
            lines << tr("uniform: no pixel") << tr("stands out here");
            if (const auto other = layerInside(*m_exploration.trace(), patch.patch(), m_exploration.layer()))
                lines << tr("(in layer %1 some do)").arg(*other);
        } else {
            lines << tr("most on %1").arg(where) << tr("weight %1").arg(weight);
        }
    } else {
        const bool looksAt = m_exploration.direction() == Direction::LooksAt;
        lines << tr("inner token %1").arg(name(*token))
              << (looksAt ? tr("looks at %1").arg(where) : tr("looked at by %1").arg(where)) << tr("weight %1").arg(weight);
        if (looksAt)
            lines << tr("entropy %1 nats").arg(entropy(weights), 0, 'f', 2)
                  << tr("of at most %1").arg(std::log(double(patch.tokens())), 0, 'f', 2);
    }
    return lines;
}

void InnerView::showPatch()
{
    const std::shared_ptr<const Trace>& trace = m_exploration.trace();
    const InnerPatch patch(trace, m_exploration.layer(), m_patch, m_heads, m_exploration.direction());
    m_patchWidget->setPatch(patch, facts(patch));
    m_key->setScale(patch.range(), m_exploration.display().colours, tr("weight"), ColourScale::Linear, mark());
    const InnerSpec& inner = trace->model->inner;
    const QString name = QString::fromStdString(trace->model->tokenName(m_patch + trace->model->prefixTokens()));
    const QString where = tr("%1 · layer %2")
                              .arg(m_exploration.shownPatch() ? name : tr("%1 (not the query)").arg(name))
                              .arg(m_exploration.layer());
    m_note->setText(patch.isUniform() ? tr("%1 · uniform").arg(where) : where);
    m_readout->setText(m_bridge.sameForAll()  // short: the panel is narrow
                           ? tr("the pixels add the same to every patch here")
                           : tr("the pixels add %1 % of its own, %2 % to all")
                                 .arg(100.0 * m_bridge.varying.data()[m_patch], 0, 'f', 1)
                                 .arg(100.0 * m_bridge.constant.data()[m_patch], 0, 'f', 1));
    m_caption->setText(tr("How the %1 × %1 inner tokens of a patch look at each other: softmax(q kᵀ / √%2), %3 × %3; their "
                          "projection is added to the patch embedding. CLS gets no inner input.")
                           .arg(inner.side)
                           .arg(inner.headWidth())
                           .arg(inner.tokens()));
}

bool InnerView::showsBridge() const
{
    return m_measure->currentData().toInt() == bridgeMeasure;
}

QString InnerView::measureName() const
{
    return m_measure->currentText();
}

std::optional<BarMark> InnerView::mark() const
{
    const bool weights = mode() == Mode::Patch
                         || (!showsBridge() && m_measure->currentData().toInt() == static_cast<int>(InnerMeasure::Received));
    return weights ? std::optional(uniformMark(m_exploration.trace()->model->inner.tokens())) : std::nullopt;
}

QString InnerView::measureUnit() const
{
    switch (m_measure->currentData().toInt()) {
    case static_cast<int>(InnerMeasure::Received):
        return tr("weight");
    case static_cast<int>(InnerMeasure::Entropy):
        return tr("nats");
    case static_cast<int>(InnerMeasure::Norm):
        return tr("norm");
    default:
        return tr("part");
    }
}

Heatmap InnerView::assembledMap() const
{
    const Trace& trace = *m_exploration.trace();
    const bool patches = showsBridge();
    const NdArray values = patches ? m_bridge.varying
                                   : innerAssembled(trace, m_exploration.layer(),
                                                    static_cast<InnerMeasure>(m_measure->currentData().toInt()), m_heads);
    const int side = patches ? 1 : trace.model->inner.side;
    Heatmap map;
    map.values.assign(values.values().begin(), values.values().end());
    map.rows = trace.model->gridHeight() * side;
    map.columns = trace.model->gridWidth() * side;
    // All of them are measured from 0; the entropy of even attention is what the others are less than.
    const bool entropies = !patches && m_measure->currentData().toInt() == static_cast<int>(InnerMeasure::Entropy);
    map.range = {0, entropies ? std::log(static_cast<float>(trace.model->inner.tokens())) : rangeOf(map.values).high};
    if (patches && m_bridge.sameForAll())  // stretched over all colours, rounding would look like structure
        map.range = {0, rangeOf(m_bridge.constant.values()).high};
    return map;
}

void InnerView::showAssembled()
{
    const Heatmap map = assembledMap();
    m_key->setScale(map.range, m_exploration.display().colours, measureUnit(), ColourScale::Linear, mark());
    m_note->setText(tr("layer %1 · %2 × %3").arg(m_exploration.layer()).arg(map.rows).arg(map.columns));
    switch (m_measure->currentData().toInt()) {
    case static_cast<int>(InnerMeasure::Received):
        m_caption->setText(tr("How much each inner token is looked at inside its patch: (1/t) Σᵢ aᵢⱼ; 1/t when all are alike. "
                              "A click pins the patch."));
        break;
    case static_cast<int>(InnerMeasure::Entropy):
        m_caption->setText(
            tr("How widely each inner token looks inside its patch: −Σⱼ aᵢⱼ ln aᵢⱼ, at most ln t. A click pins the patch."));
        break;
    case static_cast<int>(InnerMeasure::Norm):
        m_caption->setText(tr("How large each inner token's features are after this layer: ‖z‖₂. A click pins the patch."));
        break;
    default:
        m_caption->setText(
            tr("What the pixels add to a patch and to no other in this layer: ‖p − mean of p‖ / ‖patch embedding‖, "
               "p their projection; %1. A click pins the patch.")
                .arg(QString::fromStdString(toString(m_bridge))));
    }
    const int side = showsBridge() ? 1 : m_exploration.trace()->model->inner.side;
    m_assembled->setMap(map, m_picture, side);
    m_readout->clear();
}

void InnerView::point(std::optional<int> cell)
{
    const Heatmap& map = m_assembled->map();
    if (!cell || map.columns == 0) {
        m_readout->clear();
        return;
    }
    const int side = showsBridge() ? 1 : m_exploration.trace()->model->inner.side;
    const int row = *cell / map.columns, column = *cell % map.columns;
    const QString patch = tr("patch %1, %2").arg(row / side).arg(column / side);
    const QString inner = side > 1 ? tr(" · inner token %1, %2").arg(row % side).arg(column % side) : QString();
    m_readout->setText(
        tr("%1%2 · %3 %4").arg(patch, inner, measureName(), formatValue(map.values[static_cast<std::size_t>(*cell)])) % u' '
        % (showsBridge() ? tr("of its norm") : measureUnit()));
}

void InnerView::lookAt(int patch)
{
    const int token = patch + m_exploration.trace()->model->prefixTokens();
    if (m_exploration.pinned())
        m_exploration.pin(token);
    else
        m_exploration.hover(token);
}

void InnerView::movePatch(int rows, int columns)
{
    lookAt(movedPatch(m_patch, rows, columns, *m_exploration.trace()->model));
}

void InnerView::moveInner(int rows, int columns)
{
    const ModelSpec& spec = *m_exploration.trace()->model;
    const int side = spec.inner.side, from = m_exploration.hoveredInner().value_or(-1);
    if (from < 0) {
        m_exploration.hoverInner(0);
        return;
    }
    // In cells of the assembled picture, so that the border of a patch is no border.
    const int row = std::clamp(m_patch / spec.gridWidth() * side + from / side + rows, 0, spec.gridHeight() * side - 1);
    const int column = std::clamp(m_patch % spec.gridWidth() * side + from % side + columns, 0, spec.gridWidth() * side - 1);
    lookAt(row / side * spec.gridWidth() + column / side);
    m_exploration.hoverInner(row % side * side + column % side);
}

void InnerView::keyPressEvent(QKeyEvent* event)
{
    const auto modifiers = event->modifiers() & ~Qt::KeypadModifier;
    if (!isTnt() || (modifiers & ~Qt::ShiftModifier)) {
        QWidget::keyPressEvent(event);
        return;
    }
    const bool inner = modifiers & Qt::ShiftModifier;
    const auto move = [&](int rows, int columns) { inner ? moveInner(rows, columns) : movePatch(rows, columns); };
    switch (event->key()) {
    case Qt::Key_Left:
        move(0, -1);
        break;
    case Qt::Key_Right:
        move(0, 1);
        break;
    case Qt::Key_Up:
        move(-1, 0);
        break;
    case Qt::Key_Down:
        move(1, 0);
        break;
    case Qt::Key_P:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        m_exploration.pin(m_patch + m_exploration.trace()->model->prefixTokens());
        break;
    case Qt::Key_Escape:
        if (m_exploration.pinned()) {
            m_exploration.pin(std::nullopt);
            break;
        }
        [[fallthrough]];
    default:
        QWidget::keyPressEvent(event);
    }
}

void InnerView::paintEvent(QPaintEvent*)
{
    if (!hasFocus())
        return;
    QPainter painter(this);
    paintFocusRing(painter, m_pages->geometry().adjusted(-3, -3, 3, 3), palette());
}

QJsonValue InnerView::state() const
{
    return QJsonObject{{QStringLiteral("of"), m_tabs->tabText(m_tabs->currentIndex())},
                       {QStringLiteral("patch"), m_patch},
                       {QStringLiteral("head"), m_headChoice->currentText()},
                       {QStringLiteral("number"), m_measure->currentText()}};
}

void InnerView::restore(const QJsonValue& state)
{
    m_restored = state;
    takeRestored();
}

void InnerView::takeRestored()
{
    if (!isTnt() || !m_restored.isObject())
        return;
    const QJsonValue state = std::exchange(m_restored, QJsonValue());
    choose(*m_tabs, state[QStringLiteral("of")]);
    choose(*m_headChoice, state[QStringLiteral("head")]);
    choose(*m_measure, state[QStringLiteral("number")]);
    const int patch = state[QStringLiteral("patch")].toInt(-1);
    if (patch >= 0 && patch < m_exploration.trace()->model->patches())
        m_patch = patch;
    takePlace();
}

Figure InnerView::figure() const
{
    Figure result;
    result.title = tr("Inside a patch");
    if (!isTnt())
        return result;
    const DisplaySettings display = m_exploration.display();
    if (mode() == Mode::Patch) {
        const InnerPatch patch(m_exploration.trace(), m_exploration.layer(), m_patch, m_heads, m_exploration.direction());
        const std::optional<int> token = m_exploration.hoveredInner();
        result.size = {650, 330};
        result.paint = [=, even = mark()](QPainter& painter) {
            painter.setFont(labelFont(figureTextSize));
            patch.paint(painter, QRectF(10, 10, 310, 310), token, display);
            patch.paintMatrix(painter, QRectF(335, 10, 200, 200), token, display.colours);
            paintColourBar(painter, QRectF(550, 10, 12, 200), patch.range(), display.colours, Qt::black, {},
                           ColourScale::Linear, even);
        };
        result.numbers = {{"inner_attention", patch.matrix()}};
        describeFigure(result, m_exploration);
        result.metadata.emplace_back(tr("Inner heads"), QString::fromStdString(toString(m_heads)));
        result.metadata.emplace_back(tr("Patch"), QStringLiteral("%1").arg(m_patch));
        return result;
    }
    const Heatmap map = assembledMap();
    const int side = showsBridge() ? 1 : m_exploration.trace()->model->inner.side;
    result.size = {650, 20 + 520.0 * map.rows / map.columns};
    result.paint = [=, picture = m_picture, even = mark()](QPainter& painter) {
        const QRectF target(10, 10, 520, 520.0 * map.rows / map.columns);
        painter.setFont(labelFont(figureTextSize));
        paintAssembled(painter, target, picture, map, side, display);
        paintColourBar(painter, QRectF(546, 10, 12, target.height()), map.range, display.colours, Qt::black, {},
                       ColourScale::Linear, even);
    };
    result.numbers = {{"inner_map", NdArray({map.rows, map.columns}, map.values)}};
    describeFigure(result, m_exploration);
    result.metadata.emplace_back(tr("Inner heads"), QString::fromStdString(toString(m_heads)));
    result.metadata.emplace_back(tr("Measure"), measureName());
    return result;
}

}  // namespace vitrine
