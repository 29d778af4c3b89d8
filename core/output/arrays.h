// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "core/trace/trace.h"

namespace vitrine {

/// An array whose parts, of equal size and one after the other, are computed when they are written: one is in memory.
struct ComputedParts {
    Shape shape;
    std::int64_t count = 0;
    std::function<NdArray(std::int64_t)> part;
};

/// An array with a name. Several NdArrays of one shape stand for their stack along a new first axis; texts are UTF-8.
struct NamedArray {
    std::string name;
    std::variant<NdArray, std::vector<NdArray>, ComputedParts, std::vector<std::int64_t>, std::vector<std::string>> values;
};

/// Writes `write`'s output under a temporary name beside `path` and renames it, so that a file is whole or not there; what
/// killed processes left in that folder goes first. `write` fills the file of the path it gets and does not replace it.
/// Throws Error (no permission, disk full, a folder in the way), the old file intact.
void writeAtomically(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path& temporary)>& write);

/// Throws Error where `path` is one of `inputs`, by whatever name or link: writing it would lose what was read.
void refuseInput(const std::filesystem::path& path, const std::vector<std::filesystem::path>& inputs);

/// NumPy's .npy, version 1.0, little-endian float32 (int64 for integers).
void writeNpy(const std::filesystem::path& path, const NdArray& array);

/// NumPy's .npz, stored; entries are streamed, so stacks of many layers need no second copy in memory.
void writeNpz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays);

/// One row a line, RFC 4180; rank 1 gives one line, higher ranks are flattened to [rest, last]. `columns` and `rows`
/// may be empty. Texts that a spreadsheet would run (= + - @ or a control character first) get a leading apostrophe.
void writeCsv(const std::filesystem::path& path, const NdArray& array, const std::vector<std::string>& columns = {},
              const std::vector<std::string>& rows = {});

/// A column of a table: whole numbers, numbers or texts, a line each.
struct Column {
    std::string name;
    std::variant<std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>> cells;
};

/// A line of names, then one line a row, as writeCsv() writes numbers and texts. All columns are equally long.
void writeTable(const std::filesystem::path& path, const std::vector<Column>& columns);

/// An array, a line a value: the index along each axis under its name, then "value".
std::vector<Column> longTable(const NdArray& array, const std::vector<std::string>& axes);

/// "doubtful: What was assumed.", one each: the array "assumed" of every .npz.
std::vector<std::string> assumedLines(const std::vector<Assumption>& assumed);

/// Everything in a Trace under the names that `vitrine trace` promises; `q` and `k` instead of `attention` where the trace
/// was recorded with RecordOptions::queriesAndKeys and that is asked for.
std::vector<NamedArray> namedArrays(const Trace& trace, bool queriesAndKeys = false);

}  // namespace vitrine
