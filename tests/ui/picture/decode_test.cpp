// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/decode.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <QBuffer>
#include <QDir>
#include <QFile>
#include <QImageWriter>
#include <QTemporaryDir>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"

using namespace vitrine;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

/// Decoders of other versions may round a JPEG's or WebP's pixels another way.
constexpr int lossyTolerance = 4;
const QString golden = QStringLiteral(VITRINE_GOLDEN_DIR "/pictures/decode/");

QByteArray contents(const QString& path)
{
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
    return file.readAll();
}

/// What Pillow made of it: a binary PPM.
Image expected(const QString& name)
{
    std::ifstream file(golden.toStdString() + name.toStdString() + ".expected", std::ios::binary);
    std::string magic;
    int width = 0, height = 0, most = 0;
    file >> magic >> width >> height >> most;
    file.get();
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height * 3);
    file.read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
    return {width, height, std::move(pixels)};
}

class Folder {
public:
    QString write(const char* name, const QByteArray& bytes) const
    {
        const QString path = m_folder.filePath(QString::fromLatin1(name));
        QFile file(path);
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        return path;
    }
    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }

private:
    QTemporaryDir m_folder;
};

std::string errorOf(const QString& path)
{
    try {
        readImage(path);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

QByteArray pngHeader(quint32 width, quint32 height)
{
    QByteArray chunk("IHDR");
    for (const quint32 side : {width, height})
        for (int shift = 24; shift >= 0; shift -= 8)
            chunk += static_cast<char>(side >> shift);
    chunk += QByteArray("\x08\x02\x00\x00\x00", 5);
    quint32 crc = 0xffffffffU;
    for (const char byte : chunk) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    crc = ~crc;
    QByteArray result("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d", 12);
    result += chunk;
    for (int shift = 24; shift >= 0; shift -= 8)
        result += static_cast<char>(crc >> shift);
    // An image data chunk that holds nothing to speak of.
    return result + QByteArray("\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e", 12)
           + QByteArray("\x00\x00\x00\x00IEND\xae\x42\x60\x82", 12);
}

class GoldenPicture : public testing::TestWithParam<QString> {};

TEST_P(GoldenPicture, IsWhatPillowMakesOfIt)
{
    const Image wanted = expected(GetParam());
    const Image image = readImage(golden + GetParam());
    ASSERT_EQ(image.width(), wanted.width());
    ASSERT_EQ(image.height(), wanted.height());
    const bool lossy = contents(golden + GetParam()).startsWith("\xff\xd8") || GetParam().contains(u"lossy")
                       || GetParam().startsWith(u"jpeg");
    int worst = 0;
    for (std::size_t i = 0; i < wanted.pixels().size(); ++i)
        worst = std::max(worst, std::abs(image.pixels()[i] - wanted.pixels()[i]));
    EXPECT_LE(worst, lossy ? lossyTolerance : 0);
}

/// The pictures that have a file of this suffix beside them.
std::vector<QString> goldenNames(const QString& suffix)
{
    std::vector<QString> names;
    const QStringList files = QDir(golden).entryList({QString(u'*' % suffix)});
    for (const QString& name : files)
        names.push_back(name.chopped(suffix.size()));
    return names;
}

std::string asTestName(const testing::TestParamInfo<QString>& given)
{
    std::string name = given.param.toStdString();
    for (char& character : name)
        if (!std::isalnum(static_cast<unsigned char>(character)))
            character = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenPicture, testing::ValuesIn(goldenNames(QStringLiteral(".expected"))), asTestName);

class RefusedPicture : public testing::TestWithParam<QString> {};

TEST_P(RefusedPicture, NamesItsKind)
{
    const std::string words = contents(golden + GetParam() + QStringLiteral(".refused")).toStdString();
    EXPECT_THAT(errorOf(golden + GetParam()), AllOf(HasSubstr(GetParam().toStdString()), HasSubstr(words),
                                                    Not(HasSubstr("damaged")), HasSubstr("save it as RGB or grey")));
}

INSTANTIATE_TEST_SUITE_P(All, RefusedPicture, testing::ValuesIn(goldenNames(QStringLiteral(".refused"))), asTestName);

TEST(Decode, CutFilesAreErrors)
{
    const Folder folder;
    for (const char* name : {"rgb.png",
                             "exif-6.png",
                             "rgb.jpg",
                             "progressive.jpg",
                             "exif-6.jpg",
                             "lossless.webp",
                             "lossy.webp",
                             "rgb.tiff",
                             "packbits.tiff",
                             "tiff_lzw.tiff",
                             "tiff_adobe_deflate.tiff",
                             "jpeg.tiff",
                             "jpeg-ycbcr.tiff",
                             "fax.tiff",
                             "fax3.tiff",
                             "tiles.tiff",
                             "planes.tiff",
                             "big.tiff",
                             "palette.tiff",
                             "rgb.bmp",
                             "rgb.ppm",
                             "palette.gif"}) {
        const QByteArray whole = contents(golden + QString::fromLatin1(name));
        const QString path = folder.write(name, whole.left(whole.size() * 2 / 3));
        EXPECT_THAT(errorOf(path), AllOf(HasSubstr(path.toStdString()), HasSubstr("cut off"))) << name;
    }
}

TEST(Decode, ACutFileIsAnErrorOrTheWholePicture)
{
    constexpr int cuts = 13;
    const Folder folder;
    for (const QString& name : goldenNames(QStringLiteral(".expected"))) {
        const QByteArray bytes = contents(golden + name);
        if (bytes.startsWith("P3"))
            continue;  // half of the last number is a number, too
        const Image whole = readImage(golden + name);
        for (int cut = 1; cut < cuts; ++cut) {
            try {
                const Image image = readImage(folder.write("cut", bytes.left(bytes.size() * cut / cuts)));
                EXPECT_TRUE(std::ranges::equal(image.pixels(), whole.pixels())) << name.toStdString() << " at " << cut;
            } catch (const Error&) {
            }
        }
    }
}

/// `bytes` of a TIFF of Pillow's with the numbers of one tag made others.
QByteArray withTag(QByteArray bytes, quint16 tag, quint32 value)
{
    const auto number = [&](qint64 at, int count) {
        quint32 sum = 0;
        for (int i = count - 1; i >= 0; --i)
            sum = sum << 8 | static_cast<unsigned char>(bytes[at + i]);
        return sum;
    };
    const qint64 directory = number(4, 4);
    for (qint64 at = directory + 2, entries = number(directory, 2); entries > 0; --entries, at += 12)
        if (number(at, 2) == tag)
            for (int i = 0; i < 4; ++i)
                bytes[at + 8 + i] = static_cast<char>(value >> (8 * i));
    return bytes;
}

TEST(Decode, CompressedStripsThatEndEarlyAreErrorsThoughTheFileGoesOn)
{
    constexpr quint16 stripByteCounts = 279;
    const Folder folder;
    const auto bytesOf = [](const QString& name) {
        return name.startsWith(u"fax") ? 20U : name.contains(u"grey") ? 80U : 200U;
    };
    for (const char* name : {"packbits.tiff", "tiff_lzw.tiff", "tiff_adobe_deflate.tiff", "jpeg.tiff", "jpeg-grey.tiff",
                             "jpeg-ycbcr.tiff", "fax.tiff", "fax3.tiff"}) {
        const QByteArray whole = contents(golden + QString::fromLatin1(name));
        const QString path = folder.write(name, withTag(whole, stripByteCounts, bytesOf(QString::fromLatin1(name))));
        EXPECT_THAT(errorOf(path), HasSubstr("cut off")) << name;
    }
}

TEST(Decode, TiffsThatLieAboutTheirSizeAreErrors)
{
    constexpr quint16 width = 256, height = 257, samples = 277, extraSamples = 338;
    const Folder folder;
    const QByteArray rgb = contents(golden + QStringLiteral("rgb.tiff")), rgba = contents(golden + QStringLiteral("rgba.tiff"));
    EXPECT_THAT(errorOf(folder.write("a.tiff", withTag(rgb, width, 0x7fffffff))), HasSubstr("megapixels"));
    EXPECT_THAT(errorOf(folder.write("b.tiff", withTag(rgb, height, 5'000'000))), HasSubstr("cut off"));
    EXPECT_THAT(errorOf(folder.write("c.tiff", withTag(rgb, samples, 65535))), HasSubstr("Cannot read"));
    EXPECT_THAT(errorOf(folder.write("d.tiff", withTag(rgb, samples, 0))), HasSubstr("Cannot read"));
    // Fewer channels than colours and alpha: read as they are stored, and not beyond.
    EXPECT_EQ(readImage(folder.write("e.tiff", withTag(withTag(rgba, samples, 3), extraSamples, 1))).width(), 24);
}

TEST(Decode, KnowsWhatIsTransparent)
{
    const Folder folder;
    QImage image(8, 4, QImage::Format_ARGB32);
    image.fill(QColor(10, 20, 30));
    const auto read = [&](const char* name) {
        EXPECT_TRUE(image.save(folder.path(name))) << name;
        return readPicture(folder.path(name)).transparency;
    };
    for (const char* name : {"opaque.png", "opaque.webp", "opaque.tiff"})
        EXPECT_EQ(read(name).share, 0) << name;
    for (int x = 0; x < 8; ++x) {
        image.setPixel(x, 0, qRgba(255, 255, 255, 0));
        image.setPixel(x, 1, qRgba(200, 0, 0, 200));
    }
    for (const char* name : {"white.png", "white.tiff"}) {
        const Transparency found = read(name);
        EXPECT_EQ(found.share, 0.25) << name;
        EXPECT_EQ(found.colour, (std::array<std::uint8_t, 3>{255, 255, 255})) << name;
    }
    EXPECT_EQ(read("white.webp").share, 0.25);
    EXPECT_EQ(read("none.bmp").share, 0) << "the fourth byte is nothing there";
    EXPECT_EQ(toPicture(image).transparency.share, 0.25) << "pasted";
    EXPECT_EQ(toPicture(image.convertToFormat(QImage::Format_RGBA64)).transparency.share, 0.25);
    image.setPixel(0, 0, qRgba(0, 255, 0, 0));
    EXPECT_EQ(read("more.png").share, 0.25);
    EXPECT_FALSE(read("more.png").colour);
    QImage indexed(4, 4, QImage::Format_Indexed8);
    indexed.setColorTable({qRgba(0, 0, 0, 0), qRgb(9, 9, 9)});
    indexed.fill(0);
    ASSERT_TRUE(indexed.save(folder.path("palette.png")));
    const Transparency all = readPicture(folder.path("palette.png")).transparency;
    EXPECT_EQ(all.share, 1);
    EXPECT_EQ(all.colour, (std::array<std::uint8_t, 3>{0, 0, 0}));
}

TEST(Transparency, IsSaidWhereItIsMoreThanAnEdge)
{
    EXPECT_EQ(sentenceOf({}), "");
    EXPECT_EQ(sentenceOf({0.009, {{0, 0, 0}}}), "") << "rounded corners";
    EXPECT_EQ(sentenceOf({0.5, {{0, 0, 0}}}), "50 % of this picture is transparent: the network sees black there.");
    EXPECT_EQ(sentenceOf({1, {{255, 10, 0}}}), "100 % of this picture is transparent: the network sees #ff0a00 there.");
    EXPECT_EQ(sentenceOf({0.02, {}}),
              "2 % of this picture is transparent: the network sees the colours that the file keeps under it.");
}

TEST(Decode, NothingReachesStderr)
{
    const Folder folder;
    const QByteArray png = contents(golden + QStringLiteral("rgb.png"));
    QByteArray flipped = png;
    flipped[png.indexOf("IDAT") + 20] = char(flipped[png.indexOf("IDAT") + 20] ^ 0x55);
    testing::internal::CaptureStderr();
    EXPECT_THAT(errorOf(folder.write("cut.png", png.left(100))), HasSubstr("end is missing"));
    EXPECT_THAT(errorOf(folder.write("flipped.png", flipped)), HasSubstr("damaged"));
    EXPECT_THAT(errorOf(folder.write("cut.tiff", contents(golden + QStringLiteral("fax.tiff")).left(60))), HasSubstr("TIFF"));
    EXPECT_THAT(errorOf(golden + QStringLiteral("float32.tiff")), HasSubstr("floating-point"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Decode, NoCutOrFlippedByteCrashes)
{
    const Folder folder;
    const QStringList names = QDir(golden).entryList({QStringLiteral("*.expected")});
    for (const QString& name : names) {
        const QByteArray whole = contents(golden + name.chopped(9));
        for (int step = 1; step < 24; ++step) {
            QByteArray bytes = step % 2 ? whole.left(whole.size() * step / 24) : whole;
            bytes[bytes.size() * 7 / (7 + step)] = static_cast<char>(step * 37);
            try {
                const Image image = readImage(folder.write("x", bytes));
                EXPECT_FALSE(image.empty());
            } catch (const Error& error) {
                EXPECT_THAT(error.what(), HasSubstr("Cannot read the picture"));
            }
        }
    }
}

TEST(Decode, HugePicturesAreRefusedByNameBeforeDecoding)
{
    const Folder folder;
    const QString path = folder.write("huge.png", pngHeader(60000, 60000));
    EXPECT_THAT(errorOf(path), AllOf(HasSubstr("60000 x 60000"), HasSubstr("128 megapixels")));
    EXPECT_THAT(errorOf(folder.write("vast.png", pngHeader(0x7fffffff, 0x7fffffff))), HasSubstr("Cannot read"));
}

TEST(Decode, FiftyMegapixelsAreReadAndOddShapesToo)
{
    const Folder folder;
    QImage photo(8660, 5774, QImage::Format_RGB32);
    photo.fill(qRgb(10, 200, 30));
    ASSERT_TRUE(photo.save(folder.path("photo.jpg")));
    const Image image = readImage(folder.path("photo.jpg"));
    EXPECT_EQ(image.width(), 8660);
    EXPECT_NEAR(image.row(5000)[3 * 8000 + 1], 200, lossyTolerance);

    QImage thin(1, 100000, QImage::Format_RGB32);
    thin.fill(Qt::red);
    ASSERT_TRUE(thin.save(folder.path("thin.png")));
    EXPECT_EQ(readImage(folder.path("thin.png")).height(), 100000);
}

TEST(Decode, OtherKindsOfFilesAreNamed)
{
    const Folder folder;
    EXPECT_THAT(errorOf(folder.write("a.png", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>")),
                HasSubstr("SVG"));
    EXPECT_THAT(errorOf(folder.write("b.png", QByteArray("\x1f\x8b\x08\x00\x00", 5))), HasSubstr("SVG or compressed"));
    EXPECT_THAT(errorOf(folder.write("c.jpg", QByteArray("\0\0\0\x18"
                                                         "ftypheic\0\0\0\0",
                                                         16))),
                HasSubstr("HEIC"));
    EXPECT_THAT(errorOf(folder.write("d.jpg", "%PDF-1.7")), HasSubstr("PDF"));
    EXPECT_THAT(errorOf(folder.write("e.jpg", "hello")), HasSubstr("not a picture"));
    EXPECT_THAT(errorOf(folder.write("f.png", "")), HasSubstr("empty"));
}

TEST(Decode, WhatIsNoOrdinaryFileIsRefusedAtOnce)
{
    const Folder folder;
    EXPECT_THAT(errorOf(folder.path("missing.png")), HasSubstr("does not exist"));
    EXPECT_THAT(errorOf(QDir::tempPath()), HasSubstr("folder"));
    EXPECT_THAT(errorOf(QStringLiteral("/dev/zero")), HasSubstr("not an ordinary file"));
    ASSERT_EQ(mkfifo(folder.path("pipe.png").toLocal8Bit().constData(), 0600), 0);
    EXPECT_THAT(errorOf(folder.path("pipe.png")), HasSubstr("not an ordinary file"));
}

TEST(Decode, FilesWithoutPermissionSaySo)
{
    if (geteuid() == 0)
        GTEST_SKIP() << "root may read everything";
    const Folder folder;
    const QString path = folder.write("closed.png", contents(golden + QStringLiteral("rgb.png")));
    QFile::setPermissions(path, QFile::Permissions());
    EXPECT_THAT(errorOf(path), HasSubstr("cannot be opened"));
}

TEST(Decode, ACutNameOpensNothingElse)
{
    const Folder folder;
    folder.write("cat.png", contents(golden + QStringLiteral("rgb.png")));
    EXPECT_THAT(errorOf(folder.path("cat")), HasSubstr("does not exist"));
}

TEST(Decode, ImagesGoThereAndBack)
{
    const Image image = readImage(golden + QStringLiteral("rgb.png"));
    const QImage shown = toQImage(image);
    ASSERT_EQ(shown.size(), QSize(24, 16));
    EXPECT_EQ(qGreen(shown.pixel(5, 9)), image.row(9)[5 * 3 + 1]);
    const Image again = toImage(shown);
    EXPECT_TRUE(std::ranges::equal(again.pixels(), image.pixels()));
    EXPECT_TRUE(toImage(QImage()).empty());
    EXPECT_TRUE(toQImage(Image()).isNull());
}

/// A progressive JPEG whose last scan comes `repeats` times more.
QByteArray progressive(int repeats)
{
    QImage image(64, 48, QImage::Format_RGB32);
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            image.setPixel(x, y, qRgb(4 * x, 5 * y, (x * y) % 256));
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QImageWriter writer(&buffer, "jpeg");
    writer.setProgressiveScanWrite(true);
    EXPECT_TRUE(writer.write(image));
    const qsizetype scan = bytes.lastIndexOf("\xff\xda"), end = bytes.lastIndexOf("\xff\xd9");
    bytes.insert(end, bytes.mid(scan, end - scan).repeated(repeats));
    return bytes;
}

TEST(Decode, ScansOfAJpegAreCountedAndBounded)
{
    const Folder folder;
    const QByteArray once = progressive(0);
    const int scans = jpegScans(once, 1000);
    ASSERT_GT(scans, 3);
    EXPECT_EQ(jpegScans(progressive(7), 1000), scans + 7);
    EXPECT_EQ(jpegScans(progressive(7), scans), scans) << "no further than asked";
    EXPECT_EQ(jpegScans(once.left(20), 1000), 0);
    EXPECT_EQ(readImage(folder.write("most.jpg", progressive(500 - scans))).width(), 64);
    EXPECT_THAT(errorOf(folder.write("more.jpg", progressive(501 - scans))), HasSubstr("more than 500 scans"));
    EXPECT_THROW(readThumbnail(folder.path("more.jpg"), 16), Error);
}

TEST(Decode, EndsWhenItIsStoppedOrLate)
{
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(readImage(golden + QStringLiteral("rgb.png"), stop.get_token()), Cancelled);
    // Large enough for the clock to be looked at.
    QImage noise(200, 200, QImage::Format_RGB32);
    std::uint32_t state = 1;
    for (int i = 0; i < 200 * 200; ++i)
        noise.setPixel(i % 200, i / 200, state = state * 1664525 + 1013904223);
    const Folder folder;
    for (const char* name : {"late.png", "late.jpg", "late.bmp", "late.tiff", "late-packed.tiff", "late.webp", "late.ppm"}) {
        const QString path = folder.path(name);
        QImageWriter writer(path);
        if (path.endsWith(QStringLiteral("packed.tiff")))
            writer.setCompression(1);
        ASSERT_TRUE(writer.write(noise)) << name;
        EXPECT_NO_THROW(readImage(path)) << name;
        try {
            readImage(path, {}, {.time = std::chrono::milliseconds(-1)});
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("to read; save it again")) << name;
        }
    }
}

TEST(Decode, AFileThatIsStoppedCannotBeReadOn)
{
    std::stop_source stop;
    DecodeBudget budget(stop.get_token());
    BoundedDevice device(QByteArray("0123456789"), budget);
    EXPECT_EQ(device.read(4), "0123");
    EXPECT_TRUE(device.seek(8));
    EXPECT_EQ(device.read(4), "89");
    EXPECT_TRUE(device.seek(0));
    EXPECT_FALSE(device.seek(11));
    stop.request_stop();
    EXPECT_EQ(device.read(4), "");
    EXPECT_THROW(budget.check(), Cancelled);
}

TEST(Decode, ThumbnailsKeepTheirShape)
{
    const Folder folder;
    QImage wide(1000, 300, QImage::Format_RGB32);
    wide.fill(Qt::darkGreen);
    for (const char* name : {"wide.png", "wide.jpg"}) {
        ASSERT_TRUE(wide.save(folder.path(name)));
        const QImage thumbnail = readThumbnail(folder.path(name), 96);
        EXPECT_EQ(thumbnail.width(), 96);
        EXPECT_NEAR(thumbnail.height(), 29, 1);
        EXPECT_NEAR(qGreen(thumbnail.pixel(40, 10)), 128, 3);
    }
    EXPECT_EQ(readThumbnail(golden + QStringLiteral("rgb.png"), 96).size(), QSize(24, 16)) << "small ones stay as they are";
    EXPECT_EQ(thumbnailOf(toImage(wide), 100).size(), QSize(100, 30));
    EXPECT_EQ(qGreen(thumbnailOf(toImage(wide), 100).pixel(50, 15)), 128);
    wide.setPixel(0, 0, 0);
    EXPECT_THROW(readThumbnail(folder.write("no.png", "no picture"), 96), Error);
}

TEST(Decode, PixelsAreSharedNotCopied)
{
    const Image image = readImage(golden + QStringLiteral("rgb.png"));
    const QImage shown = toQImage(image);
    EXPECT_EQ(static_cast<const void*>(shown.constBits()), image.pixels().data());
    EXPECT_EQ(static_cast<const void*>(toImage(shown).pixels().data()), image.pixels().data());
    QImage kept;
    {
        const Image gone(8, 1, std::vector<std::uint8_t>(24, 77));
        kept = toQImage(gone);
    }
    EXPECT_EQ(qBlue(kept.pixel(7, 0)), 77) << "its pixels live as long as the last that shares them";
}

}  // namespace
