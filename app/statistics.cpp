// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "app/pictures.h"
#include "app/terminal.h"
#include "core/checkpoint/report.h"
#include "core/explain/layer_statistics.h"
#include "ui/figure/scatter_figure.h"

namespace vitrine {

namespace {

struct StatisticsOptions {
    ModelOptions model;
    std::string path, output;
};

/// Tables of every picture that could be read, their mean.
struct Counted {
    TableMean table;
    std::shared_ptr<const Trace> last;
    int pictures = 0, failed = 0;
};

Counted countAll(Engine& engine, const std::vector<std::string>& pictures)
{
    Counted counted;
    StatusLine status;
    for (const std::string& picture : pictures) {
        try {
            counted.last = traceOf(engine, picture, {}, pictures.size() == 1);
            counted.table.add(layerStatistics(engine, *counted.last));
            ++counted.pictures;
        } catch (const Error& error) {
            if (pictures.size() == 1)
                throw;
            status.clear();
            std::cerr << "vitrine: " << printable(error.what()) << '\n';
            ++counted.failed;
        }
        status.show(static_cast<double>(counted.pictures + counted.failed) / static_cast<double>(pictures.size()), "counting");
    }
    status.clear();
    return counted;
}

/// One column of the table, [layers, heads].
NdArray columnOf(const NdArray& table, std::int64_t column, const ModelSpec& spec)
{
    std::vector<float> values;
    for (std::int64_t row = 0; row < table.dim(0); ++row)
        values.push_back(table.at({row, column}));
    return {{spec.layers, spec.heads}, std::move(values)};
}

int count(const StatisticsOptions& options)
{
    const std::vector<std::string> pictures = picturesOf(options.path);
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    const ModelSpec& spec = *engine->model();
    refuseInput(options.output, pictures, spec);
    const Counted counted = countAll(*engine, pictures);
    if (counted.pictures == 0)
        throw Error("None of the pictures in " + options.path + " could be read.");
    const NdArray table = counted.table.mean();
    const std::vector<std::string> columns = statisticsColumns(spec);
    if (hasSuffix(options.output, ".csv")) {
        writeCsv(options.output, table, columns);
    } else {
        const QString of = counted.pictures == 1 ? QStringLiteral("one picture")
                                                 : QStringLiteral("%1 pictures").arg(counted.pictures);
        constexpr std::int64_t distance = 2;
        Figure figure = scatterFigure(columnOf(table, distance, spec),
                                      QStringLiteral("mean attention distance, one dot a head, ") + of, QStringLiteral("layer"),
                                      QStringLiteral("pixels"));
        for (std::size_t column = distance; column < columns.size(); ++column)
            figure.numbers.push_back({columns[column], columnOf(table, static_cast<std::int64_t>(column), spec)});
        describeFigure(figure, *counted.last, options.path);
        save(figure, options.output);
    }
    return counted.failed ? 1 : 0;
}

}  // namespace

void addStatistics(CLI::App& app, Run& run)
{
    auto options = std::make_shared<StatisticsOptions>();
    CLI::App* command = app.add_subcommand("statistics", "How far and how sharply each head looks, on one picture or the mean "
                                                         "over a folder");
    command->add_option("IMAGE", options->path, "Picture or folder")->required()->check(problemOfInput);
    addFigureOption(*command, options->output)
        ->required()
        ->description("File to write: .csv, the table; .png, .svg, .pdf, mean attention distance by layer; .npz, .npy");
    addModelOptions(*command, options->model);
    addRecordingOptions(*command, options->model);
    command->footer(
        "Columns: distance in pixels, entropy in nats, the patches' weight on_cls, on_registers and on_itself; of the\n"
        "layer as a whole patch_norm and cls_norm after it; TNT: inner_entropy in nats, inner_share (which part of\n"
        "what the pixels add differs between patches). nan: there is nothing of the kind.\n"
        "Example: vitrine statistics pictures -o statistics.csv");
    command->callback([options, &run] { run = [options] { return count(*options); }; });
}

}  // namespace vitrine
