// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/file_dialog.h"

#include <QFileIconProvider>
#include <QFileInfo>
#include <QFileSystemModel>
#include <QPointer>

namespace vitrine {

namespace {

class NamesAlone : public QFileIconProvider {
public:
    using QFileIconProvider::icon;

    QIcon icon(const QFileInfo& file) const override { return icon(file.isDir() ? Folder : File); }
    QString type(const QFileInfo& file) const override
    {
        return file.isDir() ? QFileDialog::tr("Folder") : file.suffix().toUpper();
    }
};

void prepare(QFileDialog& dialog, const FileQuestion& question)
{
    const QFileInfo start(question.at);
    const bool isFolder = question.at.isEmpty() || start.isDir();
    const QString proposed = isFolder ? QString() : start.fileName();
    dialog.setWindowTitle(question.title);
    dialog.setAcceptMode(question.mode == QFileDialog::AnyFile ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    dialog.setFileMode(question.mode);
    dialog.setNameFilters(question.filters);
    dialog.setDefaultSuffix(question.suffix);
    dialog.setDirectory(isFolder ? question.at : start.path());
    dialog.selectFile(proposed);
}

}  // namespace

QStringList askForFiles(QWidget* parent, const FileQuestion& question)
{
    // Of the dialog before, of which nothing else is kept: it knows every file of every folder that was visited.
    static QByteArray state;
    static QPointer<QFileDialog> dialog;
    if (dialog)
        return {};
    NamesAlone icons;
    dialog = new QFileDialog(parent->window());
    dialog->setIconProvider(&icons);
    // Of what is watched the system takes leave slowly, 3.4 s once, and the window would wait for it.
    if (auto* const files = dialog->findChild<QFileSystemModel*>())
        files->setOption(QFileSystemModel::DontWatchForChanges);
    dialog->restoreState(state);
    prepare(*dialog, question);
    const bool chosen = dialog->exec() == QDialog::Accepted;
    if (!dialog)
        return {};  // its window was closed
    const QStringList files = chosen ? dialog->selectedFiles() : QStringList();
    state = dialog->saveState();
    delete dialog;
    return files;
}

QString askForFile(QWidget* parent, const FileQuestion& question)
{
    return askForFiles(parent, question).value(0);
}

}  // namespace vitrine
