// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/family.h"
#include "core/model/tensor_map.h"

namespace vitrine {

namespace {

[[noreturn]] void refuse(const Checkpoint& checkpoint)
{
    std::vector<std::string> names;
    for (const TensorInfo& tensor : checkpoint.tensors())
        names.push_back(tensor.name);
    if (names.empty())
        throw Error(notANetwork("there are no tensors with names in it, as in an optimizer's state; give the file with the "
                                "network's weights"));
    const auto has = [&](std::string_view part) {
        return std::ranges::any_of(names, [&](const std::string& name) { return name.find(part) != std::string::npos; });
    };
    if (has("lora_") && !has("base_layer."))
        throw Error(notANetwork("it holds a LoRA adapter alone, without the network; merge it into its network (PEFT: "
                                "merge_and_unload()) and save that"));
    if (has("embeddings.patch_embeddings.weight") && !has("stages."))
        throw Error(notANetwork("it has rotary positions, as DINOv3 (\"embeddings.patch_embeddings.weight\")"));
    if (const std::string reason = foreignReason(names, true); !reason.empty())
        throw Error(notANetwork(reason));
    const auto isConvolution = [](const TensorInfo& tensor) { return tensor.shape.size() == 4; };
    if (std::ranges::any_of(checkpoint.tensors(), isConvolution))
        throw Error(notANetwork("no patch embedding under a name that is known, but other convolutions"));
    throw Error(notANetwork("there is no patch embedding among its " + std::to_string(names.size())
                            + " tensors (the first is \"" + names.front() + "\")"));
}

/// What stands before the anchor in `name`, or nothing when the anchor is not its end.
std::optional<std::string> prefixBefore(const std::string& name, std::string_view anchor)
{
    if (!name.ends_with(anchor))
        return std::nullopt;
    const std::string prefix = name.substr(0, name.size() - anchor.size());
    if (!prefix.empty() && prefix.back() != '.' && prefix.back() != '/')
        return std::nullopt;
    return prefix;
}

struct Candidate {
    const Family* family = nullptr;
    std::string prefix;
    std::map<std::string, Shape, std::less<>> shapes;  ///< by name without the prefix
};

bool isThere(const std::vector<Candidate>& found, const std::string& prefix)
{
    return std::ranges::any_of(found, [&](const Candidate& candidate) { return candidate.prefix == prefix; });
}

std::vector<Candidate> candidates(const Checkpoint& checkpoint)
{
    std::vector<Candidate> found;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        for (const Family* family : families()) {
            const std::optional<std::string> prefix = prefixBefore(tensor.name, family->anchor);
            if (!prefix || isThere(found, *prefix) || (family->recognise && !family->recognise(Below(checkpoint, *prefix))))
                continue;
            found.push_back({family, *prefix, {}});
            break;
        }
    }
    for (Candidate& candidate : found) {
        for (const TensorInfo& tensor : checkpoint.tensors()) {
            if (tensor.name.starts_with(candidate.prefix))
                candidate.shapes.emplace(tensor.name.substr(candidate.prefix.size()), tensor.shape);
        }
    }
    return found;
}

bool isAveraged(const std::string& prefix)
{
    return prefix.starts_with("ema") || prefix.find("_ema.") != std::string::npos || prefix.find(".ema") != std::string::npos;
}

bool has(const std::string& prefix, std::string_view word)
{
    return prefix.find(word) != std::string::npos;
}

/// The same network twice: one that is trained, and its average or its teacher.
bool sameShapes(const Candidate& a, const Candidate& b)
{
    return std::ranges::all_of(a.shapes,
                               [&](const auto& item) {
                                   const auto other = b.shapes.find(item.first);
                                   return other == b.shapes.end() || other->second == item.second;
                               })
           && a.shapes.size() > 0
           && std::min(a.shapes.size(), b.shapes.size()) * 10 >= std::max(a.shapes.size(), b.shapes.size()) * 9;
}

/// Averaged weights before the raw ones and the teacher before the student, as timm and DINO evaluate them, but only
/// where both are the same network: a teacher of another size taught by distillation, and was not what was made.
int preference(const Candidate& candidate, const std::vector<Candidate>& all)
{
    const bool twin = std::ranges::any_of(all, [&](const Candidate& other) {
        return &other != &candidate && sameShapes(candidate, other);
    });
    const bool teacher = has(candidate.prefix, "teacher");
    if (isAveraged(candidate.prefix))
        return 0;
    if (teacher)
        return twin || all.size() == 1 ? 1 : 9;
    const bool momentum = has(candidate.prefix, "momentum") || has(candidate.prefix, "_m.")
                          || has(candidate.prefix, "target_encoder");
    const bool online = std::ranges::any_of(all, [](const Candidate& other) { return has(other.prefix, "online"); });
    if (has(candidate.prefix, "target_encoder") && !online)  // BYOL's target only teaches; I-JEPA's own evaluation takes it
        return twin ? 1 : 2;
    return has(candidate.prefix, "student") && !has(candidate.prefix, "encoder_q") ? 3 : momentum ? 5 : 2;
}

std::string named(const std::string& prefix)
{
    return prefix.empty() ? "at the top level" : "\"" + prefix + "\"";
}

std::string reasonFor(const Candidate& taken)
{
    if (isAveraged(taken.prefix))
        return "its weights are averaged";
    if (has(taken.prefix, "teacher"))
        return "a teacher of the student's shape is what is evaluated";
    if (has(taken.prefix, "target_encoder"))
        return "it is the averaged encoder, which is what is evaluated";
    return "it is the one that is trained, or the first of its kind";
}

const Candidate& choose(const std::vector<Candidate>& all, const std::optional<std::string>& prefix, NameTable& table)
{
    const auto rank = [&](const Candidate& c) { return std::tuple(preference(c, all), c.prefix.size(), c.prefix); };
    const Candidate* taken = &*std::ranges::min_element(all, {}, rank);
    std::string others;
    for (const Candidate& candidate : all)
        others += (others.empty() ? "" : ", ") + named(candidate.prefix);
    if (prefix) {
        const auto matches = [&](const Candidate& c) { return c.prefix == *prefix || c.prefix == *prefix + "."; };
        const auto wanted = std::ranges::find_if(all, matches);
        if (wanted == all.end())
            throw Error("there is no network with the prefix \"" + *prefix + "\" in it; there are: " + others);
        taken = &*wanted;
    }
    for (const Candidate& candidate : all)
        table.networks.push_back(
            {candidate.prefix, std::string(candidate.family->kind), candidate.shapes.size(), &candidate == taken});
    if (all.size() > 1 && !prefix) {
        const bool twins = std::ranges::all_of(all, [&](const Candidate& c) { return &c == taken || sameShapes(c, *taken); });
        const bool usual = twins && preference(*taken, all) < 2;
        table.notes.push_back({usual ? Severity::Information : Severity::Doubtful,
                               "The file holds " + std::to_string(all.size()) + " networks (" + others + "); the one at "
                                   + named(taken->prefix) + " was taken: " + reasonFor(*taken) + ". --prefix takes another."});
    }
    return *taken;
}

/// The prefix of a network whose blocks stand outside of its own: transformers 5.24 saves ViTMSNForImageClassification so,
/// "vit.embeddings." beside "encoder.layer.".
std::optional<std::string> prefixOfBlocks(const Candidate& taken, const Checkpoint& checkpoint)
{
    constexpr std::string_view Base = "vit.";
    constexpr std::string_view FirstNorm = "encoder.layer.0.layernorm_before.weight";
    if (!taken.family->blocksOutside || !taken.prefix.ends_with(Base) || taken.shapes.contains(FirstNorm))
        return std::nullopt;
    std::string outer = taken.prefix.substr(0, taken.prefix.size() - Base.size());
    return checkpoint.find(outer + std::string(FirstNorm)) ? std::optional(outer) : std::nullopt;
}

/// Beside the network, where its family's text half stands.
bool isOfOtherHalf(const NameTable& table, std::string_view name)
{
    const std::string_view prefix
        = std::string_view(table.prefix).substr(0, table.prefix.empty() ? 0 : table.prefix.size() - 1);
    const std::string_view outer = prefix.substr(0, prefix.rfind('.') + 1);
    if (!name.starts_with(outer))
        return false;
    name.remove_prefix(outer.size());
    return std::ranges::any_of(table.family->beside, [&](std::string_view start) { return name.starts_with(start); });
}

}  // namespace

const TensorInfo* NameTable::find(std::string_view name) const
{
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

NameTable locateNetwork(const Checkpoint& checkpoint, const std::optional<std::string>& prefix)
{
    const std::vector<Candidate> all = candidates(checkpoint);
    if (all.empty())
        refuse(checkpoint);
    NameTable table;
    const Candidate& taken = choose(all, prefix, table);
    table.family = taken.family;
    table.prefix = taken.prefix;
    const auto isOthers = [&](const std::string& name) {
        return std::ranges::any_of(all,
                                   [&](const Candidate& other) {
                                       return &other != &taken && other.prefix.size() > taken.prefix.size()
                                              && name.starts_with(other.prefix);
                                   })
               || (!name.starts_with(taken.prefix) && std::ranges::any_of(all, [&](const Candidate& other) {
                      return &other != &taken && name.starts_with(other.prefix) && !taken.prefix.starts_with(other.prefix);
                  }));
    };
    const std::optional<std::string> blocks = prefixOfBlocks(taken, checkpoint);
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        if (isOthers(tensor.name))
            continue;
        if (tensor.name.starts_with(taken.prefix))
            table.names.insert_or_assign(tensor.name.substr(taken.prefix.size()), &tensor);
        else if (blocks && tensor.name.starts_with(*blocks + "encoder.layer."))
            table.names.insert_or_assign(tensor.name.substr(blocks->size()), &tensor);
        else
            (isOfOtherHalf(table, tensor.name) ? table.known : table.beside).insert_or_assign(tensor.name, &tensor);
    }
    if (table.family->check)
        table.family->check(table);
    return table;
}

}  // namespace vitrine
