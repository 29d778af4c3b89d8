// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_spec.h"

#include <algorithm>
#include <cassert>

namespace vitrine {

std::string ModelSpec::tokenName(int token) const
{
    assert(token >= 0 && token < tokens());
    int rest = token;
    if (cls && rest-- == 0)
        return "CLS";
    if (distillation && rest-- == 0)
        return "distillation";
    if (rest < furtherCls)
        return "CLS " + std::to_string(rest + 1);
    if (rest < registers)
        return "register " + std::to_string(rest);
    rest -= registers;
    return "patch " + std::to_string(rest / gridWidth()) + ", " + std::to_string(rest % gridWidth());
}

std::string ModelSpec::label(int index) const
{
    if (index >= 0 && index < static_cast<int>(labels.size()) && !labels[static_cast<std::size_t>(index)].empty())
        return labels[static_cast<std::size_t>(index)];
    return "class " + std::to_string(index);
}

std::string ModelSpec::summaryText() const
{
    std::string text;
    for (std::size_t i = 0; i < summary.size(); ++i)
        text += (i == 0 ? "" : i + 1 == summary.size() ? " and " : ", ") + tokenName(summary[i]);
    return text + (summary.size() > 1 ? ", side by side" : "");
}

Severity ModelSpec::doubt() const
{
    Severity worst = Severity::Information;
    for (const Assumption& assumption : assumed)
        worst = std::max(worst, assumption.severity);
    return worst;
}

std::string ModelSpec::whyNoClasses() const
{
    if (classes > 0 && doubt() == Severity::Unreliable)
        return name + " does not rank classes, because its results are unreliable.";
    if (classes > 0)
        return {};
    if (!headProblem.empty())
        return name + " cannot classify: " + headProblem + ".";
    if (!summary.empty())
        return name + " has no classification head: it sums a picture up in " + summaryText() + ".";
    if (embedding > 0)
        return name
               + " has no classification head: it gives an embedding of the picture, which is compared with texts' embeddings.";
    return name + " has no classification head; choose a checkpoint that was trained to classify.";
}

std::string toString(Severity severity)
{
    switch (severity) {
    case Severity::Doubtful:
        return "doubtful";
    case Severity::Unreliable:
        return "unreliable";
    case Severity::Information:
        break;
    }
    return "information";
}

}  // namespace vitrine
