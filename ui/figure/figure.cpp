// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/figure.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <QBuffer>
#include <QFileInfo>
#include <QHashSeed>
#include <QImageWriter>
#include <QPageSize>
#include <QPdfWriter>
#include <QSvgGenerator>

#include "core/base/error.h"
#include "ui/figure/print_size.h"
#include "ui/figure/recipe.h"
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
    if (!figure.transparent)
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

/// How many times larger than at 96 logical pixels an inch a figure is on paper.
double enlargement(const Figure& figure, const PrintSize& size)
{
    return size.millimetres > 0 ? size.millimetres / 25.4 * logicalDpi / figure.size.width() : 1;
}

QByteArray pngOf(const Figure& figure, const PrintSize& size)
{
    QImage image = renderFigure(figure, enlargement(figure, size) * size.dpi / logicalDpi);
    const int dotsPerMetre = static_cast<int>(std::lround(size.dpi / 0.0254));
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

QByteArray svgOf(const Figure& figure, const PrintSize& size)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(logicalDpi);
    generator.setSize((figure.size * enlargement(figure, size)).toSize());
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

/// The recipe as a document's metadata, which lie in a PDF as they are; all else there is packed.
QByteArray xmpOf(const QString& recipe)
{
    return "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>\n<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
           "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
           "xmlns:vitrine='urn:vitrine'>"
           "<vitrine:"
           + recipeKey.toUtf8() + ">" + forXml(recipe).toHtmlEscaped().toUtf8() + "</vitrine:" + recipeKey.toUtf8()
           + "></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end='w'?>";
}

/// Qt writes when a document was made, and nothing else in it differs from one time to the next.
void forgetDate(QByteArray& pdf)
{
    const QByteArray key = "/CreationDate (D:", date = "20000101000000Z";
    if (const qsizetype at = pdf.indexOf(key); at >= 0 && pdf.indexOf(')', at) == at + key.size() + date.size())
        pdf.replace(at + key.size(), date.size(), date);
}

/// While it lives, what Qt keeps in hash tables has the same order in every process: fonts in a PDF.
class SameHashes {
public:
    SameHashes() { QHashSeed::setDeterministicGlobalSeed(); }
    ~SameHashes() { QHashSeed::resetRandomGlobalSeed(); }
    SameHashes(const SameHashes&) = delete;
    SameHashes& operator=(const SameHashes&) = delete;
};

QByteArray pdfOf(const Figure& figure, const PrintSize& size)
{
    const SameHashes sameHashes;
    const double larger = enlargement(figure, size);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(logicalDpi);
        writer.setPageMargins(QMarginsF());
        writer.setPageSize(QPageSize(figure.size * larger * 72.0 / logicalDpi, QPageSize::Point, {}, QPageSize::ExactMatch));
        writer.setTitle(figure.title);
        writer.setCreator(software());
        const auto recipe = std::ranges::find(figure.metadata, recipeKey, &std::pair<QString, QString>::first);
        if (recipe != figure.metadata.end())
            writer.setDocumentXmpMetadata(xmpOf(recipe->second));
        writer.addFileAttachment(QStringLiteral("settings.txt"), description(figure).toUtf8(), QStringLiteral("text/plain"));
        paintOn(writer, figure, larger);
    }
    forgetDate(bytes);
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

}  // namespace

Figure stacked(Figure upper, Figure lower)
{
    Figure figure;
    figure.title = upper.title;
    figure.showsTitle = upper.showsTitle;
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
        throw Error(
            QStringLiteral("A picture of %1 x %2 pixels cannot be made; choose a scale that gives 1 to %3 pixels a side.")
                .arg(size.width())
                .arg(size.height())
                .arg(mostPixels)
                .toStdString());
    QImage image(size, figure.transparent ? QImage::Format_ARGB32_Premultiplied : QImage::Format_RGB32);
    if (image.isNull())
        throw Error(QStringLiteral("There is not enough memory for a picture of %1 x %2 pixels; choose a smaller scale.")
                        .arg(size.width())
                        .arg(size.height())
                        .toStdString());
    image.fill(figure.transparent ? Qt::transparent : Qt::white);
    paintOn(image, figure, scale);
    return image;
}

void saveFigure(const Figure& figure, const QString& path, double scale)
{
    saveFigure(figure, path, PrintSize{.dpi = logicalDpi * scale});
}

void saveFigure(const Figure& figure, const QString& path, const PrintSize& size)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    const bool isNumbers = suffix == u"csv" || suffix == u"npy" || suffix == u"npz";
    if (isNumbers && figure.numbers.empty() && (suffix != u"csv" || !figure.table))
        throw Error("Cannot write " + toPath(path).string()
                    + ": there are no numbers behind this picture; choose .png, .svg or .pdf.");
    if (suffix == u"png")
        writeBytes(path, pngOf(figure, size));
    else if (suffix == u"svg")
        writeBytes(path, svgOf(figure, size));
    else if (suffix == u"pdf")
        writeBytes(path, pdfOf(figure, size));
    else if (suffix == u"csv" && figure.table)
        writeTable(toPath(path), figure.table());
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

}  // namespace vitrine
