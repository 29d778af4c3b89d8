// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/limits.h"
#include "core/model/tensor_map.h"

namespace vitrine {

namespace {

/// Stacked arrays that were read once and wait for their other layers.
using Cache = std::map<std::string, NdArray>;

/// One array of the file, or one layer of it where big_vision stacks the layers along the first axis.
struct Source {
    std::string name;
    Shape shape;
    std::optional<std::int64_t> layer;
    std::shared_ptr<Cache> cache;

    NdArray read(const Checkpoint& checkpoint) const
    {
        if (!layer)
            return checkpoint.read(name);
        auto found = cache->find(name);
        if (found == cache->end())
            found = cache->emplace(name, checkpoint.read(name)).first;
        return found->second[*layer];
    }
};

/// Names of the parts of a block; vit_jax counts its modules together, big_vision each kind on its own.
struct BlockNames {
    std::string_view attention, secondNorm, mlp;
};

constexpr BlockNames VitJax{"MultiHeadDotProductAttention_1/", "LayerNorm_2/", "MlpBlock_3/"};
constexpr BlockNames BigVision{"MultiHeadDotProductAttention_0/", "LayerNorm_1/", "MlpBlock_0/"};
constexpr std::string_view Blocks = "Transformer/encoderblock";

class GoogleMapper {
public:
    explicit GoogleMapper(const NameTable& table)
        : m_table(table)
    {
    }

    TensorMap map()
    {
        mapOutside();
        const bool stacked = m_table.find(std::string(Blocks) + "/LayerNorm_0/scale") != nullptr;
        for (std::int64_t layer = 0; layer < layerCount(stacked); ++layer)
            mapBlock(layer, stacked);
        refuseUnknown(leftOver());
        m_map.source = "Google";
        return std::move(m_map);
    }

private:
    std::vector<std::string> leftOver() const
    {
        std::set<std::string, std::less<>> used;
        for (const auto& [name, recipe] : m_map.tensors)
            used.insert(recipe.sources.begin(), recipe.sources.end());
        std::vector<std::string> unknown;
        for (const auto& [name, tensor] : m_table.names) {
            if (!used.contains(tensor->name) && !isHarmless(name, name.starts_with(Blocks)))
                unknown.push_back(tensor->name);
        }
        return unknown;
    }

    std::int64_t layerCount(bool stacked) const
    {
        if (stacked) {
            const Shape& shape = m_table.find(std::string(Blocks) + "/LayerNorm_0/scale")->shape;
            return shape.empty() ? 0 : std::min<std::int64_t>(shape[0], MaxLayers);
        }
        std::int64_t count = 0;
        while (count < MaxLayers && m_table.find(std::string(Blocks) + "_" + std::to_string(count) + "/LayerNorm_0/scale"))
            ++count;
        return count;
    }

    std::optional<Source> source(const std::string& name, std::optional<std::int64_t> layer = {}) const
    {
        const TensorInfo* tensor = m_table.find(name);
        if (!tensor)
            return std::nullopt;
        Shape shape = tensor->shape;
        if (layer) {
            if (shape.empty() || shape[0] <= *layer)
                return std::nullopt;
            shape.erase(shape.begin());
        }
        return Source{tensor->name, std::move(shape), layer, m_cache};
    }

    void put(const std::string& name, const std::optional<Source>& from, Shape shape)
    {
        if (!from || elementCount(shape) != elementCount(from->shape))
            return;
        m_map.tensors[name] = {shape, {from->name}, [source = *from, shape](const Checkpoint& checkpoint) {
                                   return source.read(checkpoint).reshaped(shape);
                               }};
    }

    /// [in..., out...] to [out, in], `outAxes` of the last axes belonging to the output.
    void putTransposed(const std::string& name, const std::optional<Source>& from, std::size_t outAxes)
    {
        if (!from || from->shape.size() <= outAxes)
            return;
        const Shape out(from->shape.end() - static_cast<std::ptrdiff_t>(outAxes), from->shape.end());
        const std::int64_t columns = elementCount(out);
        const std::int64_t rows = columns ? elementCount(from->shape) / columns : 0;
        const Shape shape{columns, rows};
        m_map.tensors[name] = {
            shape, {from->name}, [source = *from, shape, rows, columns](const Checkpoint& checkpoint) {
                const NdArray kernel = source.read(checkpoint);
                std::vector<float> values(static_cast<std::size_t>(kernel.size()));
                for (std::int64_t row = 0; row < rows; ++row) {
                    for (std::int64_t column = 0; column < columns; ++column)
                        values[static_cast<std::size_t>(column * rows + row)] = kernel.data()[row * columns + column];
                }
                return NdArray(shape, std::move(values));
            }};
    }

    void mapOutside()
    {
        const auto flat = [](const std::optional<Source>& from) { return from ? Shape{elementCount(from->shape)} : Shape{}; };
        const auto same = [](const std::optional<Source>& from) { return from ? from->shape : Shape{}; };
        mapPatchKernel(source("embedding/kernel"));
        put("patch_embed.proj.bias", source("embedding/bias"), flat(source("embedding/bias")));
        put("cls_token", source("cls"), same(source("cls")));
        for (const std::string name : {"Transformer/posembed_input/pos_embedding", "pos_embedding"})
            put("pos_embed", source(name), same(source(name)));
        put("norm.weight", source("Transformer/encoder_norm/scale"), same(source("Transformer/encoder_norm/scale")));
        put("norm.bias", source("Transformer/encoder_norm/bias"), same(source("Transformer/encoder_norm/bias")));
        putTransposed("pre_logits.weight", source("pre_logits/kernel"), 1);
        put("pre_logits.bias", source("pre_logits/bias"), same(source("pre_logits/bias")));
        putTransposed("head.weight", source("head/kernel"), 1);
        put("head.bias", source("head/bias"), same(source("head/bias")));
    }

    /// [p, p, 3, D] to [D, 3, p, p]
    void mapPatchKernel(const std::optional<Source>& from)
    {
        if (!from || from->shape.size() != 4)
            return;
        const Shape in = from->shape;
        const std::int64_t pixels = in[0] * in[1];
        const Shape shape{in[3], in[2], in[0], in[1]};
        m_map.tensors["patch_embed.proj.weight"] = {
            shape, {from->name}, [source = *from, shape, in, pixels](const Checkpoint& checkpoint) {
                const NdArray kernel = source.read(checkpoint);
                std::vector<float> values(static_cast<std::size_t>(kernel.size()));
                for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
                    for (std::int64_t rest = 0; rest < in[2] * in[3]; ++rest) {
                        const std::int64_t channel = rest / in[3];
                        const std::int64_t out = rest % in[3];
                        values[static_cast<std::size_t>((out * in[2] + channel) * pixels + pixel)]
                            = kernel.data()[pixel * in[2] * in[3] + rest];
                    }
                }
                return NdArray(shape, std::move(values));
            }};
    }

    void mapBlock(std::int64_t layer, bool stacked)
    {
        const std::string from = std::string(Blocks) + (stacked ? "/" : "_" + std::to_string(layer) + "/");
        const std::string to = "blocks." + std::to_string(layer) + ".";
        const std::optional<std::int64_t> index = stacked ? std::optional(layer) : std::nullopt;
        const BlockNames names = m_table.find(from + "MultiHeadDotProductAttention_0/query/kernel") ? BigVision : VitJax;
        const auto part = [&](std::string_view name) { return source(from + std::string(name), index); };
        const auto vector = [&](const std::string& name, const std::optional<Source>& tensor) {
            put(to + name, tensor, tensor ? Shape{elementCount(tensor->shape)} : Shape{});
        };
        const std::string attention(names.attention);
        const std::string mlp(names.mlp);
        const std::string norm(names.secondNorm);
        vector("norm1.weight", part("LayerNorm_0/scale"));
        vector("norm1.bias", part("LayerNorm_0/bias"));
        vector("norm2.weight", part(norm + "scale"));
        vector("norm2.bias", part(norm + "bias"));
        for (const auto& [letter, name] : {std::pair{"q", "query"}, std::pair{"k", "key"}, std::pair{"v", "value"}}) {
            const std::optional<Source> kernel = part(attention + name + "/kernel");
            if (kernel && kernel->shape.size() == 3)
                m_map.headsFromShape = static_cast<int>(
                    std::min<std::int64_t>(kernel->shape[1], std::numeric_limits<int>::max()));
            putTransposed(to + "attn." + letter + ".weight", kernel, 2);
            vector(std::string("attn.") + letter + ".bias", part(attention + name + "/bias"));
        }
        putTransposed(to + "attn.proj.weight", part(attention + "out/kernel"), 1);
        vector("attn.proj.bias", part(attention + "out/bias"));
        for (const auto& [layerName, name] : {std::pair{"mlp.fc1", "Dense_0/"}, std::pair{"mlp.fc2", "Dense_1/"}}) {
            putTransposed(to + layerName + ".weight", part(mlp + name + "kernel"), 1);
            vector(std::string(layerName) + ".bias", part(mlp + name + "bias"));
        }
    }

    const NameTable& m_table;
    TensorMap m_map;
    std::shared_ptr<Cache> m_cache = std::make_shared<Cache>();
};

}  // namespace

TensorMap mapGoogleTensors(const NameTable& table)
{
    return GoogleMapper(table).map();
}

}  // namespace vitrine
