// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/output/numpy.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/checkpoint/utf8.h"
#include "core/output/arrays.h"

namespace vitrine {

static_assert(std::endian::native == std::endian::little, "NumPy files are written as the memory is");

Shape writtenShape(const NdArray& array)
{
    return array.rank() == 0 && array.empty() ? Shape{0} : array.shape();
}

std::string npyHeader(std::string_view dtype, const Shape& shape)
{
    std::string text = "{'descr': '" + std::string(dtype) + "', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    text += shape.size() == 1 ? ",), }" : "), }";
    // 10 bytes stand before the text; the whole header is a multiple of 64 and ends with a line feed.
    text.append(63 - (10 + text.size()) % 64, ' ');
    text += '\n';

    std::string header = "\x93NUMPY";
    header += '\1';
    header += '\0';
    header += static_cast<char>(text.size() & 0xff);
    header += static_cast<char>(text.size() >> 8);
    return header + text;
}

std::string npyText(const std::vector<std::string>& texts)
{
    std::vector<std::u32string> wide;
    std::size_t longest = 1;
    for (std::string_view text : texts) {
        std::u32string& characters = wide.emplace_back();
        while (!text.empty()) {
            char32_t character = 0;
            const std::size_t length = decodeUtf8(text, character);
            characters += length ? character : U'\ufffd';
            text.remove_prefix(std::max<std::size_t>(length, 1));
        }
        longest = std::max(longest, characters.size());
    }
    std::string bytes = npyHeader("<U" + std::to_string(longest), {static_cast<std::int64_t>(texts.size())});
    for (std::u32string& characters : wide) {
        characters.resize(longest);
        bytes.append(reinterpret_cast<const char*>(characters.data()), longest * sizeof(char32_t));
    }
    return bytes;
}

void writeNpy(const std::filesystem::path& path, const NdArray& array)
{
    writeAtomically(path, [&](const std::filesystem::path& temporary) {
        std::ofstream file(temporary, std::ios::binary);
        const std::string header = npyHeader("<f4", writtenShape(array));
        file.write(header.data(), static_cast<std::streamsize>(header.size()));
        file.write(reinterpret_cast<const char*>(array.data()),
                   static_cast<std::streamsize>(array.size() * static_cast<std::int64_t>(sizeof(float))));
        file.close();
        if (!file)
            throw Error("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
    });
}

std::vector<std::string> assumedLines(const std::vector<Assumption>& assumed)
{
    std::vector<std::string> lines;
    lines.reserve(assumed.size());
    for (const Assumption& assumption : assumed)
        lines.push_back(toString(assumption.severity) + ": " + assumption.text);
    return lines;
}

namespace {

NamedArray attentionArray(const Trace& trace)
{
    const auto isWhole = [](const LayerAttention& layer) { return layer.isWhole() || layer.empty(); };
    if (std::ranges::all_of(trace.attention, isWhole)) {
        std::vector<NdArray> layers;
        for (const LayerAttention& layer : trace.attention)
            layers.push_back(layer.matrices());
        return {"attention", std::move(layers)};
    }
    Shape shape = trace.attention.front().shape();
    const std::int64_t heads = shape.front(), layers = trace.layers();
    shape.insert(shape.begin(), layers);
    return {"attention", ComputedParts{shape, layers * heads, [attention = trace.attention, heads](std::int64_t i) {
                                           return attention[static_cast<std::size_t>(i / heads)].matrix(i % heads);
                                       }}};
}

NamedArray factorArray(const Trace& trace, const char* name, NdArray (LayerAttention::*part)() const)
{
    for (const LayerAttention& layer : trace.attention)
        if (layer.factors().qkv.empty())
            throw Error(trace.model->name
                        + ": its attention is more than a softmax of q k^T, so q and k do not stand for it; write "
                          "the trace without --qk.");
    const NdArray first = (trace.attention.front().*part)();
    return {name, ComputedParts{{trace.layers(), first.dim(0), first.dim(1), first.dim(2)},
                                trace.layers(),
                                [attention = trace.attention, part](std::int64_t i) {
                                    return (attention[static_cast<std::size_t>(i)].*part)();
                                }}};
}

}  // namespace

std::vector<NamedArray> namedArrays(const Trace& trace, bool queriesAndKeys)
{
    const ModelSpec& spec = *trace.model;
    std::vector<NamedArray> arrays{{"input", trace.picture.input},
                                   {"patch_embedding", trace.patchEmbedding},
                                   {"position_embedding", trace.positionEmbedding}};
    if (queriesAndKeys) {
        arrays.push_back(factorArray(trace, "q", &LayerAttention::queries));
        arrays.push_back(factorArray(trace, "k", &LayerAttention::keys));
    } else {
        arrays.push_back(attentionArray(trace));
    }
    arrays.push_back({"tokens", trace.tokens});
    arrays.push_back({"logits", trace.logits});
    arrays.push_back({"grid", std::vector<std::int64_t>{spec.gridHeight(), spec.gridWidth()}});
    arrays.push_back({"prefix_tokens", std::vector<std::int64_t>{spec.prefixTokens()}});
    arrays.push_back({"assumed", assumedLines(spec.assumed)});
    if (!trace.embedding.empty())
        arrays.push_back({"embedding", trace.embedding});
    if (!trace.pooling.empty())
        arrays.push_back({"pooling", trace.pooling});
    if (spec.architecture == Architecture::Tnt) {
        arrays.push_back({"inner_attention", trace.innerAttention});
        arrays.push_back({"inner_tokens", trace.innerTokens});
        arrays.push_back({"inner_position", trace.innerPosition});
        arrays.push_back({"inner_projection", trace.innerProjection});
    }
    return arrays;
}

}  // namespace vitrine
