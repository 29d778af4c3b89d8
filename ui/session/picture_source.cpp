// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/picture_source.h"

#include <QDateTime>
#include <QFileInfo>

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
    const QFileInfo info(path);
    return QStringLiteral("%1|%2|%3").arg(path).arg(info.lastModified().toMSecsSinceEpoch()).arg(info.size());
}

} // namespace vitrine
