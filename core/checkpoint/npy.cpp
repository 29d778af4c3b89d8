// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/npy.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/source.h"

namespace vitrine {
namespace {

constexpr std::string_view numpyMagic = "\x93NUMPY";

/// The few forms of a Python literal that NumPy writes; nothing is nested deeper than the shape.
class LiteralParser {
public:
    explicit LiteralParser(std::string_view text)
        : m_text(text)
    {
    }

    bool parse(NpyHeader& header)
    {
        if (!take('{'))
            return false;
        while (!take('}')) {
            const std::optional<std::string_view> key = text();
            if (!key || !take(':') || !value(*key, header))
                return false;
            if (!take(',') && peek() != '}')
                return false;
        }
        skipSpace();
        return m_text.empty() && m_hasDescr && m_hasOrder && m_hasShape;
    }

private:
    bool value(std::string_view key, NpyHeader& header)
    {
        if (key == "descr" && !m_hasDescr) {
            const std::optional<std::string_view> descr = text();
            header.descr = descr.value_or("");
            return m_hasDescr = descr.has_value();
        }
        if (key == "fortran_order" && !m_hasOrder) {
            header.fortranOrder = takeWord("True");
            return m_hasOrder = header.fortranOrder || takeWord("False");
        }
        return key == "shape" && !m_hasShape && (m_hasShape = shape(header.shape));
    }

    bool shape(Shape& result)
    {
        if (!take('('))
            return false;
        bool comma = true;
        while (!take(')')) {
            std::int64_t size = 0;
            if (!comma || result.size() == highestRank || !number(size))
                return false;
            result.push_back(size);
            comma = take(',');
        }
        // "(3)" is a number in Python, not a tuple.
        return comma || result.size() > 1;
    }

    bool number(std::int64_t& result)
    {
        skipSpace();
        if (m_text.empty() || m_text[0] < '0' || m_text[0] > '9')
            return false;
        const auto [end, error] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), result);
        if (error != std::errc())
            return false;
        m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
        // Python 2 wrote "3L".
        if (m_text.starts_with('L'))
            m_text.remove_prefix(1);
        return true;
    }

    std::optional<std::string_view> text()
    {
        skipSpace();
        if (m_text.empty() || (m_text[0] != '\'' && m_text[0] != '"'))
            return std::nullopt;
        const std::size_t end = m_text.find(m_text[0], 1);
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view result = m_text.substr(1, end - 1);
        m_text.remove_prefix(end + 1);
        return result;
    }

    char peek()
    {
        skipSpace();
        return m_text.empty() ? '\0' : m_text[0];
    }

    bool take(char wanted)
    {
        if (peek() != wanted || m_text.empty())
            return false;
        m_text.remove_prefix(1);
        return true;
    }

    bool takeWord(std::string_view word)
    {
        skipSpace();
        if (!m_text.starts_with(word))
            return false;
        m_text.remove_prefix(word.size());
        return true;
    }

    void skipSpace() { m_text.remove_prefix(std::min(m_text.find_first_not_of(" \t\r\n"), m_text.size())); }

    std::string_view m_text;
    bool m_hasDescr = false;
    bool m_hasOrder = false;
    bool m_hasShape = false;
};

}  // namespace

bool isNpy(ByteSpan start)
{
    return start.size() >= numpyMagic.size()
           && std::string_view(reinterpret_cast<const char*>(start.data()), numpyMagic.size()) == numpyMagic;
}

std::string parseNpyHeader(ByteSpan start, NpyHeader& header)
{
    if (!isNpy(start))
        return "is not a NumPy array";
    ByteReader reader(start, numpyMagic.size());
    const auto major = reader.number<std::uint8_t>();
    reader.number<std::uint8_t>();
    if (major < 1 || major > 3)
        return "has the unknown NumPy format version " + std::to_string(major);
    const std::uint64_t length = major == 1 ? reader.number<std::uint16_t>() : reader.number<std::uint32_t>();
    if (length + reader.position() > longestNpyHeader)
        return "has a header that is too long";
    const std::string_view literal = reader.takeText(length);
    if (!reader.ok())
        return "is cut off";
    if (!LiteralParser(literal).parse(header))
        return "has a header that cannot be read";
    header.dataOffset = reader.position();
    return {};
}

}  // namespace vitrine
