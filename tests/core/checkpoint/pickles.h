// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/core/checkpoint/archives.h"

/// Pickles of protocol 2, put together from their instructions, and the files that hold them.
namespace vitrine::test {

inline const std::string proto = "\x80\x02";

inline std::string text(const std::string& value)
{
    return 'X' + number(value.size(), 4) + value;
}

inline std::string global(const std::string& module, const std::string& name)
{
    return 'c' + module + '\n' + name + '\n';
}

inline std::string integer(std::int64_t value)
{
    return "\x8a\x08" + number(static_cast<std::uint64_t>(value), 8);
}

inline std::string tuple(const std::vector<std::string>& items)
{
    std::string result = "(";
    for (const std::string& item : items)
        result += item;
    return result + 't';
}

inline std::string integers(const std::vector<std::int64_t>& values)
{
    std::vector<std::string> items;
    for (const std::int64_t value : values)
        items.push_back(integer(value));
    return tuple(items);
}

using Items = std::vector<std::pair<std::string, std::string>>;

inline std::string dict(const Items& items)
{
    std::string result = "}(";
    for (const auto& [key, value] : items)
        result += text(key) + value;
    return result + 'u';
}

/// A storage of float32, `extra` is a sixth member of its id.
inline std::string storage(const std::string& key, const std::string& count, const std::string& extra = {})
{
    return tuple({text("storage"), global("torch", "FloatStorage"), key, text("cpu"), count, extra}) + 'Q';
}

inline std::string tensor(const std::string& storageOps, std::int64_t offset, const std::vector<std::int64_t>& shape,
                          const std::vector<std::int64_t>& strides)
{
    return global("torch._utils", "_rebuild_tensor_v2")
           + tuple({storageOps, integer(offset), integers(shape), integers(strides), "\x89",
                    global("collections", "OrderedDict") + ")R"})
           + 'R';
}

/// Two floats, 1 and 2, in storage "0".
inline std::string twoFloats()
{
    return tensor(storage(text("0"), integer(2)), 0, {2}, {1});
}

/// The pickle of a file that loads.
inline const std::string good = proto + dict({{"w", twoFloats()}}) + '.';

/// A PyTorch zip whose storage "0" holds 1 and 2.
inline std::string torchZip(const std::string& pickle, const std::vector<ZipFile>& more = {})
{
    std::vector<ZipFile> files{{"archive/data.pkl", pickle}, {"archive/data/0", floats({1, 2})}, {"archive/version", "3\n"}};
    files.insert(files.end(), more.begin(), more.end());
    return zip(files);
}

inline const std::string legacyStart = std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15)
                                       + "\x80\x02M\xe9\x03.";

/// A legacy file whose storage "0" holds 1 and 2.
inline std::string torchLegacy(const std::string& pickle, const std::string& keys = proto + "](" + text("0") + "e.",
                               const std::string& data = number(2, 8) + floats({1, 2}),
                               const std::string& littleEndian = "\x88")
{
    return legacyStart + proto + dict({{"protocol_version", integer(1001)}, {"little_endian", littleEndian}}) + '.' + pickle
           + keys + data;
}

}  // namespace vitrine::test
