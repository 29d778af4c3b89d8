// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/tiff.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <tiffio.h>

#include "core/base/error.h"
#include "ui/picture/limits.h"
#include "ui/picture/orientation.h"

namespace vitrine {

namespace {

constexpr tmsize_t mostBlockBytes = tmsize_t(1) << 30;

/// A file in memory, and what libtiff says about it.
struct Source {
    const QByteArray& bytes;
    DecodeBudget& budget;
    toff_t at = 0;
    std::string error;  ///< the first one
    bool endedEarly = false;
};

Source& sourceOf(thandle_t handle)
{
    return *static_cast<Source*>(handle);
}

tmsize_t readBytes(thandle_t handle, void* to, tmsize_t count)
{
    Source& source = sourceOf(handle);
    const auto size = static_cast<toff_t>(source.bytes.size());
    const auto there = static_cast<tmsize_t>(std::min<toff_t>(static_cast<toff_t>(count), size - std::min(source.at, size)));
    // libtiff adds what it is given to a pointer: -1 would have it write before its buffer.
    if (source.budget.isSpent(there))
        return 0;
    std::memcpy(to, source.bytes.constData() + std::min(source.at, size), static_cast<std::size_t>(there));
    source.at += static_cast<toff_t>(there);
    return there;
}

tmsize_t writeNothing(thandle_t, void*, tmsize_t)
{
    return -1;
}

toff_t seek(thandle_t handle, toff_t offset, int from)
{
    Source& source = sourceOf(handle);
    const toff_t base = from == SEEK_CUR ? source.at : from == SEEK_END ? static_cast<toff_t>(source.bytes.size()) : 0;
    return source.at = base + offset;
}

int closeNothing(thandle_t)
{
    return 0;
}

toff_t sizeOf(thandle_t handle)
{
    return static_cast<toff_t>(sourceOf(handle).bytes.size());
}

[[gnu::format(printf, 1, 0)]] std::string formatted(const char* format, va_list arguments)
{
    char text[256];
    std::vsnprintf(text, sizeof text, format, arguments);
    return text;
}

int hearError(TIFF*, void* source, const char*, const char* format, va_list arguments)
{
    if (std::string& error = static_cast<Source*>(source)->error; error.empty())
        error = formatted(format, arguments);
    return 1;
}

/// Fax and JPEG data that end early are no error for libtiff: it fills the rest.
int hearWarning(TIFF*, void* source, const char*, const char* format, va_list arguments)
{
    const std::string warning = formatted(format, arguments);
    if (warning.find("Premature") != std::string::npos || warning.find("premature") != std::string::npos)
        static_cast<Source*>(source)->endedEarly = true;
    return 1;
}

using File = std::unique_ptr<TIFF, void (*)(TIFF*)>;

File openTiff(Source& source)
{
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), hearError, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), hearWarning, &source);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), mostBlockBytes);
    return {TIFFClientOpenExt("picture", "r", &source, readBytes, writeNothing, seek, closeNothing, sizeOf, nullptr, nullptr,
                              options.get()),
            TIFFClose};
}

[[noreturn]] void failDamaged(const Source& source)
{
    throw Error("is a TIFF picture that cannot be read: it is damaged or cut off ("
                + (source.error.empty() ? std::string("its data end early") : source.error) + ")");
}

struct Layout {
    std::uint32_t width = 0, height = 0;
    std::uint16_t bits = 1, samples = 1, format = SAMPLEFORMAT_UINT, photometric = PHOTOMETRIC_MINISBLACK;
    std::uint16_t planar = PLANARCONFIG_CONTIG, compression = COMPRESSION_NONE, orientation = ORIENTATION_TOPLEFT;
    bool alpha = false, premultiplied = false;
};

/// Channels that make the colour, without alpha and others; 0 for a kind of colour that is not read.
unsigned colourChannels(std::uint16_t photometric)
{
    switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
        return 1;
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR:
        return 3;
    case PHOTOMETRIC_SEPARATED:
        return 4;
    default:
        return 0;
    }
}

Layout layoutOf(TIFF* file)
{
    Layout layout;
    std::uint16_t extras = 0;
    std::uint16_t* extra = nullptr;
    TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &layout.width);
    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &layout.height);
    TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &layout.bits);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &layout.format);
    TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &layout.planar);
    TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &layout.compression);
    TIFFGetFieldDefaulted(file, TIFFTAG_ORIENTATION, &layout.orientation);
    if (!TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &layout.photometric) && layout.samples >= 3)
        layout.photometric = PHOTOMETRIC_RGB;
    if (TIFFGetFieldDefaulted(file, TIFFTAG_EXTRASAMPLES, &extras, &extra) && extras > 0) {
        layout.alpha = (extra[0] == EXTRASAMPLE_ASSOCALPHA || extra[0] == EXTRASAMPLE_UNASSALPHA)
                       && layout.samples > colourChannels(layout.photometric);
        layout.premultiplied = layout.alpha && extra[0] == EXTRASAMPLE_ASSOCALPHA && layout.photometric != PHOTOMETRIC_PALETTE;
    }
    return layout;
}

const char* nameOfColours(std::uint16_t photometric)
{
    switch (photometric) {
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB:
        return "has CIE L*a*b* colours";
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV:
        return "has logarithmic brightness (LogLuv)";
    case PHOTOMETRIC_CFA:
    case 34892:  // DNG's LinearRaw
        return "holds a camera's raw data (DNG)";
    case PHOTOMETRIC_MASK:
        return "begins with a transparency mask";
    default:
        return "has colours of a kind that is not known";
    }
}

/// The kinds whose black and white nobody can know, or that are no picture of three colours.
void refuseOtherKinds(TIFF* file, const Layout& layout)
{
    const auto refuse = [](const std::string& what) {
        throw Error("is a TIFF that " + what + ", which Vitrine does not read; save it as RGB or grey of 8 or 16 bits");
    };
    const std::string bits = std::to_string(layout.bits) + "-bit ";
    const unsigned colours = colourChannels(layout.photometric);
    if (!TIFFIsCODECConfigured(layout.compression))
        refuse("is compressed by method " + std::to_string(layout.compression));
    if (layout.format == SAMPLEFORMAT_IEEEFP)
        refuse("stores " + bits + "floating-point numbers");
    if (layout.format == SAMPLEFORMAT_INT)
        refuse("stores " + bits + "signed numbers");
    if (layout.format == SAMPLEFORMAT_COMPLEXINT || layout.format == SAMPLEFORMAT_COMPLEXIEEEFP)
        refuse("stores complex numbers");
    if (colours == 0)
        refuse(nameOfColours(layout.photometric));
    if (layout.bits != 1 && layout.bits != 2 && layout.bits != 4 && layout.bits != 8 && layout.bits != 16)
        refuse("stores " + bits + "numbers");
    std::uint16_t inks = INKSET_CMYK;
    TIFFGetField(file, TIFFTAG_INKSET, &inks);
    if (layout.photometric == PHOTOMETRIC_SEPARATED && inks != INKSET_CMYK)
        refuse("is separated into inks other than cyan, magenta, yellow and black");
    // Of grey only alpha may follow: more channels are more pictures, and none of them is the one.
    const bool tooMany = colours == 1 && layout.samples > 2;
    const bool oddBits = (layout.photometric == PHOTOMETRIC_PALETTE && layout.bits > 8)
                         || (layout.photometric == PHOTOMETRIC_YCBCR && (layout.bits != 8 || layout.samples != 3));
    if (layout.samples < colours || tooMany || oddBits)
        refuse("has " + std::to_string(layout.samples) + (layout.samples == 1 ? " channel of " : " channels of ") + bits
               + (colours == 1 ? "grey or palette" : "colour"));
}

/// Some rows of some channels, as they are stored.
struct Block {
    std::uint32_t x = 0, y = 0, width = 0, rows = 0;  ///< width and rows as stored: a tile may reach over the edge
    unsigned plane = 0;
};

class Pixels {
public:
    Pixels(const Layout& layout, unsigned channels)
        : m_layout(layout)
        , m_channels(channels)
        , m_values(std::size_t(layout.width) * layout.height * channels)
    {
    }

    void take(const Block& block, const std::uint8_t* data)
    {
        const bool separate = m_layout.planar == PLANARCONFIG_SEPARATE;
        const unsigned stored = separate ? 1 : m_layout.samples;
        const std::size_t rowBytes = (std::size_t(block.width) * stored * m_layout.bits + 7) / 8;
        const std::uint32_t rows = std::min(block.rows, m_layout.height - block.y);
        const std::uint32_t columns = std::min(block.width, m_layout.width - block.x);
        for (std::uint32_t y = 0; y < rows; ++y) {
            std::uint8_t* to = &m_values[(std::size_t(block.y + y) * m_layout.width + block.x) * m_channels];
            const std::uint8_t* row = data + y * rowBytes;
            for (std::uint32_t x = 0; x < columns; ++x, to += m_channels) {
                if (separate)
                    to[block.plane] = sample(row, x);
                else
                    for (unsigned channel = 0; channel < m_channels; ++channel)
                        to[channel] = sample(row, std::size_t(x) * stored + channel);
            }
        }
    }

    std::vector<std::uint8_t>& values() { return m_values; }

private:
    /// Of 16 bits the upper byte; fewer than 8 as they are.
    std::uint8_t sample(const std::uint8_t* row, std::size_t index) const
    {
        if (m_layout.bits == 8)
            return row[index];
        if (m_layout.bits == 16) {
            std::uint16_t wide = 0;
            std::memcpy(&wide, row + 2 * index, sizeof wide);
            return static_cast<std::uint8_t>(wide >> 8);
        }
        const std::size_t bit = index * m_layout.bits;
        return static_cast<std::uint8_t>(row[bit / 8] >> (8 - m_layout.bits - bit % 8) & ((1U << m_layout.bits) - 1));
    }

    const Layout& m_layout;
    unsigned m_channels;
    std::vector<std::uint8_t> m_values;
};

/// Reads the strip or tile at `block` into `data`, which holds `bytes`.
void readBlock(TIFF* file, const Source& source, const Layout& layout, const Block& block, std::uint8_t* data, tmsize_t bytes)
{
    const bool tiled = TIFFIsTiled(file) != 0;
    const auto plane = static_cast<std::uint16_t>(block.plane);
    const std::uint32_t index = tiled ? TIFFComputeTile(file, block.x, block.y, 0, plane)
                                      : TIFFComputeStrip(file, block.y, plane);
    // libtiff would read the file's head for a block that is not there.
    if (TIFFGetStrileByteCount(file, index) == 0)
        failDamaged(source);
    const tmsize_t wanted = tiled ? bytes : TIFFVStripSize(file, std::min(block.rows, layout.height - block.y));
    const tmsize_t got = tiled ? TIFFReadEncodedTile(file, index, data, wanted)
                               : TIFFReadEncodedStrip(file, index, data, wanted);
    if (got < wanted || source.endedEarly)
        failDamaged(source);
}

/// Reads every strip or tile; the planes that hold no channel of ours are left out.
void readBlocks(TIFF* file, const Source& source, const Layout& layout, unsigned channels, Pixels& pixels)
{
    const bool tiled = TIFFIsTiled(file) != 0;
    Block block{0, 0, layout.width, layout.height, 0};
    if (tiled) {
        TIFFGetField(file, TIFFTAG_TILEWIDTH, &block.width);
        TIFFGetField(file, TIFFTAG_TILELENGTH, &block.rows);
    } else {
        TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &block.rows);
        block.rows = std::min(block.rows, layout.height);
    }
    const tmsize_t bytes = tiled ? TIFFTileSize(file) : TIFFStripSize(file);
    if (bytes <= 0 || bytes > mostBlockBytes || block.width == 0 || block.rows == 0)
        failDamaged(source);
    const auto data = std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(bytes));
    const unsigned planes = layout.planar == PLANARCONFIG_SEPARATE ? channels : 1;
    for (block.plane = 0; block.plane < planes; ++block.plane)
        for (block.y = 0; block.y < layout.height; block.y += std::min(block.rows, layout.height - block.y))
            for (block.x = 0; block.x < layout.width; block.x += std::min(block.width, layout.width - block.x)) {
                readBlock(file, source, layout, block, data.get(), bytes);
                pixels.take(block, data.get());
            }
}

std::uint8_t clipped(int value)
{
    return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

/// Pillow's: divided by 255 with rounding, all in integers.
std::uint8_t fromInk(int ink, int black)
{
    const int product = (255 - black) * ink + 128;
    return clipped(255 - black - (((product >> 8) + product) >> 8));
}

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

/// What a grey or palette value looks like.
Palette paletteOf(TIFF* file, const Layout& layout, const Source& source)
{
    Palette palette{};
    const int last = (1 << std::min<int>(layout.bits, 8)) - 1;
    std::uint16_t* maps[3] = {};
    const bool colours = layout.photometric == PHOTOMETRIC_PALETTE;
    if (colours && !TIFFGetField(file, TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2]))
        failDamaged(source);
    bool wide = false;
    for (int i = 0; colours && i <= last; ++i)
        wide = wide || maps[0][i] > 255 || maps[1][i] > 255 || maps[2][i] > 255;
    for (int i = 0; i <= last; ++i) {
        const int grey = (layout.photometric == PHOTOMETRIC_MINISWHITE ? last - i : i) * 255 / last;
        for (std::size_t channel = 0; channel < 3; ++channel)
            palette[static_cast<std::size_t>(i)][channel] = static_cast<std::uint8_t>(!colours ? grey
                                                                                      : wide   ? maps[channel][i] >> 8
                                                                                               : maps[channel][i]);
    }
    return palette;
}

Decoded toRgb(TIFF* file, const Layout& layout, const Source& source, unsigned channels, std::vector<std::uint8_t>&& values)
{
    const auto width = static_cast<int>(layout.width), height = static_cast<int>(layout.height);
    if (channels == 3 && layout.bits >= 8)
        return {Image(width, height, std::move(values)), {}};
    const bool indexed = colourChannels(layout.photometric) == 1;
    const Palette palette = indexed ? paletteOf(file, layout, source) : Palette{};
    const int scale = layout.bits < 8 ? 255 / ((1 << layout.bits) - 1) : 1;
    const std::size_t count = values.size() / channels;
    std::vector<std::uint8_t> rgb(count * 3);
    ClearPixels clear;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* from = &values[i * channels];
        std::uint8_t* to = &rgb[i * 3];
        const bool inks = layout.photometric == PHOTOMETRIC_SEPARATED;
        for (std::size_t channel = 0; channel < 3; ++channel)
            to[channel] = indexed ? palette[from[0]][channel]
                          : inks  ? fromInk(from[channel] * scale, from[3] * scale)
                                  : clipped(from[channel] * scale);
        const int alpha = layout.alpha ? from[channels - 1] * scale : 255;
        if (alpha != 255 && layout.premultiplied && !inks)
            for (std::size_t channel = 0; channel < 3; ++channel)
                to[channel] = alpha == 0 ? std::uint8_t(0) : clipped(to[channel] * 255 / alpha);
        clear.add(to, alpha);
    }
    return {Image(width, height, std::move(rgb)), clear.among(count)};
}

/// YCbCr that is not JPEG's own, and JPEG of before 1995: libtiff turns them into colours.
Decoded throughLibtiff(TIFF* file, const Layout& layout, const Source& source)
{
    // It would turn the picture by some orientations and not by others.
    TIFFSetField(file, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    const std::size_t count = std::size_t(layout.width) * layout.height;
    std::vector<std::uint32_t> raster(count);
    if (!TIFFReadRGBAImageOriented(file, layout.width, layout.height, raster.data(), ORIENTATION_TOPLEFT, 1)
        || source.endedEarly || !source.error.empty())
        failDamaged(source);
    std::vector<std::uint8_t> rgb(count * 3);
    for (std::size_t i = 0; i < count; ++i) {
        rgb[3 * i] = static_cast<std::uint8_t>(TIFFGetR(raster[i]));
        rgb[3 * i + 1] = static_cast<std::uint8_t>(TIFFGetG(raster[i]));
        rgb[3 * i + 2] = static_cast<std::uint8_t>(TIFFGetB(raster[i]));
    }
    return {Image(static_cast<int>(layout.width), static_cast<int>(layout.height), std::move(rgb)), {}};
}

Decoded readPixels(TIFF* file, const Layout& layout, const Source& source)
{
    const bool jpegColours = layout.photometric == PHOTOMETRIC_YCBCR && layout.compression == COMPRESSION_JPEG
                             && layout.planar == PLANARCONFIG_CONTIG;
    if (layout.photometric == PHOTOMETRIC_YCBCR && !jpegColours)
        return throughLibtiff(file, layout, source);
    if (jpegColours)
        TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    const unsigned channels = colourChannels(layout.photometric) + (layout.alpha ? 1 : 0);
    Pixels pixels(layout, channels);
    readBlocks(file, source, layout, channels, pixels);
    return toRgb(file, layout, source, channels, std::move(pixels.values()));
}

}  // namespace

Decoded readTiff(const QByteArray& bytes, DecodeBudget& budget)
{
    Source source{bytes, budget, 0, {}, false};
    const File file = openTiff(source);
    if (!file)
        failDamaged(source);
    const Layout layout = layoutOf(file.get());
    if (layout.width == 0 || layout.height == 0 || layout.samples == 0 || layout.width > INT32_MAX || layout.height > INT32_MAX)
        failDamaged(source);
    refuseTooManyPixels(layout.width, layout.height);
    refuseOtherKinds(file.get(), layout);
    source.error.clear();
    const Decoded decoded = readPixels(file.get(), layout, source);
    return {upright(decoded.image, layout.orientation), decoded.transparency};
}

}  // namespace vitrine
