// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

void facts(ModelSpec& spec, const FamilyFacts&, FamilySays&)
{
    spec.layerNormEpsilon = 1e-6;
    spec.activation = Activation::Gelu;
    spec.pool = Pool::Mean;
    spec.positionResampling = PositionResampling::Bicubic;
}

}  // namespace

extern const Family ijepaHuggingFace{
    .source = "Hugging Face I-JEPA",
    .kind = "I-JEPA",
    .anchor = "embeddings.patch_embeddings.projection.weight",
    .recognise =
        [](const Below& names) { return names.has("embeddings.position_embeddings") && !names.has("embeddings.cls_token"); },
    .names = huggingFaceNames(),
    .facts = facts,
    .recipe = [](const ModelSpec&, const ConfigFacts&) -> std::optional<Preprocessing> {
        return squashRecipe(Interpolation::Bilinear, ImageNetMean, ImageNetDeviation);
    },
};

}  // namespace vitrine::family
