// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/png.h"

#include <csetjmp>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <png.h>

#include "core/base/error.h"
#include "ui/picture/limits.h"
#include "ui/picture/orientation.h"

namespace vitrine {

namespace {

/// libpng leaves by longjmp where something is wrong: functions that call setjmp hold nothing that has a destructor.
class Reader {
public:
    Reader(const QByteArray& bytes, DecodeBudget& budget)
        : m_bytes(bytes)
        , m_budget(budget)
        , m_png(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, leave, [](png_structp, png_const_charp) {}))
        , m_info(m_png ? png_create_info_struct(m_png) : nullptr)
    {
        if (!m_info) {
            png_destroy_read_struct(&m_png, nullptr, nullptr);
            throw std::bad_alloc();
        }
        png_set_read_fn(m_png, this, read);
    }
    ~Reader() { png_destroy_read_struct(&m_png, &m_info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    bool readHeader()
    {
        if (setjmp(png_jmpbuf(m_png)))
            return false;
        png_read_info(m_png, m_info);
        return true;
    }

    /// Eight bits of red, green and blue, and alpha where there is any, from whatever there is.
    bool prepare()
    {
        if (setjmp(png_jmpbuf(m_png)))
            return false;
        png_set_expand(m_png);
        png_set_strip_16(m_png);
        png_set_gray_to_rgb(m_png);
        png_set_interlace_handling(m_png);
        png_read_update_info(m_png, m_info);
        return true;
    }

    bool readRows(png_bytepp rows)
    {
        if (setjmp(png_jmpbuf(m_png)))
            return false;
        png_read_image(m_png, rows);
        png_read_end(m_png, m_info);
        return true;
    }

    std::size_t width() const { return png_get_image_width(m_png, m_info); }
    std::size_t height() const { return png_get_image_height(m_png, m_info); }
    std::size_t rowBytes() const { return png_get_rowbytes(m_png, m_info); }
    const char* problem() const { return m_problem; }

    PictureMetadata metadata() const
    {
        PictureMetadata found;
        png_uint_32 size = 0;
        png_bytep exif = nullptr;
        if (png_get_eXIf_1(m_png, m_info, &size, &exif))
            found.exif = QByteArray(reinterpret_cast<const char*>(exif), size);
        if (found.exif.isEmpty())
            found.exif = rawProfile(text("Raw profile type exif"));
        found.xmp = text("XML:com.adobe.xmp");
        return found;
    }

private:
    [[noreturn]] static void leave(png_structp png, png_const_charp message)
    {
        char* problem = static_cast<Reader*>(png_get_error_ptr(png))->m_problem;
        std::strncpy(problem, message, sizeof m_problem - 1);
        png_longjmp(png, 1);
    }

    static void read(png_structp png, png_bytep to, std::size_t count)
    {
        auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
        if (count > static_cast<std::size_t>(reader->m_bytes.size()) - reader->m_at)
            png_error(png, "its end is missing");
        if (reader->m_budget.isSpent(static_cast<qint64>(count)))
            png_error(png, "it takes too long");
        std::memcpy(to, reader->m_bytes.constData() + reader->m_at, count);
        reader->m_at += count;
    }

    QByteArray text(std::string_view key) const
    {
        png_textp texts = nullptr;
        int count = 0;
        png_get_text(m_png, m_info, &texts, &count);
        for (int i = 0; i < count; ++i)
            if (texts[i].key == key)
                return texts[i].text;
        return {};
    }

    /// "\nexif\n      42\n" and hexadecimal digits.
    static QByteArray rawProfile(const QByteArray& text)
    {
        const QByteArray words = text.simplified();
        return words.startsWith("exif ") ? QByteArray::fromHex(words.mid(words.indexOf(' ', 5) + 1)) : QByteArray();
    }

    const QByteArray& m_bytes;
    DecodeBudget& m_budget;
    std::size_t m_at = 0;
    char m_problem[128] = {};
    png_structp m_png;
    png_infop m_info;
};

[[noreturn]] void failDamaged(const Reader& reader)
{
    throw Error(std::string("is a PNG picture that cannot be read: it is damaged or cut off (") + reader.problem() + ")");
}

/// Red, green and blue of pixels that have alpha, in their place.
Transparency withoutAlpha(std::vector<std::uint8_t>& pixels)
{
    const std::size_t count = pixels.size() / 4;
    ClearPixels clear;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* from = &pixels[4 * i];
        clear.add(from, from[3]);
        for (std::size_t channel = 0; channel < 3; ++channel)
            pixels[3 * i + channel] = from[channel];
    }
    pixels.resize(3 * count);
    pixels.shrink_to_fit();
    return clear.among(count);
}

}  // namespace

Decoded readPng(const QByteArray& bytes, DecodeBudget& budget)
{
    Reader reader(bytes, budget);
    if (!reader.readHeader())
        failDamaged(reader);
    const std::size_t width = reader.width(), height = reader.height();
    refuseTooManyPixels(static_cast<qint64>(width), static_cast<qint64>(height));
    if (!reader.prepare() || (reader.rowBytes() != width * 3 && reader.rowBytes() != width * 4))
        failDamaged(reader);
    std::vector<std::uint8_t> pixels(height * reader.rowBytes());
    std::vector<png_bytep> rows(height);
    for (std::size_t y = 0; y < height; ++y)
        rows[y] = &pixels[y * reader.rowBytes()];
    if (!reader.readRows(rows.data()))
        failDamaged(reader);
    const Transparency transparency = reader.rowBytes() == width * 4 ? withoutAlpha(pixels) : Transparency();
    const Image image(static_cast<int>(width), static_cast<int>(height), std::move(pixels));
    return {upright(image, orientationOf(reader.metadata())), transparency};
}

}  // namespace vitrine
