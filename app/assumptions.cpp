// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/assumptions.h"

#include <iostream>

#include "core/checkpoint/report.h"

namespace vitrine {

void warnOf(const ModelSpec& spec)
{
    for (const Assumption& assumption : spec.assumed)
        if (assumption.severity != Severity::Information)
            std::cerr << "vitrine: " << printable(spec.name) << ": " << printable(assumption.text) << '\n';
}

nlohmann::ordered_json assumedJson(const ModelSpec& spec)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Assumption& assumption : spec.assumed)
        list.push_back({{"severity", toString(assumption.severity)}, {"text", assumption.text}});
    return list;
}

}  // namespace vitrine
