// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/file_dialog.h"

#include <QFileIconProvider>
#include <QFileInfo>
#include <QLineEdit>
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

// One for the whole program, and never deleted: its destructor waits until a folder that hangs has answered, and until the system
// has taken leave of what was watched, 3.4 s once. It does keep the names in the folders that were visited (57 MB after 160,000).
QFileDialog& theDialog()
{
    static QPointer<QFileDialog> dialog;
    if (!dialog) {
        dialog = new QFileDialog;
        dialog->setIconProvider(new NamesAlone);
    }
    return *dialog;
}

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
    // Where nothing is to be selected, what was written there the last time stays.
    if (auto* const name = dialog.findChild<QLineEdit*>(QStringLiteral("fileNameEdit")))
        name->setText(proposed);
}

}  // namespace

QStringList askForFiles(QWidget* parent, const FileQuestion& question)
{
    const QPointer<QFileDialog> dialog = &theDialog();
    if (dialog->isVisible())
        return {};
    dialog->setParent(parent->window(), Qt::Dialog);
    prepare(*dialog, question);
    const bool chosen = dialog->exec() == QDialog::Accepted;
    if (!dialog)
        return {};  // its window was closed
    dialog->setParent(nullptr, Qt::Dialog);
    return chosen ? dialog->selectedFiles() : QStringList();
}

QString askForFile(QWidget* parent, const FileQuestion& question)
{
    return askForFiles(parent, question).value(0);
}

}  // namespace vitrine
