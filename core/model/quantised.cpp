// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantised.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace vitrine {

namespace {

struct Scale {
    std::string_view end;  ///< in place of ".weight"
    float factor;
};

constexpr std::array Scales{Scale{".SCB", 1.0F / 127.0F}, Scale{".weight_scale", 1.0F}, Scale{".weight_scale_inv", 1.0F}};
constexpr std::array<std::string_view, 3> Companions{".weight_format", ".weight_zero_point", ".input_scale"};

bool isQuantised(const TensorInfo& tensor)
{
    const std::string& type = tensor.dtype;
    return type.starts_with("I") || type.starts_with("U") || type.starts_with("F8") || type.starts_with("F6") || type == "F4"
           || type == "BOOL";
}

std::string_view stemOf(std::string_view name, std::string_view end)
{
    return name.ends_with(end) ? name.substr(0, name.size() - end.size()) : std::string_view();
}

[[noreturn]] void refuse(const TensorInfo& tensor, const std::string& what)
{
    throw Error("the weights are quantised (\"" + tensor.name + "\" is " + tensor.dtype + ") " + what
                + ": save the network in 16 or 32 bit");
}

/// How many rows and columns of a matrix one number of the scale stands for.
struct ScaledBlocks {
    std::int64_t rows = 1, columns = 1;
};

ScaledBlocks blocksOf(const TensorInfo& tensor, const TensorInfo& scale)
{
    const std::int64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
    const std::int64_t columns = rows > 0 ? elementCount(tensor.shape) / rows : 0;
    const std::int64_t count = elementCount(scale.shape);
    if (count == 1)
        return {rows, columns};
    if (count == rows && (scale.shape.size() == 1 || scale.shape[0] == rows))
        return {1, columns};
    if (scale.shape.size() == 2 && tensor.shape.size() == 2 && scale.shape[0] > 0 && scale.shape[1] > 0) {
        constexpr std::int64_t Usual = 128;
        if ((rows + Usual - 1) / Usual == scale.shape[0] && (columns + Usual - 1) / Usual == scale.shape[1])
            return {Usual, Usual};
        if (rows % scale.shape[0] == 0 && columns % scale.shape[1] == 0)
            return {rows / scale.shape[0], columns / scale.shape[1]};
    }
    refuse(tensor, "and its scale \"" + scale.name + "\" has a shape that does not fit, " + toString(scale.shape));
}

}  // namespace

bool isScale(const NameTable& table, std::string_view name)
{
    const auto standsFor = [&](std::string_view end) {
        const std::string_view stem = stemOf(name, end);
        const TensorInfo* weight = stem.empty() ? nullptr : table.find(std::string(stem) + ".weight");
        return weight && isQuantised(*weight);
    };
    for (const Scale& scale : Scales) {
        if (standsFor(scale.end))
            return true;
    }
    return std::ranges::any_of(Companions, standsFor);
}

TensorRecipe plainOrDequantised(const NameTable& table, const std::string& name, const TensorInfo& tensor)
{
    TensorRecipe plain = reshapedRecipe(tensor, tensor.shape);
    if (!isQuantised(tensor))
        return plain;
    const std::string stem(stemOf(name, ".weight"));
    const TensorInfo* found = nullptr;
    float factor = 1;
    for (const Scale& scale : Scales) {
        if (const TensorInfo* beside = stem.empty() ? nullptr : table.find(stem + std::string(scale.end)); beside && !found) {
            found = beside;
            factor = scale.factor;
        }
    }
    if (!found)
        refuse(tensor, "without a scale beside them");
    if (table.find(stem + ".weight_zero_point"))
        refuse(tensor, "around a zero point");
    const ScaledBlocks blocks = blocksOf(tensor, *found);
    plain.read = [read = plain.read, scale = found->name, shape = tensor.shape, blocks, factor](const Checkpoint& checkpoint) {
        const NdArray from = read(checkpoint), scales = checkpoint.read(scale);
        const std::int64_t rows = shape.empty() ? 1 : shape[0], columns = elementCount(shape) / std::max<std::int64_t>(rows, 1);
        const std::int64_t across = (columns + blocks.columns - 1) / blocks.columns;
        std::vector<float> values(from.values().begin(), from.values().end());
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t column = 0; column < columns; ++column)
                values[static_cast<std::size_t>(row * columns + column)]
                    *= scales.data()[row / blocks.rows * across + column / blocks.columns] * factor;
        }
        return NdArray(shape, std::move(values));
    };
    return plain;
}

}  // namespace vitrine
