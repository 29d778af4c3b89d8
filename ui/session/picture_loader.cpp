// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/picture_loader.h"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "core/base/error.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

/// What `work` gives, or why there is nothing; neither when it was stopped.
template <typename Result>
struct Outcome {
    std::optional<Result> result;
    QString message;
};

template <typename Work>
auto attempt(const PictureSource& source, Work work) -> Outcome<decltype(work())>
{
    try {
        return {work(), {}};
    } catch (const Cancelled&) {
        return {};
    } catch (const std::bad_alloc&) {
        return {{}, PictureLoader::tr("There is not enough memory to open %1: make the picture smaller.").arg(source.name)};
    } catch (const std::exception& error) {
        return {{}, QString::fromUtf8(error.what())};
    }
}

/// Thumbnails are for the time that nothing else needs.
void stepBack()
{
    constexpr int nice = 10;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
}

}  // namespace

PictureLoader::PictureLoader(QObject* parent)
    : QObject(parent)
{
    // A decoder that does not look at its stop must not hold up the picture that is wanted now.
    m_decoders.setMaxThreadCount(3);
    m_thumbnails.setMaxThreadCount(1);
    m_thumbnails.setExpiryTimeout(-1);
}

PictureLoader::~PictureLoader()
{
    end(QDeadlineTimer::Forever);
}

bool PictureLoader::end(QDeadlineTimer deadline)
{
    m_wanted.clear();
    forgetDecoding();
    m_thumbnailStop.request_stop();
    const auto left = [&] { return static_cast<int>(deadline.remainingTime()); };
    return m_decoders.waitForDone(left()) && m_thumbnails.waitForDone(left());
}

void PictureLoader::forgetDecoding()
{
    m_decodeStop.request_stop();
    m_decoding.clear();
}

void PictureLoader::stopDecoding()
{
    forgetDecoding();
    nextThumbnail();
}

void PictureLoader::decode(quint64 id, const PictureSource& source)
{
    forgetDecoding();
    m_decodeStop = std::stop_source();
    m_decoding = source.key();
    m_decoders.start([this, id, source, key = m_decoding, size = m_size, stop = m_decodeStop.get_token()] {
        const Outcome<Decoded> picture = attempt(source, [&] {
            return source.pixels.isNull() ? readPicture(source.path, stop) : toPicture(source.pixels);
        });
        if (stop.stop_requested())
            return;
        if (picture.result)
            Q_EMIT decoded(id, *picture.result);
        else
            Q_EMIT failed(id, picture.message);
        const QImage thumbnail = picture.result ? thumbnailOf(picture.result->image, size) : QImage();
        QMetaObject::invokeMethod(
            this, [this, key, thumbnail, message = picture.message] { finishThumbnail(key, thumbnail, message); },
            Qt::QueuedConnection);
    });
    nextThumbnail();
}

void PictureLoader::makeThumbnails(const QList<KnownPicture>& pictures)
{
    m_wanted = pictures;
    if (std::ranges::none_of(pictures, [this](const KnownPicture& each) { return each.key == m_thumbnail; }))
        m_thumbnailStop.request_stop();
    nextThumbnail();
}

void PictureLoader::nextThumbnail()
{
    if (!m_thumbnail.isEmpty())
        return;
    const auto next = std::ranges::find_if(m_wanted, [this](const KnownPicture& each) { return each.key != m_decoding; });
    if (next == m_wanted.end())
        return;
    m_thumbnail = next->key;
    m_thumbnailStop = std::stop_source();
    m_thumbnails.start([this, picture = *next, size = m_size, stop = m_thumbnailStop.get_token()] {
        stepBack();
        const Outcome<QImage> made = attempt(picture.source, [&] {
            return picture.source.pixels.isNull() ? readThumbnail(picture.source.path, size, stop)
                                                  : thumbnailOf(toImage(picture.source.pixels), size);
        });
        QMetaObject::invokeMethod(
            this,
            [this, made, key = picture.key, stop] {
                m_thumbnail.clear();
                if (!stop.stop_requested())
                    finishThumbnail(key, made.result.value_or(QImage()), made.message);
                nextThumbnail();
            },
            Qt::QueuedConnection);
    });
}

void PictureLoader::finishThumbnail(const QString& key, const QImage& image, const QString& message)
{
    m_wanted.removeIf([&](const KnownPicture& each) { return each.key == key; });
    if (m_decoding == key)
        m_decoding.clear();
    Q_EMIT thumbnailReady(key, image, message);
}

}  // namespace vitrine
