// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/methods/method_sheet_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPainter>
#include <QStyle>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>

#include "ui/figure/explanation_figure.h"
#include "ui/views/parts/chip.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

/// Asks for a map only to paint it, not to learn its size, which Qt's own delegate does on every change of a hidden list as well;
/// and paints it as it is: an icon would be tinted when chosen, and ten megabytes of those before it kept in Qt's cache.
class MapDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        QStyleOptionViewItem whole = option;
        initStyleOption(&whole, index);
        const QStyle* const style = option.widget->style();
        style->drawItemPixmap(painter, style->subElementRect(QStyle::SE_ItemViewItemDecoration, &whole, option.widget),
                              Qt::AlignCenter, index.data(Qt::DecorationRole).value<QPixmap>());
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        option->index = index;
        option->features |= QStyleOptionViewItem::HasDisplay | QStyleOptionViewItem::HasDecoration;
        option->text = displayText(index.data(), option->locale);
    }
};

}  // namespace

MethodSheetView::MethodSheetView(Exploration& exploration, Form form, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_form(form)
    , m_model(exploration, form == Form::Page ? 104 : 74, form == Form::Panel)
    , m_judge(new Chip(tr("which to believe"), this))
    , m_title(makeTitle(tr("Why"), this))
    , m_note(makeReadout(this))
    , m_list(new QListView(this))
{
    setAccessibleName(tr("Methods"));
    m_list->setModel(&m_model);
    m_list->setItemDelegate(new MapDelegate(m_list));
    m_list->setViewMode(QListView::IconMode);
    m_list->setMovement(QListView::Static);
    m_list->setResizeMode(QListView::Adjust);
    const int side = m_model.side();
    m_list->setIconSize({side, side});
    int width = side;
    for (const Method& method : methods())
        if (form == Form::Page)
            width = std::max(width, fontMetrics().horizontalAdvance(QString::fromUtf8(method.id)));
    m_cell = {width + (form == Form::Page ? 16 : 8), side + fontMetrics().height() + 12};
    m_list->viewport()->setAutoFillBackground(false);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setAccessibleName(tr("Maps of all methods"));
    setFocusProxy(m_list);
    m_judge->setToolTip(
        tr("Takes the pixels away in the order of each map, and brings them back: ↓ is the area under the class's\n"
           "probability as they go (small is good), ↑ as they come (large is good), RISE's curves in 20 steps"));
    lay();

    const auto choose = [this](const QModelIndex& index) {
        if (index.isValid())
            m_exploration.setMethod(m_model.method(index.row()));
    };
    connect(m_list, &QListView::clicked, this, choose);
    connect(m_list, &QListView::activated, this, choose);
    connect(m_judge, &Chip::toggled, this, &MethodSheetView::begin);
    for (const auto signal : {&Exploration::traceChanged, &Exploration::placeChanged})
        connect(&exploration, signal, this, &MethodSheetView::begin);
    for (const auto signal : {&Exploration::mapProvided, &Exploration::judgementProvided})
        connect(&exploration, signal, this, &MethodSheetView::refresh);
    refresh();
}

void MethodSheetView::lay()
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 8, 6);
    auto* top = new QHBoxLayout;
    if (m_form == Form::Panel)
        column->addWidget(m_title);
    else
        m_title->hide();
    top->addWidget(m_judge);
    top->addWidget(m_note, 1);
    column->addLayout(top);
    column->addWidget(m_list, 1);
    const QString scales = tr("Each map from 0 to its own largest number, those with both signs around 0: their units differ.");
    QLabel* const caption = makeCaption(
        m_form == Form::Panel
            ? tr("%1 gaussian knows nothing of the network and is there to be beaten. The page Methods has all.").arg(scales)
            : tr("%1 random and gaussian know nothing of the network and are there to be beaten.").arg(scales),
        this);
    column->addWidget(caption);
    hideWhenLow(this, caption, m_form == Form::Panel ? 420 : 200);
}

bool MethodSheetView::isSeen() const
{
    // What lies behind another tab can be visible to Qt, but has no place.
    return !m_stopped && isVisible() && !visibleRegion().isEmpty();
}

void MethodSheetView::stop()
{
    m_stopped = m_model.missingMap() || m_judge->isChecked();
    refresh();
}

void MethodSheetView::begin()
{
    m_stopped = false;
    refresh();
}

std::optional<MapRequest> MethodSheetView::missingMap() const
{
    return isSeen() ? m_model.missingMap() : std::nullopt;
}

std::optional<MapRequest> MethodSheetView::missingJudgement() const
{
    return m_judge->isChecked() && isSeen() && !m_model.missingMap() ? m_model.missingJudgement() : std::nullopt;
}

void MethodSheetView::paintEvent(QPaintEvent* event)
{
    QWidget::paintEvent(event);
    m_model.setDevicePixelRatio(devicePixelRatioF());
    if (missingMap() || missingJudgement())
        QTimer::singleShot(0, this, &MethodSheetView::mapMissing);
}

void MethodSheetView::refresh()
{
    const int maps = std::max(0, m_model.rowCount() - 1), computed = m_model.computedMaps();
    const std::optional<int> of = m_exploration.shownClass();
    const QString name = of ? QString::fromStdString(m_exploration.trace()->model->label(*of)) : QString();
    m_list->setGridSize(m_cell + QSize(0, m_judge->isChecked() || m_form == Form::Page ? fontMetrics().height() : 0));
    m_title->setText(of ? tr("Why %1").arg(name) : tr("What matters"));
    m_note->setText(maps == 0 ? tr("The maps of all methods appear here once a picture has run through a model.")
                    : computed < maps
                        ? (m_stopped ? tr("stopped at %1 of %2 maps") : tr("%1 of %2 maps")).arg(computed).arg(maps)
                    : m_judge->isChecked() && of ? judgementText(maps)
                    : m_form == Form::Panel      ? QString()
                    : of                         ? tr("%1 maps; those of a class are of %2").arg(maps).arg(name)
                                                 : tr("%1 maps").arg(maps));
    if (m_model.rowCount() > 0)
        m_list->setCurrentIndex(m_model.index(m_model.rowOf(m_exploration.method())));
    if (missingMap() || missingJudgement())
        Q_EMIT mapMissing();
}

QString MethodSheetView::judgementText(int maps) const
{
    const int judged = m_model.judgedMaps();
    if (judged < maps && missingJudgement())
        return tr("measured: %1 of %2").arg(judged).arg(maps);
    const QStringList beaten = m_model.beaten();
    return beaten.isEmpty() ? tr("every method beats the controls on this picture, by deletion or by insertion")
                            : tr("no better than a control on this picture: %1").arg(beaten.join(QStringLiteral(", ")));
}

Figure MethodSheetView::figure() const
{
    std::vector<Explanation> explanations;
    for (int row = 0; row < m_model.rowCount(); ++row)
        if (const std::optional<Heatmap> map = m_model.map(row))
            explanations.push_back(
                {m_model.method(row), NdArray({map->rows, map->columns}, map->values),
                 m_model.method(row) ? QString() : m_model.index(row).data(MethodSheetModel::NameRole).toString()});
    if (explanations.empty())
        return {};
    const Trace& trace = *m_exploration.trace();
    const std::optional<int> of = m_exploration.shownClass();
    Figure figure = explanationFigure(explanations, trace, of ? QString::fromStdString(trace.model->label(*of)) : QString(),
                                      m_exploration.display());
    figure.isWhole = !m_model.missingMap();
    describeFigure(figure, m_exploration);
    return figure;
}

}  // namespace vitrine
