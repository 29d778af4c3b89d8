// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>

#include "ui/session/exploration.h"
#include "ui/session/inference_worker.h"

namespace vitrine {

/// What stands beside it: the same model or picture where none is named.
struct Comparison {
    std::optional<ModelSource> model{};
    QString picture{};  ///< absolute
    Place place{};
    bool linked = true, oneScale = true, difference = false;
};

/// What is being looked at, as a file keeps it (.vitrine, JSON): picture and model by their paths, those below the
/// session's own folder relative to it.
struct Session {
    QString picture;         ///< absolute; empty: none, or pixels that are no file
    QByteArray pictureHash;  ///< SHA-256 of the picture's file, hexadecimal
    ModelSource model;
    Place place;
    DisplaySettings display;
    QStringList pictures{};  ///< the others beside it, absolute
    std::optional<Comparison> comparison{};
    QJsonObject window{};  ///< what the window adds: its page, the state of its views
};

/// The picture's file as it is now; empty where it cannot be read.
QByteArray hashOfFile(const QString& path);

/// The same as a part of another file, paths as they are. Reading throws Error that names what is wrong below `where`.
QJsonObject toJson(const Session& session);
Session sessionFrom(const QJsonObject& object, const QString& where);

/// Whole or not at all. Throws Error.
void saveSession(const Session& session, const QString& path);
/// Throws Error that names the file and what is wrong with it.
Session openSession(const QString& path);

}  // namespace vitrine
