// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/dropped_files.h"

#include <QCollator>
#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>

#include <algorithm>
#include <utility>
#include <vector>

#include "ui/picture/decode.h"

namespace vitrine {

namespace {

bool endsWithAny(const QString& name, const QStringList& suffixes)
{
    return std::ranges::any_of(suffixes, [&](const QString& suffix) { return name.endsWith(suffix, Qt::CaseInsensitive); });
}

bool isModelName(const QString& name)
{
    static const QStringList suffixes{
        QStringLiteral(".safetensors"), QStringLiteral(".safetensors.index.json"), QStringLiteral(".pth"),
        QStringLiteral(".pt"), QStringLiteral(".bin"), QStringLiteral(".bin.index.json"), QStringLiteral(".pth.tar"),
        QStringLiteral(".ckpt"), QStringLiteral(".npz")};
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
    return QCoreApplication::translate("vitrine::DroppedFiles", text).arg(QFileInfo(path).fileName());
}

void sortFolder(const QString& path, DroppedFiles& result)
{
    QStringList pictures;
    QDirIterator files(path, QDir::Files);
    while (files.hasNext()) {
        files.next();
        const QString name = files.fileName();
        if (isModelName(name)) {
            result.models.append(path);
            return;
        }
        if (isPictureName(name))
            pictures.append(name);
    }
    sortNaturally(pictures);
    const QDir folder(path);
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

} // namespace vitrine
