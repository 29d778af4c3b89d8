// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/assumptions.h"

#include <iostream>

#include "core/checkpoint/report.h"
#include "core/model/unseen.h"

namespace vitrine {

void warnOf(const ModelSpec& spec)
{
    for (const Assumption& assumption : spec.assumed)
        if (assumption.severity != Severity::Information)
            std::cerr << "vitrine: " << printable(spec.name) << ": " << printable(assumption.text) << '\n';
}

std::vector<std::string> unseenOf(const PreparedImage& picture, const Transparency& transparency, const ModelSpec& spec)
{
    std::vector<std::string> sentences{unseenPart(picture, spec.preprocessing), sentenceOf(transparency)};
    std::erase(sentences, std::string());
    return sentences;
}

void warnOfUnseen(const std::string& picture, const std::vector<std::string>& sentences)
{
    for (const std::string& sentence : sentences)
        std::cerr << "vitrine: " << printable(picture) << ": " << sentence << '\n';
}

nlohmann::ordered_json assumedJson(const ModelSpec& spec)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Assumption& assumption : spec.assumed)
        list.push_back({{"severity", toString(assumption.severity)}, {"text", assumption.text}});
    return list;
}

}  // namespace vitrine
