// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

#include <vector>

namespace vitrine {

std::span<const Family* const> families()
{
    static const std::vector<const Family*> inOrder = [] {
        std::vector<const Family*> all(unorderedFamilies().begin(), unorderedFamilies().end());
        std::ranges::stable_sort(all, {}, [](const Family* family) {
            return !family->recognise ? 2 : family->general ? 1 : 0;
        });
        return all;
    }();
    return inOrder;
}

namespace family {

void renameTensor(TensorMap& map, const std::string& from, const std::string& to)
{
    auto node = map.tensors.extract(from);
    if (node.empty())
        return;
    node.key() = to;
    map.tensors.insert(std::move(node));
}

void renameAll(TensorMap& map, std::string_view part, std::string_view to)
{
    std::vector<std::string> names;
    for (const auto& [name, recipe] : map.tensors) {
        if (name.find(part) != std::string::npos)
            names.push_back(name);
    }
    for (const std::string& name : names) {
        std::string renamed = name;
        renameTensor(map, name, renamed.replace(name.find(part), part.size(), to));
    }
}

void splitPoolQuery(TensorMap& map)
{
    for (const std::string kind : {".weight", ".bias"}) {
        const auto found = map.tensors.find("attn_pool.qkv" + kind);
        if (found == map.tensors.end())
            continue;
        const TensorRecipe whole = map.tensors.extract(found).mapped();
        const std::int64_t third = thirdOfRows(whole);
        map.tensors.insert_or_assign("attn_pool.q" + kind, rowsRecipe(whole, 0, third));
        map.tensors.insert_or_assign("attn_pool.kv" + kind, rowsRecipe(whole, third, 2 * third));
    }
}

void headOrProjection(TensorMap& map, const Checkpoint& checkpoint)
{
    const auto isZero = [](float value) { return value == 0; };
    const auto bias = map.tensors.find("head.bias");
    if (!map.has("head.weight")
        || (bias != map.tensors.end() && !std::ranges::all_of(bias->second.read(checkpoint).values(), isZero)))
        return;
    renameTensor(map, "head.weight", "embedding.weight");
    map.tensors.erase("head.bias");
}

TensorRecipe transposedRecipe(const TensorRecipe& matrix)
{
    if (matrix.shape.size() != 2)
        throw Error("the tensor \"" + matrix.sources.front() + "\" has the shape " + toString(matrix.shape)
                    + ", and a matrix was expected");
    const std::int64_t rows = matrix.shape[0], columns = matrix.shape[1];
    return changedRecipe(matrix, {columns, rows}, [rows, columns](const NdArray& from) {
        std::vector<float> values(static_cast<std::size_t>(rows * columns));
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t column = 0; column < columns; ++column)
                values[static_cast<std::size_t>(column * rows + row)] = from.data()[row * columns + column];
        }
        return NdArray({columns, rows}, std::move(values));
    });
}

const TensorInfo* besideOuter(const NameTable& table, std::string_view inner, std::string_view name)
{
    if (!table.prefix.ends_with(inner))
        return nullptr;
    const std::string whole = table.prefix.substr(0, table.prefix.size() - inner.size()) + std::string(name);
    for (const Names* names : {&table.beside, &table.known}) {
        if (const auto found = names->find(whole); found != names->end())
            return found->second;
    }
    return nullptr;
}

int embeddingWidth(const ModelSpec& spec, const TensorMap& map)
{
    const Shape* shape = map.shape("embedding.weight");
    return shape && shape->size() == 2 ? static_cast<int>((*shape)[0]) : spec.width;
}

}  // namespace family
}  // namespace vitrine
