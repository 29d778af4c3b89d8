// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/assumptions.h"
#include "app/class_index.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/terminal.h"
#include "core/base/error.h"
#include "core/checkpoint/report.h"
#include "core/model/preprocess.h"
#include "core/model/resources.h"
#include "ui/picture/decode.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

constexpr int batchSize = 16;
const std::map<std::string, FolderOrder> orders{{"number", FolderOrder::Number}, {"text", FolderOrder::Text}};

struct EvaluateOptions {
    ModelOptions model;
    std::string folder;
    std::optional<FolderOrder> order;
    bool json = false;
};

/// The class of a picture, and by the other order of the folders where there is one.
struct Truth {
    int label = 0;
    std::optional<int> other;
};

/// A picture ready for the network, or why it is not.
struct Prepared {
    std::optional<PreparedImage> picture;
    Truth truth;
    std::string problem;
};

/// Decodes pictures on a thread of its own while the network runs, a bounded number ahead.
class Decoder {
public:
    Decoder(std::vector<LabelledPicture> pictures, const ModelSpec& spec)
        : m_thread([this, pictures = std::move(pictures), &spec](const std::stop_token& stop) { run(pictures, spec, stop); })
    {
    }
    ~Decoder()
    {
        m_thread.request_stop();
        m_room.notify_all();
    }

    /// Nothing after the last picture.
    std::optional<Prepared> next()
    {
        std::unique_lock lock(m_mutex);
        m_filled.wait(lock, [&] { return m_done || !m_queue.empty(); });
        if (m_queue.empty())
            return std::nullopt;
        Prepared first = std::move(m_queue.front());
        m_queue.pop_front();
        m_room.notify_one();
        return first;
    }

private:
    static Prepared decode(const LabelledPicture& picture, const ModelSpec& spec)
    {
        if (!picture.label)
            return {std::nullopt, {}, picture.path.string() + " is of no class that the model knows."};
        try {
            return {prepare(readImage(fromPath(picture.path)), spec), {*picture.label, picture.other}, {}};
        } catch (const std::exception& error) {
            return {std::nullopt, {}, error.what()};
        }
    }

    void run(const std::vector<LabelledPicture>& pictures, const ModelSpec& spec, const std::stop_token& stop)
    {
        for (const LabelledPicture& picture : pictures) {
            Prepared prepared = decode(picture, spec);
            std::unique_lock lock(m_mutex);
            if (!m_room.wait(lock, stop, [&] { return m_queue.size() < 4 * batchSize; }))
                break;
            m_queue.push_back(std::move(prepared));
            m_filled.notify_one();
        }
        const std::lock_guard lock(m_mutex);
        m_done = true;
        m_filled.notify_one();
    }

    std::mutex m_mutex;
    std::condition_variable m_filled;
    std::condition_variable_any m_room;
    std::deque<Prepared> m_queue;
    bool m_done = false;
    std::jthread m_thread;  // last: it uses all of the above
};

/// How many pictures of `images` have their class first, or among the first five.
struct Hits {
    int first = 0, fifth = 0;

    void count(const std::vector<Prediction>& best, int label)
    {
        first += best.front().index == label;
        fifth += std::ranges::any_of(best, [&](const Prediction& p) { return p.index == label; });
    }
};

struct Score {
    int images = 0, skipped = 0;
    Hits hits, other;
    std::string problem;  ///< of the first picture that was skipped
};

void scoreBatch(Engine& engine, std::vector<PreparedImage>& pictures, std::vector<Truth>& truths, Score& score)
{
    RecordOptions record;
    record.logitsOnly = true;
    const auto traces = engine.run(pictures, record);
    for (std::size_t i = 0; i < traces.size(); ++i) {
        const std::vector<Prediction> best = topK(traces[i]->logits, 5);
        score.hits.count(best, truths[i].label);
        score.other.count(best, truths[i].other.value_or(-1));
        ++score.images;
    }
    pictures.clear();
    truths.clear();
}

Score scoreAll(Engine& engine, const std::vector<LabelledPicture>& pictures)
{
    Score score;
    StatusLine status;
    Decoder decoder(pictures, *engine.model());
    std::vector<PreparedImage> batch;
    std::vector<Truth> truths;
    while (auto prepared = decoder.next()) {
        if (prepared->picture) {
            batch.push_back(std::move(*prepared->picture));
            truths.push_back(prepared->truth);
        } else if (++score.skipped == 1) {
            score.problem = prepared->problem;
        }
        if (batch.size() == batchSize)
            scoreBatch(engine, batch, truths, score);
        const double done = score.images + score.skipped;
        status.show(done / static_cast<double>(pictures.size()), "evaluating");
    }
    if (!batch.empty())
        scoreBatch(engine, batch, truths, score);
    return score;
}

std::string percent(int hits, int images)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", 100.0 * hits / images);
    return text;
}

std::string accuracy(const Hits& hits, int images)
{
    return "top-1 " + percent(hits.first, images) + ", top-5 " + percent(hits.fifth, images);
}

/// Which order of the folders was taken, what the other one gives, and how to say it.
void explainOrder(const FolderReadings& readings, const Score& score)
{
    const bool text = readings.taken->order == FolderOrder::Text;
    std::cerr << "vitrine: The folders are named by numbers: "
              << (text ? "as the model has no labels, they were taken in ImageFolder's order, sorted as text ("
                             + printable(readings.example) + "). In the order of the numbers"
                       : "they were taken in the order of the numbers. In ImageFolder's order, sorted as text ("
                             + printable(readings.example) + "),")
              << " they give " << accuracy(score.other, score.images) << "; --order " << toString(readings.taken->order)
              << " or --order " << toString(readings.other->order) << " says which is right.\n";
}

nlohmann::ordered_json toJson(const ModelSpec& spec, const FolderReadings& readings, const Score& score, double seconds)
{
    const auto part = [&](int hits) { return double(hits) / score.images; };
    nlohmann::ordered_json result{{"model", spec.name},
                                  {"images", score.images},
                                  {"skipped", score.skipped},
                                  {"top1", part(score.hits.first)},
                                  {"top5", part(score.hits.fifth)},
                                  {"seconds", seconds},
                                  {"assumed", assumedJson(spec)}};
    if (readings.taken && (readings.asked || readings.other))
        result["order"] = toString(readings.taken->order);
    if (readings.other)
        result["other_order"] = {
            {"order", toString(readings.other->order)}, {"top1", part(score.other.first)}, {"top5", part(score.other.fifth)}};
    return result;
}

int evaluate(const EvaluateOptions& options)
{
    const std::unique_ptr<Engine> engine = engineOf(options.model);
    const ModelSpec& spec = *engine->model();
    if (const std::string why = spec.whyNoClasses(); !why.empty())
        throw Error(why);
    const ClassIndex classes(spec, resourceFolder() / "labels" / "imagenet1k.tsv");
    const FolderReadings readings = readFolders(options.folder, classes, options.order);
    const auto pictures = labelledPictures(options.folder, classes, readings);
    const auto start = std::chrono::steady_clock::now();
    const Score score = scoreAll(*engine, pictures);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (score.images == 0)
        throw Error("No picture in " + options.folder + " could be used; the first one: " + score.problem
                    + (readings.complete && !readings.taken
                           ? " Give --labels, or --order text if the folders in alphabetical order are the classes."
                           : ""));
    if (score.skipped > 0)
        std::cerr << "vitrine: " << score.skipped << " pictures were skipped; the first one: " << printable(score.problem)
                  << '\n';
    if (readings.other && !readings.asked)
        explainOrder(readings, score);
    if (options.json)
        std::cout << toJson(spec, readings, score, seconds).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << '\n';
    else
        std::printf("%s: %s of %d pictures in %.1f s\n", printable(spec.name).c_str(),
                    accuracy(score.hits, score.images).c_str(), score.images, seconds);
    return 0;
}

}  // namespace

void addEvaluate(CLI::App& app, Run& run)
{
    auto options = std::make_shared<EvaluateOptions>();
    CLI::App* command = app.add_subcommand("evaluate", "Top-1 and top-5 accuracy over a folder of labelled pictures");
    command
        ->add_option("FOLDER", options->folder,
                     "Class folders, or files named by class: WordNet id, label or number of the class")
        ->required()
        ->check(problemOfInput);
    command
        ->add_option_function<std::string>(
            "--order", [options](const std::string& name) { options->order = orders.at(name); },
            "Where folder names are numbers: number (2 before 10), or text (10 before 2, as ImageFolder sorts); text also "
            "takes one folder for each class by its place in the alphabet")
        ->check(CLI::IsMember(orders));
    command->add_flag("--json", options->json, "A JSON object on stdout");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine evaluate imagenet/val --model vit --json");
    command->callback([options, &run] { run = [options] { return evaluate(*options); }; });
}

}  // namespace vitrine
