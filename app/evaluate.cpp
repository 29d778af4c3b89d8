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

#include "app/class_index.h"
#include "app/commands.h"
#include "app/common.h"
#include "app/terminal.h"
#include "core/base/error.h"
#include "core/model/preprocess.h"
#include "core/model/resources.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace {

constexpr int batchSize = 16;

struct Options {
    ModelOptions model;
    std::string folder;
    bool json = false;
};

/// A picture ready for the network, or why it is not.
struct Prepared {
    std::optional<PreparedImage> picture;
    int label = 0;
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
            return {std::nullopt, 0, picture.path.string() + " is of no class that the model knows."};
        try {
            return {prepare(readImage(QString::fromStdString(picture.path.string())), spec), *picture.label, {}};
        } catch (const std::exception& error) {
            return {std::nullopt, 0, error.what()};
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

struct Score {
    int images = 0, skipped = 0, first = 0, fifth = 0;
    std::string problem;  ///< of the first picture that was skipped
};

void scoreBatch(Engine& engine, std::vector<PreparedImage>& pictures, std::vector<int>& labels, Score& score)
{
    RecordOptions record;
    record.logitsOnly = true;
    const auto traces = engine.run(pictures, record);
    for (std::size_t i = 0; i < traces.size(); ++i) {
        const std::vector<Prediction> best = topK(traces[i]->logits, 5);
        score.first += best.front().index == labels[i];
        score.fifth += std::ranges::any_of(best, [&](const Prediction& p) { return p.index == labels[i]; });
        ++score.images;
    }
    pictures.clear();
    labels.clear();
}

Score scoreAll(Engine& engine, const std::vector<LabelledPicture>& pictures)
{
    Score score;
    StatusLine status;
    Decoder decoder(pictures, *engine.model());
    std::vector<PreparedImage> batch;
    std::vector<int> labels;
    while (auto prepared = decoder.next()) {
        if (prepared->picture) {
            batch.push_back(std::move(*prepared->picture));
            labels.push_back(prepared->label);
        } else if (++score.skipped == 1) {
            score.problem = prepared->problem;
        }
        if (batch.size() == batchSize)
            scoreBatch(engine, batch, labels, score);
        const double done = score.images + score.skipped;
        status.show(done / static_cast<double>(pictures.size()), "evaluating");
    }
    if (!batch.empty())
        scoreBatch(engine, batch, labels, score);
    return score;
}

int evaluate(const Options& options)
{
    const std::unique_ptr<Engine> engine = makeEngine(options.model);
    const ModelSpec& spec = *engine->model();
    if (const std::string why = spec.whyNoClasses(); !why.empty())
        throw Error(why);
    const auto pictures = labelledPictures(options.folder, ClassIndex(spec, resourceFolder() / "labels" / "imagenet1k.tsv"));
    const auto start = std::chrono::steady_clock::now();
    const Score score = scoreAll(*engine, pictures);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (score.images == 0)
        throw Error("No picture in " + options.folder + " could be used; the first one: " + score.problem);
    if (score.skipped > 0)
        std::cerr << "vitrine: " << score.skipped << " pictures were skipped; the first one: " << printable(score.problem)
                  << '\n';
    const double top1 = double(score.first) / score.images, top5 = double(score.fifth) / score.images;
    if (options.json) {
        const nlohmann::ordered_json result{{"model", spec.name}, {"images", score.images}, {"skipped", score.skipped},
                                            {"top1", top1}, {"top5", top5}, {"seconds", seconds}};
        std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        std::printf("%s: top-1 %.2f %%, top-5 %.2f %% of %d pictures in %.1f s\n", printable(spec.name).c_str(), 100 * top1,
                    100 * top5, score.images, seconds);
    }
    return 0;
}

} // namespace

void addEvaluate(CLI::App& app, Run& run)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("evaluate", "Top-1 and top-5 accuracy over a folder of labelled pictures");
    command->add_option("FOLDER", options->folder,
                        "Class folders, or files named by class: WordNet id, label or number of the class")
        ->required();
    command->add_flag("--json", options->json, "A JSON object on stdout");
    addModelOptions(*command, options->model);
    addEngineOptions(*command, options->model);
    command->footer("Example: vitrine evaluate imagenet/val --model vit --json");
    command->callback([options, &run] { run = [options] { return evaluate(*options); }; });
}

} // namespace vitrine
