// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/file_intake.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QMimeData>
#include <QUrl>

#include <utility>

#include "ui/panels/commands.h"
#include "ui/panels/file_dialog.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/picture_strip.h"
#include "ui/panels/recent_files.h"
#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

/// So many failures of files that a person named are told one by one.
constexpr qsizetype fewPictures = 50;

QStringList localPaths(const QMimeData& data)
{
    QStringList paths;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile())
            paths.append(fromUrl(url));
    return paths;
}

}  // namespace

FileIntake::FileIntake(PictureList& pictures, PictureStrip& strip, InferenceController& controller, MessageBar& messages,
                       RecentFiles& recent, QWidget* window)
    : QObject(window)
    , m_pictures(pictures)
    , m_strip(strip)
    , m_controller(controller)
    , m_messages(messages)
    , m_recent(recent)
    , m_window(window)
{
    m_controller.setThumbnailSize(qRound(PictureStrip::thumbnailSize() * window->devicePixelRatioF()));
    connect(&m_opener, &FileOpener::found, this, &FileIntake::takeFound);
    connect(&pictures, &PictureList::thumbnailsWanted, &controller, &InferenceController::requestThumbnails);
    connect(&controller, &InferenceController::thumbnailReady, this, &FileIntake::takeThumbnail);
    connect(&controller, &InferenceController::imageReady, this, &FileIntake::remember);
    connect(&strip, &PictureStrip::picked, this, [this](int row) { m_controller.submit(m_pictures.source(row)); });
    connect(&recent, &RecentFiles::chosen, this, [this](const QString& path) { open({path}); });
}

void FileIntake::addCommands(QMenu* menu)
{
    addCommand(menu, tr("&Open pictures…"), {QKeySequence::Open}, [this] { openPictures(); });
    QMenu* recent = menu->addMenu(tr("Open &recent"));
    m_recent.fill(recent);
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { m_recent.fill(recent); });
    addCommand(menu, tr("Open a &model…"), {Qt::CTRL | Qt::SHIFT | Qt::Key_O}, [this] { openModel(); });
    addCommand(menu, tr("Open class &names…"), {}, [this] { openLabels(); });
    addCommand(menu, tr("&Paste a picture"), {QKeySequence::Paste}, [this] { paste(); });
}

void FileIntake::open(const QStringList& paths)
{
    if (!paths.isEmpty())
        m_opener.open(paths);
}

void FileIntake::takeFound(const FoundFiles& found)
{
    if (found.first) {
        m_messages.clear();
        QStringList failures = found.files.failures;
        m_batch.clear();
        m_picked = false;
        if (found.files.models.size() > 1)
            failures.append(tr("Only one checkpoint can be loaded at a time: %1 was taken.").arg(found.files.models.first()));
        m_messages.showFailures(failures);
        Q_EMIT modelFilesGiven(found.files);
        if (!found.files.sessions.isEmpty())
            Q_EMIT sessionGiven(found.files.sessions.first());
    }
    for (const KnownPicture& picture : found.pictures)
        if (m_batch.size() <= fewPictures)
            m_batch.insert(picture.key);
    if (found.first && found.last && found.pictures.size() == 1)
        m_toRemember = found.pictures.first().source.path;
    const int row = m_pictures.add(found.pictures);
    if (row >= 0 && !std::exchange(m_picked, true))
        m_strip.setCurrentRow(row);
    if (found.first && !found.files.models.isEmpty() && found.files.sessions.isEmpty() && m_pictures.rowCount() == 0)
        Q_EMIT modelGivenAlone();
}

void FileIntake::takeThumbnail(const QString& key, const QImage& image, const QString& message)
{
    m_pictures.setThumbnail(key, image, message);
    if (image.isNull() && m_batch.contains(key))
        m_messages.addFailure(message);
}

void FileIntake::remember()
{
    const QString path = m_controller.picture().path;
    if (!path.isEmpty() && path == std::exchange(m_toRemember, {}))
        m_recent.add(RecentFiles::Kind::Pictures, path);
}

void FileIntake::show(const PictureSource& picture)
{
    m_strip.setCurrentRow(m_pictures.add(picture));
}

QString FileIntake::folder() const
{
    return m_controller.picture().path.isEmpty() ? QDir::homePath() : QFileInfo(m_controller.picture().path).path();
}

void FileIntake::openPictures()
{
    open(askForFiles(m_window, {tr("Open pictures"),
                                folder(),
                                {tr("Pictures (%1)").arg(imageNameFilters().join(u' ')), tr("All files (*)")},
                                QFileDialog::ExistingFiles}));
}

void FileIntake::openModel()
{
    const QStringList filters{tr("Checkpoints (*.safetensors *.pth *.pt *.bin *.tar *.ckpt *.npz *.json)"),
                              tr("All files (*)")};
    if (const QString path = askForFile(m_window, {tr("Open a model"), folder(), filters}); !path.isEmpty())
        open({path});
}

void FileIntake::openLabels()
{
    const QStringList filters{tr("Class names (*.tsv *.txt *.json *.csv)"), tr("All files (*)")};
    if (const QString path = askForFile(m_window, {tr("Open class names"), {}, filters}); !path.isEmpty())
        Q_EMIT labelsGiven(path);
}

void FileIntake::paste()
{
    // None where the system gives none: Wayland does not to a window without the focus.
    const QMimeData* content = QApplication::clipboard()->mimeData();
    if (const QStringList paths = content ? localPaths(*content) : QStringList(); !paths.isEmpty())
        open(paths);
    else if (content && content->hasImage())
        show(PictureSource::fromPixels(content->imageData().value<QImage>(), tr("pasted picture %1").arg(++m_withoutNames)));
    else
        m_messages.showMessage(MessageBar::Kind::Note,
                               tr("The clipboard holds no picture: copy one in another program first."));
}

void FileIntake::take(const QMimeData& data)
{
    if (const QStringList paths = localPaths(data); !paths.isEmpty())
        open(paths);
    else if (data.hasImage())
        show(PictureSource::fromPixels(data.imageData().value<QImage>(), tr("dropped picture %1").arg(++m_withoutNames)));
    else
        m_messages.showMessage(MessageBar::Kind::Error,
                               tr("Only files of this computer can be dropped: save the picture first, then drop the file."));
}

}  // namespace vitrine
