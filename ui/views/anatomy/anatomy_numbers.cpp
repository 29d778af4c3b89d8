// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_numbers.h"

#include <QCoreApplication>

#include <algorithm>

#include "core/explain/forward.h"

namespace vitrine {

namespace {

using Rows = StageNumbers::Rows;

struct Table {
    NdArray values;
    Rows rows;
    const char* columns;
};

NdArray element(const std::vector<NdArray>& list, int index)
{
    return index >= 0 && index < static_cast<int>(list.size()) ? list[static_cast<std::size_t>(index)] : NdArray();
}

// [a, b, c ...] -> [a, b * c * ...]
NdArray flattened(const NdArray& array)
{
    return array.empty() ? array : array.reshaped({array.dim(0), array.size() / array.dim(0)});
}

// [3, H, W] -> [H, 3 * W], the channels side by side.
NdArray channelsSideBySide(const NdArray& input)
{
    if (input.empty())
        return {};
    const std::int64_t height = input.dim(1), width = input.dim(2);
    std::vector<float> values(static_cast<std::size_t>(input.size()));
    for (std::int64_t channel = 0; channel < 3; ++channel)
        for (std::int64_t y = 0; y < height; ++y)
            std::copy_n(input.data() + (channel * height + y) * width, width, values.data() + (y * 3 + channel) * width);
    return {{height, 3 * width}, std::move(values)};
}

NdArray patchRows(const Trace& trace)
{
    const NdArray& all = trace.patchEmbedding;
    if (all.empty())
        return {};
    const std::int64_t width = all.dim(1), prefix = all.dim(0) - trace.model->patches();
    const auto first = all.values().begin() + prefix * width;
    return {{trace.model->patches(), width}, std::vector<float>(first, all.values().end())};
}

Rows rowsOf(const NdArray& array, const ModelSpec& spec)
{
    return !array.empty() && array.dim(0) == spec.patches() ? Rows::Patches : Rows::Tokens;
}

Table inputTable(const Trace& trace, StageKind stage)
{
    const ModelSpec& spec = *trace.model;
    switch (stage) {
    case StageKind::Picture:
        return {channelsSideBySide(trace.picture.input), Rows::PixelRows, "pixel column"};
    case StageKind::Patches:
        return {cutIntoPatches(trace.picture.input, spec), Rows::Patches, "number"};
    case StageKind::InnerEmbedding:
        return {flattened(element(trace.innerTokens, 0)), Rows::Patches, "inner channel"};
    case StageKind::PatchEmbedding:
        return {patchRows(trace), Rows::Patches, "channel"};
    case StageKind::Prefix:
        return {trace.patchEmbedding, Rows::Tokens, "channel"};
    case StageKind::Position:
        return {trace.positionEmbedding, rowsOf(trace.positionEmbedding, spec), "channel"};
    case StageKind::PixelNorm:
    case StageKind::EmbeddingNorm:
        return {};
    default:
        return {element(trace.tokens, 0), Rows::Tokens, "channel"};
    }
}

Table innerTable(const Trace& trace, StageKind stage, int layer)
{
    switch (stage) {
    case StageKind::InnerTokens:
        return {flattened(element(trace.innerTokens, layer)), Rows::Patches, "inner channel"};
    case StageKind::InnerNorm:
        return {flattened(normalised(element(trace.innerTokens, layer), trace.model->layerNormEpsilon)), Rows::Patches,
                "inner channel"};
    case StageKind::InnerAttention:
        return {flattened(element(trace.innerAttention, layer)), Rows::Patches, "inner weight"};
    case StageKind::InnerOut:
        return {flattened(element(trace.innerTokens, layer + 1)), Rows::Patches, "inner channel"};
    default:
        return {element(trace.innerProjection, layer), Rows::Patches, "channel"};
    }
}

Table headTable(const Trace& trace, StageKind stage)
{
    const auto asRow = [](const NdArray& array) { return array.empty() ? array : array.reshaped({1, array.size()}); };
    switch (stage) {
    case StageKind::FinalNorm:
        return {normalised(element(trace.tokens, trace.layers()), trace.model->layerNormEpsilon, !trace.model->rmsNorm),
                Rows::Tokens, "channel"};
    case StageKind::Pool:
        return {pooledTokens(trace), Rows::Channels, "channel"};
    case StageKind::Embedding:
        return {asRow(trace.embedding), Rows::Channels, "channel"};
    case StageKind::Logits:
        return {asRow(trace.logits), Rows::Classes, "class"};
    default:
        return {trace.logits.empty() ? NdArray() : NdArray({1, trace.logits.size()}, probabilities(trace.logits)),
                Rows::Classes, "class"};
    }
}

Table tableOf(const Trace& trace, StageKind stage, int layer, const LayerAttention& attention, const HeadChoice& heads)
{
    if (stage <= StageKind::PreNorm)
        return inputTable(trace, stage);
    switch (stage) {
    case StageKind::InnerTokens:
    case StageKind::InnerNorm:
    case StageKind::InnerAttention:
    case StageKind::InnerOut:
    case StageKind::Projection:
        return innerTable(trace, stage, layer);
    case StageKind::Tokens:
        return {element(trace.tokens, layer), Rows::Tokens, "channel"};
    case StageKind::Bridge:
        return {attentionInput(trace, layer), Rows::Tokens, "channel"};
    case StageKind::Norm1:
        return {normalised(attentionInput(trace, layer), trace.model->layerNormEpsilon, !trace.model->rmsNorm), Rows::Tokens,
                "channel"};
    case StageKind::Attention:
        return {attention.empty() ? NdArray() : fuseHeads(attention, heads), Rows::Tokens, "key"};
    case StageKind::BlockOut:
        return {element(trace.tokens, layer + 1), Rows::Tokens, "channel"};
    case StageKind::FinalNorm:
    case StageKind::Pool:
    case StageKind::Embedding:
    case StageKind::Logits:
    case StageKind::Probabilities:
        return headTable(trace, stage);
    default:
        return {};
    }
}

}  // namespace

std::optional<StageNumbers> stageNumbers(const Trace& trace, StageKind stage, int layer, const LayerAttention& attention,
                                         const HeadChoice& heads)
{
    const Table table = tableOf(trace, stage, layer, attention, heads);
    if (table.values.empty())
        return std::nullopt;
    StageNumbers result;
    result.table = table.values;
    result.rows = table.rows;
    result.columnsAre = QCoreApplication::translate("vitrine::Anatomy", table.columns);
    // Pixels have 256 levels: more bins would hold now more of them, now fewer.
    result.statistics = statistics(table.values.values(), table.rows == Rows::PixelRows ? 32 : 60);
    // A few massive channels would make everything else one colour.
    float low = quantile(table.values.values(), 0.005), high = quantile(table.values.values(), 0.995);
    if (result.statistics.minimum < 0 && result.statistics.maximum > 0) {
        result.colours = ColourMap::Diverging;
        high = std::max(std::abs(low), std::abs(high));
        low = -high;
    }
    result.range = high > low ? ValueRange{low, high} : rangeOf(table.values.values());
    return result;
}

QString cellName(const StageNumbers& numbers, const ModelSpec& spec, int row, int column)
{
    const QString second = numbers.columnsAre + QLatin1Char(' ') + QString::number(column);
    switch (numbers.rows) {
    case Rows::Channels:
        return second;
    case Rows::Classes:
        return QString::fromStdString(spec.label(column));
    case Rows::PixelRows: {
        const int width = static_cast<int>(numbers.table.dim(1) / 3);
        static constexpr const char* channels[] = {"red", "green", "blue"};
        return QCoreApplication::translate("vitrine::Anatomy", "%1, pixel %2, %3")
            .arg(QCoreApplication::translate("vitrine::Anatomy", channels[std::min(column / width, 2)]))
            .arg(row)
            .arg(column % width);
    }
    case Rows::Patches:
        row += spec.prefixTokens();
        break;
    case Rows::Tokens:
        break;
    }
    return QString::fromStdString(spec.tokenName(row)) + QStringLiteral(" · ") + second;
}

}  // namespace vitrine
