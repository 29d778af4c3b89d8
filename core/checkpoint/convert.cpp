// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/convert.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace vitrine {
namespace {

template <typename T, typename Convert>
void convertEach(const std::uint8_t* source, std::size_t count, float* target, Convert convert)
{
    for (std::size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, source + i * sizeof(T), sizeof(T));
        target[i] = convert(value);
    }
}

template <typename T>
void castEach(const std::uint8_t* source, std::size_t count, float* target)
{
    convertEach<T>(source, count, target, [](T value) { return static_cast<float>(value); });
}

float fromBfloat16(std::uint16_t bits)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

/// Without branches, so that the loop around it vectorises.
float fromFloat16(std::uint16_t bits)
{
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
    const std::uint32_t magnitude = bits & 0x7fffU;
    const float subnormal = static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F;
    const std::uint32_t normal = (magnitude << 13U) + (112U << 23U);
    const std::uint32_t special = (magnitude << 13U) | 0x7f800000U;
    const std::uint32_t isSubnormal = -static_cast<std::uint32_t>(magnitude < 0x0400U);
    const std::uint32_t isSpecial = -static_cast<std::uint32_t>(magnitude >= 0x7c00U);
    const std::uint32_t finite = (std::bit_cast<std::uint32_t>(subnormal) & isSubnormal) | (normal & ~isSubnormal);
    const std::uint32_t result = (special & isSpecial) | (finite & ~isSpecial);
    return std::bit_cast<float>(result | sign);
}

struct SmallFloat {
    int exponentBits;
    int mantissaBits;
    int bias;
};

float decode(SmallFloat format, unsigned bits)
{
    const int exponent = static_cast<int>(bits >> format.mantissaBits) & ((1 << format.exponentBits) - 1);
    const int mantissa = static_cast<int>(bits) & ((1 << format.mantissaBits) - 1);
    const float sign = (bits & 0x80U) != 0 ? -1.0F : 1.0F;
    const int unit = (exponent == 0 ? 1 : exponent) - format.bias - format.mantissaBits;
    const int hidden = exponent == 0 ? 0 : 1 << format.mantissaBits;
    return sign * std::ldexp(static_cast<float>(mantissa + hidden), unit);
}

/// OCP 8-bit formats (E4M3 has no infinity), E8M0 scales, and the FNUZ variants whose only NaN is 0x80.
float fromFloat8(ElementType type, unsigned bits)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    switch (type) {
    case ElementType::F8E4M3:
        return (bits & 0x7fU) == 0x7fU ? nan : decode({4, 3, 7}, bits);
    case ElementType::F8E5M2:
        if ((bits & 0x7fU) == 0x7cU)
            return (bits & 0x80U) != 0 ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
        return (bits & 0x7fU) > 0x7cU ? nan : decode({5, 2, 15}, bits);
    case ElementType::F8E8M0:
        return bits == 0xffU ? nan : std::ldexp(1.0F, static_cast<int>(bits) - 127);
    case ElementType::F8E4M3FNUZ:
        return bits == 0x80U ? nan : decode({4, 3, 8}, bits);
    default:
        return bits == 0x80U ? nan : decode({5, 2, 16}, bits);
    }
}

void convertFloat8(ElementType type, const std::uint8_t* source, std::size_t count, float* target)
{
    std::array<float, 256> table{};
    for (unsigned i = 0; i < table.size(); ++i)
        table[i] = fromFloat8(type, i);
    convertEach<std::uint8_t>(source, count, target, [&](std::uint8_t value) { return table[value]; });
}

}  // namespace

void convertToFloat(ElementType type, const std::uint8_t* source, std::size_t count, float* target)
{
    switch (type) {
    case ElementType::Bool:
        return convertEach<std::uint8_t>(source, count, target, [](std::uint8_t v) { return v != 0 ? 1.0F : 0.0F; });
    case ElementType::U8:
        return castEach<std::uint8_t>(source, count, target);
    case ElementType::I8:
        return castEach<std::int8_t>(source, count, target);
    case ElementType::U16:
        return castEach<std::uint16_t>(source, count, target);
    case ElementType::I16:
        return castEach<std::int16_t>(source, count, target);
    case ElementType::U32:
        return castEach<std::uint32_t>(source, count, target);
    case ElementType::I32:
        return castEach<std::int32_t>(source, count, target);
    case ElementType::U64:
        return castEach<std::uint64_t>(source, count, target);
    case ElementType::I64:
        return castEach<std::int64_t>(source, count, target);
    case ElementType::F16:
        return convertEach<std::uint16_t>(source, count, target, fromFloat16);
    case ElementType::BF16:
        return convertEach<std::uint16_t>(source, count, target, fromBfloat16);
    case ElementType::F32:
        if (count > 0)
            std::memcpy(target, source, count * sizeof(float));
        return;
    case ElementType::F64:
        return castEach<double>(source, count, target);
    default:
        return convertFloat8(type, source, count, target);
    }
}

void swapBytes(std::uint8_t* data, std::size_t count, std::size_t width)
{
    for (std::size_t i = 0; i < count; ++i)
        std::reverse(data + i * width, data + (i + 1) * width);
}

}  // namespace vitrine
