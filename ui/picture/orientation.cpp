// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/orientation.h"

#include <algorithm>
#include <optional>

#include <QRegularExpression>

namespace vitrine {

namespace {

quint32 number(const QByteArray& bytes, qint64 at, int count, bool little)
{
    quint32 value = 0;
    for (int i = 0; i < count; ++i) {
        const qint64 place = at + (little ? count - 1 - i : i);
        value = value << 8 | (place < bytes.size() ? static_cast<unsigned char>(bytes[place]) : 0U);
    }
    return value;
}

/// Appends what a segment says; a name that stands before it is left out.
void keep(QByteArray& to, const QByteArray& segment, const QByteArray& name)
{
    if (to.isEmpty() && segment.startsWith(name))
        to = segment.mid(name.size());
}

/// The orientation in EXIF's first directory, which is laid out as a TIFF's.
std::optional<int> inExif(QByteArray exif)
{
    constexpr quint32 orientationTag = 0x0112, shortType = 3, longType = 4;
    while (exif.startsWith(QByteArray("Exif\0\0", 6)))
        exif.remove(0, 6);
    const bool little = exif.startsWith("II");
    if (!little && !exif.startsWith("MM"))
        return std::nullopt;
    const qint64 directory = number(exif, 4, 4, little);
    const qint64 entries = number(exif, directory, 2, little);
    for (qint64 entry = 0; entry < entries; ++entry) {
        const qint64 at = directory + 2 + 12 * entry;
        if (at + 12 > exif.size())
            break;
        const quint32 type = number(exif, at + 2, 2, little);
        if (number(exif, at, 2, little) == orientationTag && (type == shortType || type == longType))
            return static_cast<int>(number(exif, at + 8, type == shortType ? 2 : 4, little));
    }
    return std::nullopt;
}

std::optional<int> inXmp(const QByteArray& xmp)
{
    static const QRegularExpression pattern(QStringLiteral("tiff:Orientation(=\"|>)([0-9])"));
    const QRegularExpressionMatch match = pattern.match(QString::fromUtf8(xmp));
    return match.hasMatch() ? std::optional(match.capturedView(2).toInt()) : std::nullopt;
}

}  // namespace

PictureMetadata jpegMetadata(const QByteArray& bytes)
{
    constexpr quint32 application1 = 0xe1, startOfScan = 0xda;
    PictureMetadata found;
    for (qint64 at = 2; at + 4 <= bytes.size() && number(bytes, at, 1, false) == 0xff;) {
        const quint32 marker = number(bytes, at + 1, 1, false);
        if (marker == 0xff) {
            ++at;
            continue;
        }
        const qint64 size = number(bytes, at + 2, 2, false);
        if (marker == startOfScan || size < 2)
            break;
        if (marker == application1) {
            keep(found.exif, bytes.mid(at + 4, size - 2), QByteArray("Exif\0\0", 6));
            keep(found.xmp, bytes.mid(at + 4, size - 2), QByteArray("http://ns.adobe.com/xap/1.0/\0", 29));
        }
        at += 2 + size;
    }
    return found;
}

PictureMetadata webpMetadata(const QByteArray& bytes)
{
    constexpr quint32 hasExif = 8, hasXmp = 4;
    PictureMetadata found;
    if (bytes.mid(12, 4) != "VP8X")
        return found;
    // libwebp gives out what the header announces.
    const quint32 flags = number(bytes, 20, 1, true);
    for (qint64 at = 12; at + 8 <= bytes.size();) {
        const qint64 size = number(bytes, at + 4, 4, true);
        const QByteArray kind = bytes.mid(at, 4);
        if (kind == "EXIF" && (flags & hasExif))
            keep(found.exif, bytes.mid(at + 8, size), {});
        else if (kind == "XMP " && (flags & hasXmp))
            keep(found.xmp, bytes.mid(at + 8, size), {});
        at += 8 + size + (size & 1);
    }
    return found;
}

int orientationOf(const PictureMetadata& metadata)
{
    const std::optional<int> told = inExif(metadata.exif);
    return told ? *told : inXmp(metadata.xmp).value_or(1);
}

Image upright(const Image& image, int orientation)
{
    if (orientation < 2 || orientation > 8)
        return image;
    const bool turned = orientation >= 5;  // rows become columns
    const bool fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool fromBelow = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const int width = turned ? image.height() : image.width(), height = turned ? image.width() : image.height();
    std::vector<std::uint8_t> pixels(image.pixels().size());
    std::uint8_t* to = pixels.data();
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x, to += 3) {
            const int column = turned ? y : x, row = turned ? x : y;
            const std::uint8_t* from = image.row(fromBelow ? image.height() - 1 - row : row)
                                       + std::ptrdiff_t(3) * (fromRight ? image.width() - 1 - column : column);
            std::copy_n(from, 3, to);
        }
    }
    return {width, height, std::move(pixels)};
}

}  // namespace vitrine
