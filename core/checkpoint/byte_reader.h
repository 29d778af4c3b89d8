// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/checkpoint/mapped_file.h"

namespace vitrine {

/// Little-endian numbers one after the other. Reading past the end gives zeros and makes ok() false.
class ByteReader {
public:
    explicit ByteReader(ByteSpan bytes, std::size_t position = 0)
        : m_bytes(bytes)
        , m_position(position)
    {
        if (position > bytes.size())
            m_ok = false;
    }

    bool ok() const { return m_ok; }
    std::size_t position() const { return m_position; }
    std::size_t remaining() const { return m_ok ? m_bytes.size() - m_position : 0; }

    ByteSpan take(std::uint64_t count)
    {
        if (count > remaining()) {
            m_ok = false;
            return {};
        }
        const ByteSpan result = m_bytes.subspan(m_position, count);
        m_position += count;
        return result;
    }

    std::string_view takeText(std::uint64_t count)
    {
        const ByteSpan result = take(count);
        return {reinterpret_cast<const char*>(result.data()), result.size()};
    }

    template <std::unsigned_integral T>
    T number()
    {
        const ByteSpan digits = take(sizeof(T));
        std::uint64_t value = 0;
        for (std::size_t i = digits.size(); i-- > 0;)
            value = value << 8U | digits[i];
        return static_cast<T>(value);
    }

private:
    ByteSpan m_bytes;
    std::size_t m_position;
    bool m_ok = true;
};

}  // namespace vitrine
