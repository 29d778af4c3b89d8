// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/head.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "core/model/account.h"
#include "core/model/family.h"
#include "core/model/quantised.h"

namespace vitrine {

namespace {

struct Layer {
    std::string module;     ///< its tensors' name in the file without ".weight"
    std::string container;  ///< of a Sequential, or of a head with parts
    int index = -1;         ///< in a Sequential
    bool within = false;    ///< in the network rather than beside it
    bool known = false;     ///< by its name
    const TensorInfo* weight = nullptr;
    const TensorInfo* bias = nullptr;
    const TensorInfo* mean = nullptr;
    const TensorInfo* variance = nullptr;

    bool isLinear() const { return weight && weight->shape.size() == 2 && weight->shape[0] > 0 && weight->shape[1] > 0; }
    std::int64_t in() const { return weight->shape[1]; }
    std::int64_t out() const { return weight->shape[0]; }
    std::string lastPart() const { return module.substr(module.rfind('.') + 1); }
    bool isDistilled() const { return lastPart() == "head_dist" || lastPart() == "distillation_classifier"; }
    bool isPreLogits() const { return lastPart() == "pre_logits" || module.ends_with("pre_logits.fc"); }
};

using Layers = std::vector<Layer>;

bool isNumber(std::string_view text)
{
    return !text.empty() && text.size() < 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Projections, text towers and the like are no classifiers, whatever their shape is.
bool isNoClassifier(std::string_view name)
{
    constexpr std::array<std::string_view, 14> Words{"proj",    "text",      "lang",     "decoder",  "embed", "itm",  "mlm",
                                                     "lm_head", "predictor", "contrast", "momentum", "queue", "bbox", "cross"};
    constexpr int Parts = 3;  // "head.fc.weight": what a wrapper further out is called says nothing
    std::size_t from = name.size();
    for (int i = 0; i < Parts && from != std::string_view::npos && from > 0; ++i)
        from = name.rfind('.', from - 1);
    const std::string_view tail = from == std::string_view::npos ? name : name.substr(std::min(from, name.size()));
    return std::ranges::any_of(Words, [&](std::string_view word) { return tail.find(word) != std::string_view::npos; });
}

void place(Layer& layer, const std::string& prefix)
{
    const std::size_t dot = layer.module.rfind('.');
    const std::string parent = dot == std::string::npos ? std::string() : layer.module.substr(0, dot);
    if (isNumber(layer.lastPart())) {
        layer.container = parent;
        layer.index = std::stoi(layer.lastPart());
    } else {
        // A part of a head ("head.norm", "head.fc"), or a layer of the network's own or of what is around it.
        const bool alone = parent.empty() || prefix.starts_with(parent + ".");
        layer.container = alone ? layer.module : parent;
    }
}

void add(Layers& layers, const TensorInfo& tensor, bool within, const std::string& prefix)
{
    const std::size_t dot = tensor.name.rfind('.');
    if (dot == std::string::npos)
        return;
    const std::string module = tensor.name.substr(0, dot), kind = tensor.name.substr(dot + 1);
    auto found = std::ranges::find(layers, module, &Layer::module);
    if (found == layers.end()) {
        Layer layer;
        layer.module = module;
        layer.within = within;
        place(layer, prefix);
        found = layers.insert(layers.end(), layer);
    }
    if (kind == "weight")
        found->weight = &tensor;
    else if (kind == "bias")
        found->bias = &tensor;
    else if (kind == "running_mean")
        found->mean = &tensor;
    else if (kind == "running_var")
        found->variance = &tensor;
}

Layers collect(const NameTable& table, const Names& unknown, const TensorMap& map)
{
    Layers layers;
    for (const auto& [name, tensor] : unknown) {
        if (!isNoClassifier(name))
            add(layers, *tensor, true, table.prefix);
    }
    for (const auto& [name, tensor] : table.names) {
        const auto isSource = [&](const char* canonical) {
            const auto found = map.tensors.find(canonical);
            return found != map.tensors.end() && found->second.sources.front() == tensor->name;
        };
        constexpr std::array Canonical{"head.weight",    "head.bias",         "head_dist.weight",
                                       "head_dist.bias", "pre_logits.weight", "pre_logits.bias"};
        if (!std::ranges::any_of(Canonical, isSource))
            continue;
        add(layers, *tensor, true, table.prefix);
        const std::string module = tensor->name.substr(0, tensor->name.rfind('.'));
        std::ranges::find(layers, module, &Layer::module)->known = true;
    }
    for (const auto& [name, tensor] : table.beside) {
        if (!isNoClassifier(name) && !isHarmless(name, false))
            add(layers, *tensor, false, table.prefix);
    }
    std::erase_if(layers, [](const Layer& layer) { return !layer.weight && !layer.mean; });
    return layers;
}

std::int64_t widthOf(const TensorMap& map)
{
    for (const char* name : {"blocks.0.norm_out.weight", "blocks.0.norm1.weight", "norm.weight"}) {
        if (const Shape* shape = map.shape(name); shape && shape->size() == 1)
            return (*shape)[0];
    }
    return 0;
}

/// The linear layers that take a token, and those that take what they give.
Layers linearLayers(const Layers& layers, std::int64_t width)
{
    Layers found;
    const auto known = [&](const Layer& layer) {
        return std::ranges::find(found, layer.module, &Layer::module) != found.end();
    };
    for (bool grown = true; grown;) {
        grown = false;
        for (const Layer& layer : layers) {
            if (!layer.isLinear() || known(layer))
                continue;
            const bool first = layer.in() == width || layer.in() == 2 * width;
            if (first || std::ranges::any_of(found, [&](const Layer& before) { return before.out() == layer.in(); })) {
                found.push_back(layer);
                grown = true;
            }
        }
    }
    std::ranges::stable_sort(found, {}, [](const Layer& layer) { return std::pair(layer.container, layer.index); });
    return found;
}

std::string named(const Layers& layers)
{
    std::vector<std::string> names;
    for (const Layer& layer : layers)
        names.push_back(layer.module);
    return listed(names);
}

/// The name by which `table` knows a tensor of the file.
std::string ownName(const NameTable& table, const TensorInfo& tensor)
{
    return tensor.name.starts_with(table.prefix) ? tensor.name.substr(table.prefix.size()) : tensor.name;
}

TensorRecipe biasRecipe(const Layer& layer)
{
    return layer.bias ? reshapedRecipe(*layer.bias, layer.bias->shape) : zeroRecipe({layer.out()});
}

TensorRecipe weightRecipe(const NameTable& table, const Layer& layer)
{
    return plainOrDequantised(table, ownName(table, *layer.weight), *layer.weight);
}

void put(const NameTable& table, TensorMap& map, const std::string& name, const Layer& layer)
{
    map.tensors.insert_or_assign(name + ".weight", weightRecipe(table, layer));
    map.tensors.insert_or_assign(name + ".bias", biasRecipe(layer));
}

/// "head.*" replaced by `next` after it: W2 (W1 x + b1) + b2.
void fold(const NameTable& table, TensorMap& map, const Layer& next)
{
    const TensorRecipe weight = map.tensors.at("head.weight"), bias = map.tensors.at("head.bias");
    const std::int64_t out = next.out(), middle = next.in(), in = weight.shape[1];
    const TensorRecipe nextWeight = weightRecipe(table, next), nextBias = biasRecipe(next);
    const auto product = [=](const NdArray& a, const NdArray& b, std::int64_t columns) {
        std::vector<double> sums(static_cast<std::size_t>(out * columns));
        for (std::int64_t row = 0; row < out; ++row) {
            for (std::int64_t k = 0; k < middle; ++k) {
                for (std::int64_t column = 0; column < columns; ++column)
                    sums[static_cast<std::size_t>(row * columns + column)] += static_cast<double>(a.data()[row * middle + k])
                                                                              * b.data()[k * columns + column];
            }
        }
        return sums;
    };
    std::vector<std::string> sources = weight.sources;
    sources.insert(sources.end(), nextWeight.sources.begin(), nextWeight.sources.end());
    map.tensors["head.weight"] = {{out, in}, sources, [=](const Checkpoint& checkpoint) {
                                      const auto sums = product(nextWeight.read(checkpoint), weight.read(checkpoint), in);
                                      return NdArray({out, in}, std::vector<float>(sums.begin(), sums.end()));
                                  }};
    sources = bias.sources;
    sources.insert(sources.end(), nextBias.sources.begin(), nextBias.sources.end());
    map.tensors["head.bias"] = {{out}, sources, [=](const Checkpoint& checkpoint) {
                                    auto sums = product(nextWeight.read(checkpoint), bias.read(checkpoint), 1);
                                    const NdArray own = nextBias.read(checkpoint);
                                    for (std::size_t i = 0; i < sums.size(); ++i)
                                        sums[i] += own.data()[i];
                                    return NdArray({out}, std::vector<float>(sums.begin(), sums.end()));
                                }};
}

/// A BatchNorm before the head, as linear probes have it, folded into the head.
void foldBatchNorm(TensorMap& map, const Layer& norm)
{
    constexpr double Epsilon = 1e-5;
    const TensorRecipe weight = map.tensors.at("head.weight"), bias = map.tensors.at("head.bias");
    const std::int64_t out = weight.shape[0], in = weight.shape[1];
    const auto scaleAndShift = [norm, in](const Checkpoint& checkpoint) {
        const NdArray mean = checkpoint.read(norm.mean->name), variance = checkpoint.read(norm.variance->name);
        std::vector<double> scale(static_cast<std::size_t>(in)), shift(scale.size());
        for (std::size_t i = 0; i < scale.size(); ++i) {
            const auto at = static_cast<std::int64_t>(i);
            scale[i] = 1 / std::sqrt(static_cast<double>(variance.data()[at]) + Epsilon);
            if (norm.weight)
                scale[i] *= checkpoint.read(norm.weight->name).data()[at];
            shift[i] = -scale[i] * mean.data()[at];
            if (norm.bias)
                shift[i] += checkpoint.read(norm.bias->name).data()[at];
        }
        return std::pair(scale, shift);
    };
    std::vector<std::string> sources = weight.sources;
    sources.push_back(norm.mean->name);
    map.tensors["head.weight"] = {weight.shape, sources, [=](const Checkpoint& checkpoint) {
                                      const auto scale = scaleAndShift(checkpoint).first;
                                      const NdArray from = weight.read(checkpoint);
                                      std::vector<float> values(from.values().begin(), from.values().end());
                                      for (std::size_t i = 0; i < values.size(); ++i)
                                          values[i] = static_cast<float>(values[i] * scale[i % static_cast<std::size_t>(in)]);
                                      return NdArray({out, in}, std::move(values));
                                  }};
    map.tensors["head.bias"] = {{out}, bias.sources, [=](const Checkpoint& checkpoint) {
                                    const auto shift = scaleAndShift(checkpoint).second;
                                    const NdArray from = weight.read(checkpoint), own = bias.read(checkpoint);
                                    std::vector<float> values(static_cast<std::size_t>(out));
                                    for (std::int64_t row = 0; row < out; ++row) {
                                        double sum = own.data()[row];
                                        for (std::int64_t i = 0; i < in; ++i)
                                            sum += from.data()[row * in + i] * shift[static_cast<std::size_t>(i)];
                                        values[static_cast<std::size_t>(row)] = static_cast<float>(sum);
                                    }
                                    return NdArray({out}, std::move(values));
                                }};
    map.notes.push_back(
        {Severity::Doubtful, "The head's batch norm (\"" + norm.module + "\") was given PyTorch's usual epsilon, 1e-5."});
}

/// Fills map from the layers that were found, or says why not.
class HeadBuilder {
public:
    HeadBuilder(const NameTable& table, const Layers& layers, TensorMap& map)
        : m_table(table)
        , m_layers(layers)
        , m_map(map)
        , m_width(widthOf(map))
    {
    }

    void build()
    {
        std::int64_t width = m_width;
        Layers linears = linearLayers(m_layers, width);
        for (const Layer& layer : linears) {
            if (layer.isPreLogits() && layer.in() == m_width) {
                put(m_table, m_map, "pre_logits", layer);
                m_ofHead.push_back(layer);
                width = layer.out();
            }
        }
        std::erase_if(linears, [](const Layer& layer) { return layer.isPreLogits(); });
        const auto distilled = std::ranges::find_if(linears, &Layer::isDistilled);
        std::optional<Layer> second;
        if (distilled != linears.end()) {
            second = *distilled;
            m_ofHead.push_back(*second);
            linears.erase(distilled);
        }
        for (const Layer& layer : m_layers) {
            const bool listed = std::ranges::find(linears, layer.module, &Layer::module) != linears.end();
            if (layer.known && !listed && !layer.isPreLogits() && !layer.isDistilled())
                linears.push_back(layer);
        }
        std::ranges::copy(linears, std::back_inserter(m_ofHead));
        if (!linears.empty())
            choose(linears, width);
        if (m_map.headProblem.empty() && second && m_map.has("head.weight")
            && m_map.tensors.at("head.weight").shape == second->weight->shape)
            put(m_table, m_map, "head_dist", *second);
        else if (second)
            problem("it has a head for distillation (\"" + second->module + "\") that does not fit another one");
        if (!m_map.headProblem.empty() || !m_map.has("head.weight")) {
            for (const char* name :
                 {"head.weight", "head.bias", "head_dist.weight", "head_dist.bias", "pre_logits.weight", "pre_logits.bias"})
                m_map.tensors.erase(name);
        }
    }

    std::set<std::string, std::less<>> tensors() const
    {
        std::set<std::string, std::less<>> names;
        for (const Layer& layer : m_layers) {
            const bool ofHead = std::ranges::any_of(m_ofHead, [&](const Layer& head) {
                return head.module == layer.module || (head.container == layer.container && head.within == layer.within);
            });
            for (const TensorInfo* tensor : {layer.weight, layer.bias, layer.mean, layer.variance}) {
                if (ofHead && tensor)
                    names.insert(tensor->name);
            }
        }
        return names;
    }

private:
    void problem(std::string what)
    {
        if (m_map.headProblem.empty())
            m_map.headProblem = std::move(what);
    }

    bool takesTokens(const Layer& layer, std::int64_t width) const
    {
        return layer.in() == width || (width == m_width && layer.in() == 2 * width);
    }

    void choose(const Layers& linears, std::int64_t width)
    {
        if (linears.size() == 1) {
            if (!takesTokens(linears[0], width))
                return problem("its head \"" + linears[0].module + "\" takes " + std::to_string(linears[0].in())
                               + " numbers, and the network gives " + std::to_string(width));
            put(m_table, m_map, "head", linears[0]);
            return addNorms(linears[0]);
        }
        Layers inner, outer;
        for (const Layer& layer : linears)
            (layer.within ? inner : outer).push_back(layer);
        if (inner.size() == 1 && outer.size() == 1)
            return chooseOuter(inner[0], outer[0], width);
        for (std::size_t i = 0; i + 1 < linears.size(); ++i) {
            if (linears[i + 1].in() != linears[i].out() || linears[i + 1].container != linears[i].container)
                return problem("it has several heads (" + named(linears) + "), and the file does not say which one classifies");
        }
        for (std::size_t i = 0; i + 1 < linears.size(); ++i) {
            if (linears[i].index < 0 || linears[i + 1].index != linears[i].index + 1)
                return problem("its head has several layers (" + named(linears)
                               + "), and the file does not say which activation is between them");
        }
        if (!takesTokens(linears[0], width))
            return problem("its head \"" + linears[0].module + "\" takes " + std::to_string(linears[0].in()) + " numbers");
        put(m_table, m_map, "head", linears[0]);
        for (std::size_t i = 1; i < linears.size(); ++i)
            fold(m_table, m_map, linears[i]);
        addNorms(linears[0]);
    }

    /// A backbone with a head of its own, and one around it.
    void chooseOuter(const Layer& inner, const Layer& outer, std::int64_t width)
    {
        const bool direct = takesTokens(outer, width), chained = outer.in() == inner.out() && takesTokens(inner, width);
        if (direct == chained)
            return problem("it has two heads (" + named({inner, outer})
                           + "), and the file does not say whether the second takes what the first gives");
        if (direct) {
            put(m_table, m_map, "head", outer);
            note("The head \"" + outer.module + "\" around the network was taken; \"" + inner.module
                 + "\", the network's own, was left out.");
            return addNorms(outer);
        }
        put(m_table, m_map, "head", inner);
        fold(m_table, m_map, outer);
        note("The head \"" + outer.module + "\" was taken to follow \"" + inner.module + "\" with nothing between them.");
        addNorms(inner);
    }

    void note(std::string text) { m_map.notes.push_back({Severity::Doubtful, std::move(text)}); }

    /// Norms and whatever else stands in the head's container, or around the network.
    void addNorms(const Layer& head)
    {
        if (m_table.family->headEndsInTanh && head.lastPart() == "0")
            return problem("its head ends in a tanh (MONAI's post_activation), whose outputs are no logits");
        for (const Layer& layer : m_layers) {
            const bool ofHead = std::ranges::find(m_ofHead, layer.module, &Layer::module) != m_ofHead.end();
            if (ofHead || layer.isLinear())
                continue;
            if (layer.container != head.container) {
                const TensorInfo* size = layer.weight ? layer.weight : layer.mean;
                if (!layer.within && size->shape == Shape{m_width})
                    problem("a norm stands beside the network (\"" + layer.module
                            + "\"), and the file does not say where it is used");
                continue;
            }
            addNorm(layer, head);
        }
    }

    void addNorm(const Layer& norm, const Layer& head)
    {
        const TensorInfo* size = norm.mean ? norm.mean : norm.weight;
        const bool before = (norm.index < 0 || norm.index < head.index) && size->shape == Shape{head.in()};
        if (!before || (norm.mean && !norm.variance))
            return problem("its head has a layer (\"" + norm.module + "\") that is not supported");
        if (norm.mean)
            return foldBatchNorm(m_map, norm);
        if (!norm.bias || m_map.has("fc_norm.weight"))
            return problem("its head has a norm (\"" + norm.module + "\") that is not supported");
        m_map.tensors["fc_norm.weight"] = reshapedRecipe(*norm.weight, norm.weight->shape);
        m_map.tensors["fc_norm.bias"] = reshapedRecipe(*norm.bias, norm.bias->shape);
        m_map.headNorm = norm.module;
    }

    const NameTable& m_table;
    const Layers& m_layers;
    TensorMap& m_map;
    std::int64_t m_width;
    Layers m_ofHead;
};

}  // namespace

std::set<std::string, std::less<>> findHead(const NameTable& table, const Names& unknown, TensorMap& map)
{
    const Layers layers = collect(table, unknown, map);
    if (std::ranges::any_of(layers, [](const Layer& layer) { return layer.known && !layer.isLinear(); }))
        return {};  // what is wrong with a head under its usual name is said where the structure is read
    for (const char* name :
         {"head.weight", "head.bias", "head_dist.weight", "head_dist.bias", "pre_logits.weight", "pre_logits.bias"})
        map.tensors.erase(name);
    HeadBuilder builder(table, layers, map);
    builder.build();
    return builder.tensors();
}

}  // namespace vitrine
