// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predictions/predictions_view.h"

#include <QGraphicsScene>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QSpinBox>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/figure/figure_text.h"
#include "ui/views/predictions/predictions_chart_view.h"
#include "ui/views/parts/command_keys.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr int mostClasses = 20;

/// Probabilities as in the chart, logits with two digits.
class NumberDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        if (index.column() == PredictionsModel::ProbabilityColumn)
            option->text = formatPercent(index.data().toDouble());
        else if (index.column() == PredictionsModel::LogitColumn)
            option->text = QString::number(index.data().toDouble(), 'f', 2);
    }
};

}  // namespace

PredictionsView::PredictionsView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_best(5)
    , m_pages(new QStackedWidget(this))
    , m_empty(makeCaption({}, this))
    , m_scroll(new QScrollArea(this))
    , m_chart(new PredictionsChartView(m_best))
    , m_change(new QLabel(this))
    , m_chosen(new QLabel(this))
    , m_explanation(makeCaption(
          tr("How probable the model thinks each class: softmax of its logits, "
             "pᵢ = exp zᵢ / Σⱼ exp zⱼ. A click asks what speaks for a class, Ctrl+click what speaks for it against another."),
          this))
{
    setAccessibleName(tr("Predictions"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    buildHeader();
    m_change->setWordWrap(true);
    m_change->setTextFormat(Qt::PlainText);
    layout->addWidget(m_change);
    m_empty->setAlignment(Qt::AlignCenter);
    m_scroll->setWidget(m_chart);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    buildSearchResults();
    for (QWidget* page : {static_cast<QWidget*>(m_empty), static_cast<QWidget*>(m_scroll), static_cast<QWidget*>(m_table)})
        m_pages->addWidget(page);
    layout->addWidget(m_pages, 1);
    m_chosen->setWordWrap(true);
    layout->addWidget(m_chosen);
    layout->addWidget(m_explanation);

    connect(m_chart, &PredictionsChartView::chosen, this, [this](int row) { choose(m_best.prediction(row).index); });
    connect(&m_exploration, &Exploration::traceChanged, this, &PredictionsView::takeTrace);
    connect(&m_exploration, &Exploration::placeChanged, this, &PredictionsView::takePlace);
    takeTrace();
}

void PredictionsView::buildHeader()
{
    m_search = new QLineEdit(this);
    m_search->setPlaceholderText(tr("Find a class"));
    m_search->setMaxLength(longestSearch);
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Find a class"));
    m_search->setToolTip(tr("Rank, probability and logit of any class ({Find a class})"));
    m_count = new QSpinBox(this);
    m_count->setRange(1, mostClasses);
    m_count->setValue(m_best.limit());
    m_count->setPrefix(tr("top "));
    m_count->setAccessibleName(tr("How many classes are shown"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_search, 1);
    row->addWidget(m_count);
    static_cast<QVBoxLayout*>(layout())->addLayout(row);

    connect(m_count, &QSpinBox::valueChanged, this, [this](int count) { m_best.setLimit(count); });
}

void PredictionsView::find()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void PredictionsView::buildSearchResults()
{
    m_matches.setSourceModel(&m_all);
    m_matches.setFilterKeyColumn(PredictionsModel::ClassColumn);
    m_matches.setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_table = new QTableView(this);
    m_table->setModel(&m_matches);
    m_table->setItemDelegate(new NumberDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setAccessibleName(tr("Classes found"));
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(PredictionsModel::ClassColumn, QHeaderView::Stretch);

    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_matches.setFilterFixedString(text.trimmed());
        m_table->setCurrentIndex(m_matches.index(0, 0));
        showPage();
    });
    const auto chooseRow = [this](const QModelIndex& index) {
        if (index.isValid())
            choose(index.data(PredictionsModel::ClassIndexRole).toInt());
    };
    connect(m_search, &QLineEdit::returnPressed, this, [=, this] { chooseRow(m_table->currentIndex()); });
    connect(m_table, &QTableView::clicked, this, chooseRow);
    connect(m_table, &QTableView::activated, this, chooseRow);
}

int PredictionsView::shownClasses() const
{
    return m_best.limit();
}

void PredictionsView::setShownClasses(int count)
{
    m_count->setValue(count);
}

void PredictionsView::choose(int classIndex)
{
    const bool contrasts = QGuiApplication::keyboardModifiers() & Qt::ControlModifier;
    // A second click takes back the first.
    if (contrasts && m_exploration.place().against == classIndex)
        m_exploration.chooseAgainst(std::nullopt);
    else if (contrasts)
        m_exploration.contrastClass(classIndex);
    else if (m_exploration.chosenClass() == classIndex)
        m_exploration.chooseClass(std::nullopt);
    else
        m_exploration.explainClass(classIndex);
}

void PredictionsView::takeTrace()
{
    m_best.setTrace(m_exploration.trace(), m_exploration.base());
    m_all.setTrace(m_exploration.trace(), m_exploration.base());
    m_empty->setText(m_exploration.trace()
                         ? QString::fromStdString(m_exploration.trace()->model->whyNoClasses())
                         : tr("The most probable classes appear here once a picture has run through a model."));
    takePlace();
    showPage();
}

void PredictionsView::takeChange()
{
    const WhatIf& change = m_exploration.place().change;
    QStringList parts;
    if (!change.erased.empty() && m_exploration.trace())
        parts.append(tr("%1 of %2 patches erased").arg(change.erased.size()).arg(m_exploration.trace()->model->patches()));
    if (!change.headsOff.empty())
        parts.append(change.headsOff.size() == 1 ? tr("1 head off") : tr("%1 heads off").arg(change.headsOff.size()));
    m_change->setVisible(!parts.isEmpty());
    fitExplanation();
    setTextWithKeys(
        *m_change,
        tr("%1: before → now · {Restore what was erased and switched off} restores").arg(parts.join(QStringLiteral(", "))));
}

void PredictionsView::fitExplanation()
{
    // What was changed says what the numbers are, and has the room.
    constexpr int lowest = 190;
    m_explanation->setVisible(m_all.classes() > 0 && height() >= lowest && m_change->isHidden());
}

void PredictionsView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitExplanation();
}

void PredictionsView::takePlace()
{
    takeChange();
    const std::optional<int> chosen = m_exploration.chosenClass();
    m_chart->bars().setChosenClass(chosen);
    const std::optional<int> rank = chosen ? m_all.rankOf(*chosen) : std::nullopt;
    m_chosen->setVisible(rank.has_value());
    if (rank) {
        const Prediction& shown = m_all.prediction(*rank);
        m_chosen->setText(tr("Chosen: %1 · rank %2 of %3 · %4 · logit %5")
                              .arg(m_all.className(*chosen))
                              .arg(*rank + 1)
                              .arg(m_all.classes())
                              .arg(formatPercent(shown.probability))
                              .arg(static_cast<double>(shown.logit), 0, 'f', 2)
                          + (m_exploration.place().against
                                 ? tr(" · against %1").arg(m_all.className(*m_exploration.place().against))
                                 : QString()));
    }
}

void PredictionsView::showPage()
{
    const bool any = m_all.classes() > 0;
    m_search->setEnabled(any);
    m_count->setEnabled(any);
    fitExplanation();
    const bool searching = !m_search->text().trimmed().isEmpty();
    m_pages->setCurrentWidget(!any ? static_cast<QWidget*>(m_empty) : searching ? m_table : static_cast<QWidget*>(m_scroll));
}

Figure PredictionsView::figure() const
{
    Figure result;
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    const std::optional<int> chosen = m_exploration.chosenClass();
    const int count = std::min(m_best.limit(), m_all.classes());
    const QPalette colours = figurePalette();
    const QFont text = labelFont(figureTextSize);
    result.title = tr("Predictions");
    if (count == 0)
        return result;
    result.size = {480, PredictionsChart::heightFor(count, QFontMetricsF(text))};
    result.paint = [=, size = result.size](QPainter& painter) {
        PredictionsModel model(count);
        QGraphicsScene scene;
        auto* chart = new PredictionsChart(model, colours);
        scene.addItem(chart);
        chart->setFont(text);
        chart->resize(size);
        model.setTrace(trace);
        chart->setChosenClass(chosen);
        scene.render(&painter, {{}, size}, {{}, size});
        delete chart;  // before the model it looks at
    };
    result.numbers = {{"probabilities", NdArray({trace->logits.size()}, probabilities(trace->logits))},
                      {"logits", trace->logits}};
    result.table = [trace] {
        std::vector<std::string> names;
        for (int index = 0; index < trace->model->classes; ++index)
            names.push_back(trace->model->label(index));
        return std::vector<Column>{{"class", std::move(names)}, {"probability", probabilities(trace->logits)}};
    };
    result.metadata = {{QStringLiteral("Model"), QString::fromStdString(trace->model->name)},
                       {QStringLiteral("Classes shown"), QString::number(count)}};
    if (chosen)
        result.metadata.emplace_back(QStringLiteral("Chosen class"), m_all.className(*chosen));
    addAssumptions(result, trace->model->assumed);
    return result;
}

}  // namespace vitrine
