// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/figure.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <QBuffer>
#include <QFileInfo>
#include <QImageWriter>
#include <QPageSize>
#include <QPdfWriter>
#include <QSvgGenerator>

#include "core/base/error.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

constexpr double mostPixels = 32768;
constexpr int logicalDpi = 96;

QString software()
{
    return QStringLiteral("Vitrine " VITRINE_VERSION);
}

void paintOn(QPaintDevice& device, const Figure& figure, double scale = 1)
{
    QPainter painter(&device);
    painter.scale(scale, scale);
    // A PDF holds pictures as JPEG otherwise, which makes other colours of a map's cells.
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::LosslessImageRendering);
    painter.fillRect(QRectF(QPointF(), figure.size), Qt::white);
    painter.setPen(Qt::black);
    if (figure.paint)
        figure.paint(painter);
}

/// Without the characters that no XML 1.0 document may hold, even escaped.
QString forXml(const QString& text)
{
    QString clean;
    for (const QChar character : text) {
        const char16_t code = character.unicode();
        const bool allowed = code >= 0x20 ? code < 0xfffe : code == u'\t' || code == u'\n' || code == u'\r';
        if (allowed)
            clean += character;
    }
    return clean;
}

QString description(const Figure& figure)
{
    QString text;
    for (const auto& [key, value] : figure.metadata)
        text += key % u": " % value % u'\n';
    return text % software();
}

QByteArray pngOf(const Figure& figure, double scale)
{
    QImage image = renderFigure(figure, scale);
    // The size on paper is that of the PDF, whatever the scale.
    const int dotsPerMetre = static_cast<int>(std::lround(logicalDpi * scale / 0.0254));
    image.setDotsPerMeterX(dotsPerMetre);
    image.setDotsPerMeterY(dotsPerMetre);
    if (!figure.title.isEmpty())
        image.setText(QStringLiteral("Title"), figure.title);
    image.setText(QStringLiteral("Software"), software());
    for (const auto& [key, value] : figure.metadata)
        image.setText(key, value);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QImageWriter writer(&buffer, "png");
    if (!writer.write(image))
        throw Error("The picture cannot be encoded as PNG: " + writer.errorString().toStdString() + ".");
    return bytes;
}

QByteArray svgOf(const Figure& figure)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(logicalDpi);
    generator.setSize(figure.size.toSize());
    generator.setViewBox(QRectF(QPointF(), figure.size));
    generator.setTitle({});
    generator.setDescription({});
    paintOn(generator, figure);
    // Qt escapes drawn text but lets control characters through, and escapes neither title nor description.
    QString svg = forXml(QString::fromUtf8(bytes));
    const qsizetype open = svg.indexOf(u"<svg");
    const qsizetype close = svg.indexOf(u'>', open);
    svg.insert(close + 1, u"\n<title>" % forXml(figure.title).toHtmlEscaped() % u"</title>\n<desc>"
                   % forXml(description(figure)).toHtmlEscaped() % u"</desc>");
    return svg.toUtf8();
}

QByteArray pdfOf(const Figure& figure)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(logicalDpi);
        writer.setPageMargins(QMarginsF());
        writer.setPageSize(QPageSize(figure.size * 72.0 / logicalDpi, QPageSize::Point, {}, QPageSize::ExactMatch));
        writer.setTitle(figure.title);
        writer.setCreator(software());
        writer.addFileAttachment(QStringLiteral("settings.txt"), description(figure).toUtf8(),
                                 QStringLiteral("text/plain"));
        paintOn(writer, figure);
    }
    return bytes;
}

void writeBytes(const QString& path, const QByteArray& bytes)
{
    writeAtomically(toPath(path), [&](const std::filesystem::path& temporary) {
        std::ofstream file(temporary, std::ios::binary);
        file.write(bytes.constData(), bytes.size());
        file.close();
        if (!file)
            throw Error("Cannot write " + toPath(path).string() + ": the disk is full or went away; choose another place.");
    });
}

/// The first array behind the picture, whole.
NdArray firstNumbers(const Figure& figure)
{
    const auto& values = figure.numbers.front().values;
    if (const auto* const array = std::get_if<NdArray>(&values))
        return *array;
    std::vector<float> all;
    if (const auto* const integers = std::get_if<std::vector<std::int64_t>>(&values)) {
        all.assign(integers->begin(), integers->end());
        const auto count = static_cast<std::int64_t>(all.size());
        return {{count}, std::move(all)};
    }
    const auto& stack = std::get<std::vector<NdArray>>(values);
    Shape shape = stack.empty() ? Shape() : stack.front().shape();
    shape.insert(shape.begin(), static_cast<std::int64_t>(stack.size()));
    for (const NdArray& array : stack)
        all.insert(all.end(), array.values().begin(), array.values().end());
    return {std::move(shape), std::move(all)};
}

std::vector<NamedArray> withAssumptions(const Figure& figure)
{
    std::vector<NamedArray> arrays = figure.numbers;
    arrays.push_back({"assumed", assumedLines(figure.assumed)});
    return arrays;
}

} // namespace

Figure stacked(Figure upper, Figure lower)
{
    Figure figure;
    figure.title = upper.title;
    figure.size = {std::max(upper.size.width(), lower.size.width()), upper.size.height() + lower.size.height()};
    figure.paint = [upper = std::move(upper), lower = std::move(lower)](QPainter& painter) {
        painter.save();
        upper.paint(painter);
        painter.restore();
        painter.translate(0, upper.size.height());
        lower.paint(painter);
    };
    return figure;
}

QStringList figureSuffixes()
{
    return {QStringLiteral(".png"), QStringLiteral(".svg"), QStringLiteral(".pdf"),
            QStringLiteral(".csv"), QStringLiteral(".npy"), QStringLiteral(".npz")};
}

QImage renderFigure(const Figure& figure, double scale)
{
    const QSize size(static_cast<int>(std::lround(std::min(figure.size.width() * scale, 1e9))),
                     static_cast<int>(std::lround(std::min(figure.size.height() * scale, 1e9))));
    if (size.isEmpty() || std::max(size.width(), size.height()) > mostPixels)
        throw Error(QStringLiteral("A picture of %1 x %2 pixels cannot be made; choose a scale that gives 1 to %3 pixels a side.")
                        .arg(size.width()).arg(size.height()).arg(mostPixels).toStdString());
    QImage image(size, QImage::Format_RGB32);
    if (image.isNull())
        throw Error(QStringLiteral("There is not enough memory for a picture of %1 x %2 pixels; choose a smaller scale.")
                        .arg(size.width()).arg(size.height()).toStdString());
    image.fill(Qt::white);
    paintOn(image, figure, scale);
    return image;
}

void saveFigure(const Figure& figure, const QString& path, double scale)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    const bool isNumbers = suffix == u"csv" || suffix == u"npy" || suffix == u"npz";
    if (isNumbers && figure.numbers.empty())
        throw Error("Cannot write " + toPath(path).string()
                    + ": there are no numbers behind this picture; choose .png, .svg or .pdf.");
    if (suffix == u"png")
        writeBytes(path, pngOf(figure, scale));
    else if (suffix == u"svg")
        writeBytes(path, svgOf(figure));
    else if (suffix == u"pdf")
        writeBytes(path, pdfOf(figure));
    else if (suffix == u"csv")
        writeCsv(toPath(path), firstNumbers(figure));
    else if (suffix == u"npy")
        writeNpy(toPath(path), firstNumbers(figure));
    else if (suffix == u"npz")
        writeNpz(toPath(path), withAssumptions(figure));
    else
        throw Error("Cannot write " + toPath(path).string() + ": its suffix does not say what to write; use one of "
                    + figureSuffixes().join(QStringLiteral(", ")).toStdString() + ".");
}

} // namespace vitrine
