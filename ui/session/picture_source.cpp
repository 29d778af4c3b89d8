// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/picture_source.h"

#include <QFileInfo>

#include <sys/stat.h>

#include "ui/picture/file_name.h"

namespace vitrine {

PictureSource PictureSource::fromFile(const QString& path)
{
    const QFileInfo info(path);
    return {info.absoluteFilePath(), {}, info.fileName()};
}

PictureSource PictureSource::fromPixels(const QImage& pixels, const QString& name)
{
    return {{}, pixels, name};
}

QString PictureSource::key() const
{
    if (path.isEmpty())
        return QStringLiteral("pixels:%1").arg(pixels.cacheKey());
    struct stat file {};
    ::stat(toPath(path).c_str(), &file);
    const qint64 nanoseconds = qint64(file.st_mtim.tv_sec) * 1'000'000'000 + file.st_mtim.tv_nsec;
    return QStringLiteral("%1|%2|%3").arg(path).arg(nanoseconds).arg(qint64(file.st_size));
}

}  // namespace vitrine
