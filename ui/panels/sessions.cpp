// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sessions.h"

#include <QDir>
#include <QFileInfo>

#include <utility>

#include "core/base/error.h"
#include "ui/panels/file_dialog.h"
#include "ui/panels/file_intake.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/model_choice.h"
#include "ui/panels/picture_list.h"
#include "ui/panels/session_keeper.h"
#include "ui/panels/side_by_side.h"

namespace vitrine {

namespace {

KnownPicture known(const QString& path)
{
    const PictureSource source = PictureSource::fromFile(path);
    return {source, source.key()};
}

}  // namespace

Sessions::Sessions(Exploration& exploration, SideBySide& compare, InferenceController& controller, PictureList& pictures,
                   FileIntake& files, ModelChoice& models, MessageBar& messages, WindowPart part, QWidget* window)
    : QObject(window)
    , m_exploration(exploration)
    , m_compare(compare)
    , m_controller(controller)
    , m_pictures(pictures)
    , m_files(files)
    , m_models(models)
    , m_messages(messages)
    , m_part(std::move(part))
    , m_window(window)
{
}

Sessions::~Sessions() = default;

void Sessions::open(const QString& path)
{
    try {
        show(openSession(path), path);
    } catch (const Error& error) {
        m_messages.addFailure(QString::fromUtf8(error.what()));
    }
}

void Sessions::show(const Session& session, const QString& path)
{
    m_exploration.setDisplay(session.display);
    if (!m_controller.model() || m_controller.model()->source.key() != session.model.key())
        m_models.load(session.model);
    m_pending = session;
    if (tellMissing(session, path))
        return;
    if (!session.pictureHash.isEmpty() && hashOfFile(session.picture) != session.pictureHash)
        m_messages.showMessage(
            MessageBar::Kind::Note,
            tr("%1 is not the picture that the session was saved with.").arg(QFileInfo(session.picture).fileName()));
    QList<KnownPicture> others;
    for (const QString& each : session.pictures)
        if (QFileInfo::exists(each))
            others.append(known(each));
    m_pictures.add(others);
    m_files.show(PictureSource::fromFile(session.picture));
    // It is the picture that is shown already: no result will come.
    if (m_controller.hasResult() && !m_controller.renewsResult())
        takeResult();
}

bool Sessions::tellMissing(const Session& session, const QString& path)
{
    if (!session.picture.isEmpty() && QFileInfo::exists(session.picture))
        return false;
    m_messages.showMessage(MessageBar::Kind::Error,
                           session.picture.isEmpty()
                               ? tr("%1 has no picture: it was pasted. Open one, and it is looked at as the session says.")
                                     .arg(QFileInfo(path).fileName())
                               : tr("%1 is not there any more. Open it where it is now, and it is looked at as the session "
                                    "says.")
                                     .arg(session.picture));
    return true;
}

bool Sessions::takeResult()
{
    if (!m_pending || m_controller.isLoading()
        || (m_pending->picture != m_controller.picture().path && QFileInfo::exists(m_pending->picture)))
        return false;
    const Session session = *std::exchange(m_pending, std::nullopt);
    m_exploration.beginAt(session.place);
    m_compare.restore(session.comparison);
    m_part.restore(session.window);
    return true;
}

Session Sessions::now() const
{
    Session session{m_controller.picture().path,
                    {},
                    m_controller.model() ? m_controller.model()->source : m_models.wanted(),
                    m_exploration.place(),
                    m_exploration.display()};
    constexpr int most = 500;
    for (int row = 0; row < std::min(m_pictures.rowCount(), most); ++row)
        if (const QString path = m_pictures.source(row).path; !path.isEmpty() && path != session.picture)
            session.pictures.append(path);
    session.comparison = m_compare.state();
    session.window = m_part.state();
    return session;
}

void Sessions::saveAs()
{
    const QDir folder = QFileInfo(m_controller.picture().path).dir();
    const QString name = QFileInfo(m_controller.picture().name).completeBaseName() + QStringLiteral(".vitrine");
    const QString path = askForFile(m_window, {tr("Save the session"),
                                               folder.filePath(name),
                                               {tr("Sessions (*.vitrine)")},
                                               QFileDialog::AnyFile,
                                               QStringLiteral("vitrine")});
    if (!path.isEmpty())
        save(path);
}

void Sessions::save(const QString& path)
{
    Session session = now();
    session.pictureHash = hashOfFile(session.picture);
    try {
        saveSession(session, path);
        m_messages.showMessage(MessageBar::Kind::Note, tr("Saved the session to %1.").arg(path));
    } catch (const Error& error) {
        m_messages.showMessage(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void Sessions::keepIn(const QString& folder)
{
    m_keeper = std::make_unique<SessionKeeper>(folder, [this] { return now(); });
    for (const Exploration* each : {&m_exploration, &m_compare.second()})
        for (const auto signal : {&Exploration::placeChanged, &Exploration::displayChanged, &Exploration::traceChanged})
            connect(each, signal, this, &Sessions::touch);
    connect(&m_compare, &SideBySide::changed, this, &Sessions::touch);
}

void Sessions::touch()
{
    if (m_keeper)
        m_keeper->touch();
}

bool Sessions::openKept()
{
    const QString kept = m_keeper ? m_keeper->kept() : QString();
    if (kept.isEmpty())
        return false;
    open(kept);
    return m_pending.has_value();
}

void Sessions::offerCutOff()
{
    const QString before = m_keeper ? m_keeper->cutOff() : QString();
    if (before.isEmpty())
        return;
    m_messages.showMessage(MessageBar::Kind::Note, tr("Vitrine did not come to its end last time."));
    m_messages.setAction(tr("Go on where it was"), [this, before] { open(before); });
}

void Sessions::close()
{
    if (m_keeper)
        m_keeper->close();
}

}  // namespace vitrine
