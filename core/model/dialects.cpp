// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/dialects.h"

#include <algorithm>

namespace vitrine {

namespace {

/// Takes "12." off the front of `rest`; false when there is no number.
bool takeIndex(std::string_view& rest, std::string& index)
{
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 4)
        return false;
    const std::string_view digits = rest.substr(0, dot);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    index = digits;
    rest.remove_prefix(dot + 1);
    return true;
}

/// What `rule` leaves of a name: nothing for a whole name, "weight" or "bias" for a layer's.
bool matches(const Rule& rule, std::string_view name, std::string_view& end)
{
    if (!name.starts_with(rule.from))
        return false;
    end = name.substr(rule.from.size());
    return rule.from.back() == '.' ? end == "weight" || end == "bias" : end.empty();
}

NewName applyRules(std::span<const Rule> rules, std::string_view rest, const std::string& block)
{
    for (const Rule& rule : rules) {
        std::string_view end;
        if (!matches(rule, rest, end))
            continue;
        if (rule.to.empty())
            return {Fate::LeftOut, {}, !block.empty()};
        return {Fate::Renamed, block + std::string(rule.to) + std::string(end), !block.empty()};
    }
    return {Fate::Unknown, {}, !block.empty()};
}

}  // namespace

NewName renamed(const Dialect& dialect, std::string_view name)
{
    for (const std::string_view blocks : dialect.blocks) {
        std::string index;
        std::string_view rest = name;
        if (!name.starts_with(blocks))
            continue;
        rest.remove_prefix(blocks.size());
        if (!takeIndex(rest, index))
            continue;
        const NewName direct = applyRules(dialect.inBlock, rest, "blocks." + index + ".");
        if (direct.fate != Fate::Unknown)
            return direct;
        takeIndex(rest, index);  // DINOv2 trains in chunks: "blocks.CHUNK.INDEX."
        return applyRules(dialect.inBlock, rest, "blocks." + index + ".");
    }
    return applyRules(dialect.outside, name, {});
}

}  // namespace vitrine
