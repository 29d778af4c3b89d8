// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMimeData>
#include <QSettings>
#include <QUrl>

#include "core/base/error.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/overlays.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/session_keeper.h"
#include "ui/panels/side_panel.h"
#include "ui/panels/workspace.h"
#include "ui/views/predictions/predictions_view.h"
#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"
#include "ui/session/session_file.h"

namespace vitrine {

namespace {

constexpr int mostRecent = 9;
/// So many failures of files that a person named are told one by one.
constexpr qsizetype fewPictures = 50;

QString recentPictures()
{
    return QStringLiteral("recent/pictures");
}

QString recentModels()
{
    return QStringLiteral("recent/models");
}

QStringList localPaths(const QMimeData& data)
{
    QStringList paths;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile())
            paths.append(fromUrl(url));
    return paths;
}

}  // namespace

void MainWindow::openFiles(const QStringList& paths)
{
    if (!paths.isEmpty())
        m_opener.open(paths);
}

void MainWindow::takeFiles(const FoundFiles& found)
{
    if (found.first) {
        m_messages->clear();
        m_failures = found.files.failures;
        m_batch.clear();
        m_picked = false;
        if (found.files.models.size() > 1)
            m_failures.append(tr("Only one checkpoint can be loaded at a time: %1 was taken.").arg(found.files.models.first()));
        m_messages->showFailures(m_failures);
        takeModelFiles(found.files);
        if (!found.files.sessions.isEmpty())
            openSession(found.files.sessions.first());
    }
    for (const KnownPicture& picture : found.pictures)
        if (m_batch.size() <= fewPictures)
            m_batch.insert(picture.key);
    if (found.first && found.last && found.pictures.size() == 1)
        m_toRemember = found.pictures.first().source.path;
    const int row = m_pictures.add(found.pictures);
    if (row >= 0 && !std::exchange(m_picked, true))
        m_strip->setCurrentRow(row);
}

void MainWindow::openSession(const QString& path)
{
    Session session;
    try {
        session = vitrine::openSession(path);
    } catch (const Error& error) {
        tellFailure(QString::fromUtf8(error.what()));
        return;
    }
    m_exploration.setDisplay(session.display);
    if (!m_controller.model() || m_controller.model()->source.key() != session.model.key())
        loadModel(session.model);
    m_pending = session;
    if (session.picture.isEmpty() || !QFileInfo::exists(session.picture)) {
        m_messages->showMessage(
            MessageBar::Kind::Error,
            session.picture.isEmpty()
                ? tr("%1 has no picture: it was pasted. Open one, and it is looked at as the session says.")
                      .arg(QFileInfo(path).fileName())
                : tr("%1 is not there any more. Open it where it is now, and it is looked at as the session says.")
                      .arg(session.picture));
        return;
    }
    if (!session.pictureHash.isEmpty() && hashOfFile(session.picture) != session.pictureHash)
        m_messages->showMessage(
            MessageBar::Kind::Note,
            tr("%1 is not the picture that the session was saved with.").arg(QFileInfo(session.picture).fileName()));
    QList<KnownPicture> others;
    for (const QString& each : session.pictures)
        if (QFileInfo::exists(each))
            others.append({PictureSource::fromFile(each), PictureSource::fromFile(each).key()});
    if (!others.isEmpty())
        m_pictures.add(others);
    m_strip->setCurrentRow(
        m_pictures.add({{PictureSource::fromFile(session.picture), PictureSource::fromFile(session.picture).key()}}));
}

bool MainWindow::openKept()
{
    const QString kept = m_keeper ? m_keeper->kept() : QString();
    if (kept.isEmpty())
        return false;
    openSession(kept);
    return m_pending.has_value();
}

Session MainWindow::session() const
{
    Session session{m_controller.picture().path,
                    {},
                    m_controller.model() ? m_controller.model()->source : m_wanted,
                    m_exploration.place(),
                    m_exploration.display()};
    constexpr int most = 500;
    for (int row = 0; row < std::min(m_pictures.rowCount(), most); ++row)
        if (const QString path = m_pictures.source(row).path; !path.isEmpty() && path != session.picture)
            session.pictures.append(path);
    session.window = viewState();
    return session;
}

QJsonObject MainWindow::viewState() const
{
    return {{QStringLiteral("page"), m_workspace->page()},
            {QStringLiteral("part"), static_cast<int>(m_canvas->canvas().area())},
            {QStringLiteral("classes"), m_side->predictions().shownClasses()}};
}

void MainWindow::restoreViews(const QJsonObject& state)
{
    m_canvas->canvas().setArea(static_cast<CanvasArea>(std::clamp(state.value(QStringLiteral("part")).toInt(), 0, 2)));
    if (const int classes = state.value(QStringLiteral("classes")).toInt(); classes > 0)
        m_side->predictions().setShownClasses(classes);
    // A comparison is of two passes, of which the second one is not kept.
    if (const QString page = state.value(QStringLiteral("page")).toString(); page != QStringLiteral("compare"))
        showView(page);
}

void MainWindow::saveSessionDialog()
{
    QFileDialog dialog(this, tr("Save the session"), QFileInfo(m_controller.picture().path).path(), tr("Sessions (*.vitrine)"));
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(QStringLiteral("vitrine"));
    dialog.selectFile(QFileInfo(m_controller.picture().name).completeBaseName() + QStringLiteral(".vitrine"));
    if (dialog.exec() == QDialog::Accepted)
        saveSession(dialog.selectedFiles().first());
}

void MainWindow::saveSession(const QString& path)
{
    Session session = this->session();
    session.pictureHash = hashOfFile(session.picture);
    try {
        vitrine::saveSession(session, path);
        m_messages->showMessage(MessageBar::Kind::Note, tr("Saved the session to %1.").arg(path));
    } catch (const Error& error) {
        m_messages->showMessage(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void MainWindow::takeModelFiles(const DroppedFiles& files)
{
    if (files.models.isEmpty() && files.labels.isEmpty())
        return;
    ModelSource source = m_wanted;
    if (!files.models.isEmpty()) {
        source.overrides = {};
        source.nameOrPath = files.models.first();
    }
    if (!files.labels.isEmpty())
        source.overrides.labels = toPath(files.labels.first());
    loadModel(source);
}

void MainWindow::addPicture(const PictureSource& source)
{
    m_strip->setCurrentRow(m_pictures.add(source));
}

void MainWindow::useLabels(const QString& path)
{
    ModelSource source = m_wanted;
    source.overrides.labels = toPath(path);
    loadModel(source);
}

void MainWindow::tellFailure(const QString& message)
{
    if (!m_failures.contains(message))
        m_failures.append(message);
    m_messages->showFailures(m_failures);
}

void MainWindow::askForFiles(const QString& title, const QStringList& filters, bool many)
{
    const QString start = m_controller.picture().path.isEmpty() ? QDir::homePath()
                                                                : QFileInfo(m_controller.picture().path).path();
    if (many)
        openFiles(QFileDialog::getOpenFileNames(this, title, start, filters.join(QStringLiteral(";;"))));
    else if (const QString path = QFileDialog::getOpenFileName(this, title, start, filters.join(QStringLiteral(";;")));
             !path.isEmpty())
        openFiles({path});
}

void MainWindow::openPictureDialog()
{
    askForFiles(tr("Open pictures"), {tr("Pictures (%1)").arg(imageNameFilters().join(u' ')), tr("All files (*)")}, true);
}

void MainWindow::openModelDialog()
{
    askForFiles(tr("Open a model"),
                {tr("Checkpoints (*.safetensors *.pth *.pt *.bin *.tar *.ckpt *.npz *.json)"), tr("All files (*)")}, false);
}

void MainWindow::openLabelDialog()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Open class names"), {},
                                                      tr("Class names (*.tsv *.txt *.json *.csv);;All files (*)"));
    if (!path.isEmpty())
        useLabels(path);
}

void MainWindow::paste()
{
    const QMimeData* content = QApplication::clipboard()->mimeData();
    if (const QStringList paths = localPaths(*content); !paths.isEmpty())
        openFiles(paths);
    else if (content->hasImage())
        addPicture(PictureSource::fromPixels(content->imageData().value<QImage>(), tr("pasted picture %1").arg(++m_pasted)));
    else
        m_messages->showMessage(MessageBar::Kind::Note,
                                tr("The clipboard holds no picture: copy one in another program first."));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() != nullptr)
        return;  // our own figure on its way out
    if (!event->mimeData()->hasUrls() && !event->mimeData()->hasImage())
        return;
    event->acceptProposedAction();
    m_dropFrame->raise();
    m_dropFrame->show();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent* event)
{
    QMainWindow::dragLeaveEvent(event);
    m_dropFrame->hide();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_dropFrame->hide();
    if (const QStringList paths = localPaths(*event->mimeData()); !paths.isEmpty())
        openFiles(paths);
    else if (event->mimeData()->hasImage())
        addPicture(PictureSource::fromPixels(event->mimeData()->imageData().value<QImage>(),
                                             tr("dropped picture %1").arg(++m_pasted)));
    else
        m_messages->showMessage(MessageBar::Kind::Error,
                                tr("Only files of this computer can be dropped: save the picture first, then drop the file."));
    event->acceptProposedAction();
}

void MainWindow::fillRecent(QMenu* menu)
{
    menu->clear();
    const QSettings settings;
    int number = 0;
    for (const QString& kind : {recentPictures(), recentModels()}) {
        const QStringList paths = m_setup.persistent ? settings.value(kind).toStringList() : QStringList();
        if (!paths.isEmpty())
            menu->addSection(kind == recentPictures() ? tr("Pictures") : tr("Models"));
        for (const QString& path : paths) {
            // An ampersand in a file name is a letter, not a mnemonic.
            QAction* action = menu->addAction(QFileInfo(path).fileName().replace(u'&', QStringLiteral("&&")));
            action->setToolTip(path);
            action->setData(path);
            if (++number <= mostRecent)
                action->setShortcut(Qt::ALT | static_cast<Qt::Key>(Qt::Key_0 + number));
            connect(action, &QAction::triggered, this, [this, path] { openFiles({path}); });
        }
    }
    menu->setEnabled(number > 0);
}

void MainWindow::remember(const QString& kind, const QString& path) const
{
    if (!m_setup.persistent)
        return;
    QSettings settings;
    QStringList paths = settings.value(kind).toStringList();
    paths.removeAll(path);
    paths.prepend(path);
    settings.setValue(kind, paths.mid(0, mostRecent));
}

void MainWindow::rememberPicture(const PictureSource& picture)
{
    if (!picture.path.isEmpty() && picture.path == std::exchange(m_toRemember, {}))
        remember(recentPictures(), picture.path);
}

void MainWindow::rememberModel(const LoadedModel& model) const
{
    if (QFileInfo(model.source.nameOrPath).isAbsolute())
        remember(recentModels(), model.source.nameOrPath);
}

}  // namespace vitrine
