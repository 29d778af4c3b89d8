// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/checkpoint/zip_archive.h"

namespace vitrine {

/// The entries of the archive's central directory (PKWARE APPNOTE 6.3, ZIP64 included), each checked against its local
/// header; none overlaps another. Throws Error.
std::vector<ZipEntry> readZipDirectory(const MappedFile& file);

}  // namespace vitrine
