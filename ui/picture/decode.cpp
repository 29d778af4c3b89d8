// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/decode.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>

#include <QImageReader>

#include "core/base/error.h"
#include "ui/picture/file_name.h"
#include "ui/picture/limits.h"
#include "ui/picture/orientation.h"
#include "ui/picture/png.h"
#include "ui/picture/tiff.h"
#include "ui/picture/whole.h"

namespace vitrine {

namespace {

constexpr qint64 mostBytes = qint64(1) << 30;

[[noreturn]] void fail(const QString& path, const QString& what)
{
    throw Error("Cannot read the picture " + toPath(path).string() + ": it " + what.toStdString() + ".");
}

/// A format's name in Qt and what people call it.
struct Format {
    const char* name;
    const char* words;
};

/// What the first bytes say. Qt is told the format and never guesses: a guess would ask every plugin, SVG's too.
std::optional<Format> formatOf(const QByteArray& bytes)
{
    const auto has = [&](const char* magic, qsizetype size, qsizetype at = 0) {
        return bytes.size() >= at + size && std::memcmp(bytes.constData() + at, magic, static_cast<std::size_t>(size)) == 0;
    };
    if (has("\x89PNG\r\n\x1a\n", 8))
        return Format{"png", "PNG"};
    if (has("\xff\xd8\xff", 3))
        return Format{"jpeg", "JPEG"};
    if (has("GIF87a", 6) || has("GIF89a", 6))
        return Format{"gif", "GIF"};
    if (has("RIFF", 4) && has("WEBP", 4, 8))
        return Format{"webp", "WebP"};
    if (has("II*\0", 4) || has("MM\0*", 4) || has("II+\0", 4) || has("MM\0+", 4))
        return Format{"tiff", "TIFF"};
    if (has("BM", 2))
        return Format{"bmp", "BMP"};
    if (bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' && std::strchr(" \t\r\n#", bytes[2]))
        return Format{bytes[1] == '1' || bytes[1] == '4' ? "pbm" : bytes[1] == '2' || bytes[1] == '5' ? "pgm" : "ppm", "PPM"};
    return std::nullopt;
}

/// Why a file that is no picture we read is none, in words that help.
QString otherKind(const QByteArray& bytes)
{
    const QByteArray head = bytes.left(4096).trimmed();
    if (bytes.mid(4, 4) == "ftyp")
        return QStringLiteral("is a HEIC, AVIF or video file, which Vitrine does not read; save it as JPEG or PNG");
    if (head.contains("<svg") || bytes.startsWith("\x1f\x8b"))
        return QStringLiteral("is an SVG or compressed file, which Vitrine does not read; save it as PNG");
    if (head.startsWith("%PDF"))
        return QStringLiteral("is a PDF document; save the page as PNG");
    return QStringLiteral("is not a picture that Vitrine reads (PNG, JPEG, WebP, GIF, BMP, TIFF, PPM)");
}

QByteArray readFile(const QString& path)
{
    const std::filesystem::path file = toPath(path);
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(file, error);
    if (!exists(status))
        fail(path, QStringLiteral("does not exist"));
    if (is_directory(status))
        fail(path, QStringLiteral("is a folder, not a picture; name the pictures in it"));
    // A pipe or device could block for ever or never end.
    if (!is_regular_file(status))
        fail(path, QStringLiteral("is not an ordinary file; save the picture to a file first"));
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        fail(path, QStringLiteral("cannot be opened (%1)").arg(QString::fromLocal8Bit(std::strerror(errno))));
    const auto size = static_cast<qint64>(file_size(file, error));
    if (size == 0)
        fail(path, QStringLiteral("is empty"));
    if (size > mostBytes)
        fail(path, QStringLiteral("has %1 MB; pictures up to %2 MB are read").arg(size >> 20).arg(mostBytes >> 20));
    QByteArray bytes(std::max<qsizetype>(size, 0), Qt::Uninitialized);
    if (size < 0 || !stream.read(bytes.data(), size))
        fail(path, QStringLiteral("cannot be read to its end; copy or download it again"));
    return bytes;
}

/// The upper byte of every 16-bit channel, as Pillow does; Qt would round.
Decoded fromWide(const QImage& image)
{
    const QImage wide = image.convertToFormat(QImage::Format_RGBA64);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(wide.width()) * wide.height() * 3);
    std::uint8_t* to = pixels.data();
    ClearPixels clear;
    for (int y = 0; y < wide.height(); ++y) {
        const auto* from = reinterpret_cast<const quint16*>(wide.constScanLine(y));
        for (int x = 0; x < wide.width(); ++x, from += 4, to += 3) {
            for (int channel = 0; channel < 3; ++channel)
                to[channel] = static_cast<std::uint8_t>(from[channel] >> 8);
            clear.add(to, from[3] >> 8);
        }
    }
    const Transparency transparency = clear.among(pixels.size() / 3);
    return {Image(wide.width(), wide.height(), std::move(pixels)), transparency};
}

/// With `size` pixels along the longer side, if the decoder can do that at once.
Decoded readByQt(const QByteArray& bytes, const Format& format, DecodeBudget& budget, std::optional<int> size)
{
    // Qt's own limit (128 MiB decoded) refuses phone photos; ours is checked below, before anything is decoded.
    static std::once_flag limit;
    std::call_once(limit, [] { QImageReader::setAllocationLimit(static_cast<int>(mostPixels * 8 >> 20) + 1); });
    const QByteArray name(format.name);
    const int scans = budget.limits().scans;
    if (name == "jpeg" && jpegScans(bytes, scans + 1) > scans)
        throw Error("is a JPEG picture of more than " + std::to_string(scans)
                    + " scans, which would take very long to read; save it again as an ordinary JPEG or PNG");
    BoundedDevice device(bytes, budget);
    QImageReader reader(&device, format.name);
    reader.setAutoDetectImageFormat(false);
    // Which formats it turns upright depends on Qt's version.
    reader.setAutoTransform(false);
    const QSize whole = reader.size();
    if (whole.isValid())
        refuseTooManyPixels(whole.width(), whole.height());
    if (size && std::max(whole.width(), whole.height()) > *size)
        reader.setScaledSize(whole.scaled(*size, *size, Qt::KeepAspectRatio).expandedTo({1, 1}));
    const QImage image = reader.read();
    // First: a decoder whose file ends too early may call what it has a picture.
    budget.check();
    if (image.isNull())
        throw Error(std::string("is a ") + format.words + " picture that cannot be read: it is damaged or cut off ("
                    + reader.errorString().toStdString() + ")");
    const PictureMetadata metadata = name == "jpeg"   ? jpegMetadata(bytes)
                                     : name == "webp" ? webpMetadata(bytes)
                                                      : PictureMetadata{};
    const Decoded decoded = toPicture(image);
    return {upright(decoded.image, orientationOf(metadata)), decoded.transparency};
}

Decoded decode(const QByteArray& bytes, const Format& format, DecodeBudget& budget, std::optional<int> size)
{
    const QByteArray name(format.name);
    try {
        return name == "png"    ? readPng(bytes, budget)
               : name == "tiff" ? readTiff(bytes, budget)
                                : readByQt(bytes, format, budget, size);
    } catch (const Error&) {
        budget.check();  // what was cut off by us is not damaged
        throw;
    }
}

Decoded readWithin(const QString& path, DecodeBudget budget, std::optional<int> size)
{
    budget.check();
    const QByteArray bytes = readFile(path);
    const std::optional<Format> format = formatOf(bytes);
    if (!format)
        fail(path, otherKind(bytes));
    if (!isWhole(bytes, format->name))
        fail(path, QStringLiteral("is cut off: its end is missing; copy or download it again"));
    try {
        return decode(bytes, *format, budget, size);
    } catch (const Error& error) {
        fail(path, QString::fromUtf8(error.what()));
    }
}

}  // namespace

Image readImage(const QString& path, const std::stop_token& stop, const DecodeLimits& limits)
{
    return readPicture(path, stop, limits).image;
}

Decoded readPicture(const QString& path, const std::stop_token& stop, const DecodeLimits& limits)
{
    return readWithin(path, DecodeBudget(stop, limits), std::nullopt);
}

QImage readThumbnail(const QString& path, int size, const std::stop_token& stop)
{
    return thumbnailOf(readWithin(path, DecodeBudget(stop), size).image, size);
}

QImage thumbnailOf(const Image& image, int size)
{
    const QImage whole = toQImage(image);
    if (std::max(whole.width(), whole.height()) <= size)
        return whole;
    // Smooth scaling reads every pixel of a large picture, and converts it before.
    const int fine = 4 * size;
    const QImage coarse = std::max(whole.width(), whole.height()) > fine
                              ? whole.scaled(fine, fine, Qt::KeepAspectRatio, Qt::FastTransformation)
                              : whole;
    return coarse.scaled(size, size, Qt::KeepAspectRatio, Qt::SmoothTransformation);
}

Image toImage(const QImage& image)
{
    return toPicture(image).image;
}

Decoded toPicture(const QImage& image)
{
    if (image.isNull())
        return {};
    if (image.depth() >= 64 || image.format() == QImage::Format_Grayscale16)
        return fromWide(image);
    if (image.format() == QImage::Format_RGB888 && image.bytesPerLine() == qsizetype(3) * image.width()) {
        const auto owner = std::make_shared<const QImage>(image);
        return {Image(image.width(), image.height(), std::shared_ptr<const std::uint8_t>(owner, owner->constBits())), {}};
    }
    const QImage plain = image.format() == QImage::Format_RGB32 || image.format() == QImage::Format_ARGB32
                             ? image
                             : image.convertToFormat(QImage::Format_ARGB32);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(plain.width()) * plain.height() * 3);
    std::uint8_t* to = pixels.data();
    ClearPixels clear;
    for (int y = 0; y < plain.height(); ++y) {
        const auto* const line = reinterpret_cast<const QRgb*>(plain.constScanLine(y));
        for (int x = 0; x < plain.width(); ++x, to += 3) {
            to[0] = static_cast<std::uint8_t>(qRed(line[x]));
            to[1] = static_cast<std::uint8_t>(qGreen(line[x]));
            to[2] = static_cast<std::uint8_t>(qBlue(line[x]));
            clear.add(to, qAlpha(line[x]));
        }
    }
    // The fourth byte of RGB32 is anything.
    const Transparency transparency = image.hasAlphaChannel() ? clear.among(pixels.size() / 3) : Transparency();
    return {Image(plain.width(), plain.height(), std::move(pixels)), transparency};
}

QImage toQImage(const Image& image)
{
    if (image.empty())
        return {};
    const auto release = [](void* owner) { delete static_cast<Image*>(owner); };
    return {image.pixels().data(), image.width(), image.height(),  qsizetype(3) * image.width(),
            QImage::Format_RGB888, release,       new Image(image)};
}

QStringList imageNameFilters()
{
    return {QStringLiteral("*.png"), QStringLiteral("*.jpg"), QStringLiteral("*.jpeg"), QStringLiteral("*.webp"),
            QStringLiteral("*.gif"), QStringLiteral("*.bmp"), QStringLiteral("*.tif"),  QStringLiteral("*.tiff"),
            QStringLiteral("*.ppm"), QStringLiteral("*.pgm"), QStringLiteral("*.pbm")};
}

}  // namespace vitrine
