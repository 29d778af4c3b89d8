// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QThreadPool>
#include <QVariant>

namespace vitrine {

/// For what goes to the disk, one after the other: there it may take seconds, in which the window must not stand still.
QThreadPool& writingPool();

/// Keeps a value over the runs of the program, as QSettings; it is there to be read when writingPool() is done.
void remember(const QString& key, const QVariant& value);

}  // namespace vitrine
