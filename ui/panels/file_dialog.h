// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileDialog>

namespace vitrine {

/// The system's dialog for files; where there is none Qt's, which reads no file to know its icon: on a slow disk, or of a
/// device, that would stop the window.
class FileDialog : public QFileDialog {
public:
    /// `at`: a folder, or a file in it that is proposed.
    FileDialog(QWidget* parent, const QString& title, const QString& at, const QStringList& filters, FileMode mode);

    /// Runs it: what was chosen, none where it was left.
    QStringList choose();
    QString chooseOne() { return choose().value(0); }
};

}  // namespace vitrine
