// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/edits.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/base/error.h"
#include "core/model/model_spec.h"

namespace vitrine {

namespace {

void checkIndex(const char* what, int index, int count, const ModelSpec& spec)
{
    if (index < 0 || index >= count)
        throw Error("There is no " + std::string(what) + " " + std::to_string(index) + " in " + spec.name + "; it has "
                    + std::to_string(count) + ".");
}

}  // namespace

bool Edits::empty() const
{
    return maskedPatches.empty() && headsOff.empty() && tokenPatches.empty() && innerProjectionsOff.empty()
           && maskedInner.empty();
}

int Edits::firstLayer() const
{
    if (!maskedPatches.empty() || !maskedInner.empty() || empty())
        return 0;
    int first = std::numeric_limits<int>::max();
    for (const LayerHead& off : headsOff)
        first = std::min(first, off.layer);
    for (const TokenPatch& patch : tokenPatches)
        first = std::min(first, patch.state);
    for (const int layer : innerProjectionsOff)
        first = std::min(first, layer);
    return first;
}

void check(const Edits& edits, const ModelSpec& spec)
{
    for (const int patch : edits.maskedPatches)
        checkIndex("patch", patch, spec.patches(), spec);
    for (const LayerHead& off : edits.headsOff) {
        checkIndex("layer", off.layer, spec.layers, spec);
        checkIndex("head", off.head, spec.heads, spec);
    }
    for (const TokenPatch& patch : edits.tokenPatches) {
        checkIndex("token state", patch.state, spec.layers + 1, spec);
        for (const int token : patch.tokens)
            checkIndex("token", token, spec.tokens(), spec);
        const Shape expected{static_cast<std::int64_t>(patch.tokens.size()), spec.width};
        if (patch.rows.shape() != expected)
            throw Error("Token states of shape " + toString(patch.rows.shape()) + " cannot replace those of "
                        + std::to_string(patch.tokens.size()) + " tokens of " + spec.name + ", which are " + toString(expected)
                        + ".");
    }
    if (spec.architecture != Architecture::Tnt && !(edits.innerProjectionsOff.empty() && edits.maskedInner.empty()))
        throw Error(spec.name + " is a ViT: it has no pixels inside a patch to switch off.");
    for (const int layer : edits.innerProjectionsOff)
        checkIndex("layer", layer, spec.layers, spec);
    for (const Edits::InnerMask& mask : edits.maskedInner) {
        checkIndex("patch", mask.patch, spec.patches(), spec);
        for (const int token : mask.tokens)
            checkIndex("inner token", token, spec.inner.tokens(), spec);
    }
}

}  // namespace vitrine
