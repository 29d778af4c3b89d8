// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "core/explain/embeddings.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

struct SimilarityOptions {
    ModelOptions model;
    std::string image, output, token = "cls", layer;
};

MapPanel panelOf(const std::vector<float>& similarity, const ModelSpec& spec, int token)
{
    MapPanel panel;
    panel.map.values.assign(similarity.begin() + spec.prefixTokens(), similarity.end());
    panel.map.rows = spec.gridHeight();
    panel.map.columns = spec.gridWidth();
    panel.map.range = rangeOf(panel.map.values);
    if (token >= spec.prefixTokens())
        panel.outlined = token - spec.prefixTokens();
    return panel;
}

int compareTokens(const SimilarityOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, {options.image}, spec);
    const int token = parseToken(options.token, spec);
    const auto layer = options.layer.empty() ? spec.layers - 1 : parseLayer(options.layer, spec);
    const auto trace = traceOf(*engine, options.image, tokensAlone);

    MapSheet sheet;
    sheet.picture = toQImage(trace->picture.view).copy(patchedRect(spec));
    sheet.unit = QStringLiteral("cosine");
    std::vector<NdArray> maps, rows;
    for (int at = layer.value_or(0); at <= layer.value_or(spec.layers - 1); ++at) {
        const std::vector<float> similarity = cosineTo(trace->tokens[static_cast<std::size_t>(at) + 1], token);
        MapPanel panel = panelOf(similarity, spec, token);
        maps.emplace_back(Shape{spec.gridHeight(), spec.gridWidth()}, panel.map.values);
        rows.emplace_back(Shape{spec.tokens()}, similarity);
        if (!layer)
            panel.label = QStringLiteral("layer %1").arg(at);
        sheet.panels.push_back(std::move(panel));
    }
    sheet.columns = std::min(4, static_cast<int>(sheet.panels.size()));
    sheet.display.grid = sheet.panels.size() == 1;
    sheet.title = QStringLiteral("how alike each patch is to %1").arg(QString::fromStdString(spec.tokenName(token)));
    if (layer)
        sheet.title += QStringLiteral(" after layer %1").arg(*layer);
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = {layer ? NamedArray{"map", maps.front()} : NamedArray{"map", maps},
                      layer ? NamedArray{"similarity", rows.front()} : NamedArray{"similarity", rows}};
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

}  // namespace

void addSimilarity(CLI::App& app, Run& run)
{
    auto options = std::make_shared<SimilarityOptions>();
    CLI::App* command = app.add_subcommand("similarity", "How alike one token is to all others after a layer (cosine)");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    command->add_option("--token", options->token, "cls, ROW,COL of a patch, or a prefix token's name")->capture_default_str();
    command->add_option("--layer", options->layer, "After which layer, from 0, or all; the last one if not said");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine similarity cat.jpg --token 6,9 --layer all -o cat.png");
    command->callback([options, &run] { run = [options] { return compareTokens(*options); }; });
}

}  // namespace vitrine
