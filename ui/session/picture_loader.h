// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QObject>

#include <stop_token>

#include "ui/session/picture_source.h"

namespace vitrine {

/// Decodes pictures and makes thumbnails. Lives on a thread of its own, so that a picture shows while a model loads or
/// another picture runs; called there only, through queued calls.
class PictureLoader : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    void decode(quint64 id, const PictureSource& source, const std::stop_token& stop);
    /// `size`: longer side in pixels.
    void makeThumbnail(const PictureSource& source, const QString& key, int size, const std::stop_token& stop);

Q_SIGNALS:
    void decoded(quint64 id, const vitrine::Image& image);
    void failed(quint64 id, const QString& message);
    /// A null image when the picture cannot be read.
    void thumbnailReady(const QString& key, const QImage& image);
};

} // namespace vitrine
