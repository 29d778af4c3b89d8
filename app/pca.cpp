// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "core/explain/components.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

constexpr int colours = 3;

struct Options {
    ModelOptions model;
    std::string image, output, layer;
};

/// The patch tokens after one layer in their first three components.
struct Panel {
    NdArray scores;  ///< [rows, columns, 3]; 0 where the tokens span fewer
    QImage image;    ///< red, green, blue: one pixel a patch
    std::array<double, colours> shares{};  ///< of the variance
};

Panel panelOf(const Trace& trace, int layer)
{
    const ModelSpec& spec = *trace.model;
    const PrincipalComponents found = principalComponents(trace.patchTokens(layer + 1), colours);
    const NdArray shown = componentColours(found);
    const auto count = static_cast<std::size_t>(shown.dim(1));

    Panel panel;
    panel.image = QImage(spec.gridWidth(), spec.gridHeight(), QImage::Format_RGB32);
    std::vector<float> scores;
    for (int patch = 0; patch < spec.patches(); ++patch) {
        std::array<int, colours> rgb{128, 128, 128};
        for (std::size_t k = 0; k < colours; ++k) {
            const auto at = static_cast<std::size_t>(patch) * count + k;
            scores.push_back(k < count ? found.scores.values()[at] : 0);
            if (k < count)
                rgb[k] = static_cast<int>(std::lround(255 * shown.values()[at]));
        }
        panel.image.setPixel(patch % spec.gridWidth(), patch / spec.gridWidth(), qRgb(rgb[0], rgb[1], rgb[2]));
    }
    for (std::size_t k = 0; k < count; ++k)
        panel.shares[k] = found.variances[k] / found.totalVariance;
    panel.scores = NdArray({spec.gridHeight(), spec.gridWidth(), colours}, std::move(scores));
    return panel;
}

int drawComponents(const Options& options)
{
    const std::unique_ptr<Engine> engine = makeEngine(options.model);
    refuseInput(options.output, {options.image}, *engine->model());
    const ModelSpec& spec = *engine->model();
    const auto layer = options.layer.empty() ? spec.layers - 1 : parseLayer(options.layer, spec);
    const auto trace = traceOf(*engine, options.image, {.attentionBudget = 0});

    MapSheet sheet;
    sheet.picture = toQImage(trace->picture.view).copy(patchedRect(*trace->model));
    sheet.sharedScale = false;
    sheet.panels.push_back({{}, sheet.picture, std::nullopt, QStringLiteral("picture")});
    std::vector<NdArray> scores;
    for (int at = layer.value_or(0); at <= layer.value_or(spec.layers - 1); ++at) {
        const Panel panel = panelOf(*trace, at);
        const auto percent = [&](std::size_t k) { return QString::number(std::lround(100 * panel.shares[k])); };
        sheet.panels.push_back({{}, panel.image, std::nullopt,
                                QStringLiteral("layer %1: %2, %3, %4 % of the variance")
                                    .arg(at).arg(percent(0), percent(1), percent(2))});
        scores.push_back(panel.scores);
    }
    sheet.columns = std::min(4, static_cast<int>(sheet.panels.size()));
    sheet.title = QStringLiteral("first three principal components of the patch tokens as red, green and blue");
    Figure figure = mapSheet(std::move(sheet));
    // One layer [rows, columns, 3], all of them [layers, rows, columns, 3].
    figure.numbers = {layer ? NamedArray{"scores", scores.front()} : NamedArray{"scores", scores}};
    describeFigure(figure, *trace, options.image);
    save(figure, options.output);
    return 0;
}

} // namespace

void addPca(CLI::App& app, Run& run)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("pca", "The patch tokens' first three principal components as colours");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    command->add_option("--layer", options->layer, "After which layer, from 0, or all; the last one if not said");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine pca cat.jpg -o cat.png --layer all");
    command->callback([options, &run] { run = [options] { return drawComponents(*options); }; });
}

} // namespace vitrine
