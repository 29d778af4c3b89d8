// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/inflate.h"

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

namespace vitrine {
namespace {

/// zlib counts in 32 bits: both sides are handed over in pieces.
constexpr std::size_t largestPiece = std::size_t{1} << 30U;

class Inflater {
public:
    explicit Inflater(ByteSpan packed)
        : m_packed(packed)
    {
        if (inflateInit2(&m_stream, -MAX_WBITS) != Z_OK)
            throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&m_stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Bytes written; fewer than there is room for at the end of the data or at an error.
    std::size_t fill(std::span<std::uint8_t> target)
    {
        std::size_t written = 0;
        while (written < target.size() && m_status == Z_OK) {
            const auto room = static_cast<uInt>(std::min(target.size() - written, largestPiece));
            m_stream.next_out = target.data() + written;
            m_stream.avail_out = room;
            step();
            written += room - m_stream.avail_out;
        }
        return written;
    }

    /// True when nothing more comes out and nothing is left over.
    bool atEnd()
    {
        std::uint8_t extra = 0;
        const std::size_t surplus = m_status == Z_OK ? fill({&extra, 1}) : 0;
        return surplus == 0 && m_status == Z_STREAM_END && m_stream.avail_in == 0 && m_packed.empty();
    }

private:
    void step()
    {
        if (m_stream.avail_in == 0) {
            const std::size_t count = std::min(m_packed.size(), largestPiece);
            m_stream.next_in = const_cast<Bytef*>(m_packed.data());
            m_stream.avail_in = static_cast<uInt>(count);
            m_packed = m_packed.subspan(count);
        }
        m_status = ::inflate(&m_stream, Z_NO_FLUSH);
    }

    ByteSpan m_packed;
    z_stream m_stream{};
    int m_status = Z_OK;
};

}  // namespace

Inflated inflateInto(ByteSpan packed, std::span<std::uint8_t> target)
{
    Inflater inflater(packed);
    const std::size_t size = inflater.fill(target);
    return {size, size == target.size() && inflater.atEnd()};
}

Inflated inflatePieces(ByteSpan packed, std::uint64_t size, const std::function<void(ByteSpan)>& consume)
{
    Inflater inflater(packed);
    std::vector<std::uint8_t> piece(std::size_t{1} << 16U);
    std::uint64_t done = 0;
    while (done < size) {
        const std::size_t wanted = std::min<std::uint64_t>(piece.size(), size - done);
        const std::size_t count = inflater.fill(std::span(piece).first(wanted));
        consume(ByteSpan(piece).first(count));
        done += count;
        if (count < wanted)
            return {done, false};
    }
    return {done, inflater.atEnd()};
}

std::uint32_t checksum(std::uint32_t crc, ByteSpan bytes)
{
    return static_cast<std::uint32_t>(::crc32_z(crc, bytes.data(), bytes.size()));
}

}  // namespace vitrine
