// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/convert.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <gmock/gmock.h>

namespace vitrine {
namespace {

template <typename T>
std::vector<float> converted(ElementType type, const std::vector<T>& values)
{
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T) + 1);
    std::memcpy(bytes.data() + 1, values.data(), bytes.size() - 1);
    std::vector<float> result(values.size());
    convertToFloat(type, bytes.data() + 1, values.size(), result.data());
    return result;
}

std::vector<std::uint16_t> allHalves()
{
    std::vector<std::uint16_t> bits(65'536);
    for (std::size_t i = 0; i < bits.size(); ++i)
        bits[i] = static_cast<std::uint16_t>(i);
    return bits;
}

/// IEEE 754 binary16, by its definition.
float half(unsigned bits)
{
    const float sign = (bits & 0x8000U) != 0 ? -1.0F : 1.0F;
    const int exponent = static_cast<int>(bits >> 10U) & 31;
    const auto mantissa = static_cast<float>(bits & 1023U);
    if (exponent == 31)
        return mantissa == 0 ? sign * std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    return exponent == 0 ? sign * std::ldexp(mantissa, -24) : sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Convert, EveryFloat16)
{
    const std::vector<float> values = converted(ElementType::F16, allHalves());
    for (unsigned i = 0; i < values.size(); ++i) {
        if (std::isnan(half(i)))
            ASSERT_TRUE(std::isnan(values[i])) << i;
        else {
            ASSERT_EQ(values[i], half(i)) << i;
            ASSERT_EQ(std::signbit(values[i]), std::signbit(half(i))) << i;
        }
    }
}

TEST(Convert, Bfloat16IsTheUpperHalf)
{
    EXPECT_THAT(converted(ElementType::BF16, std::vector<std::uint16_t>{0x3f80, 0xc040, 0x7f80, 0x0001}),
                testing::ElementsAre(1.0F, -3.0F, std::numeric_limits<float>::infinity(), std::ldexp(1.0F, -133)));
}

TEST(Convert, EightBitFloats)
{
    const std::vector<std::uint8_t> bits{0x38, 0xb8, 0x01, 0x7e, 0x80};
    EXPECT_THAT(converted(ElementType::F8E4M3, bits), testing::ElementsAre(1.0F, -1.0F, std::ldexp(1.0F, -9), 448.0F, -0.0F));
    EXPECT_THAT(converted(ElementType::F8E5M2, std::vector<std::uint8_t>{0x3c, 0x7b, 0x01, 0x7c}),
                testing::ElementsAre(1.0F, 57344.0F, std::ldexp(1.0F, -16), std::numeric_limits<float>::infinity()));
    EXPECT_THAT(converted(ElementType::F8E8M0, std::vector<std::uint8_t>{127, 128, 0}),
                testing::ElementsAre(1.0F, 2.0F, std::ldexp(1.0F, -127)));
    EXPECT_THAT(converted(ElementType::F8E4M3FNUZ, std::vector<std::uint8_t>{0x40, 0x7f}), testing::ElementsAre(1.0F, 240.0F));
    EXPECT_THAT(converted(ElementType::F8E5M2FNUZ, std::vector<std::uint8_t>{0x40, 0x7f}),
                testing::ElementsAre(1.0F, 57344.0F));
    for (const ElementType type : {ElementType::F8E4M3FNUZ, ElementType::F8E5M2FNUZ})
        EXPECT_TRUE(std::isnan(converted(type, std::vector<std::uint8_t>{0x80})[0]));
}

TEST(Convert, WholeNumbers)
{
    EXPECT_THAT(converted(ElementType::I8, std::vector<std::int8_t>{-128, 127}), testing::ElementsAre(-128, 127));
    EXPECT_THAT(converted(ElementType::U16, std::vector<std::uint16_t>{65535}), testing::ElementsAre(65535));
    EXPECT_THAT(converted(ElementType::I64, std::vector<std::int64_t>{-7}), testing::ElementsAre(-7));
    EXPECT_THAT(converted(ElementType::U64, std::vector<std::uint64_t>{~std::uint64_t{0}}), testing::ElementsAre(0x1p64F));
    EXPECT_THAT(converted(ElementType::Bool, std::vector<std::uint8_t>{0, 2}), testing::ElementsAre(0, 1));
    EXPECT_THAT(converted(ElementType::F64, std::vector<double>{0.1}), testing::ElementsAre(0.1F));
}

}  // namespace
}  // namespace vitrine
