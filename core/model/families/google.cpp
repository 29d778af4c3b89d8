// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    told.pool = true;
    spec.activation = Activation::GeluTanh;
    spec.positionResampling = PositionResampling::Bilinear;
    if (!facts.config.activation && !facts.said.activation)
        spec.assume(Severity::Information, "GELU is computed by its tanh approximation, as Flax does.");
}

}  // namespace

extern const Family vitGoogle{
    .source = "Google",
    .kind = "Google ViT",
    .anchor = "embedding/kernel",
    .facts = facts,
    .recipe = [](const ModelSpec&, const ConfigFacts&) -> std::optional<Preprocessing> {
        return squashRecipe(Interpolation::Bilinear, HalfMean, HalfMean);
    },
    .map = mapGoogleTensors,
};

}  // namespace vitrine::family
