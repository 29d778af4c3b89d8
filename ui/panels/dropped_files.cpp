// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/dropped_files.h"

#include <QCollator>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <filesystem>

#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

bool matchesAny(const QString& name, const QStringList& filters)
{
    // QDir::match() fails on names that are no UTF-8.
    return std::ranges::any_of(filters, [&](const QString& filter) { return name.endsWith(filter.mid(1), Qt::CaseInsensitive); });
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
    return QCoreApplication::translate("vitrine::DroppedFiles", text).arg(QFileInfo(QDir::cleanPath(path)).fileName());
}

/// QDir would leave out names that are no UTF-8.
QStringList namesIn(const QString& folder)
{
    QStringList names;
    std::error_code error;
    for (std::filesystem::directory_iterator at(toPath(folder), error), end; !error && at != end; at.increment(error)) {
        std::error_code ignored;
        const QString name = fromPath(at->path().filename());
        if (!name.startsWith(u'.') && at->is_regular_file(ignored))
            names.append(name);
    }
    return names;
}

void sortFolder(const QString& path, DroppedFiles& result)
{
    QStringList pictures;
    for (const QString& name : namesIn(path)) {
        if (matchesAny(name, modelFilters())) {
            result.models.append(path);
            return;
        }
        if (matchesAny(name, imageNameFilters()))
            pictures.append(name);
    }
    // The C locale's collation knows no numbers.
    QCollator natural{QLocale(QLocale::English)};
    natural.setNumericMode(true);
    std::ranges::sort(pictures, natural);
    for (const QString& name : pictures)
        result.pictures.append(QDir(path).filePath(name));
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
        std::error_code error;
        const std::filesystem::file_status status = std::filesystem::status(toPath(path), error);
        if (!exists(status))
            result.failures.append(explain(
                QT_TRANSLATE_NOOP("vitrine::DroppedFiles", "%1 is not there: check its name."), path));
        else if (is_directory(status))
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
