// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of the figure page.
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>

#include "ui/panels/figure_page.h"
#include "ui/panels/figure_preview.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr double column = 84, page = 174;

QDoubleSpinBox* makeSize(const QString& name, const QString& toolTip, double low, double high, double value,
                         const QString& unit, QWidget* parent)
{
    auto* box = new QDoubleSpinBox(parent);
    box->setRange(low, high);
    box->setDecimals(high > 100 ? 0 : 1);
    box->setValue(value);
    box->setSuffix(unit);
    box->setAccessibleName(name);
    box->setToolTip(toolTip);
    return box;
}

QLineEdit* makeTemplate(const QString& name, const QString& text, QWidget* parent)
{
    auto* line = new QLineEdit(text, parent);
    line->setAccessibleName(name);
    line->setToolTip(
        FigurePage::tr("Words in braces become what is shown: {%1}").arg(templateWords().join(QStringLiteral("} {"))));
    return line;
}

/// Widgets side by side.
QWidget* rowOf(std::initializer_list<QWidget*> widgets, QWidget* parent)
{
    auto* row = new QWidget(parent);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    for (QWidget* widget : widgets)
        layout->addWidget(widget);
    return row;
}

}  // namespace

FigurePage::FigurePage(Exploration& exploration, const std::vector<ViewEntry>& views, std::function<CanvasPart()> part,
                       QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_views(views)
    , m_part(std::move(part))
    , m_preview(new FigurePreview(this))
{
    setWhatsThis(tr("A figure for a paper: what is shown, at its size on paper, with its recipe inside."));
    auto* columns = new QHBoxLayout(this);
    columns->setContentsMargins(8, 6, 8, 6);
    columns->addWidget(m_preview, 1);
    columns->addWidget(buildForm());
    m_soon.setSingleShot(true);
    m_soon.setInterval(30);
    connect(&m_soon, &QTimer::timeout, this, &FigurePage::showFigure);
    for (const auto signal :
         {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::displayChanged, &Exploration::mapProvided})
        connect(&exploration, signal, this, &FigurePage::refresh);
    connect(&exploration, &Exploration::attentionProvided, this, &FigurePage::refresh);
}

QWidget* FigurePage::buildForm()
{
    auto* content = new QWidget;
    m_form = new QFormLayout(content);
    m_form->setContentsMargins(8, 0, 8, 0);
    m_form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    m_form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    m_view = makeChoice(tr("Of"), tr("Which view the figure is of"), content);
    connect(m_view, &QComboBox::activated, this, [this] {
        m_wanted = m_view->currentData().toString();
        takeView();
    });
    m_list = new QListWidget(content);
    m_list->setAccessibleName(tr("Panels"));
    m_list->setToolTip(tr("The panels of the figure, in their order"));
    m_list->setMaximumHeight(84);
    m_add = new QPushButton(tr("+ Add panel"), content);
    m_add->setToolTip(tr("Keeps what is shown now as a panel of the figure"));
    m_remove = new QPushButton(tr("Remove"), content);
    m_remove->setToolTip(tr("Takes the chosen panel out of the figure"));
    m_now = makeReadout(content);
    connect(m_add, &QPushButton::clicked, this, &FigurePage::addPanel);
    connect(m_remove, &QPushButton::clicked, this, &FigurePage::removePanel);
    m_form->addRow(tr("Of"), m_view);
    m_form->addRow(m_list);
    m_form->addRow(rowOf({m_add, m_remove, m_now}, content));
    qobject_cast<QHBoxLayout*>(m_now->parentWidget()->layout())->setStretch(2, 1);
    addSizeRows(*m_form);
    addTextRows(*m_form);
    addFileRows(*m_form);
    auto* area = new QScrollArea(this);
    area->setWidget(content);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFixedWidth(330);
    return area;
}

void FigurePage::addSizeRows(QFormLayout& form)
{
    m_width = makeSize(tr("Width"), tr("How wide the figure is on paper"), 20, 1000, column, tr(" mm"), this);
    m_preset = makeChoice(tr("Usual widths"), tr("Usual widths of a figure"), this);
    m_preset->addItem(tr("a column"), column);
    m_preset->addItem(tr("a page"), page);
    m_preset->addItem(tr("other"), 0.0);
    m_dpi = makeSize(tr("Dots an inch"), tr("How fine a PNG is"), 72, 1200, 300, tr(" dpi"), this);
    m_font = makeSize(tr("Text"), tr("How large the text is on paper"), 4, 24, 7, tr(" pt"), this);
    m_font->setSingleStep(0.5);
    connect(m_preset, &QComboBox::activated, this, [this] {
        if (const double width = m_preset->currentData().toDouble(); width > 0)
            m_width->setValue(width);
        else
            m_width->setFocus();
    });
    connect(m_width, &QDoubleSpinBox::valueChanged, this, [this](double width) {
        const int usual = m_preset->findData(width);
        m_preset->setCurrentIndex(usual >= 0 ? usual : m_preset->count() - 1);
    });
    for (QDoubleSpinBox* box : {m_width, m_dpi, m_font})
        connect(box, &QDoubleSpinBox::valueChanged, this, &FigurePage::refresh);
    form.addRow(tr("Width"), rowOf({m_width, m_preset}, this));
    form.addRow(tr("Text"), m_font);
    form.addRow(tr("PNG"), m_dpi);
}

void FigurePage::addTextRows(QFormLayout& form)
{
    const FigureStyle usual;
    m_title = makeTemplate(tr("Title"), usual.title, this);
    m_labels = makeTemplate(tr("Over each panel"), usual.labels, this);
    m_caption = makeTemplate(tr("Caption"), usual.caption, this);
    m_caption->setPlaceholderText(QStringLiteral("{model}, {picture}"));
    for (QLineEdit* line : {m_title, m_labels, m_caption})
        connect(line, &QLineEdit::textChanged, this, &FigurePage::refresh);
    const auto add = [this](const QString& text, const QString& toolTip, bool on) {
        auto* box = new QCheckBox(text, this);
        box->setToolTip(toolTip);
        box->setChecked(on);
        connect(box, &QCheckBox::toggled, this, &FigurePage::refresh);
        return box;
    };
    m_bar = add(tr("Bar"), tr("A colour bar beside the map"), usual.bar);
    m_grid = add(tr("Grid"), tr("Lines between the patches"), usual.grid);
    m_marks = add(tr("Marks"), tr("The frame of the query, the corners of outlier patches"), usual.marks);
    m_oneScale = add(tr("One scale"), tr("One colour scale over all panels of one kind of map; else each has its own"),
                     usual.oneScale);
    m_transparent = add(tr("No background"), tr("Transparent instead of white"), usual.transparent);
    form.addRow(tr("Title"), m_title);
    form.addRow(tr("Panels"), m_labels);
    form.addRow(tr("Caption"), m_caption);
    form.addRow(QString(), rowOf({m_bar, m_grid, m_marks, m_oneScale}, this));
    form.addRow(QString(), m_transparent);
}

void FigurePage::addFileRows(QFormLayout& form)
{
    m_format = makeChoice(tr("Format"), tr("What is written"), this);
    const std::pair<const char*, const char*> formats[] = {{"pdf", QT_TR_NOOP("PDF: vectors for print")},
                                                           {"svg", QT_TR_NOOP("SVG: vectors for the web")},
                                                           {"png", QT_TR_NOOP("PNG: pixels")},
                                                           {"csv", QT_TR_NOOP("CSV: the numbers, one a line")},
                                                           {"npy", QT_TR_NOOP("NPY: the numbers for numpy")},
                                                           {"npz", QT_TR_NOOP("NPZ: all arrays for numpy")},
                                                           {"json", QT_TR_NOOP("JSON: how to make it again")}};
    for (const auto& [suffix, text] : formats)
        m_format->addItem(tr(text), QString::fromLatin1(suffix));
    m_path = new QLineEdit(this);
    m_path->setAccessibleName(tr("File"));
    m_path->setToolTip(tr("Where the figure goes; its ending is the format"));
    auto* browseButton = new QPushButton(tr("Browse…"), this);
    browseButton->setToolTip(tr("Choose a folder and a name"));
    m_save = new QPushButton(tr("Save"), this);
    m_save->setToolTip(tr("Writes the figure; {Export again} writes it there again"));
    m_problem = new QLabel(this);
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->hide();
    connect(browseButton, &QPushButton::clicked, this, &FigurePage::browse);
    connect(m_save, &QPushButton::clicked, this, &FigurePage::save);
    connect(m_format, &QComboBox::currentIndexChanged, this, &FigurePage::takeFormat);
    connect(m_path, &QLineEdit::textChanged, this, &FigurePage::takePath);
    form.addRow(tr("Format"), m_format);
    form.addRow(tr("File"), m_path);
    form.addRow(QString(), rowOf({browseButton, m_save}, this));
    form.addRow(m_problem);
    form.addRow(
        makeCaption(tr("PNG, SVG and PDF say inside how they were made: vitrine figure FILE -o NEW makes them again."), this));
}

}  // namespace vitrine
