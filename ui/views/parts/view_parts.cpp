// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/view_parts.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QLabel>
#include <QResizeEvent>
#include <QStyle>
#include <QStyleOptionComboBox>
#include <QStylePainter>
#include <QTabBar>

#include <algorithm>
#include <tuple>
#include <utility>

#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

class Readout : public QLabel {
public:
    using QLabel::QLabel;

protected:
    void paintEvent(QPaintEvent* event) override
    {
        if (wordWrap()) {
            QLabel::paintEvent(event);
            return;
        }
        QPainter painter(this);
        style()->drawItemText(&painter, contentsRect(), static_cast<int>(alignment()), palette(), isEnabled(),
                              fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()), foregroundRole());
    }

    bool event(QEvent* event) override
    {
        if (event->type() == QEvent::ToolTip)
            setToolTip(!wordWrap() && fontMetrics().horizontalAdvance(text()) > contentsRect().width() ? text() : QString());
        return QLabel::event(event);
    }
};

/// Remembers its height: layouts ask for it again and again, and QLabel breaks its text into lines each time.
class Caption : public QLabel {
public:
    using QLabel::QLabel;

    int heightForWidth(int width) const override
    {
        Asked asked{width, logicalDpiY(), text(), font()};
        if (asked != m_asked) {
            m_height = QLabel::heightForWidth(width);
            m_asked = std::move(asked);
        }
        return m_height;
    }

private:
    using Asked = std::tuple<int, int, QString, QFont>;
    mutable Asked m_asked;
    mutable int m_height = -1;
};

/// What does not fit ends in an ellipsis: Qt cuts it in the middle of a letter.
class Choice : public QComboBox {
public:
    using QComboBox::QComboBox;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QStylePainter painter(this);
        painter.setPen(palette().color(QPalette::Text));
        QStyleOptionComboBox option;
        initStyleOption(&option);
        painter.drawComplexControl(QStyle::CC_ComboBox, option);
        if (currentIndex() < 0 && !placeholderText().isEmpty()) {
            option.palette.setBrush(QPalette::ButtonText, option.palette.placeholderText());
            option.currentText = placeholderText();
        }
        constexpr int margins = 4;
        const int icon = option.currentIcon.isNull() ? 0 : option.iconSize.width() + margins;
        const QRect room = style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
        option.currentText = fontMetrics().elidedText(option.currentText, Qt::ElideRight, room.width() - icon - margins);
        painter.drawControl(QStyle::CE_ComboBoxLabel, option);
    }
};

class LowHider : public QObject {
public:
    LowHider(QWidget* view, QWidget* part, int height)
        : QObject(view)
        , m_part(part)
        , m_height(height)
    {
        view->installEventFilter(this);
    }

    bool eventFilter(QObject*, QEvent* event) override
    {
        if (event->type() == QEvent::Resize)
            m_part->setMaximumHeight(static_cast<QResizeEvent*>(event)->size().height() < m_height ? 0 : QWIDGETSIZE_MAX);
        return false;
    }

private:
    QWidget* m_part;
    int m_height;
};

}  // namespace

QLabel* makeCaption(const QString& text, QWidget* parent)
{
    auto* label = new Caption(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    // Lines with letters of another font, as in a formula, are somewhat longer than they are measured.
    label->setContentsMargins(0, 0, 6, 0);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 0.92);
    label->setFont(font);
    return label;
}

QLabel* makeTitle(const QString& text, QWidget* parent)
{
    auto* label = new Readout(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * 0.88);
    font.setBold(true);
    font.setCapitalization(QFont::AllUppercase);
    font.setLetterSpacing(QFont::PercentageSpacing, 106);
    label->setFont(font);
    return label;
}

QLabel* makeReadout(QWidget* parent)
{
    auto* label = new Readout(parent);
    label->setTextFormat(Qt::PlainText);
    label->setMinimumHeight(label->fontMetrics().height());
    // A long line must not widen a panel.
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    return label;
}

void hideWhenLow(QWidget* view, QWidget* part, int height)
{
    new LowHider(view, part, height);
}

QComboBox* makeChoice(const QString& name, const QString& toolTip, QWidget* parent)
{
    auto* box = new Choice(parent);
    box->setAccessibleName(name);
    box->setToolTip(toolTip);
    return box;
}

void choose(QComboBox& choice, const QJsonValue& text)
{
    if (const int index = choice.findText(text.toString(), Qt::MatchFixedString | Qt::MatchCaseSensitive); index >= 0)
        choice.setCurrentIndex(index);
}

void choose(QTabBar& tabs, const QJsonValue& text)
{
    for (int index = 0; index < tabs.count(); ++index)
        if (tabs.tabText(index) == text.toString())
            tabs.setCurrentIndex(index);
}

void paintMessage(QPainter& painter, const QRectF& rect, const QString& text, const QPalette& palette)
{
    painter.save();
    painter.setPen(quietText(palette));
    painter.drawText(rect.adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap, text);
    painter.restore();
}

QRectF fitted(const QRectF& rect, double width, double height)
{
    const double scale = std::min(rect.width() / width, rect.height() / height);
    const QSizeF size(width * scale, height * scale);
    return {rect.center() - QPointF(size.width() / 2, size.height() / 2), size};
}

QColor inkOn(QRgb fill)
{
    const double luminance = 0.2126 * qRed(fill) + 0.7152 * qGreen(fill) + 0.0722 * qBlue(fill);
    return luminance > 128 ? QColor(Qt::black) : QColor(Qt::white);
}

std::optional<int> steppedCell(const QKeyEvent& event, int rows, int columns, int cell)
{
    const int row = cell / columns, column = cell % columns;
    switch (event.key()) {
    case Qt::Key_Left:
        return row * columns + std::max(column - 1, 0);
    case Qt::Key_Right:
        return row * columns + std::min(column + 1, columns - 1);
    case Qt::Key_Up:
        return std::max(row - 1, 0) * columns + column;
    case Qt::Key_Down:
        return std::min(row + 1, rows - 1) * columns + column;
    default:
        return std::nullopt;
    }
}

void paintHatch(QPainter& painter, const QRectF& rect, const QColor& colour)
{
    constexpr double step = 5;
    QList<QLineF> lines;
    for (double x = rect.left() - rect.height() + step; x < rect.right(); x += step) {
        const double first = std::max(x, rect.left()), last = std::min(x + rect.height(), rect.right());
        lines.append({first, rect.bottom() - (first - x), last, rect.bottom() - (last - x)});
    }
    painter.save();
    painter.setPen(QPen(colour, 1));
    painter.drawLines(lines);
    painter.restore();
}

void paintOutline(QPainter& painter, const QRectF& rect, const QColor& colour, double width)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    QPen pen(QColor(0, 0, 0, 170), width + 2);
    pen.setJoinStyle(Qt::MiterJoin);
    painter.setPen(pen);
    painter.drawRect(rect);
    pen.setColor(colour);
    pen.setWidthF(width);
    painter.setPen(pen);
    painter.drawRect(rect);
    painter.restore();
}

std::vector<std::pair<QString, QString>> metadataOf(const Exploration& exploration)
{
    const std::shared_ptr<const Trace> trace = exploration.trace();
    if (!trace)
        return {};
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    std::vector<std::pair<QString, QString>> said{{QStringLiteral("Model"), text(trace->model->name)}};
    if (exploration.usesLayer())
        said.emplace_back(QStringLiteral("Layer"), QString::number(exploration.layer()));
    if (!exploration.showsAttention())
        said.emplace_back(exploration.method() ? QStringLiteral("Method") : QStringLiteral("Map"), mapName(exploration));
    if (exploration.usesHeads())
        said.emplace_back(QStringLiteral("Heads"), text(toString(exploration.heads())));
    if (exploration.usesToken())
        said.emplace_back(QStringLiteral("Query"), text(trace->model->tokenName(exploration.shownToken())));
    if (exploration.showsAttention())
        said.emplace_back(QStringLiteral("Direction"), exploration.direction() == Direction::LooksAt
                                                           ? QStringLiteral("looks at")
                                                           : QStringLiteral("looked at by"));
    if (const Method* method = exploration.method(); method && method->isOfClass) {
        if (const auto of = exploration.shownClass())
            said.emplace_back(QStringLiteral("Class"), text(trace->model->label(*of)));
        if (const auto against = exploration.place().against)
            said.emplace_back(QStringLiteral("Against"), text(trace->model->label(*against)));
    }
    said.emplace_back(QStringLiteral("Device"), text(trace->device));
    said.emplace_back(QStringLiteral("Precision"), text(trace->precision));
    return said;
}

void describeFigure(Figure& figure, const Exploration& exploration)
{
    if (!exploration.trace())
        return;
    figure.metadata = metadataOf(exploration);
    addAssumptions(figure, exploration.trace()->model->assumed);
}

QString mapName(const Exploration& exploration)
{
    if (exploration.method())
        return QString::fromUtf8(exploration.method()->id);
    switch (exploration.tokenMap()) {
    case TokenMap::Similarity:
        return QStringLiteral("similarity");
    case TokenMap::Norm:
        return QStringLiteral("norm");
    case TokenMap::Components:
        return QStringLiteral("components");
    case TokenMap::Pooling:
        return QStringLiteral("pooling");
    case TokenMap::Attention:
        break;
    }
    return QStringLiteral("attention");
}

BarMark uniformMark(int tokens)
{
    return {1.0 / tokens, QCoreApplication::translate("vitrine", "uniform")};
}

std::optional<BarMark> uniformMark(const Exploration& exploration)
{
    if (!exploration.trace() || !exploration.usesHeads() || !exploration.heads().isDistribution())
        return std::nullopt;
    return uniformMark(exploration.trace()->model->tokens());
}

QString timesUniform(double weight, double count)
{
    return QCoreApplication::translate("vitrine", "%1 × uniform").arg(weight * count, 0, 'g', 3);
}

}  // namespace vitrine
