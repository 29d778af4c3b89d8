// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/architectures.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <vector>

namespace vitrine {

namespace {

struct Refused {
    std::string_view reason;
    std::string_view names;  ///< a space behind each; "resnet*": whatever begins so, with no letter behind it
};

struct ArchitectureKey {
    std::string_view type, key;
};

#include "core/model/architectures_huggingface.inc"
#include "core/model/architectures_timm.inc"

bool isLetter(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool matches(std::string_view pattern, std::string_view name)
{
    if (!pattern.ends_with('*'))
        return pattern == name;
    pattern.remove_suffix(1);
    return name.starts_with(pattern) && (name.size() == pattern.size() || !isLetter(name[pattern.size()]));
}

/// Calls `use` with each word of `names`; returns the first for which it says yes, or nothing.
template <typename Use>
std::string_view firstWord(std::string_view names, const Use& use)
{
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(' '), names.size());
        if (const std::string_view word = names.substr(0, end); use(word))
            return word;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return {};
}

KnownName find(std::span<const NamedArchitecture> runnable, std::span<const Refused> refused, std::string_view name)
{
    for (const NamedArchitecture& architecture : runnable) {
        if (architecture.name == name)
            return {&architecture, {}};
    }
    for (const Refused& group : refused) {
        if (!firstWord(group.names, [&](std::string_view word) { return matches(word, name); }).empty())
            return {nullptr, group.reason};
    }
    return {};
}

/// "DINOv3ViT" and "dinov3_vit" alike.
std::string lettersOf(std::string_view name)
{
    std::string letters;
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)))
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return letters;
}

}  // namespace

KnownName findArchitecture(std::string_view name)
{
    if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    return find(TimmRunnable, TimmRefused, name.substr(0, name.find('.')));
}

KnownName findModelType(std::string_view type)
{
    return find(HuggingFaceRunnable, HuggingFaceRefused, type);
}

std::string_view modelTypeOf(std::string_view className)
{
    std::vector<std::string> stems{lettersOf(className.substr(0, className.rfind("For")))};
    for (const std::string_view end : {"withprojection", "backbone", "model"}) {
        if (stems.back().ends_with(end))
            stems.push_back(stems.back().substr(0, stems.back().size() - end.size()));
    }
    const auto isIt = [&](std::string_view type) { return std::ranges::find(stems, lettersOf(type)) != stems.end(); };
    for (const NamedArchitecture& architecture : HuggingFaceRunnable) {
        if (isIt(architecture.name))
            return architecture.name;
    }
    for (const ArchitectureKey& container : HuggingFaceContainers) {
        if (isIt(container.type))
            return container.type;
    }
    for (const Refused& group : HuggingFaceRefused) {
        if (const std::string_view type = firstWord(group.names, isIt); !type.empty())
            return type;
    }
    return {};
}

std::string_view nestedConfig(std::string_view type)
{
    for (const ArchitectureKey& container : HuggingFaceContainers) {
        if (container.type == type)
            return container.key;
    }
    return {};
}

}  // namespace vitrine
