// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/explanation_figure.h"

#include <algorithm>
#include <cmath>

#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

MapPanel panelOf(const Explanation& explanation)
{
    MapPanel panel;
    panel.map = heatmapOf(explanation.map, explanation.isSigned());
    const bool isZero = std::ranges::none_of(explanation.map.values(),
                                             [&](float value) { return value > 0 || (explanation.isSigned() && value < 0); });
    panel.label = explanation.method ? QString::fromStdString(explanation.id()) : explanation.note;
    if (explanation.method && !explanation.note.isEmpty())
        panel.label += QStringLiteral(", ") + explanation.note;
    panel.label += isZero ? QStringLiteral("  0 everywhere")
                          : (explanation.isSigned() ? QStringLiteral("  ±") : QStringLiteral("  "))
                                + formatValue(panel.map.range.high);
    return panel;
}

bool areOfOneMethod(const std::vector<Explanation>& explanations)
{
    return std::ranges::all_of(explanations, [&](const Explanation& one) { return one.method == explanations.front().method; });
}

QString titleOf(const std::vector<Explanation>& explanations, const QString& subject, bool oneScale)
{
    const bool isOfClass = std::ranges::any_of(explanations, &Explanation::isOfClass);
    QString title = isOfClass ? QStringLiteral("what speaks for %1").arg(subject) : QStringLiteral("what matters");
    if (oneScale)
        return explanations.front().isSigned() ? title + QStringLiteral("; brown for, blue against") : title;
    if (std::ranges::all_of(explanations, &Explanation::isSigned))
        return title + QStringLiteral("; colours to the number above: brown for, blue against");
    title += QStringLiteral("; colours from 0 to the number above");
    return std::ranges::any_of(explanations, &Explanation::isSigned) ? title + QStringLiteral(", ± brown for, blue against")
                                                                     : title;
}

std::vector<NamedArray> numbersOf(const std::vector<Explanation>& explanations)
{
    std::vector<NamedArray> arrays;
    for (const Explanation& explanation : explanations) {
        const std::string name = explanation.id();
        const auto known = std::ranges::find(arrays, name, &NamedArray::name);
        if (known == arrays.end())
            arrays.push_back({name, explanation.map});
        else if (const auto* const first = std::get_if<NdArray>(&known->values))
            known->values = std::vector<NdArray>{*first, explanation.map};
        else
            std::get<std::vector<NdArray>>(known->values).push_back(explanation.map);
    }
    return arrays;
}

}  // namespace

Figure explanationFigure(const std::vector<Explanation>& explanations, const Trace& trace, const QString& subject,
                         const DisplaySettings& display)
{
    MapSheet sheet;
    sheet.sharedScale = display.sharedScale && areOfOneMethod(explanations);
    sheet.title = titleOf(explanations, subject, sheet.sharedScale);
    sheet.picture = toQImage(trace.picture.view).copy(patchedRect(*trace.model));
    sheet.display = display;
    sheet.display.grid = display.grid && explanations.size() == 1;
    sheet.panels.push_back({{}, sheet.picture, std::nullopt, QStringLiteral("picture")});
    for (const Explanation& explanation : explanations)
        sheet.panels.push_back(panelOf(explanation));
    sheet.columns = std::min(4, static_cast<int>(sheet.panels.size()));
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = numbersOf(explanations);
    return figure;
}

}  // namespace vitrine
