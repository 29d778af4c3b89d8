// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/base/image.h"

namespace vitrine {

/// Where a picture comes from: a file that is still to be decoded, or pixels (pasted, dropped from a browser).
struct PictureSource {
    QString path;  ///< empty for pixels
    Image image;   ///< empty for a file
    QString name;  ///< for people: file name, "pasted picture 2"

    static PictureSource fromFile(const QString& path);
    static PictureSource fromPixels(Image image, const QString& name);

    bool isNull() const { return path.isEmpty() && image.empty(); }
    /// Says whether two sources are the same picture: a file that was written again is another one. Reads the file's
    /// date, nothing else.
    QString key() const;
};

} // namespace vitrine
