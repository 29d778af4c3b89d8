// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrine {

/// The element types of all containers. The F8, F6 and F4 types are those of safetensors.
enum class ElementType {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    BF16,
    F32,
    F64,
    C64,
    C128,
    F8E4M3,
    F8E5M2,
    F8E8M0,
    F8E4M3FNUZ,
    F8E5M2FNUZ,
    F6E2M3,
    F6E3M2,
    F4
};

/// Safetensors' word: "F32", "BF16", "F8_E4M3" ...
std::string_view nameOf(ElementType type);

std::optional<ElementType> elementTypeNamed(std::string_view name);

unsigned bitsOf(ElementType type);

/// False for complex numbers and for the packed 4- and 6-bit types: their values cannot become float32 one by one.
bool isReadable(ElementType type);

}  // namespace vitrine
