// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/picture_loader.h"

#include <exception>
#include <new>

#include "ui/picture/decode.h"

namespace vitrine {

namespace {

Image pixelsOf(const PictureSource& source)
{
    return source.image.empty() ? readImage(source.path) : source.image;
}

} // namespace

void PictureLoader::decode(quint64 id, const PictureSource& source, const std::stop_token& stop)
{
    if (stop.stop_requested())
        return;
    try {
        Q_EMIT decoded(id, pixelsOf(source));
    } catch (const std::bad_alloc&) {
        Q_EMIT failed(id, tr("There is not enough memory to open %1: make the picture smaller.").arg(source.name));
    } catch (const std::exception& error) {
        Q_EMIT failed(id, QString::fromUtf8(error.what()));
    }
}

void PictureLoader::makeThumbnail(const PictureSource& source, const QString& key, int size,
                                  const std::stop_token& stop)
{
    if (stop.stop_requested())
        return;
    QImage thumbnail;
    try {
        thumbnail = toQImage(pixelsOf(source)).scaled(size, size, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    } catch (const std::exception&) {
        // Opening the picture tells why; a missing thumbnail is enough here.
    }
    Q_EMIT thumbnailReady(key, thumbnail);
}

} // namespace vitrine
