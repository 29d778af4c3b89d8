// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/base/error.h"
#include "core/model/structure.h"

namespace vitrine {

namespace {

constexpr int MaxInnerSide = 64;

void fillInner(const Structure& read)
{
    InnerSpec& inner = read.spec.inner;
    inner.width = axis(read.map, "pixel_embed.proj.weight", 0, 4);
    requireColour(read.map, "pixel_embed.proj.weight");
    inner.kernel = axis(read.map, "pixel_embed.proj.weight", 2, 4);
    inner.side = axis(read.map, "pixel_pos", 2, 4);
    if (inner.side > MaxInnerSide)
        throw Error("a patch has " + std::to_string(inner.side) + "x" + std::to_string(inner.side)
                    + " inner tokens, which no TNT has");
    inner.mlpWidth = axis(read.map, "blocks.0.mlp_in.fc1.weight", 0, 2);
    inner.attentionWidth = axis(read.map, "blocks.0.attn_in.v.weight", 0, 2);
    inner.legacy = !read.map.has("blocks.0.norm2_proj.weight");
    inner.wholePicture = inner.legacy && !read.told.cutsPixels;
    inner.stemProjection = read.map.has("proj.weight") || !read.told.cutsPixels;
    inner.padding = read.told.cutsPixels ? 0 : 3;
    if (read.overrides.innerHeads) {
        inner.heads = *read.overrides.innerHeads;
    } else if (read.facts.innerHeads) {
        inner.heads = *read.facts.innerHeads;
    } else if (read.facts.named && read.facts.named->innerWidth == inner.width) {
        inner.heads = read.facts.named->innerHeads;
    } else {
        // TNT-Ti has 2, TNT-S and TNT-B have 4.
        inner.heads = read.told.headWidth > 0 ? inner.attentionWidth / read.told.headWidth : inner.width == 12 ? 2 : 4;
        read.told.guesses.push_back(std::to_string(inner.heads) + " inner heads (--inner-heads)");
    }
    requireDivisor(inner.attentionWidth, inner.heads, "an inner transformer",
                   "correct num_heads_inner in its config.json or give --inner-heads");
}

/// In pixels: a configuration's; else what makes the picture size fit the positions; else that of the published TNTs.
Grid patchOfTnt(const Structure& read, int rows)
{
    const InnerSpec& inner = read.spec.inner;
    if (read.facts.patchHeight && read.facts.patchWidth)
        return {*read.facts.patchHeight, *read.facts.patchWidth};
    const int usual = read.told.cutsPixels ? inner.side * inner.kernel : inner.side * 4;
    const KnownSizes sizes = knownSizes(read.facts, read.overrides);
    const std::optional<Grid> square = squareGrid(rows - 1);
    const bool published = rows == 197
                           && ((read.spec.width == 192 && inner.width == 12) || (read.spec.width == 384 && inner.width == 24)
                               || (read.spec.width == 640 && inner.width == 40));
    for (const std::optional<Grid>& size : {sizes.said, sizes.trained, sizes.asked}) {
        if (!size || read.told.cutsPixels || (published && size == sizes.asked))
            continue;
        if (size->height % usual == 0 && size->width % usual == 0
            && Grid{size->height / usual, size->width / usual}.patches() == rows - 1)
            break;
        if (!square || size->height % square->height != 0 || size->width % square->width != 0)
            continue;
        const Grid patch{size->height / square->height, size->width / square->width};
        if (patch.height != patch.width || patch.height % inner.side != 0)
            continue;
        if (size == sizes.asked && !sizes.said && !sizes.trained)
            read.spec.assume(Severity::Doubtful,
                             "Patches of " + std::to_string(patch.height) + "x" + std::to_string(patch.width)
                                 + " pixels were assumed, with which the positions fit the size that is asked for; the "
                                   "published TNTs have "
                                 + std::to_string(usual) + "x" + std::to_string(usual) + ": --trained-size says otherwise.");
        return patch;
    }
    read.told.guesses.push_back("patches of " + std::to_string(usual) + "x" + std::to_string(usual)
                                + " pixels (--trained-size)");
    return {usual, usual};
}

void fillStride(ModelSpec& spec, const ConfigFacts& facts)
{
    spec.inner.stride = facts.stemStride.value_or(std::max(1, spec.patchHeight / spec.inner.side));
    const int tokens = (spec.patchHeight + 2 * spec.inner.padding - spec.inner.kernel) / spec.inner.stride + 1;
    if (spec.patchHeight != spec.patchWidth || tokens != spec.inner.side)
        throw Error("patches of " + std::to_string(spec.patchHeight) + "x" + std::to_string(spec.patchWidth)
                    + " pixels with a stride of " + std::to_string(spec.inner.stride) + " do not make "
                    + std::to_string(spec.inner.side) + "x" + std::to_string(spec.inner.side)
                    + " inner tokens: correct patch_size or first_stride in its config.json, or give --trained-size");
}

}  // namespace

void readTnt(const Structure& read)
{
    ModelSpec& spec = read.spec;
    fillInner(read);
    const int rows = axis(read.map, "patch_pos", 1, 3);
    const Grid patch = patchOfTnt(read, rows);
    spec.patchHeight = patch.height;
    spec.patchWidth = patch.width;
    takeGrid(spec, layOutPositions(rows, {1}, {1}, knownSizes(read.facts, read.overrides), patch));
    fillStride(spec, read.facts);
}

}  // namespace vitrine
