// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/matrix/attention_matrix_view.h"

#include <QComboBox>
#include <QBoxLayout>
#include <QLabel>

#include "ui/figure/figure_text.h"
#include "ui/views/parts/colour_key.h"
#include "ui/session/background.h"
#include "ui/views/matrix/matrix_canvas.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

AttentionMatrixView::AttentionMatrixView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_canvas(new MatrixCanvas(exploration, this))
    , m_scale(makeChoice(tr("Scale of the colours"), tr("Most weights are small: a logarithmic scale shows them"), this))
    , m_key(new ColourKey(this))
    , m_note(makeCaption({}, this))
    , m_readout(makeReadout(this))
{
    setAccessibleName(tr("Attention matrix"));
    m_scale->addItem(tr("logarithmic"), static_cast<int>(MatrixScale::Logarithmic));
    m_scale->addItem(tr("0 to 99th percentile"), static_cast<int>(MatrixScale::Percentile));
    m_scale->addItem(tr("0 to largest"), static_cast<int>(MatrixScale::Full));
    auto* words = new QVBoxLayout;
    words->addWidget(m_scale, 0, Qt::AlignLeft);
    words->addWidget(m_note);
    words->addWidget(m_readout);
    words->addWidget(
        makeCaption(tr("softmax(q kᵀ / √d) of this layer and head: each row is a query (q), each column a key (k); "
                       "the weights of a row sum to 1. Ctrl+wheel zooms down to single cells, a click pins the token."),
                    this));
    words->addStretch(1);
    auto* picture = new QHBoxLayout;
    picture->addWidget(m_canvas, 1);
    picture->addWidget(m_key);
    m_layout = new QBoxLayout(QBoxLayout::LeftToRight, this);
    m_layout->addLayout(words);
    m_layout->addLayout(picture, 5);
    m_readout->setWordWrap(true);
    m_readout->setAlignment(Qt::AlignTop);
    m_readout->setMinimumHeight(3 * m_readout->fontMetrics().lineSpacing());
    setFocusProxy(m_canvas);

    connect(m_scale, &QComboBox::currentIndexChanged, this, &AttentionMatrixView::refresh);
    connect(&m_exploration, &Exploration::traceChanged, this, &AttentionMatrixView::takeTrace);
    connect(&m_exploration, &Exploration::placeChanged, this, &AttentionMatrixView::takePlace);
    connect(&m_exploration, &Exploration::attentionProvided, this, &AttentionMatrixView::refresh);
    connect(&m_exploration, &Exploration::displayChanged, this, &AttentionMatrixView::refresh);
    connect(&m_exploration, &Exploration::hoverChanged, this, &AttentionMatrixView::takeHover);
    refresh();
}

void AttentionMatrixView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void AttentionMatrixView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // The matrix is a square: in a wide window the words go beside it.
    const bool wide = width() > height() * 3 / 2;
    m_layout->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_layout->setStretch(0, wide ? 2 : 0);
}

void AttentionMatrixView::takeTrace()
{
    // Holds nothing of the old trace, even while nobody looks.
    m_made.reset();
    m_canvas->setPicture({}, {});
    m_readout->clear();
    refresh();
}

void AttentionMatrixView::takePlace()
{
    refresh();
    takeHover();
}

void AttentionMatrixView::refresh()
{
    const LayerAttention attention = m_exploration.attention(m_exploration.layer());
    const Made made{attention, m_exploration.layer(), m_exploration.heads(), m_exploration.display().colours,
                    m_scale->currentData().toInt()};
    // A tab that nobody sees costs nothing: it catches up when it is shown.
    if (!isVisible() || made == m_made)
        return;
    m_made = made;
    if (attention.empty()) {
        m_canvas->setPicture({},
                             m_exploration.trace()
                                 ? tr("This layer's attention was not kept; it is being computed.")
                                 : tr("The attention between all tokens appears here once a picture has run through a model."));
        m_note->clear();
        m_key->hide();
        return;
    }
    if (attention.isWhole()) {
        showMatrix(fuseHeads(attention, made.heads));
        return;
    }
    m_canvas->setPicture({}, tr("This layer's attention is being computed."));
    m_note->clear();
    m_key->hide();
    // Thousands of tokens take seconds: not on this thread.
    runInBackground(
        this, [attention, heads = made.heads] { return fuseHeads(attention, heads); },
        [this, made](const NdArray& fused) {
            if (m_made == made)
                showMatrix(fused);
        });
}

void AttentionMatrixView::showMatrix(const NdArray& fused)
{
    const Made& made = *m_made;
    MatrixPicture picture(fused, m_exploration.trace()->model, static_cast<MatrixScale>(made.scale), made.colours);
    m_note->setText(tr("layer %1 · %2 · %3 × %3 tokens")
                        .arg(made.layer)
                        .arg(QString::fromStdString(toString(made.heads)))
                        .arg(picture.tokens()));
    m_key->setScale(picture.range(), made.colours, tr("weight"), picture.colourScale(), uniformMark(m_exploration));
    m_key->show();
    m_canvas->setPicture(std::move(picture), {});
}

void AttentionMatrixView::takeHover()
{
    m_canvas->update();
    const std::optional<int> token = m_exploration.hovered(), other = m_exploration.hoveredKey();
    const MatrixPicture& picture = m_canvas->picture();
    if (!token || !other || picture.empty() || std::max(*token, *other) >= picture.tokens()) {
        m_readout->clear();
        return;
    }
    const bool looksAt = m_exploration.direction() == Direction::LooksAt;
    const int query = looksAt ? *token : *other, key = looksAt ? *other : *token;
    const ModelSpec& spec = *m_exploration.trace()->model;
    const double weight = picture.at(query, key);
    m_readout->setText(tr("%1 looks at %2: %3 · %4")
                           .arg(QString::fromStdString(spec.tokenName(query)), QString::fromStdString(spec.tokenName(key)),
                                formatValue(weight), timesUniform(weight, picture.tokens())));
}

QJsonValue AttentionMatrixView::state() const
{
    return m_scale->currentText();
}

void AttentionMatrixView::restore(const QJsonValue& state)
{
    choose(*m_scale, state);
}

Figure AttentionMatrixView::figure() const
{
    Figure result;
    result.title = tr("Attention matrix");
    const LayerAttention attention = m_exploration.attention(m_exploration.layer());
    if (attention.empty())
        return result;
    const auto picture = std::make_shared<const MatrixPicture>(fuseHeads(attention, m_exploration.heads()),
                                                               m_exploration.trace()->model,
                                                               static_cast<MatrixScale>(m_scale->currentData().toInt()),
                                                               m_exploration.display().colours);
    result.size = {690, 560};
    result.paint = [picture, colours = m_exploration.display().colours, even = uniformMark(m_exploration)](QPainter& painter) {
        const QRectF target(70, 30, 510, 510);
        painter.setFont(labelFont(figureTextSize));
        picture->paint(painter, target, target);
        picture->paintAxes(painter, target, target, Qt::black);
        paintColourBar(painter, QRectF(592, 30, 12, 510), picture->range(), colours, Qt::black, {}, picture->colourScale(),
                       even);
    };
    result.numbers = {{"attention", picture->matrix()}};
    result.table = [picture] { return longTable(picture->matrix(), {"query", "key"}); };
    describeFigure(result, m_exploration);
    result.metadata.emplace_back(tr("Scale"), m_scale->currentText());
    return result;
}

}  // namespace vitrine
