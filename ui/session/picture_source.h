// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>

namespace vitrine {

/// Where a picture comes from: a file that is still to be decoded, or pixels (pasted, dropped from a browser).
struct PictureSource {
    QString path;   ///< empty for pixels
    QImage pixels;  ///< null for a file
    QString name;   ///< for people: file name, "pasted picture 2"

    static PictureSource fromFile(const QString& path);
    static PictureSource fromPixels(const QImage& pixels, const QString& name);

    bool isNull() const { return path.isEmpty() && pixels.isNull(); }
    /// Says whether two sources are the same picture: a file that was written again is another one. Reads the file's
    /// date, nothing else.
    QString key() const;
};

/// A source with its key as it was when the picture was found.
struct KnownPicture {
    PictureSource source;
    QString key;
};

}  // namespace vitrine
