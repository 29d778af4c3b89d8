// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chosen_class.h"

#include "app/class_index.h"
#include "core/base/error.h"
#include "core/model/resources.h"

namespace vitrine {

int classNamed(const std::string& name, const ModelSpec& spec)
{
    if (spec.classes == 0)
        throw Error(spec.whyNoClasses());
    const auto index = ClassIndex(spec, resourceFolder() / "labels" / "imagenet1k.tsv").find(name);
    if (!index)
        throw Error(spec.name + " has no class \"" + name + "\"; give a label, the number of a class (0 to "
                    + std::to_string(spec.classes - 1) + ") or a WordNet id.");
    return *index;
}

Prediction chosenClass(const std::string& name, const Trace& trace)
{
    if (!name.empty()) {
        const int index = classNamed(name, *trace.model);
        return {index, trace.logits.at({index}), probabilities(trace.logits)[static_cast<std::size_t>(index)]};
    }
    if (const std::string why = trace.model->whyNoClasses(); !why.empty())
        throw Error(trace.model->classes > 0 ? why + " Name a class with --class." : why);
    return topK(trace.logits, 1).front();
}

}  // namespace vitrine
