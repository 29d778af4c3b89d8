// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model_spec.h"

namespace vitrine::test {

/// ViT-B/16 at 224.
inline ModelSpec vitBase()
{
    ModelSpec spec;
    spec.layers = spec.heads = 12;
    spec.width = 768;
    spec.mlpWidth = 3072;
    spec.patchHeight = spec.patchWidth = 16;
    spec.imageHeight = spec.imageWidth = 224;
    spec.classes = 1000;
    return spec;
}

}  // namespace vitrine::test
