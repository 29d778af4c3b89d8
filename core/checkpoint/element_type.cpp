// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/element_type.h"

#include <array>

namespace vitrine {
namespace {

struct Row {
    std::string_view name;
    unsigned bits;
};

/// In the order of the enumeration.
constexpr std::array<Row, 23> typeRows{{
    {"BOOL", 8},        {"U8", 8},          {"I8", 8},      {"U16", 16},    {"I16", 16},    {"U32", 32},
    {"I32", 32},        {"U64", 64},        {"I64", 64},    {"F16", 16},    {"BF16", 16},   {"F32", 32},
    {"F64", 64},        {"C64", 64},        {"C128", 128},  {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8},
    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
}};

}  // namespace

std::string_view nameOf(ElementType type)
{
    return typeRows[static_cast<std::size_t>(type)].name;
}

std::optional<ElementType> elementTypeNamed(std::string_view name)
{
    for (std::size_t i = 0; i < typeRows.size(); ++i) {
        if (typeRows[i].name == name)
            return static_cast<ElementType>(i);
    }
    return std::nullopt;
}

unsigned bitsOf(ElementType type)
{
    return typeRows[static_cast<std::size_t>(type)].bits;
}

bool isReadable(ElementType type)
{
    return type != ElementType::C64 && type != ElementType::C128 && bitsOf(type) >= 8;
}

}  // namespace vitrine
