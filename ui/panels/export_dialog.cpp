// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/export_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QStandardItemModel>
#include <QStandardPaths>

#include "core/base/error.h"
#include "ui/panels/view_entry.h"

namespace vitrine {

namespace {

constexpr QSize previewSize(420, 280);
constexpr double logicalDpi = 96;

}  // namespace

QString exportFolder(const QString& last)
{
    for (const QString& folder : {last, QStandardPaths::writableLocation(QStandardPaths::PicturesLocation),
                                  QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation)})
        if (!folder.isEmpty() && QFileInfo(folder).isDir() && QFileInfo(folder).isWritable())
            return folder;
    return QDir::homePath();
}

ExportDialog::ExportDialog(const std::vector<ViewEntry>& views, ExportChoice choice,
                           std::function<QString(const QString&)> names, QWidget* parent)
    : QDialog(parent)
    , m_views(views)
    , m_names(std::move(names))
    , m_view(new QComboBox(this))
    , m_format(new QComboBox(this))
    , m_scale(new QDoubleSpinBox(this))
    , m_path(new QLineEdit(this))
    , m_size(new QLabel(this))
    , m_preview(new QLabel(this))
    , m_problem(new QLabel(this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel, this))
{
    setWindowTitle(tr("Export what is shown"));
    for (const ViewEntry& each : views) {
        m_view->addItem(each.title, each.name);
        if (!each.figure().paint)
            qobject_cast<QStandardItemModel*>(m_view->model())->item(m_view->count() - 1)->setEnabled(false);
    }
    m_view->setCurrentIndex(std::max(0, m_view->findData(choice.view)));
    const std::pair<const char*, const char*> formats[] = {{"png", QT_TR_NOOP("PNG: pixels")},
                                                           {"svg", QT_TR_NOOP("SVG: vectors for the web")},
                                                           {"pdf", QT_TR_NOOP("PDF: vectors for print")},
                                                           {"csv", QT_TR_NOOP("CSV: the numbers")},
                                                           {"npy", QT_TR_NOOP("NPY: the numbers for numpy")},
                                                           {"npz", QT_TR_NOOP("NPZ: all arrays for numpy")}};
    for (const auto& [suffix, text] : formats)
        m_format->addItem(tr(text), QString::fromLatin1(suffix));
    addForm(choice);
    connect(m_view, &QComboBox::currentIndexChanged, this, &ExportDialog::takeView);
    connect(m_scale, &QDoubleSpinBox::valueChanged, this, &ExportDialog::showPreview);
    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::takeFormat);
    connect(m_path, &QLineEdit::textChanged, this, &ExportDialog::takePath);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &ExportDialog::save);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_path->setText(choice.path);
    takeView();
}

void ExportDialog::addForm(const ExportChoice& choice)
{
    m_scale->setRange(0.5, 16);
    m_scale->setSingleStep(0.5);
    m_scale->setPrefix(tr("× "));
    m_scale->setValue(choice.scale);
    m_preview->setFixedSize(previewSize);
    m_preview->setAlignment(Qt::AlignCenter);
    m_preview->setAccessibleName(tr("Preview"));
    m_path->setMinimumWidth(340);
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->hide();

    auto* browseButton = new QPushButton(tr("Browse…"), this);
    connect(browseButton, &QPushButton::clicked, this, &ExportDialog::browse);
    auto* path = new QWidget(this);
    auto* pathRow = new QHBoxLayout(path);
    pathRow->setContentsMargins(0, 0, 0, 0);
    pathRow->addWidget(m_path, 1);
    pathRow->addWidget(browseButton);
    auto* pathLabel = new QLabel(tr("F&ile"), this);
    pathLabel->setBuddy(m_path);
    auto* preview = new QHBoxLayout;
    preview->addStretch(1);
    preview->addWidget(m_preview);
    preview->addStretch(1);
    auto* form = new QFormLayout(this);
    form->addRow(preview);
    form->addRow(tr("&View"), m_view);
    form->addRow(tr("&Format"), m_format);
    form->addRow(tr("&Scale"), m_scale);
    form->addRow(QString(), m_size);
    form->addRow(pathLabel, path);
    form->addRow(m_problem);
    form->addRow(m_buttons);
}

ExportChoice ExportDialog::choice() const
{
    return {view().name, m_path->text(), m_scale->value()};
}

const ViewEntry& ExportDialog::view() const
{
    return m_views[static_cast<std::size_t>(m_view->currentIndex())];
}

QString ExportDialog::suffix() const
{
    return m_format->currentData().toString();
}

void ExportDialog::takeView()
{
    // A name that a person has typed stays.
    if (m_path->text().isEmpty() || m_path->text() == m_proposed) {
        m_proposed = m_names(view().name) + u'.' + suffix();
        m_path->setText(m_proposed);
    }
    takePath();
    showPreview();
}

void ExportDialog::takeFormat()
{
    const QFileInfo file(m_path->text());
    const bool proposed = m_path->text() == m_proposed;
    if (file.suffix().compare(suffix(), Qt::CaseInsensitive) != 0) {
        const bool known = m_format->findData(file.suffix().toLower()) >= 0;
        const QString base = known ? file.completeBaseName() : file.fileName();
        m_path->setText(file.dir().filePath(base + u'.' + suffix()));
        if (proposed)
            m_proposed = m_path->text();
    }
    showPreview();
}

void ExportDialog::takePath()
{
    // The suffix is the format: the two always say the same.
    const QString typed = QFileInfo(m_path->text()).suffix().toLower();
    const int format = m_format->findData(typed);
    if (format >= 0)
        m_format->setCurrentIndex(format);
    const bool exportable = static_cast<bool>(view().figure().paint);
    m_buttons->button(QDialogButtonBox::Save)->setEnabled(format >= 0 && exportable);
    tell(!exportable  ? tr("%1 has nothing to show yet: choose another view.").arg(view().title)
         : format < 0 ? tr("The file's ending says what it becomes: .png, .svg, .pdf, .csv, .npy or .npz.")
                      : QString());
}

void ExportDialog::showPreview()
{
    const Figure figure = view().figure();
    const bool pixels = suffix() == QStringLiteral("png");
    m_scale->setEnabled(pixels);
    if (!figure.paint) {
        m_preview->clear();
        m_size->clear();
        return;
    }
    const double fits = std::min(previewSize.width() / figure.size.width(), previewSize.height() / figure.size.height());
    QImage image = renderFigure(figure, fits * devicePixelRatioF());
    image.setDevicePixelRatio(devicePixelRatioF());
    m_preview->setPixmap(QPixmap::fromImage(image));
    const QSize size = (figure.size * m_scale->value()).toSize();
    m_size->setText(
        pixels ? tr("%1 × %2 pixels, %3 dpi").arg(size.width()).arg(size.height()).arg(qRound(logicalDpi * m_scale->value()))
               : QString());
}

void ExportDialog::browse()
{
    const QString chosen = QFileDialog::getSaveFileName(this, tr("Export to"), m_path->text(),
                                                        QStringLiteral("*.%1").arg(suffix()));
    if (chosen.isEmpty())
        return;
    m_confirmed = chosen;  // the file dialog has asked
    m_path->setText(chosen);
}

void ExportDialog::save()
{
    const QString path = m_path->text();
    if (QFileInfo::exists(path) && path != m_confirmed
        && QMessageBox::question(this, windowTitle(), tr("%1 is there already. Replace it?").arg(QFileInfo(path).fileName()),
                                 QMessageBox::Yes | QMessageBox::No, QMessageBox::No)
               != QMessageBox::Yes)
        return;
    try {
        saveFigure(view().figure(), path, m_scale->value());
        accept();
    } catch (const std::exception& error) {
        tell(QString::fromUtf8(error.what()));
    }
}

void ExportDialog::tell(const QString& problem)
{
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

}  // namespace vitrine
