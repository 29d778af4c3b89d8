// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QDir>
#include <QDrag>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QMouseEvent>
#include <QRegularExpression>
#include <QSettings>
#include <QTemporaryDir>
#include <QUrl>

#include <algorithm>

#include "core/base/error.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/workspace.h"
#include "ui/views/compare/compare_view.h"

namespace vitrine {

namespace {

QString megabytes(std::size_t bytes)
{
    return QString::number(double(bytes) / (1 << 20), 'f', bytes < (10 << 20) ? 1 : 0);
}

/// Tab-separated, as spreadsheets paste it.
QString asTable(const Figure& figure)
{
    if (figure.numbers.empty() || !std::holds_alternative<NdArray>(figure.numbers.front().values))
        return {};
    const NdArray& array = std::get<NdArray>(figure.numbers.front().values);
    const std::int64_t columns = array.rank() > 0 ? array.dim(-1) : 1;
    QString text;
    for (std::int64_t i = 0; i < array.size(); ++i) {
        text += QString::number(static_cast<double>(array.values()[static_cast<std::size_t>(i)]), 'g', 9);
        text += (i + 1) % columns == 0 ? u'\n' : u'\t';
    }
    return text;
}

}  // namespace

void MainWindow::escape()
{
    if (m_playback.isPlaying())
        m_playback.stop();
    else if (isAskedFor())
        stopWork();
    else if (m_canvas->canvas().isErasing())
        m_canvas->canvas().setErasing(false);
    else if (m_workspace->page() != QStringLiteral("canvas"))
        showView(QStringLiteral("canvas"));
    else if (m_exploration.pinned() || m_exploration.hovered()) {
        // The mouse may rest on a patch, which would take the place of CLS.
        m_exploration.hover(std::nullopt);
        m_exploration.pin(std::nullopt);
    } else if (!m_exploration.place().change.empty())
        m_exploration.restore();
    else if (m_exploration.method())
        m_exploration.setMethod(nullptr);
    else if (!m_exploration.showsAttention())
        m_exploration.setTokenMap(TokenMap::Attention);
    else if (isFullScreen())
        showNormal();
}

bool MainWindow::isAskedFor() const
{
    // The small maps beside the picture come by themselves: whoever presses Esc means something else.
    return m_controller.renewsResult() || m_exploration.missingMap() || m_exploration.missingPass()
           || (m_controller.busy() && m_workspace->page() != QStringLiteral("canvas"));
}

void MainWindow::focusNextView(int by)
{
    const int count = static_cast<int>(m_views.size());
    const auto current = static_cast<int>(&currentView() - m_views.data());
    for (int step = 1; step <= count; ++step) {
        const ViewEntry& next = m_views[static_cast<std::size_t>((current + by * step + count * step) % count)];
        if ((next.name != QStringLiteral("compare") || m_compare->isActive()) && showView(next.name))
            return;
    }
}

ViewEntry& MainWindow::currentView()
{
    for (ViewEntry& view : m_views)
        if (QApplication::focusWidget()
            && (view.widget == QApplication::focusWidget() || view.widget->isAncestorOf(QApplication::focusWidget())))
            return view;
    return *std::ranges::find(m_views, m_workspace->page(), &ViewEntry::name);
}

QString MainWindow::exportName(const QString& view) const
{
    QStringList parts{QFileInfo(m_controller.picture().name).completeBaseName(), view};
    if (const auto& trace = m_exploration.trace()) {
        parts += QStringLiteral("layer%1").arg(m_exploration.layer());
        parts += QString::fromStdString(trace->model->tokenName(m_exploration.shownToken()));
    }
    parts.removeAll(QString());
    // "patch 6, 9" -> "patch-6-9"
    static const QRegularExpression others(QStringLiteral("[^\\w.-]+"), QRegularExpression::UseUnicodePropertiesOption);
    const QString name = parts.join(u'-').replace(others, QStringLiteral("-"));
    return QDir(exportFolder(QFileInfo(m_lastExport.path).path())).filePath(name);
}

void MainWindow::exportView()
{
    ExportChoice choice = m_lastExport;
    choice.view = currentView().name;
    choice.path.clear();
    ExportDialog dialog(
        m_views, choice, [this](const QString& view) { return exportName(view); }, this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    m_lastExport = dialog.choice();
    tellSaved();
}

void MainWindow::exportAgain()
{
    if (m_lastExport.path.isEmpty()) {
        exportView();
        return;
    }
    for (const ViewEntry& view : m_views) {
        if (view.name != m_lastExport.view)
            continue;
        try {
            const Figure figure = view.figure();
            if (!figure.paint)
                throw Error(tr("%1 has nothing to show yet: choose another view.").arg(view.title).toStdString());
            saveFigure(figure, m_lastExport.path, m_lastExport.scale);
            tellSaved();
        } catch (const Error& error) {
            m_messages->showMessage(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
        }
    }
}

void MainWindow::tellSaved()
{
    const QFileInfo file(m_lastExport.path);
    m_messages->showMessage(MessageBar::Kind::Note, tr("Saved %1.").arg(file.fileName()));
    m_messages->setAction(tr("Show in folder"), [this, folder = file.absolutePath()] { showFolder(folder); });
}

void MainWindow::showFolder(const QString& folder)
{
    if (!QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
        m_messages->showMessage(MessageBar::Kind::Note,
                                tr("This system names no program to show folders with; it is %1.").arg(folder));
}

void MainWindow::copyPicture()
{
    const Figure figure = currentView().figure();
    if (!figure.paint)
        m_messages->showMessage(MessageBar::Kind::Note, tr("There is no picture to copy yet: open one first."));
    else
        QApplication::clipboard()->setImage(renderFigure(figure));
}

void MainWindow::copyNumbers()
{
    const QString table = asTable(currentView().figure());
    if (table.isEmpty())
        m_messages->showMessage(MessageBar::Kind::Note, tr("There are no numbers to copy yet: open a picture first."));
    else
        QApplication::clipboard()->setText(table);
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::MouseButtonPress && event->type() != QEvent::MouseMove)
        return false;
    const auto* mouse = static_cast<QMouseEvent*>(event);
    const QPoint position = mouse->globalPosition().toPoint();
    const bool control = mouse->modifiers() & Qt::ControlModifier;
    if (event->type() == QEvent::MouseButtonPress)
        m_ctrlPressed = control && mouse->button() == Qt::LeftButton ? std::optional(position) : std::nullopt;
    if (event->type() != QEvent::MouseMove || !m_ctrlPressed || !(mouse->buttons() & Qt::LeftButton))
        return false;
    // Until it is clear that this is no click, the view sees no movement: it would begin to pan.
    if ((position - *m_ctrlPressed).manhattanLength() < QApplication::startDragDistance())
        return true;
    m_ctrlPressed.reset();
    for (const ViewEntry& view : m_views)
        if (view.widget == watched || view.widget->isAncestorOf(static_cast<QWidget*>(watched)))
            dragOut(view);
    return true;
}

void MainWindow::dragOut(const ViewEntry& view)
{
    // The file must outlive the drop: whoever takes it may read it later.
    static const QTemporaryDir folder;
    const Figure figure = view.figure();
    if (!figure.paint)
        return;
    const QString path = folder.filePath(QFileInfo(m_controller.picture().name).completeBaseName() + u'-' + view.name
                                         + QStringLiteral(".png"));
    try {
        saveFigure(figure, path);
    } catch (const Error& error) {
        m_messages->showMessage(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
        return;
    }
    auto* drag = new QDrag(this);
    auto* content = new QMimeData;
    content->setUrls({QUrl::fromLocalFile(path)});
    const QImage image = renderFigure(figure, 1);
    content->setImageData(image);
    drag->setMimeData(content);
    drag->setPixmap(QPixmap::fromImage(image.scaled(160, 160, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    drag->exec(Qt::CopyAction);
}

std::optional<ModelSource> MainWindow::otherBundled() const
{
    const bool bundled = std::ranges::any_of(m_setup.models,
                                             [this](const BundledModel& each) { return each.name == m_wanted.nameOrPath; });
    for (const BundledModel& each : m_setup.models)
        if (bundled && each.name != m_wanted.nameOrPath)
            return ModelSource{each.name, {}, m_wanted.options};
    return std::nullopt;
}

void MainWindow::setComparing(bool comparing, bool otherModel)
{
    const std::optional<ModelSource> other = otherModel ? otherBundled() : std::nullopt;
    if (comparing && other)
        m_compare->compareModel(*other);
    else if (comparing)
        m_compare->compareLayers();
    else
        m_compare->stop();
    m_split->setChecked(comparing && !other);
    m_bothModels = comparing && other;
    m_bar->showSwitch(m_wanted.nameOrPath, m_bothModels);
    showView(comparing ? QStringLiteral("compare") : QStringLiteral("canvas"));
}

void MainWindow::compareNextPicture()
{
    const int row = m_strip->currentRow();
    if (m_pictures.rowCount() < 2 || row < 0) {
        m_messages->showMessage(MessageBar::Kind::Note, tr("Open a second picture to compare with: drop it here."));
        return;
    }
    setComparing(true, false);
    m_compare->comparePicture(m_pictures.source((row + 1) % m_pictures.rowCount()));
}

void MainWindow::connectCompare()
{
    CompareView& view = m_compare->view();
    for (const CompareView::Side side : {CompareView::First, CompareView::Second}) {
        ComparePane& pane = view.pane(side);
        QList<std::pair<QString, QString>> models;
        for (const BundledModel& each : m_setup.models)
            models.append({each.title, each.name});
        const QStringList recent = m_setup.persistent ? QSettings().value(QStringLiteral("recent/models")).toStringList()
                                                      : QStringList();
        for (const QString& path : recent)
            models.append({QFileInfo(path).fileName(), path});
        pane.offerModels(models);
        pane.offerPictures(&m_pictures);
    }
    connect(&view.pane(CompareView::First), &ComparePane::modelChosen, this,
            [this](const QString& name) { name.isEmpty() ? openModelDialog() : Q_EMIT m_bar->modelChosen(name); });
    connect(&view.pane(CompareView::First), &ComparePane::pictureChosen, m_strip, &PictureStrip::setCurrentRow);
    connect(&view.pane(CompareView::Second), &ComparePane::modelChosen, this, [this](const QString& name) {
        const QString path = name.isEmpty() ? QFileDialog::getOpenFileName(this, tr("Open a model for the second side")) : name;
        if (!path.isEmpty())
            m_compare->compareModel({path, {}, m_wanted.options});
    });
    connect(&view.pane(CompareView::Second), &ComparePane::pictureChosen, this,
            [this](int row) { m_compare->comparePicture(m_pictures.source(row)); });
}

void MainWindow::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::BackButton)
        m_exploration.goBack();
    else if (event->button() == Qt::ForwardButton)
        m_exploration.goForward();
    else
        QMainWindow::mousePressEvent(event);
}

void MainWindow::tellDoubts(const ModelSpec& spec)
{
    QStringList doubts, texts;
    // The worst first.
    for (const Severity severity : {Severity::Unreliable, Severity::Doubtful})
        for (const Assumption& assumption : spec.assumed)
            if (assumption.severity == severity) {
                doubts.append(sentence(assumption));
                texts.append(QString::fromStdString(assumption.text));
            }
    const QString name = QString::fromStdString(spec.name);
    const QStringList told = QStringList(name) + doubts;
    if (told == m_toldDoubts)
        return;
    m_toldDoubts = told;
    if (doubts.isEmpty())
        return m_doubts->clear();
    const int count = static_cast<int>(doubts.size());
    const bool unreliable = spec.doubt() == Severity::Unreliable;
    const QString text
        = count == 1 ? QStringLiteral("%1 · %2").arg(name, doubts.first())
          : unreliable
              ? tr("%1 · %2 And %n more: hold the mouse here to see all.", nullptr, count - 1).arg(name, doubts.first())
              : tr("%1 · %n doubts: %2", nullptr, count).arg(name, texts.join(u' '));
    m_doubts->showMessage(unreliable ? MessageBar::Kind::Error : MessageBar::Kind::Doubt, text, doubts);
}

void MainWindow::updateStatus()
{
    const auto& trace = m_exploration.trace();
    if (!trace || m_isStale) {
        m_pictureStatus->setText(m_controller.picture().name);
        m_runStatus->clear();
        return;
    }
    const ModelSpec& spec = *trace->model;
    const PreparedImage& picture = trace->picture;
    m_pictureStatus->setText(tr("%1 · %2 × %3 → crop %4 × %5 → %6 × %7 · %8 patches of %9")
                                 .arg(m_controller.picture().name)
                                 .arg(picture.originalWidth)
                                 .arg(picture.originalHeight)
                                 .arg(qRound(picture.crop.width))
                                 .arg(qRound(picture.crop.height))
                                 .arg(spec.imageWidth)
                                 .arg(spec.imageHeight)
                                 .arg(QStringLiteral("%1 × %2").arg(spec.gridHeight()).arg(spec.gridWidth()),
                                      QStringLiteral("%1 × %2").arg(spec.patchHeight).arg(spec.patchWidth)));
    m_runStatus->setText(tr("%1 · %2 · %3 ms · trace %4 MB")
                             .arg(QString::fromStdString(trace->device), QString::fromStdString(trace->precision))
                             .arg(trace->milliseconds, 0, 'f', trace->milliseconds < 100 ? 1 : 0)
                             .arg(megabytes(trace->bytes())));
    m_runStatus->setToolTip(tr("Results kept: %1 pictures, %2 of %3 MB")
                                .arg(m_controller.cache().size())
                                .arg(megabytes(m_controller.cache().bytes()), megabytes(m_controller.cache().budget())));
}

}  // namespace vitrine
