// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileDialog>

namespace vitrine {

struct FileQuestion {
    QString title;
    QString at;  ///< a folder, or a file in it that is proposed
    QStringList filters;
    QFileDialog::FileMode mode = QFileDialog::ExistingFile;  ///< AnyFile: one to be written
    QString suffix{};                                        ///< what a name without one gets
};

/// Asks in the system's dialog, and where there is none in Qt's, which reads no file here to know its icon: on a slow disk, or of a
/// device, that would stop the window. What was chosen; none where it was left, or where the dialog is open already. GUI thread.
QStringList askForFiles(QWidget* parent, const FileQuestion& question);
QString askForFile(QWidget* parent, const FileQuestion& question);

}  // namespace vitrine
