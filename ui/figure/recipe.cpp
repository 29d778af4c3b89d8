// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/recipe.h"

#include <QFile>
#include <QFileInfo>
#include <QImageReader>
#include <QXmlStreamReader>

#include "core/base/error.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

/// The first text of an element called `name`.
QString textOf(const QByteArray& xml, QStringView name)
{
    QXmlStreamReader reader(xml);
    while (!reader.atEnd())
        if (reader.readNext() == QXmlStreamReader::StartElement && reader.name() == name)
            return reader.readElementText(QXmlStreamReader::SkipChildElements);
    return {};
}

QString inSvg(const QByteArray& svg)
{
    const QString begin = recipeKey + QStringLiteral(": ");
    for (const QString& line : textOf(svg, u"desc").split(u'\n'))
        if (line.startsWith(begin))
            return line.mid(begin.size());
    return {};
}

/// Its metadata lie in the file as they are.
QString inPdf(const QByteArray& pdf)
{
    const qsizetype begin = pdf.indexOf("<x:xmpmeta"), end = pdf.indexOf("</x:xmpmeta>", begin);
    return begin < 0 || end < 0 ? QString() : textOf(pdf.mid(begin, end + 12 - begin), recipeKey);
}

QByteArray wholeFile(const QString& path)
{
    constexpr qint64 most = 256 << 20;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        throw Error("Cannot open " + toPath(path).string() + ": " + file.errorString().toStdString() + ".");
    if (file.size() > most)
        throw Error(toPath(path).string()
                    + " is larger than any figure of Vitrine; name a .png, .svg, .pdf or .json that it wrote.");
    return file.readAll();
}

}  // namespace

QString withKeptSpaces(const QString& json)
{
    QString kept;
    for (const QChar character : json) {
        const bool isFirst = character == u' ' && !kept.endsWith(u' ');
        kept += character.isSpace() && !isFirst ? QStringLiteral("\\u%1").arg(character.unicode(), 4, 16, QChar(u'0'))
                                                : QString(character);
    }
    return kept;
}

QString recipeIn(const QString& path)
{
    const QByteArray bytes = wholeFile(path);
    QString recipe;
    if (bytes.startsWith("\x89PNG"))
        recipe = QImageReader(path, "png").text(recipeKey);
    else if (bytes.startsWith("%PDF"))
        recipe = inPdf(bytes);
    else if (bytes.startsWith('{'))
        recipe = QString::fromUtf8(bytes).trimmed();
    else
        recipe = inSvg(bytes);
    if (recipe.isEmpty())
        throw Error(toPath(path).string()
                    + " does not say how it was made; name a .png, .svg, .pdf or .json that Vitrine wrote.");
    return recipe;
}

}  // namespace vitrine
