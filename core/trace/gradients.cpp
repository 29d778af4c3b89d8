// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/gradients.h"

#include <string>

#include "core/base/error.h"
#include "core/model/model_spec.h"

namespace vitrine {

void check(const Objective& objective, const ModelSpec& spec)
{
    if (const std::string why = spec.whyNoClasses(); !why.empty())
        throw Error(why);
    for (const int index : {objective.index, objective.against.value_or(0)}) {
        if (index < 0 || index >= spec.classes)
            throw Error("There is no class " + std::to_string(index) + " in " + spec.name + "; it has "
                        + std::to_string(spec.classes) + ", counted from 0.");
    }
    if (objective.against == objective.index)
        throw Error("The difference of a class to itself is always 0; choose two classes.");
}

void check(const GradientOptions& options, const ModelSpec& spec)
{
    if (options.firstLayer < 0 || options.firstLayer >= spec.layers)
        throw Error("There is no layer " + std::to_string(options.firstLayer) + " in " + spec.name + "; it has "
                    + std::to_string(spec.layers) + ", counted from 0.");
    if (options.pixels && (options.firstLayer > 0 || options.score == Score::EachLayer))
        throw Error("Derivatives by the pixels are those of the network's own score, through all layers.");
}

}  // namespace vitrine
