// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "core/base/error.h"
#include "core/explain/embeddings.h"
#include "ui/figure/map_sheet.h"

namespace vitrine {

namespace {

struct PositionsOptions {
    ModelOptions model;
    std::string output;
    bool inner = false;
};

/// Tile i: the cosine similarity of position i to every position (ViT paper, figure 7).
Figure tiles(const NdArray& embeddings, int rows, int columns, const QString& title)
{
    const NdArray similarity = cosineSimilarity(embeddings);
    MapSheet sheet;
    sheet.title = title;
    sheet.unit = QStringLiteral("cosine");
    sheet.columns = columns;
    sheet.display.colours = ColourMap::Viridis;
    sheet.display.grid = false;
    for (std::int64_t tile = 0; tile < similarity.dim(0); ++tile) {
        MapPanel panel;
        const NdArray row = similarity[tile];
        panel.map.values.assign(row.values().begin(), row.values().end());
        panel.map.rows = rows;
        panel.map.columns = columns;
        panel.map.range = rangeOf(panel.map.values);
        sheet.panels.push_back(std::move(panel));
    }
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = {{"similarity", similarity}};
    return figure;
}

int drawPositions(const PositionsOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, {}, spec);
    const PositionEmbeddings positions = engine->positions();
    if (options.inner && positions.inner.empty())
        throw Error(spec.name + " is a ViT: it has no inner position embeddings; choose a TNT, as in --model tnt.");
    if (!options.inner && !spec.learnedPositions)
        throw Error(spec.name
                    + " has no position embeddings: it turns queries and keys by the places of their patches instead.");
    Figure figure = options.inner ? tiles(positions.inner, spec.inner.side, spec.inner.side,
                                          QStringLiteral("similarity of the inner position embeddings"))
                                  : tiles(positions.resampled, spec.gridHeight(), spec.gridWidth(),
                                          QStringLiteral("similarity of the position embeddings"));
    figure.metadata = {{QStringLiteral("Model"), QString::fromStdString(spec.name)}};
    addAssumptions(figure, spec.assumed);
    save(figure, options.output);
    return 0;
}

}  // namespace

void addPositions(CLI::App& app, Run& run)
{
    auto options = std::make_shared<PositionsOptions>();
    CLI::App* command = app.add_subcommand("positions", "How similar the position embeddings are to each other");
    addFigureOption(*command, options->output)->required();
    command->add_flag("--inner", options->inner, "Positions inside a patch (TNT)");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine positions --model vit -o positions.pdf");
    command->callback([options, &run] { run = [options] { return drawPositions(*options); }; });
}

}  // namespace vitrine
