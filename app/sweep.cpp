// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sweep.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>

#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/chosen_class.h"
#include "app/terminal.h"
#include "core/checkpoint/report.h"
#include "core/explain/sweep.h"
#include "ui/figure/map_sheet.h"
#include "ui/figure/matrix_figure.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

/// One class without each thing alone, [layers, heads] or [grid rows, grid columns].
struct Swept {
    Prediction whole;
    NdArray logit, probability;          ///< what they are
    NdArray logitFall, probabilityFall;  ///< by how much they are below the whole pass's
    const char* first = "layer";
    const char* second = "head";

    std::string name(std::int64_t at) const
    {
        return std::string(first) + " " + std::to_string(at / logit.dim(1)) + " " + second + " "
               + std::to_string(at % logit.dim(1));
    }
};

Swept sweptOf(const NdArray& logits, const Prediction& whole)
{
    const Shape shape{logits.dim(0), logits.dim(1)};
    std::vector<float> logit, probability, logitFall, probabilityFall;
    for (std::int64_t row = 0; row < shape[0]; ++row)
        for (std::int64_t column = 0; column < shape[1]; ++column) {
            const NdArray one = logits[row][column];
            logit.push_back(one.at({whole.index}));
            probability.push_back(probabilities(one)[static_cast<std::size_t>(whole.index)]);
            logitFall.push_back(whole.logit - logit.back());
            probabilityFall.push_back(whole.probability - probability.back());
        }
    return {whole,
            {shape, std::move(logit)},
            {shape, std::move(probability)},
            {shape, std::move(logitFall)},
            {shape, std::move(probabilityFall)}};
}

Swept measure(const SweepOptions& options, Engine& engine, const Trace& base, const Prediction& whole)
{
    StatusLine status;
    const auto tell = [&](double fraction) {
        status.show(fraction, options.ofHeads ? "without each head" : "without each patch");
    };
    if (options.ofHeads)
        return sweptOf(withoutEachHead(engine, base, {}, tell), whole);
    Swept swept = sweptOf(options.with ? withoutEachPatch(engine, base.picture, *options.with, {}, tell)
                                       : maskingEachPatch(engine, base, {}, tell),
                          whole);
    swept.first = "row";
    swept.second = "column";
    return swept;
}

Figure figureOf(const SweepOptions& options, const Swept& swept, const Trace& base)
{
    const QString label = QString::fromStdString(base.model->label(swept.whole.index));
    const QString unit = QStringLiteral("logit");
    const QString title = QStringLiteral("by how much %1 falls without each %2; brown for, blue against")
                              .arg(label, options.ofHeads ? QStringLiteral("head") : QStringLiteral("patch"));
    if (options.ofHeads)
        return matrixFigure(heatmapOf(swept.logitFall, true), unit, title, QStringLiteral("layer"), QStringLiteral("head"));
    MapSheet sheet;
    sheet.title = title;
    sheet.unit = unit;
    sheet.picture = toQImage(base.picture.view).copy(patchedRect(*base.model));
    sheet.panels.push_back({heatmapOf(swept.logitFall, true), {}, std::nullopt, {}});
    return mapSheet(std::move(sheet));
}

void writeTable(const Swept& swept, const std::string& path)
{
    std::vector<float> cells;
    for (std::int64_t i = 0; i < swept.logit.size(); ++i)
        cells.insert(cells.end(), {static_cast<float>(i / swept.logit.dim(1)), static_cast<float>(i % swept.logit.dim(1)),
                                   swept.probability.data()[i], swept.logit.data()[i], swept.probabilityFall.data()[i],
                                   swept.logitFall.data()[i]});
    const Shape shape{swept.logit.size(), 6};
    writeCsv(path, {shape, std::move(cells)},
             {swept.first, swept.second, "probability", "logit", "probability_fall", "logit_fall"});
}

void write(const SweepOptions& options, const Swept& swept, const Trace& base)
{
    if (hasSuffix(options.output, ".csv"))
        return writeTable(swept, options.output);
    Figure figure = figureOf(options, swept, base);
    figure.numbers = {{"logit_fall", swept.logitFall},
                      {"probability_fall", swept.probabilityFall},
                      {"class", std::vector<std::int64_t>{swept.whole.index}}};
    describeFigure(figure, base, options.image);
    save(figure, options.output);
}

void printJson(const SweepOptions& options, const Swept& swept, const ModelSpec& spec)
{
    Json rows = Json::array();
    for (std::int64_t i = 0; i < swept.logit.size(); ++i)
        rows.push_back({{swept.first, i / swept.logit.dim(1)},
                        {swept.second, i % swept.logit.dim(1)},
                        {"probability", swept.probability.data()[i]},
                        {"logit", swept.logit.data()[i]},
                        {"change", -swept.probabilityFall.data()[i]}});
    const Json result{{"image", options.image},
                      {"model", spec.name},
                      {"index", swept.whole.index},
                      {"label", spec.label(swept.whole.index)},
                      {"probability", swept.whole.probability},
                      {"logit", swept.whole.logit},
                      {"without", rows},
                      {"assumed", assumedJson(spec)}};
    std::cout << result.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void print(const SweepOptions& options, const Swept& swept, const ModelSpec& spec)
{
    std::printf("%s  (%s): %s, %.1f %%, logit %.2f; without each %s alone\n  logit falls by  probability\n",
                printable(options.image).c_str(), printable(spec.name).c_str(),
                printable(spec.label(swept.whole.index)).c_str(), 100.0 * swept.whole.probability, swept.whole.logit,
                options.ofHeads ? "head" : "patch");
    std::vector<std::int64_t> strongest(static_cast<std::size_t>(swept.logit.size()));
    std::iota(strongest.begin(), strongest.end(), 0);
    std::ranges::stable_sort(strongest, std::greater(), [&](std::int64_t at) { return std::abs(swept.logitFall.data()[at]); });
    strongest.resize(std::min(strongest.size(), static_cast<std::size_t>(options.top)));
    for (const std::int64_t at : strongest)
        std::printf("  %+14.3f   %7.1f %%  %s\n", swept.logitFall.data()[at], 100.0 * swept.probability.data()[at],
                    swept.name(at).c_str());
}

}  // namespace

int sweep(const SweepOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    const ModelSpec& spec = *engine->model();
    if (const std::string why = spec.whyNoClasses(); !why.empty())
        throw Error(why);
    refuseInput(options.output, {options.image}, spec);
    const auto base = traceOf(*engine, options.image, tokensAlone);
    const Swept swept = measure(options, *engine, *base, chosenClass(options.wantedClass, *base));
    if (!options.output.empty())
        write(options, swept, *base);
    if (options.json)
        printJson(options, swept, spec);
    else
        print(options, swept, spec);
    return 0;
}

}  // namespace vitrine
