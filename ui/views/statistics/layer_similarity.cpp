// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/statistics/layer_similarity.h"

#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>

#include "core/explain/cka.h"
#include "ui/figure/matrix_figure.h"
#include "ui/session/background.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr double barRoom = 72, barGap = 6;

/// The states after the layers, without the one before layer 0.
NdArray ofLayers(const NdArray& ofStates)
{
    const std::int64_t layers = ofStates.dim(0) - 1;
    std::vector<float> values;
    for (std::int64_t row = 1; row <= layers; ++row)
        for (std::int64_t column = 1; column <= layers; ++column)
            values.push_back(ofStates.at({row, column}));
    return NdArray({layers, layers}, std::move(values));
}

}  // namespace

LayerSimilarity::LayerSimilarity(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("How alike the layers are"));
    installAccessibleParts();
    connect(&exploration, &Exploration::traceChanged, this, &LayerSimilarity::takeTrace);
    for (const auto signal : {&Exploration::placeChanged, &Exploration::displayChanged})
        connect(&exploration, signal, this, qOverload<>(&QWidget::update));
}

void LayerSimilarity::setWanted(bool wanted)
{
    m_wanted = wanted;
    compute();
}

void LayerSimilarity::takeTrace()
{
    m_numbers = {};
    m_problem.clear();
    point(-1);
    compute();
    update();
}

LayerSimilarity::Answer LayerSimilarity::answerOf(const Trace& trace)
{
    try {
        Cka cka;
        cka.add(trace, trace);
        return {ofLayers(cka.similarity()), {}};
    } catch (const std::bad_alloc&) {
        return {{}, tr("There is not enough memory to compare the layers.")};
    } catch (const std::exception& error) {
        return {{}, QString::fromUtf8(error.what())};
    }
}

void LayerSimilarity::compute()
{
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    if (!m_wanted || m_computing || !trace || !m_numbers.empty() || !m_problem.isEmpty())
        return;
    if (trace->tokens.empty()) {
        m_problem = tr("The tokens of this pass were not kept.");
        return;
    }
    // Thousands of patches take seconds: not on this thread, and not for two pictures at a time.
    m_computing = true;
    runInBackground(
        this, [trace] { return answerOf(*trace); },
        [this, trace](const Answer& answer) {
            m_computing = false;
            if (trace != m_exploration.trace())
                return compute();
            m_numbers = answer.numbers;
            m_problem = answer.problem;
            update();
            Q_EMIT computed();
        });
}

Heatmap LayerSimilarity::map() const
{
    Heatmap map = heatmapOf(m_numbers, false);
    map.range = {0, 1};
    return map;
}

QRectF LayerSimilarity::square() const
{
    const QRectF inside = QRectF(rect()).adjusted(matrixMargin + barGap, barGap, -barRoom - barGap, -matrixMargin);
    QRectF square = fitted(inside, 1, 1);
    square.moveTop(inside.top());
    return square;
}

QString LayerSimilarity::partName(int part) const
{
    return tr("layer %1 and layer %2").arg(part / layers()).arg(part % layers());
}

QString LayerSimilarity::partValue(int part) const
{
    const auto value = static_cast<double>(m_numbers.data()[part]);
    return std::isfinite(value) ? formatValue(value) : tr("not defined, all patches are alike in one of them");
}

QRectF LayerSimilarity::partRect(int part) const
{
    return cellRect(square(), layers(), layers(), layers() - 1 - part / layers(), part % layers());
}

int LayerSimilarity::partAt(const QPointF& position) const
{
    const std::optional<int> cell = layers() > 0 ? cellAt(square(), layers(), layers(), position) : std::nullopt;
    return cell ? (layers() - 1 - *cell / layers()) * layers() + *cell % layers() : -1;
}

void LayerSimilarity::pressPart(int part)
{
    m_exploration.setLayer(part % layers());
}

void LayerSimilarity::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_numbers.empty()) {
        paintMessage(painter, rect(), m_problem.isEmpty() ? tr("Being computed …") : m_problem, palette());
    } else {
        const QRectF target = square();
        const Heatmap shown = fromBottom(map());
        DisplaySettings display;
        display.colours = m_exploration.display().colours;
        display.opacity = 1;
        display.grid = false;
        paintHeatmap(painter, target, shown, display);
        painter.setPen(palette().color(QPalette::WindowText));
        paintMatrixNumbers(painter, target, shown);
        paintMatrixTitles(painter, target, tr("layer"), tr("layer"));
        const double title = fontMetrics().height() + 4;
        paintColourBar(painter, {target.right() + 16, target.top() + title, 12, std::min(target.height(), 320.0) - title},
                       shown.range, display.colours, quietText(palette()), QStringLiteral("CKA"));
        const int layer = m_exploration.layer();
        if (layer < layers())
            paintOutline(painter, partRect(layer * layers() + layer), palette().color(QPalette::Highlight));
        if (m_pointed >= 0)
            paintOutline(painter, partRect(m_pointed), Qt::white, 1.5);
    }
    if (hasFocus())
        paintFocusRing(painter, rect(), palette());
}

void LayerSimilarity::point(int part)
{
    if (part == m_pointed)
        return;
    m_pointed = part;
    setCursor(part >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
    Q_EMIT pointed(part < 0 ? QString() : tr("%1: %2").arg(partName(part), partValue(part)));
}

void LayerSimilarity::mouseMoveEvent(QMouseEvent* event)
{
    point(partAt(event->position()));
}

void LayerSimilarity::mousePressEvent(QMouseEvent* event)
{
    if (const int part = partAt(event->position()); part >= 0 && event->button() == Qt::LeftButton)
        pressPart(part);
}

void LayerSimilarity::leaveEvent(QEvent*)
{
    point(-1);
}

void LayerSimilarity::keyPressEvent(QKeyEvent* event)
{
    // Rows are counted from the bottom, where keys and cells count them from the top.
    const auto turned = [count = layers()](int cell) { return (count - 1 - cell / count) * count + cell % count; };
    if (layers() == 0 || (event->modifiers() & ~Qt::KeypadModifier)) {
        event->ignore();
        return;
    }
    const int from = m_pointed >= 0 ? m_pointed : m_exploration.layer() * (layers() + 1);
    if (const std::optional<int> to = steppedCell(*event, layers(), layers(), turned(from))) {
        point(turned(*to));
        tellPart(this, m_pointed);
    } else if (event->key() != Qt::Key_Return && event->key() != Qt::Key_Enter) {
        event->ignore();
    } else if (m_pointed >= 0) {
        pressPart(m_pointed);
    }
}

Figure LayerSimilarity::figure() const
{
    if (m_numbers.empty())
        return {};
    Figure figure = matrixFigure(map(), QStringLiteral("CKA"), tr("CKA between the patch tokens after each layer"), tr("layer"),
                                 tr("layer"), m_exploration.display().colours);
    figure.numbers = {{"cka", m_numbers}};
    figure.table = [numbers = m_numbers] { return longTable(numbers, {"layer", "other_layer"}); };
    describeFigure(figure, m_exploration);
    return figure;
}

}  // namespace vitrine
