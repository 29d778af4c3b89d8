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

PictureSource PictureSource::fromPixels(Image image, const QString& name)
{
    return {{}, std::move(image), name};
}

QString PictureSource::key() const
{
    if (path.isEmpty())
        return QStringLiteral("pixels:%1").arg(reinterpret_cast<quintptr>(image.pixels().data()), 0, 16);
    const QFileInfo info(path);
    return QStringLiteral("%1|%2|%3").arg(path).arg(info.lastModified().toMSecsSinceEpoch()).arg(info.size());
}

} // namespace vitrine
