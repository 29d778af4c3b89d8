// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/labels.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/checkpoint/utf8.h"
#include "core/model/json_file.h"
#include "core/model/label_table.h"
#include "core/model/resources.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

constexpr std::size_t MaxLabelBytes = std::size_t(16) << 20;
constexpr int ImageNetClasses = 1000;

std::string classes(std::size_t count)
{
    return std::to_string(count) + (count == 1 ? " class" : " classes");
}

[[noreturn]] void refuseCount(const fs::path& file, const std::vector<std::string>& labels, const ModelSpec& spec)
{
    const auto wanted = static_cast<std::size_t>(spec.classes);
    const auto named = static_cast<std::size_t>(
        std::ranges::count_if(labels, [](const auto& label) { return !label.empty(); }));
    if (wanted == 0)
        throw Error(file.string() + ": it names " + classes(named) + ", but " + spec.whyNoClasses());
    if (named == labels.size())
        throw Error(file.string() + ": it names " + classes(named) + ", but the network has " + std::to_string(wanted)
                    + ": give the list that belongs to it.");
    const auto first = std::ranges::find_if(labels, [](const auto& label) { return !label.empty(); }) - labels.begin();
    throw Error(file.string() + ": it names " + classes(named) + " with numbers from " + std::to_string(first) + " to "
                + std::to_string(labels.size() - 1) + ", but the network counts its " + classes(wanted) + " from 0 to "
                + std::to_string(wanted - 1) + ": give the list that belongs to it, numbered as the network was trained.");
}

void takeLabels(ModelSpec& spec, const fs::path& file)
{
    std::vector<std::string> labels = readLabels(file);
    if (labels.size() != static_cast<std::size_t>(spec.classes))
        refuseCount(file, labels, spec);
    const auto gaps = std::ranges::count(labels, std::string());
    if (gaps > 0) {
        const auto first = std::ranges::find(labels, std::string()) - labels.begin();
        spec.assume(Severity::Doubtful, file.filename().string() + " leaves " + std::to_string(gaps) + " of "
                                            + classes(labels.size()) + " without a name (the first: class "
                                            + std::to_string(first) + "); their numbers are shown.");
    }
    spec.labels = std::move(labels);
}

}  // namespace

std::vector<std::string> readLabels(const fs::path& file)
{
    const std::string text = readTextFile(file, MaxLabelBytes);
    LabelTable table(file.string());
    const std::string_view content = trimmed(text);
    if (content.empty())
        table.refuse(std::string("there are no class names in it: ") + ExpectedLabels);
    if (content.front() == '{' || content.front() == '[')
        readJsonLabels(table, text, file.string());
    else if (isUtf8(text))
        readTextLabels(table, text);
    else
        table.refuse("this is not UTF-8 text: save it as UTF-8.");
    return table.labels();
}

void fillLabels(ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    const auto wanted = static_cast<std::size_t>(spec.classes);
    if (overrides.labels)
        return takeLabels(spec, *overrides.labels);
    if (facts.labels.size() == wanted) {
        spec.labels = facts.labels;
    } else if (!facts.labels.empty()) {
        spec.assume(Severity::Doubtful, "The configuration names " + classes(facts.labels.size()) + ", but the network has "
                                            + std::to_string(wanted) + ": its class names were left out.");
    }
    const fs::path bundled = resourceFolder() / "labels" / "imagenet1k.tsv";
    std::error_code failed;
    if (spec.labels.empty() && spec.classes == ImageNetClasses && fs::exists(bundled, failed)) {
        spec.labels = readLabels(bundled);
        spec.assume(Severity::Information, "The 1000 classes were assumed to be ImageNet's.");
    }
}

}  // namespace vitrine
