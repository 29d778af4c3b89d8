// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace vitrine {

/// Files and folders that a person gave, by what Vitrine does with them.
struct DroppedFiles {
    QStringList pictures;
    QStringList models;  ///< checkpoints, or folders with one in them
    QStringList labels;
    QStringList sessions;
    QStringList failures;  ///< one sentence each: what could not be used and why
};

/// Sorts by kind of file; folders without a checkpoint give the pictures in them, not deeper, in the order of names.
/// Looks at names and folders only, never into a file.
DroppedFiles sortFiles(const QStringList& paths);

}  // namespace vitrine
