// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <limits>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/common.h"
#include "core/base/error.h"
#include "core/output/arrays.h"

namespace vitrine {

namespace {

struct TraceOptions {
    ModelOptions model;
    std::string image, output;
    bool noLogits = false, queriesAndKeys = false;
};

int writeTrace(const TraceOptions& options)
{
    if (std::filesystem::path(options.output).extension() != ".npz")
        throw Error("A trace is written as .npz, and " + options.output + " is not; name it " + options.output + ".npz.");
    const std::unique_ptr<Engine> engine = engineOf(options.model, options.image);
    refuseInput(options.output, {options.image}, *engine->model());
    if (const std::string& problem = engine->model()->headProblem; !problem.empty() && !options.noLogits)
        throw Error(engine->model()->name + ": its logits would be missing in a trace of everything: " + problem
                    + "; --no-logits writes the rest.");
    RecordOptions record;
    record.attentionBudget = std::numeric_limits<std::size_t>::max();
    record.queriesAndKeys = options.queriesAndKeys;
    writeNpz(options.output, namedArrays(*traceOf(*engine, options.image, record), options.queriesAndKeys));
    return 0;
}

}  // namespace

void addTrace(CLI::App& app, Run& run)
{
    auto options = std::make_shared<TraceOptions>();
    CLI::App* command = app.add_subcommand("trace", "Everything recorded of one forward pass, as .npz for NumPy");
    command->add_option("IMAGE", options->image, "Picture")->required()->check(problemOfInput);
    command->add_option("-o,--output", options->output, "File to write, .npz")->required()->check(problemOfOutput);
    command->add_flag("--no-logits", options->noLogits, "Write the trace of a network whose head cannot be computed");
    command->add_flag("--qk", options->queriesAndKeys,
                      "q and k [layers, heads, tokens, width] instead of attention, which is softmax(q k^T / sqrt(width))");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine trace cat.jpg -o cat.npz\n"
                    "Arrays: input, patch_embedding, position_embedding, attention, tokens, logits, grid, prefix_tokens,\n"
                    "assumed (texts); with --qk q and k instead of attention;\n"
                    "TNT: inner_attention, inner_tokens, inner_position, inner_projection");
    command->callback([options, &run] { run = [options] { return writeTrace(*options); }; });
}

}  // namespace vitrine
