// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/assumptions.h"
#include "app/engine_library.h"
#include "app/recipe.h"
#include "app/terminal.h"
#include "core/base/error.h"
#include "core/checkpoint/report.h"
#include "core/model/preprocess.h"
#include "core/model/resources.h"
#include "ui/figure/print_size.h"
#include "ui/figure/recipe.h"
#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

const std::map<std::string, Interpolation> interpolations{{"bilinear", Interpolation::Bilinear},
                                                          {"bicubic", Interpolation::Bicubic}};
const std::map<std::string, Fit> fits{{"crop", Fit::Crop}, {"squash", Fit::Squash}, {"letterbox", Fit::Letterbox}};
const std::map<std::string, Precision> precisions{
    {"float32", Precision::Float32}, {"bfloat16", Precision::BFloat16}, {"float16", Precision::Float16}};
const std::map<std::string, Activation> activations{
    {"gelu", Activation::Gelu}, {"gelu-tanh", Activation::GeluTanh}, {"quick-gelu", Activation::QuickGelu}};
const std::map<std::string, Pool> pools{{"cls", Pool::Cls}, {"mean", Pool::Mean}};

template <typename Value>
std::string nameOf(const std::map<std::string, Value>& names, Value wanted)
{
    for (const auto& [name, value] : names)
        if (value == wanted)
            return name;
    return {};
}

/// As --width and --dpi of the command that runs say it.
PrintSize& printSize()
{
    static PrintSize size;
    return size;
}

std::optional<int> parseInteger(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// "3,4" or "224x196" -> both numbers.
std::optional<std::pair<int, int>> parsePair(std::string_view text, char separator)
{
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos)
        return std::nullopt;
    const auto first = parseInteger(text.substr(0, at)), second = parseInteger(text.substr(at + 1));
    if (!first || !second)
        return std::nullopt;
    return std::pair(*first, *second);
}

/// One number for all channels or three, "0.485,0.456,0.406".
std::optional<std::array<float, 3>> parseTriple(std::string_view text)
{
    std::vector<float> values;
    for (bool more = true; more;) {
        const std::size_t end = text.find(',');
        const std::string_view part = text.substr(0, end);
        float value = 0;
        const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (error != std::errc() || stop != part.data() + part.size() || !std::isfinite(value))
            return std::nullopt;
        values.push_back(value);
        more = end != std::string_view::npos;
        text.remove_prefix(more ? end + 1 : text.size());
    }
    if (values.size() != 1 && values.size() != 3)
        return std::nullopt;
    return std::array{values.front(), values[values.size() / 2], values.back()};
}

void setMean(const std::string& text, ModelOverrides& overrides)
{
    overrides.mean = parseTriple(text);
    if (!overrides.mean)
        throw CLI::ValidationError("--mean", "give one number or three, as in 0.5 or 0.485,0.456,0.406");
}

void setDeviation(const std::string& text, ModelOverrides& overrides)
{
    overrides.deviation = parseTriple(text);
    if (!overrides.deviation || std::ranges::any_of(*overrides.deviation, [](float value) { return value <= 0; }))
        throw CLI::ValidationError("--std", "give one number above 0 or three, as in 0.5 or 0.229,0.224,0.225");
}

/// "N" or "HxW" in pixels, for the option `name`.
void setSize(const char* name, const std::string& text, std::optional<int>& height, std::optional<int>& width)
{
    const auto one = parseInteger(text);
    const auto both = one ? std::pair(*one, *one) : parsePair(text, 'x').value_or(std::pair(0, 0));
    if (both.first < 1 || both.second < 1)
        throw CLI::ValidationError(name, "give N or HxW, as in 384 or 224x336");
    height = both.first;
    width = both.second;
}

void setCropFraction(double part, ModelOverrides& overrides)
{
    // Written so that NaN is refused too.
    if (!(part > 0 && part <= 1))
        throw CLI::ValidationError("--crop-pct", "give a part above 0 and up to 1, as in 0.875");
    overrides.cropFraction = part;
}

void addNetworkOptions(CLI::App& command, ModelOverrides& overrides)
{
    command
        .add_option_function<int>(
            "--heads", [&](int heads) { overrides.heads = heads; }, "Number of attention heads, where the files do not say it")
        ->check(CLI::PositiveNumber);
    command
        .add_option_function<int>(
            "--inner-heads", [&](int heads) { overrides.innerHeads = heads; },
            "Number of inner heads of a TNT, where the files do not say it")
        ->check(CLI::PositiveNumber);
    command
        .add_option_function<std::string>(
            "--activation", [&](const std::string& name) { overrides.activation = activations.at(name); },
            "gelu, gelu-tanh or quick-gelu, where the files do not say it")
        ->check(CLI::IsMember(activations));
    command
        .add_option_function<std::string>(
            "--pool", [&](const std::string& name) { overrides.pool = pools.at(name); },
            "What the head reads, cls or mean (of the patches), where the files do not say it")
        ->check(CLI::IsMember(pools));
    command.add_option_function<std::string>(
        "--trained-size",
        [&](const std::string& text) { setSize("--trained-size", text, overrides.trainedHeight, overrides.trainedWidth); },
        "Size N or HxW that the position embeddings were trained for, where the files do not say it");
    command.add_option_function<std::string>(
        "--prefix", [&](const std::string& prefix) { overrides.prefix = prefix; },
        "Which network of a file that holds several: how its tensors' names begin, as in student.backbone.");
}

}  // namespace

void addModelOptions(CLI::App& command, ModelOptions& options)
{
    command.add_option("-m,--model", options.model, "Bundled model (vit, tnt), checkpoint file or folder")
        ->capture_default_str();
    ModelOverrides& overrides = options.overrides;
    addNetworkOptions(command, overrides);
    command.add_option_function<std::string>(
        "--mean", [&](const std::string& text) { setMean(text, overrides); },
        "Mean of the input, one number or three: 0.485,0.456,0.406");
    command.add_option_function<std::string>(
        "--std", [&](const std::string& text) { setDeviation(text, overrides); },
        "Standard deviation of the input, one number or three");
    command.add_option_function<std::string>(
        "--image-size",
        [&](const std::string& text) { setSize("--image-size", text, overrides.imageHeight, overrides.imageWidth); },
        "Input size N or HxW; position embeddings are resampled");
    command.add_option_function<double>(
        "--crop-pct", [&](double part) { setCropFraction(part, overrides); },
        "Part of the resized picture that the centre crop takes, 0 to 1");
    command
        .add_option_function<std::string>(
            "--interpolation", [&](const std::string& name) { overrides.interpolation = interpolations.at(name); },
            "bilinear or bicubic")
        ->check(CLI::IsMember(interpolations));
    command
        .add_option_function<std::string>(
            "--fit", [&](const std::string& name) { overrides.fit = fits.at(name); }, "crop, squash or letterbox")
        ->check(CLI::IsMember(fits));
    command.add_option_function<std::string>(
        "--labels", [&](const std::string& file) { overrides.labels = file; },
        "Class names: text (one a line), CSV, TSV or JSON (a list, class_to_idx, config.json)");
}

void addEngineOptions(CLI::App& command, ModelOptions& options)
{
    command.add_option("--device", options.engine.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    command.add_option("--threads", options.engine.threads, "CPU threads; 0: one per physical core")
        ->capture_default_str()
        ->check(CLI::Range(0, 1024));
    command
        .add_option_function<std::string>(
            "--precision", [&](const std::string& name) { options.engine.precision = precisions.at(name); },
            "float32, bfloat16 or float16")
        ->default_str("float32")
        ->check(CLI::IsMember(precisions));
}

void addRecordingOptions(CLI::App& command, ModelOptions& options)
{
    addEngineOptions(command, options);
    command
        .add_option("--attention-budget", options.engine.attentionBudget,
                    "Memory for the attention of a pass; layers beyond it are computed again when they are looked at: 512M, 4G")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("1G");
}

CLI::Option* addFigureOption(CLI::App& command, std::string& output)
{
    printSize() = {};
    command
        .add_option("--width", printSize().millimetres,
                    "Millimetres that the figure is wide on paper: 84 for a column, 174 for a page; as it is if not said")
        ->check(CLI::Range(10.0, 2000.0));
    command.add_option("--dpi", printSize().dpi, "Dots an inch of a .png")
        ->capture_default_str()
        ->check(CLI::Range(24.0, 2400.0));
    return command.add_option("-o,--output", output, "File to write: .png, .svg, .pdf, .npy, .csv, .npz")
        ->check(problemOfOutput);
}

void refuseIdleOptions(const CLI::App& program)
{
    for (const CLI::App* command : program.get_subcommands()) {
        const auto isSaid = [&](const char* name) {
            const CLI::Option* const option = command->get_option_no_throw(name);
            return option != nullptr && option->count() > 0;
        };
        const std::string output = isSaid("--output") ? command->get_option("--output")->as<std::string>() : std::string();
        const auto is = [&](auto... suffixes) { return (hasSuffix(output, suffixes) || ...); };
        const std::string of = output.empty() ? "without -o there is no figure" : output + " holds no figure but numbers";
        for (const char* name : {"--width", "--one-scale", "--dpi"})
            if (isSaid(name) && (output.empty() || is(".csv", ".npy", ".npz")))
                throw CLI::ValidationError(name, of + "; leave it out, or write .png, .svg or .pdf");
        if (isSaid("--dpi") && is(".svg", ".pdf"))
            throw CLI::ValidationError("--dpi", output + " has no dots but lines; leave it out, or write a .png");
    }
}

std::string problemOfInput(const std::string& name)
{
    return name.empty() ? "a name is empty; give a file" : "";
}

std::string problemOfOutput(const std::string& name)
{
    if (name.empty())
        return "the name is empty; give a file to write";
    if (name.starts_with("--"))
        return name + " is an option and no name; a file of that name is ./" + name;
    return name == "-" ? "what is written goes to a file, not to the standard output; give a name" : "";
}

bool hasSuffix(const std::string& name, std::string_view suffix)
{
    return name.size() >= suffix.size()
           && std::equal(suffix.rbegin(), suffix.rend(), name.rbegin(),
                         [](char wanted, char found) { return wanted == std::tolower(static_cast<unsigned char>(found)); });
}

void refuseInput(const std::string& output, const std::vector<std::string>& pictures, const ModelSpec& model)
{
    refuseInput(output, std::vector<std::filesystem::path>(pictures.begin(), pictures.end()));
    refuseInput(output, model.files);
}

Model modelOf(const ModelOptions& options)
{
    StatusLine status;
    return loadModel(resolveModel(options.model, resourceFolder()), options.overrides,
                     [&](double fraction, std::string_view what) { status.show(fraction, what); });
}

std::unique_ptr<Engine> engineOf(const ModelOptions& options, const std::string& picture)
{
    const auto load = [&] {
        Model model = modelOf(options);
        if (picture.empty() || model.spec.preprocessing.mostPatches == 0)
            return model;
        const Image seen = readImage(fromPath(picture));
        ModelOptions shaped = options;
        shaped.overrides.pictureHeight = seen.height();
        shaped.overrides.pictureWidth = seen.width();
        return modelOf(shaped);
    };
    std::unique_ptr<Engine> engine = makeEngine(load, options.engine);
    warnOf(*engine->model());
    if (const std::string remark = engine->remark(); !remark.empty())
        std::cerr << "vitrine: " << printable(remark) << '\n';
    return engine;
}

PictureOfFile prepareFile(const std::string& picture, const ModelSpec& spec, bool warn)
{
    const Decoded decoded = readPicture(fromPath(picture));
    PictureOfFile result{prepare(decoded.image, spec), {}};
    result.unseen = unseenOf(result.prepared, decoded.transparency, spec);
    if (warn)
        warnOfUnseen(picture, result.unseen);
    return result;
}

std::shared_ptr<const Trace> traceOf(Engine& engine, const std::string& picture, const RecordOptions& record, bool warn)
{
    const PictureOfFile read = prepareFile(picture, *engine.model(), warn);
    return engine.run(std::span(&read.prepared, 1), record).front();
}

std::optional<int> parseLayer(const std::string& text, const ModelSpec& spec)
{
    if (text == "all")
        return std::nullopt;
    const auto layer = parseInteger(text);
    if (!layer || *layer < 0 || *layer >= spec.layers)
        throw Error("There is no layer \"" + text + "\" in " + spec.name + "; the layers are 0 to "
                    + std::to_string(spec.layers - 1) + ", or all.");
    return layer;
}

std::optional<HeadChoice> parseHead(const std::string& text, int heads)
{
    if (text == "all")
        return std::nullopt;
    if (text == "mean")
        return HeadChoice{HeadFusion::Mean, 0, {}};
    if (text == "max")
        return HeadChoice{HeadFusion::Max, 0, {}};
    if (text == "min")
        return HeadChoice{HeadFusion::Min, 0, {}};
    const auto head = parseInteger(text);
    if (!head || *head < 0 || *head >= heads)
        throw Error("There is no head \"" + text + "\"; the heads are 0 to " + std::to_string(heads - 1)
                    + ", or mean, max, min, all.");
    return HeadChoice{HeadFusion::Single, *head, {}};
}

int parseToken(const std::string& text, const ModelSpec& spec)
{
    if (text.find(',') != std::string::npos)
        return spec.prefixTokens() + parsePatch(text, spec);
    const std::string wanted = text == "cls" ? "CLS" : text;
    std::string names;
    for (int token = 0; token < spec.prefixTokens(); ++token) {
        if (spec.tokenName(token) == wanted)
            return token;
        names += spec.tokenName(token) + ", ";
    }
    throw Error(spec.name + " has no token \"" + text + "\"; its queries are " + names + "or a patch as ROW,COL.");
}

int parsePatch(const std::string& text, const ModelSpec& spec)
{
    const auto place = parsePair(text, ',');
    if (!place || place->first < 0 || place->second < 0 || place->first >= spec.gridHeight()
        || place->second >= spec.gridWidth())
        throw Error("There is no patch \"" + text + "\"; give ROW,COL with rows 0 to " + std::to_string(spec.gridHeight() - 1)
                    + " and columns 0 to " + std::to_string(spec.gridWidth() - 1) + ".");
    return place->first * spec.gridWidth() + place->second;
}

void describeFigure(Figure& figure, const Trace& trace, const std::string& picture)
{
    figure.metadata = {{QStringLiteral("Model"), QString::fromStdString(trace.model->name)},
                       {QStringLiteral("Picture"), QString::fromStdString(picture)},
                       {QStringLiteral("Device"), QString::fromStdString(trace.device)},
                       {QStringLiteral("Precision"), QString::fromStdString(trace.precision)}};
    addAssumptions(figure, trace.model->assumed);
}

void save(const Figure& figure, const std::string& path)
{
    Figure withRecipe = figure;
    withRecipe.metadata.emplace_back(recipeKey, withKeptSpaces(QString::fromStdString(recipeOf(programArguments()))));
    saveFigure(withRecipe, fromPath(path), printSize());
}

std::string toString(Fit fit)
{
    return nameOf(fits, fit);
}
std::string toString(Interpolation interpolation)
{
    return nameOf(interpolations, interpolation);
}

}  // namespace vitrine
