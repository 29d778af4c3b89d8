// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "app/selection.h"
#include "core/model/stages.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

struct AttentionOptions {
    ModelOptions model;
    SelectionOptions selection;
    std::string image, output;
};

MapSheet sheetOf(const Selection& selection, const ModelSpec& spec)
{
    MapSheet sheet;
    sheet.title = QString::fromStdString(titleOf(selection, spec));
    sheet.unit = selection.rollout ? QStringLiteral("rollout") : QStringLiteral("attention");
    sheet.columns = static_cast<int>(selection.heads.size());
    if (selection.layers.size() > 1 && selection.heads.size() > 1) {
        for (const int layer : selection.layers)
            sheet.rowLabels << QStringLiteral("layer %1").arg(layer);
        for (const HeadChoice& head : selection.heads)
            sheet.columnLabels << QString::fromStdString(toString(head));
    } else {
        constexpr int mostAcross = 4;
        sheet.columns = std::min(mostAcross, static_cast<int>(selection.layers.size() * selection.heads.size()));
    }
    // Heads differ in scale by orders of magnitude: a sheet of many gives each its own.
    sheet.sharedScale = selection.layers.size() * selection.heads.size() == 1;
    if (!sheet.sharedScale)
        sheet.title += QStringLiteral(" (each map has its own scale)");
    return sheet;
}

MapPanel panelOf(const std::vector<float>& row, const Selection& selection, const ModelSpec& spec)
{
    const int prefix = spec.prefixTokens();
    MapPanel panel;
    panel.map.values.assign(row.begin() + prefix, row.end());
    panel.map.rows = spec.gridHeight();
    panel.map.columns = spec.gridWidth();
    panel.map.range = {0, rangeOf(panel.map.values).high};
    if (!selection.probe && selection.token >= prefix)
        panel.outlined = selection.token - prefix;
    return panel;
}

/// A panel of a sheet with one row or column says itself what it shows.
QString labelOf(const Selection& selection, int layer, const HeadChoice& head)
{
    if (selection.layers.size() > 1 && selection.heads.size() == 1)
        return QStringLiteral("layer %1").arg(layer);
    if (selection.heads.size() > 1 && selection.layers.size() == 1)
        return QString::fromStdString(toString(head));
    return {};
}

/// "12 % on CLS, 4 registers", which no map shows; nothing where there are none, or where rows do not sum up to 1.
QString prefixShare(const std::vector<float>& rows, const Selection& selection, const ModelSpec& spec)
{
    const auto tokens = static_cast<std::ptrdiff_t>(spec.tokens());
    if (spec.prefixTokens() == 0 || selection.direction != Direction::LooksAt
        || !std::ranges::all_of(selection.heads, &HeadChoice::isDistribution))
        return {};
    double least = 1, most = 0;
    for (auto row = rows.begin(); row != rows.end(); row += tokens) {
        const double share = std::accumulate(row, row + spec.prefixTokens(), 0.0);
        least = std::min(least, share);
        most = std::max(most, share);
    }
    const auto percent = [](double share) { return QString::number(100 * share, 'f', 0); };
    const QString range = percent(least) == percent(most) ? percent(most)
                                                          : percent(least) + QStringLiteral(" to ") + percent(most);
    return range + QStringLiteral(" % on ") + QString::fromStdString(prefixNames(spec));
}

Figure figureOf(const Trace& trace, Engine& engine, const Selection& selection)
{
    const ModelSpec& spec = *trace.model;
    MapSheet sheet = sheetOf(selection, spec);
    sheet.picture = toQImage(trace.picture.view).copy(patchedRect(*trace.model));
    sheet.display.grid = sheet.sharedScale;
    std::vector<float> maps, rows;
    for (const int layer : selection.layers) {
        const std::vector<std::vector<float>> found = rowsOf(selection, trace, engine, layer);
        for (std::size_t head = 0; head < found.size(); ++head) {
            const std::vector<float>& row = found[head];
            MapPanel panel = panelOf(row, selection, spec);
            panel.label = labelOf(selection, layer, selection.heads[head]);
            maps.insert(maps.end(), panel.map.values.begin(), panel.map.values.end());
            rows.insert(rows.end(), row.begin(), row.end());
            sheet.panels.push_back(std::move(panel));
        }
    }
    if (const QString share = prefixShare(rows, selection, spec); !share.isEmpty())
        sheet.title += QStringLiteral(", ") + share;
    Figure figure = mapSheet(std::move(sheet));
    // [layers, heads, ...] as in a trace; an axis of one choice is left out.
    Shape mapShape;
    for (const std::size_t count : {selection.layers.size(), selection.heads.size()})
        if (count > 1)
            mapShape.push_back(static_cast<std::int64_t>(count));
    Shape rowShape = mapShape;
    mapShape.insert(mapShape.end(), {spec.gridHeight(), spec.gridWidth()});
    rowShape.push_back(spec.tokens());
    figure.numbers = {{"map", NdArray(mapShape, std::move(maps))}, {"attention", NdArray(rowShape, std::move(rows))}};
    return figure;
}

int drawAttention(const AttentionOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    refuseInput(options.output, {options.image}, *engine->model());
    const Selection selection = select(options.selection, *engine->model());
    const auto trace = traceOf(*engine, options.image, recordFor(selection));
    Figure figure = figureOf(*trace, *engine, selection);
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

}  // namespace

void addAttention(CLI::App& app, Run& run)
{
    auto options = std::make_shared<AttentionOptions>();
    CLI::App* command = app.add_subcommand("attention", "What a token looks at, or who looks at it (outer attention)");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    addSelectionOptions(*command, options->selection);
    addModelOptions(*command, options->model);
    addRecordingOptions(*command, options->model);
    command->footer("Example: vitrine attention cat.jpg -o cat.png --layer 5 --head all --query 6,9");
    command->callback([options, &run] { run = [options] { return drawAttention(*options); }; });
}

}  // namespace vitrine
