// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/tour.h"

#include <QCoreApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

#include "core/explain/opening.h"
#include "ui/views/parts/command_keys.h"

namespace vitrine {

namespace {

constexpr int cardWidth = 270;

QString text(const char* source)
{
    return QCoreApplication::translate("vitrine::TourCard", source);
}

/// The picture with the attention of one patch where there is something to see.
void showAttention(Exploration& exploration)
{
    Place place = exploration.place();
    place.method = nullptr;
    place.heads = {};
    place.direction = Direction::LooksAt;
    if (const std::optional<Opening> found = opening(*exploration.trace())) {
        place.layer = found->layer;
        place.pinned = exploration.trace()->model->prefixTokens() + found->patch;
    }
    exploration.setPlace(place);
}

TourStep patches(Exploration& exploration, const std::function<void(const QString&)>& showView, const ModelSpec& spec)
{
    return {text("Patches"),
            text("The model cuts the picture into %1 × %2 = %3 patches of %4 × %5 pixels. Each one becomes a token: 3 × %4 × "
                 "%5 = %6 "
                 "numbers, projected to %7. One more token, CLS, has no pixels and gathers what the picture shows.")
                .arg(spec.gridHeight())
                .arg(spec.gridWidth())
                .arg(spec.patches())
                .arg(spec.patchHeight)
                .arg(spec.patchWidth)
                .arg(3 * spec.patchHeight * spec.patchWidth)
                .arg(spec.width),
            [&exploration, showView] {
                showView(QStringLiteral("canvas"));
                DisplaySettings display = exploration.display();
                display.grid = true;
                exploration.setDisplay(display);
                showAttention(exploration);
            }};
}

TourStep attention(Exploration& exploration, const std::function<void(const QString&)>& showView, const ModelSpec& spec)
{
    return {text("Attention"),
            text("The framed patch looks at the bright ones: softmax(q kᵀ / √d), one row of %1 weights that sum to 1. Move the "
                 "mouse to "
                 "ask other patches once {Step back: stop, unpin, leave full screen} has let this one go; "
                 "{Looks at or looked at by} asks who looks at it.")
                .arg(spec.tokens()),
            [&exploration, showView] {
                showView(QStringLiteral("canvas"));
                showAttention(exploration);
            }};
}

TourStep decision(Exploration& exploration, const std::function<void(const QString&)>& showView, const ModelSpec& spec)
{
    return {text("What it decides"),
            spec.classes > 0 ? text("After %1 blocks of attention and MLP the head reads its classes, at the right. A click on "
                                    "one asks why: the map "
                                    "is that of Chefer's rules for it. The page Methods says which maps to believe.")
                                   .arg(spec.layers)
                             : text("This model has no classes: its tokens are its answer. After %1 blocks, rollout follows "
                                    "the attention through "
                                    "all of them.")
                                   .arg(spec.layers),
            [&exploration, showView, classes = spec.classes] {
                showView(QStringLiteral("canvas"));
                exploration.setMethod(&findMethod(classes > 0 ? "chefer" : "rollout"));
            }};
}

TourStep inside(Exploration& exploration, const std::function<void(const QString&)>& showView,
                const std::function<void()>& openTnt)
{
    return {
        text("Inside a patch"),
        text("A ViT sees a patch as one vector. A TNT, Transformer in Transformer, sees it as a sequence of pixels as well: an "
             "inner "
             "transformer lets them look at each other, and what it finds is added to the patch. Double-click a patch to look "
             "inside; the button “both” puts the two models side by side."),
        [&exploration, showView, openTnt] {
            exploration.setMethod(nullptr);
            if (exploration.trace() && !exploration.trace()->innerAttention.empty())
                showView(QStringLiteral("inside"));
            else
                openTnt();
        }};
}

}  // namespace

std::vector<TourStep> tourSteps(Exploration& exploration, const std::function<void(const QString&)>& showView,
                                const std::function<void()>& openTnt)
{
    const std::shared_ptr<const Trace>& trace = exploration.trace();
    if (!trace)
        return {};
    const ModelSpec& spec = *trace->model;
    std::vector<TourStep> steps{patches(exploration, showView, spec)};
    steps.push_back(
        {text("Positions"),
         text("A patch does not know where it lies. A table with one learned row for each position is added to the tokens, not "
              "put behind them: still %1 × %2 numbers. Each tile here says how alike one position's row is to all others.")
             .arg(spec.tokens())
             .arg(spec.width),
         [showView] { showView(QStringLiteral("positions")); }});
    steps.push_back(attention(exploration, showView, spec));
    steps.push_back(
        {text("Layers and heads"),
         text("Every one of %1 layers has %2 heads of width %3, and each looks in its own way; their outputs are put side by "
              "side again. Columns are layers, rows are heads; a click opens one. {Layer back} and {Layer deeper} walk through "
              "the layers.")
             .arg(spec.layers)
             .arg(spec.heads)
             .arg(spec.width / std::max(1, spec.heads)),
         [showView] { showView(QStringLiteral("heads")); }});
    steps.push_back(decision(exploration, showView, spec));
    steps.push_back(inside(exploration, showView, openTnt));
    return steps;
}

TourCard::TourCard(QWidget* over, QWidget& pages)
    : QFrame(over)
    , m_pages(pages)
    , m_title(new QLabel(this))
    , m_text(new QLabel(this))
    , m_back(new QPushButton(tr("Back"), this))
    , m_next(new QPushButton(this))
{
    setObjectName(QStringLiteral("tour"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setAccessibleName(tr("Tour"));
    setFixedWidth(cardWidth);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    for (QLabel* label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    auto* skip = new QPushButton(tr("Skip"), this);
    skip->setToolTip(tr("Help, Tour brings it back"));
    auto* row = new QHBoxLayout;
    for (QPushButton* button : {m_next, m_back, skip}) {
        button->setFocusPolicy(Qt::TabFocus);
        row->addWidget(button);
    }
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addLayout(row);
    connect(skip, &QPushButton::clicked, this, &TourCard::end);
    connect(m_back, &QPushButton::clicked, this, [this] { go(m_step - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { go(m_step + 1); });
    for (QWidget* part : {over, &pages})
        part->installEventFilter(this);
    hide();
}

void TourCard::begin(std::vector<TourStep> steps)
{
    m_steps = std::move(steps);
    if (!m_steps.empty())
        go(0);
}

void TourCard::go(int step)
{
    if (step < 0)
        return;
    if (step >= static_cast<int>(m_steps.size())) {
        end();
        return;
    }
    m_step = step;
    const TourStep& shown = m_steps[static_cast<std::size_t>(step)];
    const bool last = step + 1 == static_cast<int>(m_steps.size());
    m_title->setText(tr("%1 of %2 · %3").arg(step + 1).arg(m_steps.size()).arg(shown.title));
    setTextWithKeys(*m_text, shown.text);
    m_back->setEnabled(step > 0);
    m_next->setText(last ? tr("Done") : tr("Next"));
    shown.show();
    show();
    raise();
    place();
}

void TourCard::end()
{
    hide();
    Q_EMIT ended();
}

bool TourCard::eventFilter(QObject*, QEvent* event)
{
    if (event->type() == QEvent::Resize && isVisible())
        place();
    return false;
}

void TourCard::place()
{
    setFixedHeight(layout()->totalHeightForWidth(cardWidth));
    const int right = m_pages.mapTo(parentWidget(), QPoint(m_pages.width(), 0)).x();
    move(std::max(0, right - width() - 10), std::max(0, parentWidget()->height() - height() - 34));
}

}  // namespace vitrine
