// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDeadlineTimer>
#include <QImage>
#include <QList>
#include <QObject>
#include <QThreadPool>

#include <stop_token>

#include "ui/picture/transparency.h"
#include "ui/session/picture_source.h"

namespace vitrine {

/// Decodes pictures and makes thumbnails on threads of its own, so that a picture shows while a model loads, another
/// picture runs or a thumbnail takes long. Called on the GUI thread, whose slots get the signals.
class PictureLoader : public QObject {
    Q_OBJECT

public:
    explicit PictureLoader(QObject* parent = nullptr);
    /// Stops, then waits.
    ~PictureLoader() override;

    /// Decodes one picture; its thumbnail comes with it. Stops the one before.
    void decode(quint64 id, const PictureSource& source);
    /// Keeps what is decoded from being told.
    void stopDecoding();
    /// Makes these thumbnails one after another, instead of those that were asked for before.
    void makeThumbnails(const QList<KnownPicture>& pictures);
    /// Longer side in pixels.
    void setThumbnailSize(int size) { m_size = size; }
    /// Stops everything; false when a decoder has not ended by then.
    bool end(QDeadlineTimer deadline);

Q_SIGNALS:
    void decoded(quint64 id, const vitrine::Decoded& picture);
    void failed(quint64 id, const QString& message);
    /// A null image when the picture cannot be read; `message` says why.
    void thumbnailReady(const QString& key, const QImage& image, const QString& message);

private:
    void forgetDecoding();
    void nextThumbnail();
    void finishThumbnail(const QString& key, const QImage& image, const QString& message);

    QThreadPool m_decoders, m_thumbnails;
    std::stop_source m_decodeStop, m_thumbnailStop;
    QString m_decoding;            ///< key of the picture being decoded
    QString m_thumbnail;           ///< key of the thumbnail being made
    QList<KnownPicture> m_wanted;  ///< thumbnails that are still to be made
    int m_size = 96;
};

}  // namespace vitrine
