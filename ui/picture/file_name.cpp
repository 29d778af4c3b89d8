// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/file_name.h"

#include <QByteArrayView>
#include <QStringDecoder>
#include <QUrl>

namespace vitrine {

namespace {

constexpr char16_t firstByte = 0xdc80, lastByte = 0xdcff;

/// A mark of byte order is part of a name; QString::fromUtf8() would drop it.
QString decoded(QByteArrayView utf8)
{
    QStringDecoder decode(QStringDecoder::Utf8, QStringDecoder::Flag::ConvertInitialBom);
    return decode(utf8);
}

/// Bytes of the character at the front; 0 where there is none.
qsizetype characterLength(QByteArrayView bytes)
{
    for (qsizetype length = 1; length <= 4 && length <= bytes.size(); ++length)
        if (bytes.first(length).isValidUtf8())
            return length;
    return 0;
}

}  // namespace

QString fromPath(const std::filesystem::path& path)
{
    QByteArrayView rest(path.native());
    if (rest.isValidUtf8())
        return decoded(rest);
    QString name;
    while (!rest.isEmpty()) {
        const qsizetype length = characterLength(rest);
        if (length > 0)
            name += decoded(rest.first(length));
        else
            name += QChar(static_cast<char16_t>(0xdc00 | static_cast<unsigned char>(rest.front())));
        rest = rest.sliced(length > 0 ? length : 1);
    }
    return name;
}

std::filesystem::path toPath(const QString& name)
{
    std::string bytes;
    qsizetype start = 0;
    const auto copyUpTo = [&](qsizetype end) { bytes += name.mid(start, end - start).toStdString(); };
    for (qsizetype at = 0; at < name.size(); ++at) {
        const char16_t code = name[at].unicode();
        const bool isPair = at > 0 && name[at - 1].isHighSurrogate();
        if (code < firstByte || code > lastByte || isPair)
            continue;
        copyUpTo(at);
        bytes += static_cast<char>(code & 0xff);
        start = at + 1;
    }
    copyUpTo(name.size());
    return bytes;
}

QString fromUrl(const QUrl& url)
{
    // toLocalFile() would decode what is no UTF-8 to something else.
    return fromPath(QByteArray::fromPercentEncoding(url.path(QUrl::FullyEncoded).toLatin1()).toStdString());
}

}  // namespace vitrine
