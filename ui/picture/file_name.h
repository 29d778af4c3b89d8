// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <filesystem>

class QUrl;

namespace vitrine {

/// A file's name is bytes, a QString is Unicode. A byte that is no UTF-8 becomes a lone surrogate (U+DC80 .. U+DCFF, as in
/// Python), so that toPath(fromPath(p)) is p for every p. Qt's own files cannot open such a name: open toPath() of it.
QString fromPath(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& name);

/// The name behind a local file's URL.
QString fromUrl(const QUrl& url);

}  // namespace vitrine
