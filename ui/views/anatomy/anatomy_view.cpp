// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_view.h"

#include <QFontMetricsF>
#include <QLabel>
#include <QResizeEvent>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

#include "core/explain/inner.h"
#include "ui/figure/figure_text.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

/// The statistics of a stage; where the pixels meet the patches also how much of it differs between patches.
QString readout(const StageNumbers& numbers, const Trace& trace, StageKind stage, int layer)
{
    const bool bridged = stage == StageKind::Projection || stage == StageKind::Bridge;
    return statisticsText(numbers)
           + (bridged ? QStringLiteral(" · ") + QString::fromStdString(toString(bridge(trace, layer))) : QString());
}

}  // namespace

AnatomyView::AnatomyView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_splitter(new QSplitter(this))
    , m_scroll(new QScrollArea)
    , m_diagram(new AnatomyDiagram)
{
    setAccessibleName(tr("Anatomy"));
    m_scroll->setWidget(m_diagram);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_splitter->addWidget(m_scroll);
    m_splitter->addWidget(makeDetails());
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);

    connect(m_diagram, &AnatomyDiagram::stageChosen, this, &AnatomyView::showStage);
    connect(m_numbers, &StageNumbersWidget::hovered, this, &AnatomyView::showCell);
    connect(&m_exploration, &Exploration::traceChanged, this, &AnatomyView::refresh);
    connect(&m_exploration, &Exploration::placeChanged, this, &AnatomyView::refresh);
    connect(&m_exploration, &Exploration::attentionProvided, this, [this] {
        m_shownPlace.reset();
        refresh();
    });
}

QWidget* AnatomyView::makeDetails()
{
    auto* details = new QWidget;
    m_title = new QLabel(details);
    m_title->setTextFormat(Qt::PlainText);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_sentence = makeCaption({}, details);
    m_formula = new QLabel(details);
    m_formula->setTextFormat(Qt::PlainText);
    m_formula->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_numbers = new StageNumbersWidget(details);
    m_readout = makeCaption({}, details);
    m_readout->setMinimumHeight(2 * m_readout->fontMetrics().lineSpacing());
    auto* layout = new QVBoxLayout(details);
    layout->setSpacing(4);
    for (QWidget* part : {static_cast<QWidget*>(m_title), static_cast<QWidget*>(m_sentence), static_cast<QWidget*>(m_formula)})
        layout->addWidget(part);
    layout->addWidget(m_numbers, 1);
    layout->addWidget(m_readout);
    return details;
}

void AnatomyView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void AnatomyView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const Qt::Orientation orientation = width() > 1.2 * height() ? Qt::Horizontal : Qt::Vertical;
    if (orientation == m_splitter->orientation() && event->oldSize().isValid())
        return;
    m_splitter->setOrientation(orientation);
    const int room = orientation == Qt::Horizontal ? width() : height();
    m_splitter->setSizes({room * 3 / 5, room * 2 / 5});
}

void AnatomyView::paintEvent(QPaintEvent* event)
{
    QWidget::paintEvent(event);
    if (m_exploration.trace())
        return;
    QPainter painter(this);
    paintMessage(painter, rect(), emptyMessage(), palette());
}

QString AnatomyView::emptyMessage() const
{
    return tr("The way of a picture through the network appears here, stage by stage, once one has run.");
}

void AnatomyView::refresh()
{
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    m_splitter->setVisible(trace != nullptr);
    // A hidden tab computes nothing; it catches up when it is shown.
    if (!isVisible()
        || (trace == m_shownTrace && m_shownPlace && m_shownPlace->layer == m_exploration.layer()
            && m_shownPlace->heads == m_exploration.heads()))
        return;
    m_shownTrace = trace;
    m_shownPlace = m_exploration.place();
    m_diagram->setModel(trace ? trace->model : nullptr, m_exploration.layer());
    showStage();
    update();
}

void AnatomyView::showStage()
{
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    const auto index = m_diagram->anatomyLayout().find(m_diagram->chosen());
    if (!trace || !index) {
        m_numbers->setNumbers(std::nullopt, {});
        return;
    }
    const AnatomyBox& box = m_diagram->anatomyLayout().boxes[*index];
    m_title->setText(box.title + QStringLiteral("   ") + shapeText(box.shape));
    m_sentence->setText(box.sentence);
    m_formula->setText(box.formula);
    m_numbers->setNumbers(stageNumbers(*trace, box.stage, m_exploration.layer(), m_exploration.attention(m_exploration.layer()),
                                       m_exploration.heads()),
                          whyNoNumbers(box));
    m_scroll->ensureVisible(static_cast<int>(m_diagram->anatomyLayout().rects[*index].center().x()),
                            static_cast<int>(m_diagram->anatomyLayout().rects[*index].center().y()), 20, 60);
}

QString AnatomyView::whyNoNumbers(const AnatomyBox& box) const
{
    if (box.recorded == Recorded::No)
        return tr("Not recorded: the trace keeps the tokens before and after each block and every attention weight, "
                  "not what lies between. Shape and formula hold.");
    return tr("Not recorded for this layer yet: it is being computed again, or this pass kept only the result.");
}

void AnatomyView::showCell(int row, int column)
{
    const std::optional<StageNumbers>& numbers = m_numbers->numbers();
    if (!numbers)
        m_readout->clear();
    else if (row < 0)
        m_readout->setText(readout(*numbers, *m_exploration.trace(), stage(), m_exploration.layer()));
    else
        m_readout->setText(cellName(*numbers, *m_exploration.trace()->model, row, column) + QStringLiteral(": ")
                           + formatValue(numbers->table.at({row, column})));
}

QJsonValue AnatomyView::state() const
{
    return static_cast<int>(stage());
}

void AnatomyView::restore(const QJsonValue& state)
{
    if (m_exploration.trace() && state.isDouble())
        setStage(static_cast<StageKind>(state.toInt()));
}

Figure AnatomyView::figure() const
{
    Figure result;
    result.title = tr("Anatomy");
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    if (!trace)
        return result;
    constexpr qreal width = 960, numbersHeight = 260;
    const QFont text = labelFont(figureTextSize);
    const AnatomyLayout layout = layoutAnatomy(*trace->model, m_exploration.layer(), width, text);
    const auto chosen = layout.find(stage());
    const std::optional<StageNumbers> numbers = stageNumbers(
        *trace, stage(), m_exploration.layer(), m_exploration.attention(m_exploration.layer()), m_exploration.heads());
    const QString facts = numbers ? readout(*numbers, *trace, stage(), m_exploration.layer()) : QString();
    const QPalette colours = figurePalette();
    const qreal line = QFontMetricsF(text).height() * 1.3;
    const qreal below = layout.size.height() + 8;
    result.size = {width, below + 3 * line + (numbers ? numbersHeight : 0)};
    result.paint = [=, size = result.size](QPainter& painter) {
        painter.setFont(text);
        paintAnatomy(painter, layout, {chosen, {}, false}, colours);
        if (!chosen)
            return;
        const AnatomyBox& box = layout.boxes[*chosen];
        painter.setPen(Qt::black);
        painter.drawText(QPointF(12, below + line * 0.8),
                         box.title + QStringLiteral("  ") + shapeText(box.shape) + QStringLiteral(":  ") + box.formula);
        painter.drawText(QPointF(12, below + line * 1.8), box.sentence);
        if (!numbers)
            return;
        painter.drawText(QPointF(12, below + line * 2.8), facts);
        paintNumbers(painter, {12, below + 3.2 * line, size.width() - 24, numbersHeight - 0.4 * line}, *numbers,
                     numbersPicture(*numbers), colours);
    };
    if (numbers)
        result.numbers = {{"stage", numbers->table}};
    describeFigure(result, m_exploration);
    if (chosen)
        result.metadata.emplace_back(QStringLiteral("Stage"), layout.boxes[*chosen].title);
    return result;
}

}  // namespace vitrine
