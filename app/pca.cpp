// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "app/terminal.h"
#include "core/explain/components.h"
#include "ui/figure/map_sheet.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

constexpr int colours = 3;

struct PcaOptions {
    ModelOptions model;
    std::vector<std::string> images;
    std::string output, layer;
    std::optional<double> foreground;
};

using Traces = std::vector<std::shared_ptr<const Trace>>;

/// The patch tokens of all pictures after one layer, in the first three components of those that are shown.
struct Fitted {
    NdArray scores;   ///< [pictures, rows, columns, 3]; 0 where a patch is background, or the tokens span fewer dimensions
    NdArray colours;  ///< the same in 0 .. 1
    std::vector<bool> shown;         ///< by patch of all pictures
    std::array<double, 3> shares{};  ///< of the variance
};

Fitted fittedTo(const Traces& traces, int layer, std::optional<double> foreground)
{
    const ModelSpec& spec = *traces.front()->model;
    std::vector<NdArray> states;
    for (const auto& trace : traces)
        states.push_back(trace->patchTokens(layer + 1));
    const NdArray all = stackedRows(states);
    Fitted result;
    result.shown = foreground ? foregroundOf(all, *foreground) : std::vector<bool>(static_cast<std::size_t>(all.dim(0)), true);
    const PrincipalComponents found = principalComponents(rowsWhere(all, result.shown), colours);
    const NdArray shades = componentColours(found);
    const auto count = static_cast<std::size_t>(found.scores.dim(1));
    std::vector<float> scores, shaded;
    std::size_t row = 0;
    for (const bool isShown : result.shown) {
        for (std::size_t k = 0; k < colours; ++k) {
            scores.push_back(isShown && k < count ? found.scores.values()[row * count + k] : 0);
            shaded.push_back(!isShown ? 0 : k < count ? shades.values()[row * count + k] : 0.5F);
        }
        row += isShown;
    }
    for (std::size_t k = 0; k < count; ++k)
        result.shares.at(k) = found.variances[k] / found.totalVariance;
    const Shape shape{static_cast<std::int64_t>(traces.size()), spec.gridHeight(), spec.gridWidth(), colours};
    result.scores = NdArray(shape, std::move(scores));
    result.colours = NdArray(shape, std::move(shaded));
    return result;
}

/// [rows, columns, 3] -> one pixel a patch.
QImage imageOf(const NdArray& shades)
{
    QImage image(static_cast<int>(shades.dim(1)), static_cast<int>(shades.dim(0)), QImage::Format_RGB32);
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const auto part = [&](int k) { return static_cast<int>(std::lround(255 * shades.at({y, x, k}))); };
            image.setPixel(x, y, qRgb(part(0), part(1), part(2)));
        }
    return image;
}

QString nameOf(const Fitted& fitted, int layer)
{
    const auto percent = [&](std::size_t k) { return QString::number(std::lround(100 * fitted.shares.at(k))); };
    return QStringLiteral("layer %1: %2, %3, %4 % of the variance").arg(layer).arg(percent(0), percent(1), percent(2));
}

MapSheet sheetOf(const Traces& traces, const std::vector<Fitted>& perLayer, int firstLayer)
{
    MapSheet sheet;
    sheet.sharedScale = false;
    for (std::size_t picture = 0; picture < traces.size(); ++picture) {
        const QImage image = toQImage(traces[picture]->picture.view).copy(patchedRect(*traces[picture]->model));
        if (picture == 0)
            sheet.picture = image;
        sheet.panels.push_back({{}, image, std::nullopt, picture == 0 ? QStringLiteral("picture") : QString()});
        for (std::size_t i = 0; i < perLayer.size(); ++i)
            sheet.panels.push_back({{},
                                    imageOf(perLayer[i].colours[static_cast<std::int64_t>(picture)]),
                                    std::nullopt,
                                    picture == 0 ? nameOf(perLayer[i], firstLayer + static_cast<int>(i)) : QString()});
    }
    const int across = 1 + static_cast<int>(perLayer.size());
    sheet.columns = traces.size() == 1 ? std::min(4, across) : across;
    return sheet;
}

/// One picture and layer [rows, columns, 3], with an axis for each of which there are more: [pictures, layers, ...].
NdArray numbersOf(const std::vector<Fitted>& perLayer, bool oneLayer)
{
    const Shape& shape = perLayer.front().scores.shape();
    std::vector<float> values;
    for (std::int64_t picture = 0; picture < shape[0]; ++picture)
        for (const Fitted& fitted : perLayer) {
            const NdArray one = fitted.scores[picture];
            values.insert(values.end(), one.values().begin(), one.values().end());
        }
    Shape whole;
    if (shape[0] > 1)
        whole.push_back(shape[0]);
    if (!oneLayer)
        whole.push_back(static_cast<std::int64_t>(perLayer.size()));
    whole.insert(whole.end(), shape.begin() + 1, shape.end());
    return {whole, std::move(values)};
}

int drawComponents(const PcaOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    refuseInput(options.output, options.images, *engine->model());
    const ModelSpec& spec = *engine->model();
    const auto layer = options.layer.empty() ? spec.layers - 1 : parseLayer(options.layer, spec);
    Traces traces;
    StatusLine status;
    for (const std::string& image : options.images) {
        traces.push_back(traceOf(*engine, image, tokensAlone, options.images.size() == 1));
        status.show(static_cast<double>(traces.size()) / static_cast<double>(options.images.size()), "reading pictures");
    }
    status.clear();
    std::vector<Fitted> perLayer;
    for (int at = layer.value_or(0); at <= layer.value_or(spec.layers - 1); ++at)
        perLayer.push_back(fittedTo(traces, at, options.foreground));
    MapSheet sheet = sheetOf(traces, perLayer, layer.value_or(0));
    sheet.title = options.foreground
                      ? QStringLiteral(
                          "first three principal components of the foreground's patch tokens as red, green and blue")
                      : QStringLiteral("first three principal components of the patch tokens as red, green and blue");
    Figure figure = mapSheet(std::move(sheet));
    figure.numbers = {{"scores", numbersOf(perLayer, layer.has_value())}};
    describeFigure(figure, *traces.front(), options.images.front());
    save(figure, options.output);
    return 0;
}

}  // namespace

void addPca(CLI::App& app, Run& run)
{
    auto options = std::make_shared<PcaOptions>();
    CLI::App* command = app.add_subcommand("pca", "The patch tokens' first three principal components as colours");
    command->add_option("IMAGE", options->images, "Pictures; the components are those of the patches of all")
        ->required()
        ->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    command->add_option("--layer", options->layer, "After which layer, from 0, or all; the last one if not said");
    command
        ->add_option("--foreground", options->foreground,
                     "0 to 1: only patches whose first component, from 0 (smallest) to 1 (largest), is above this are shown, "
                     "and the colours are the components of these alone; with a minus only those below (DINOv2)")
        ->check(CLI::Range(-1.0, 1.0));
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Numbers: scores [pictures, layers, rows, columns, 3], without the axes of which there is one alone.\n"
                    "Example: vitrine pca cat.jpg dog.jpg --foreground 0.5 -o pets.png");
    command->callback([options, &run] { run = [options] { return drawComponents(*options); }; });
}

}  // namespace vitrine
