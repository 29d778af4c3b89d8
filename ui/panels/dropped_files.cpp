// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/dropped_files.h"

#include <QCollator>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

bool endsWithAny(const QString& name, const QStringList& suffixes)
{
    return std::ranges::any_of(suffixes, [&](const QString& suffix) { return name.endsWith(suffix, Qt::CaseInsensitive); });
}

bool isModelName(const QString& name)
{
    static const QStringList suffixes{QStringLiteral(".safetensors"), QStringLiteral(".safetensors.index.json"),
                                      QStringLiteral(".pth"),         QStringLiteral(".pt"),
                                      QStringLiteral(".bin"),         QStringLiteral(".bin.index.json"),
                                      QStringLiteral(".pth.tar"),     QStringLiteral(".ckpt"),
                                      QStringLiteral(".npz")};
    return endsWithAny(name, suffixes);
}

bool isLabelName(const QString& name)
{
    static const QStringList suffixes{QStringLiteral(".tsv"), QStringLiteral(".txt"), QStringLiteral(".json"),
                                      QStringLiteral(".csv")};
    return endsWithAny(name, suffixes);
}

bool isPictureName(const QString& name)
{
    static const QStringList suffixes = imageNameFilters().replaceInStrings(QStringLiteral("*"), QString());
    return endsWithAny(name, suffixes);
}

/// As people order them: picture 9 before picture 10.
void sortNaturally(QStringList& names)
{
    // The C locale's collation knows no numbers.
    QCollator natural{QLocale(QLocale::English)};
    natural.setNumericMode(true);
    std::vector<std::pair<QCollatorSortKey, qsizetype>> order;
    order.reserve(static_cast<std::size_t>(names.size()));
    for (qsizetype i = 0; i < names.size(); ++i)
        order.emplace_back(natural.sortKey(names[i]), i);
    std::ranges::sort(order, [](const auto& a, const auto& b) { return a.first.compare(b.first) < 0; });
    QStringList sorted;
    sorted.reserve(names.size());
    for (const auto& [key, index] : order)
        sorted.append(names[index]);
    names = std::move(sorted);
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
        if (isModelName(name)) {
            result.models.append(path);
            return;
        }
        if (isPictureName(name))
            pictures.append(name);
    }
    sortNaturally(pictures);
    for (const QString& name : pictures)
        result.pictures.append(QDir(path).filePath(name));
    if (pictures.isEmpty())
        result.failures.append(explain(
            QT_TRANSLATE_NOOP("vitrine::DroppedFiles",
                              "The folder %1 holds neither pictures nor a checkpoint: open one of its folders instead."),
            path));
}

}  // namespace

DroppedFiles sortFiles(const QStringList& paths)
{
    DroppedFiles result;
    for (const QString& path : paths) {
        const QFileInfo info(path);
        const QString name = info.fileName();
        std::error_code error;
        const std::filesystem::file_status status = std::filesystem::status(toPath(path), error);
        if (!exists(status))
            result.failures.append(
                explain(QT_TRANSLATE_NOOP("vitrine::DroppedFiles", "%1 is not there: check its name."), path));
        else if (is_directory(status))
            sortFolder(info.absoluteFilePath(), result);
        else if (name.endsWith(QStringLiteral(".vitrine"), Qt::CaseInsensitive))
            result.sessions.append(info.absoluteFilePath());
        else if (isModelName(name))
            result.models.append(info.absoluteFilePath());
        else if (isLabelName(name))
            result.labels.append(info.absoluteFilePath());
        else
            // Whatever its name, decoding looks at the content and says what is wrong with it.
            result.pictures.append(info.absoluteFilePath());
    }
    return result;
}

}  // namespace vitrine
