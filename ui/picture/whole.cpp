// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/whole.h"

#include <cstdint>
#include <cstdlib>

namespace vitrine {

namespace {

/// Bytes by position; 0 behind the end.
class Bytes {
public:
    explicit Bytes(const QByteArray& bytes)
        : m_bytes(bytes)
    {
    }
    qint64 size() const { return m_bytes.size(); }
    unsigned operator[](qint64 at) const { return at >= 0 && at < size() ? static_cast<unsigned char>(m_bytes[at]) : 0; }
    quint32 little(qint64 at, int count) const
    {
        quint32 value = 0;
        for (int i = count - 1; i >= 0; --i)
            value = value << 8 | (*this)[at + i];
        return value;
    }

private:
    const QByteArray& m_bytes;
};

/// Walks from segment to segment, and through the entropy-coded data, to the end marker.
bool jpegIsWhole(const Bytes& bytes)
{
    qint64 at = 2;
    bool inScan = false;
    while (at + 1 < bytes.size()) {
        if (bytes[at] != 0xff || bytes[at + 1] == 0xff) {
            ++at;
            continue;
        }
        const unsigned marker = bytes[at + 1];
        at += 2;
        if (marker == 0xd9)
            return true;
        const bool standsAlone = marker <= 1 || (marker >= 0xd0 && marker <= 0xd8);
        if (standsAlone || (inScan && marker < 0xc0))
            continue;
        at += bytes[at] * 256 + bytes[at + 1];
        inScan = marker == 0xda;
    }
    return false;
}

/// The end of a chain of sub-blocks, each with its length before it; 0 ends it.
qint64 gifChainEnd(const Bytes& bytes, qint64 at)
{
    while (at < bytes.size() && bytes[at] != 0)
        at += 1 + bytes[at];
    return at + 1;
}

bool gifIsWhole(const Bytes& bytes)
{
    const auto tableSize = [](unsigned flags) { return flags & 0x80 ? qint64(3) << ((flags & 7) + 1) : qint64(0); };
    qint64 at = 13 + tableSize(bytes[10]);
    while (at < bytes.size()) {
        const unsigned kind = bytes[at];
        if (kind == 0x2c)
            return gifChainEnd(bytes, at + 11 + tableSize(bytes[at + 9])) <= bytes.size();
        if (kind != 0x21)
            return false;
        at = gifChainEnd(bytes, at + 2);
    }
    return false;
}

bool bmpIsWhole(const Bytes& bytes)
{
    constexpr int withoutCompression = 0;
    const auto header = bytes.little(14, 4);
    if (header < 40 || bytes.little(30, 4) != withoutCompression)
        return true;
    const qint64 width = std::abs(qint64(static_cast<std::int32_t>(bytes.little(18, 4))));
    const qint64 height = std::abs(qint64(static_cast<std::int32_t>(bytes.little(22, 4))));
    const qint64 stride = (width * bytes.little(28, 2) + 31) / 32 * 4;
    // Divided, not multiplied: the sides come from the file.
    return stride == 0 || height <= (bytes.size() - qint64(bytes.little(10, 4))) / stride;
}

}  // namespace

bool isWhole(const QByteArray& bytes, const char* format)
{
    const QByteArray name(format);
    if (name == "jpeg")
        return jpegIsWhole(Bytes(bytes));
    if (name == "gif")
        return gifIsWhole(Bytes(bytes));
    if (name == "bmp")
        return bmpIsWhole(Bytes(bytes));
    return true;
}

}  // namespace vitrine
