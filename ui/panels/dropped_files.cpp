// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/dropped_files.h"

#include <QCollator>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <algorithm>

#include "ui/picture/decode.h"

namespace vitrine {

namespace {

bool matchesAny(const QString& name, const QStringList& filters)
{
    return QDir::match(filters, name);
}

QStringList modelFilters()
{
    return {QStringLiteral("*.safetensors"), QStringLiteral("*.safetensors.index.json"), QStringLiteral("*.pth"),
            QStringLiteral("*.pt"), QStringLiteral("*.bin"), QStringLiteral("*.bin.index.json"),
            QStringLiteral("*.pth.tar"), QStringLiteral("*.ckpt"), QStringLiteral("*.npz")};
}

QStringList labelFilters()
{
    return {QStringLiteral("*.tsv"), QStringLiteral("*.txt"), QStringLiteral("*.json"), QStringLiteral("*.csv")};
}

QString explain(const char* text, const QString& path)
{
    return QCoreApplication::translate("vitrine::DroppedFiles", text).arg(QFileInfo(path).fileName());
}

void sortFolder(const QString& path, DroppedFiles& result)
{
    const QDir folder(path);
    if (!folder.entryList(modelFilters(), QDir::Files).isEmpty()) {
        result.models.append(path);
        return;
    }
    QStringList pictures = folder.entryList(imageNameFilters(), QDir::Files);
    // The C locale's collation knows no numbers.
    QCollator natural{QLocale(QLocale::English)};
    natural.setNumericMode(true);
    std::ranges::sort(pictures, natural);
    for (const QString& name : pictures)
        result.pictures.append(folder.filePath(name));
    if (pictures.isEmpty())
        result.failures.append(explain(
            QT_TRANSLATE_NOOP("vitrine::DroppedFiles",
                              "The folder %1 holds neither pictures nor a checkpoint: open one of its folders instead."),
            path));
}

} // namespace

DroppedFiles sortFiles(const QStringList& paths)
{
    DroppedFiles result;
    for (const QString& path : paths) {
        const QFileInfo info(path);
        const QString name = info.fileName();
        if (!info.exists())
            result.failures.append(explain(
                QT_TRANSLATE_NOOP("vitrine::DroppedFiles", "%1 is not there: check its name."), path));
        else if (info.isDir())
            sortFolder(info.absoluteFilePath(), result);
        else if (matchesAny(name, modelFilters()))
            result.models.append(info.absoluteFilePath());
        else if (matchesAny(name, labelFilters()))
            result.labels.append(info.absoluteFilePath());
        else
            // Whatever its name, decoding looks at the content and says what is wrong with it.
            result.pictures.append(info.absoluteFilePath());
    }
    return result;
}

} // namespace vitrine
