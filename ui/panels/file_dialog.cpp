// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/file_dialog.h"

#include <QFileIconProvider>
#include <QFileInfo>

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

}  // namespace

FileDialog::FileDialog(QWidget* parent, const QString& title, const QString& at, const QStringList& filters, FileMode mode)
    : QFileDialog(parent, title)
{
    static NamesAlone icons;
    setIconProvider(&icons);
    setNameFilters(filters);
    setFileMode(mode);
    if (mode == AnyFile)
        setAcceptMode(AcceptSave);
    const QFileInfo start(at);
    if (at.isEmpty() || start.isDir()) {
        setDirectory(at);
    } else {
        setDirectory(start.path());
        selectFile(start.fileName());
    }
}

QStringList FileDialog::choose()
{
    return exec() == Accepted ? selectedFiles() : QStringList();
}

}  // namespace vitrine
