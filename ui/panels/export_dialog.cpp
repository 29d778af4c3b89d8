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
#include <QPushButton>
#include <QStandardPaths>

#include "ui/panels/main_window.h"

namespace vitrine {

namespace {

constexpr QSize previewSize(360, 260);

QString startPath(const QString& viewName, const QString& lastPath)
{
    if (!lastPath.isEmpty())
        return lastPath;
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
    return QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(QStringLiteral("vitrine-%1.png").arg(viewName));
}

} // namespace

ExportDialog::ExportDialog(const std::vector<ViewEntry>& views, const QString& viewName, const QString& lastPath,
                           QWidget* parent)
    : QDialog(parent)
    , m_views(views)
    , m_view(new QComboBox(this))
    , m_format(new QComboBox(this))
    , m_scale(new QDoubleSpinBox(this))
    , m_path(new QLineEdit(startPath(viewName, lastPath), this))
    , m_size(new QLabel(this))
    , m_preview(new QLabel(this))
{
    setWindowTitle(tr("Export what is shown"));
    for (const ViewEntry& view : views)
        m_view->addItem(view.title, view.name);
    m_view->setCurrentIndex(m_view->findData(viewName));
    const std::pair<const char*, const char*> formats[] = {
        {"png", QT_TR_NOOP("PNG: pixels")},          {"svg", QT_TR_NOOP("SVG: vectors for the web")},
        {"pdf", QT_TR_NOOP("PDF: vectors for print")}, {"csv", QT_TR_NOOP("CSV: the numbers")},
        {"npy", QT_TR_NOOP("NPY: the numbers for numpy")}, {"npz", QT_TR_NOOP("NPZ: all arrays for numpy")}};
    for (const auto& [suffix, text] : formats)
        m_format->addItem(tr(text), QString::fromLatin1(suffix));
    m_format->setCurrentIndex(std::max(0, m_format->findData(QFileInfo(m_path->text()).suffix().toLower())));
    m_scale->setRange(0.5, 16);
    m_scale->setSingleStep(0.5);
    m_scale->setValue(2);
    m_preview->setFixedSize(previewSize);
    m_preview->setAlignment(Qt::AlignCenter);
    m_preview->setAccessibleName(tr("Preview"));
    m_path->setMinimumWidth(340);

    auto* browseButton = new QPushButton(tr("Browse…"), this);
    auto* pathRow = new QHBoxLayout;
    pathRow->addWidget(m_path, 1);
    pathRow->addWidget(browseButton);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel, this);
    auto* form = new QFormLayout(this);
    form->addRow(m_preview);
    form->addRow(tr("&View"), m_view);
    form->addRow(tr("&Format"), m_format);
    form->addRow(tr("&Scale"), m_scale);
    form->addRow(QString(), m_size);
    form->addRow(tr("F&ile"), pathRow);
    form->addRow(buttons);

    connect(m_view, &QComboBox::currentIndexChanged, this, &ExportDialog::showPreview);
    connect(m_scale, &QDoubleSpinBox::valueChanged, this, &ExportDialog::showPreview);
    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::takeFormat);
    connect(browseButton, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    takeFormat();
}

QString ExportDialog::viewName() const
{
    return m_view->currentData().toString();
}

QString ExportDialog::path() const
{
    return m_path->text();
}

double ExportDialog::scale() const
{
    return m_scale->value();
}

QString ExportDialog::suffix() const
{
    return m_format->currentData().toString();
}

void ExportDialog::takeFormat()
{
    const QFileInfo file(m_path->text());
    m_path->setText(file.dir().filePath(file.completeBaseName() + u'.' + suffix()));
    m_scale->setEnabled(suffix() == QStringLiteral("png"));
    showPreview();
}

void ExportDialog::showPreview()
{
    const Figure figure = m_views[static_cast<std::size_t>(m_view->currentIndex())].figure();
    const double fits = std::min(previewSize.width() / figure.size.width(), previewSize.height() / figure.size.height());
    QImage image = renderFigure(figure, fits * devicePixelRatioF());
    image.setDevicePixelRatio(devicePixelRatioF());
    m_preview->setPixmap(QPixmap::fromImage(image));
    const QSize pixels = (figure.size * scale()).toSize();
    m_size->setText(suffix() == QStringLiteral("png") ? tr("%1 × %2 pixels").arg(pixels.width()).arg(pixels.height())
                                                     : QString());
}

void ExportDialog::browse()
{
    const QString chosen = QFileDialog::getSaveFileName(this, tr("Export to"), m_path->text(),
                                                        QStringLiteral("*.%1").arg(suffix()));
    if (!chosen.isEmpty())
        m_path->setText(chosen);
}

} // namespace vitrine
