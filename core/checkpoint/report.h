// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace vitrine {

/// Text out of a file, safe to show: control and direction characters written as \xNN or \uNNNN, broken UTF-8 too. A label
/// or file name must not be able to steer a terminal.
std::string printable(std::string_view text);

/// printable(), long text shortened.
std::string shown(std::string_view text);

/// shown() between double quotes.
std::string inQuotes(std::string_view text);

/// Throws Error: the file's path followed by `what` ("is cut off: ...").
[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what);

/// "1 byte", "350 bytes"
std::string byteCount(std::uint64_t bytes);

}  // namespace vitrine
