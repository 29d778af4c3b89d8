// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/map_request.h"

#include <QStringList>

namespace vitrine {

bool MapRequest::operator==(const MapRequest& other) const
{
    return method == other.method && layer == other.layer && objective.index == other.objective.index
           && objective.against == other.objective.against;
}

Query MapRequest::query() const
{
    Query query;
    query.objective = objective;
    if (hasLayer(*method))
        query.parameters.emplace("layer", layer);
    return query;
}

QString aboutOf(const Method& method)
{
    const auto text = [](std::string_view part) { return QString::fromUtf8(part.data(), static_cast<qsizetype>(part.size())); };
    QStringList lines{text(method.sentence), text(method.formula)};
    if (!method.source.empty())
        lines.append(text(method.source));
    return QStringLiteral("<qt>") + lines.join(u'\n').toHtmlEscaped().replace(u'\n', QStringLiteral("<br>"))
           + QStringLiteral("</qt>");
}

bool needsEngine(const Method& method)
{
    return method.needs.engine || !method.needs.gradients.empty();
}

}  // namespace vitrine
