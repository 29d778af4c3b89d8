// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/explain/attention.h"
#include "core/model/model.h"
#include "core/trace/engine.h"
#include "ui/figure/figure.h"

namespace CLI {
class App;
class Option;
}

namespace vitrine {

/// Which model, where, and what a person says against the files: the same options for every subcommand.
struct ModelOptions {
    std::string model = "vit";
    ModelOverrides overrides;
    EngineOptions engine;
};

/// --model, and what a person says instead of what the files say: --heads, --mean, --image-size ...
void addModelOptions(CLI::App& command, ModelOptions& options);
/// -o,--output of a figure or the numbers behind it.
CLI::Option* addFigureOption(CLI::App& command, std::string& output);
/// Throws CLI::ValidationError where an option was said that changes nothing in what the chosen command writes: a width of numbers,
/// dots of vectors.
void refuseIdleOptions(const CLI::App& program);
/// --device --threads --precision.
void addEngineOptions(CLI::App& command, ModelOptions& options);
/// The same and --attention-budget, where passes record attention.
void addRecordingOptions(CLI::App& command, ModelOptions& options);

/// Loads and prepares, with a status line on a terminal.
Model modelOf(const ModelOptions& options);
/// The same with an engine; what is doubtful about the model is said on stderr. Of a network that takes pictures in their own
/// shapes: for that of `picture`.
std::unique_ptr<Engine> engineOf(const ModelOptions& options, const std::string& picture = {});

/// For check() of an option: what is wrong with a file's name, or nothing.
std::string problemOfInput(const std::string& name);
std::string problemOfOutput(const std::string& name);

/// Whether a file's name ends in ".csv" or the like, in small letters or capitals.
bool hasSuffix(const std::string& name, std::string_view suffix);

/// Throws Error where `output` is one of the pictures, or a file that the model was read from.
void refuseInput(const std::string& output, const std::vector<std::string>& pictures, const ModelSpec& model);

struct PictureOfFile {
    PreparedImage prepared;
    std::vector<std::string> unseen;  ///< a sentence for each thing of the file that the network does not see
};
/// Decodes a picture and makes it what the network takes. `warn`: says on stderr what is unseen; not for each of many.
PictureOfFile prepareFile(const std::string& picture, const ModelSpec& spec, bool warn = true);

/// Runs it.
std::shared_ptr<const Trace> traceOf(Engine& engine, const std::string& picture, const RecordOptions& record = {},
                                     bool warn = true);

/// "N" or "all"; checked against the model. Nothing: all layers.
std::optional<int> parseLayer(const std::string& text, const ModelSpec& spec);
/// "N", "mean", "max", "min"; nothing for "all".
std::optional<HeadChoice> parseHead(const std::string& text, int heads);
/// "cls", "ROW,COL", or a prefix token's name ("distillation", "register 0").
int parseToken(const std::string& text, const ModelSpec& spec);
/// "ROW,COL" as a patch index.
int parsePatch(const std::string& text, const ModelSpec& spec);

/// What every finished figure says about itself: model, picture, device, precision, what was assumed.
void describeFigure(Figure& figure, const Trace& trace, const std::string& picture);
void save(const Figure& figure, const std::string& path);

std::string toString(Fit fit);
std::string toString(Interpolation interpolation);

}  // namespace vitrine
