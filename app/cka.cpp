// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "app/terminal.h"
#include "core/explain/cka.h"
#include "ui/figure/matrix_figure.h"

namespace vitrine {

namespace {

struct CkaOptions {
    ModelOptions model;
    std::vector<std::string> images;
    std::string output, with;
};

int compareLayers(const CkaOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    refuseInput(options.output, options.images, *engine->model());
    std::unique_ptr<Engine> second;
    if (!options.with.empty()) {
        ModelOptions other;
        other.model = options.with;
        other.engine = options.model.engine;
        second = engineOf(other);
        refuseInput(options.output, {}, *second->model());
    }
    Cka cka;
    StatusLine status;
    std::shared_ptr<const Trace> trace;
    for (std::size_t i = 0; i < options.images.size(); ++i) {
        trace = traceOf(*engine, options.images[i], tokensAlone, options.images.size() == 1);
        cka.add(*trace, second ? *traceOf(*second, options.images[i], tokensAlone, false) : *trace);
        status.show(static_cast<double>(i + 1) / static_cast<double>(options.images.size()), "comparing layers");
    }
    status.clear();

    const std::string& name = engine->model()->name;
    const std::string& other = second ? second->model()->name : name;
    const QString pictures = options.images.size() == 1 ? QStringLiteral("one picture")
                                                        : QStringLiteral("%1 pictures").arg(options.images.size());
    const QString axis = QStringLiteral("states of %1; 0: before layer 0");
    Heatmap map = heatmapOf(cka.similarity(), false);
    map.range = {0, 1};
    Figure figure = matrixFigure(std::move(map), QStringLiteral("CKA"),
                                 QStringLiteral("CKA between the patch tokens, ") + pictures,
                                 axis.arg(QString::fromStdString(name)), axis.arg(QString::fromStdString(other)));
    figure.numbers = {{"cka", cka.similarity()}};
    describeFigure(figure, *trace, options.images.front());
    if (second) {
        figure.metadata.emplace_back(QStringLiteral("Second model"), QString::fromStdString(other));
        std::vector<Assumption> assumed = second->model()->assumed;
        for (Assumption& assumption : assumed)
            assumption.text = "second model, " + other + ": " + assumption.text;
        addAssumptions(figure, assumed);
    }
    save(figure, options.output);
    return 0;
}

}  // namespace

void addCka(CLI::App& app, Run& run)
{
    auto options = std::make_shared<CkaOptions>();
    CLI::App* command = app.add_subcommand("cka", "How alike the layers of one network, or of two, see the patches (CKA)");
    command->add_option("IMAGE", options->images, "Pictures; their sums are divided at the end")
        ->required()
        ->check(problemOfInput);
    addFigureOption(*command, options->output)->required();
    command->add_option("--with", options->with, "Second model, with as many patches: bundled, checkpoint file or folder");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine cka cat.jpg dog.jpg --model vit --with tnt -o cka.png");
    command->callback([options, &run] { run = [options] { return compareLayers(*options); }; });
}

}  // namespace vitrine
