// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/faithfulness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrine {

namespace {

constexpr int batchSize = 16;

double areaUnder(const NdArray& curve)
{
    const std::span<const float> values = curve.values();
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    return (sum - values.front() / 2.0 - values.back() / 2.0) / static_cast<double>(values.size() - 1);
}

/// Where part `part` of `parts` begins, of `count` things.
int partOf(int count, int part, int parts)
{
    return static_cast<int>(std::int64_t(count) * part / parts);
}

template <typename Changes, typename Known>
NdArray curveOf(const Changes& changes, const Known& known)
{
    std::vector<float> values;
    for (const auto& change : changes)
        values.push_back(known.at(change));
    const Shape shape{static_cast<std::int64_t>(values.size())};
    return {shape, std::move(values)};
}

/// The mean of `map` over each patch; of a patch map itself.
std::vector<float> patchMeans(const NdArray& map, const ModelSpec& spec)
{
    const std::int64_t rows = map.dim(0), columns = map.dim(1), down = rows / spec.gridHeight(),
                       across = columns / spec.gridWidth();
    std::vector<double> sums(static_cast<std::size_t>(spec.patches()));
    for (std::int64_t i = 0; i < map.size(); ++i)
        sums[static_cast<std::size_t>(i / columns / down * spec.gridWidth() + i % columns / across)] += map.data()[i];
    std::vector<float> means;
    for (const double sum : sums)
        means.push_back(static_cast<float>(sum / static_cast<double>(down * across)));
    return means;
}

}  // namespace

/// What a map orders, the weightiest first.
struct FaithfulnessMeter::Order {
    std::vector<float> weights;         ///< of pixels or patches
    std::vector<std::uint32_t> places;  ///< the same, by weight
    std::vector<std::uint32_t> pixels;  ///< all of them, in that order
};

std::string toString(Ranking ranking)
{
    return ranking == Ranking::Pixels ? "pixels" : "patches";
}

FaithfulnessMeter::FaithfulnessMeter(Engine& engine, const PreparedImage& picture, int classIndex,
                                     const FaithfulnessOptions& options)
    : m_engine(engine)
    , m_picture(picture)
    , m_class(classIndex)
    , m_options(options)
    , m_whole(picture.input.values().begin(), picture.input.values().end())
    , m_none(takenAway(picture.input, options.deletion))
    , m_start(takenAway(picture.input, options.insertion))
{
    const ModelSpec& spec = *engine.model();
    if (spec.classes == 0)
        throw Error(spec.name + " has no classification head: nothing tells whether a map is faithful.");
    m_count = options.by == Ranking::Patches ? spec.patches() : static_cast<int>(picture.input.dim(1) * picture.input.dim(2));
    m_groups = std::min(10, m_count);
}

FaithfulnessMeter::Order FaithfulnessMeter::orderOf(const NdArray& map) const
{
    if (!std::ranges::all_of(map.values(), [](float value) { return std::isfinite(value); }))
        throw Error("The map holds values that are not numbers, so its pixels have no order.");
    Order order;
    if (m_options.by == Ranking::Pixels) {
        order.weights = enlarged(map, m_picture.input.dim(1), m_picture.input.dim(2));
        order.pixels = order.places = byWeight(order.weights);
        return order;
    }
    const ModelSpec& spec = *m_engine.model();
    order.weights = patchMeans(map, spec);
    order.places = byWeight(order.weights);
    for (const std::uint32_t patch : order.places)
        appendPixels(order.pixels, static_cast<int>(patch), spec);
    return order;
}

FaithfulnessMeter::Change FaithfulnessMeter::deleted(int first, int last) const
{
    return first == last ? Change{} : Change{false, first, last};
}

FaithfulnessMeter::Change FaithfulnessMeter::inserted(int last) const
{
    if (last == m_count)
        return {};
    return last == 0 && m_options.insertion == m_options.deletion ? deleted(0, m_count) : Change{true, 0, last};
}

PreparedImage FaithfulnessMeter::changed(const Order& order, const Change& change) const
{
    const std::size_t each = order.pixels.size() / order.places.size();
    PreparedImage result = m_picture;
    result.input = mixed(m_picture.input, change.comes ? m_start : m_whole, change.comes ? m_whole : m_none,
                         std::span(order.pixels)
                             .subspan(each * static_cast<std::size_t>(change.first),
                                      each * static_cast<std::size_t>(change.last - change.first)));
    return result;
}

void FaithfulnessMeter::run(const Order& order, const std::vector<Change>& wanted, const std::stop_token& stop,
                            const Progress& progress)
{
    RecordOptions record;
    record.logitsOnly = true;
    for (std::size_t begin = 0; begin < wanted.size(); begin += batchSize) {
        throwIfStopped(stop);
        const std::span batch = std::span(wanted).subspan(begin, std::min<std::size_t>(batchSize, wanted.size() - begin));
        std::vector<PreparedImage> pictures;
        for (const Change& change : batch)
            pictures.push_back(changed(order, change));
        const auto traces = m_engine.run(pictures, record, stop);
        for (std::size_t i = 0; i < batch.size(); ++i)
            m_known[batch[i]] = probabilities(traces[i]->logits)[static_cast<std::size_t>(m_class)];
        if (progress)
            progress(static_cast<double>(begin + batch.size()) / static_cast<double>(wanted.size()),
                     "pictures with pixels taken away");
    }
}

double FaithfulnessMeter::saco(const Order& order) const
{
    // Means, for groups may differ by one.
    std::vector<double> masses, falls;
    for (int group = 0; group < m_groups; ++group) {
        const int first = partOf(m_count, group, m_groups), last = partOf(m_count, group + 1, m_groups);
        double sum = 0;
        for (int i = first; i < last; ++i)
            sum += order.weights[order.places[static_cast<std::size_t>(i)]];
        masses.push_back(sum / (last - first));
        falls.push_back(double(m_known.at({})) - m_known.at(deleted(first, last)));
    }
    double sum = 0, all = 0;
    for (std::size_t i = 0; i < masses.size(); ++i)
        for (std::size_t j = i + 1; j < masses.size(); ++j) {
            const double more = masses[i] - masses[j];
            sum += falls[i] >= falls[j] ? more : -more;
            all += more;
        }
    return all > 0 ? sum / all : 0;
}

Faithfulness FaithfulnessMeter::measure(const NdArray& map, const std::stop_token& stop, const Progress& progress)
{
    const Order order = orderOf(map);
    std::vector<Change> deletion, insertion, wanted;
    for (int step = 0; step <= m_options.steps; ++step) {
        deletion.push_back(deleted(0, partOf(m_count, step, m_options.steps)));
        insertion.push_back(inserted(partOf(m_count, step, m_options.steps)));
    }
    const auto want = [&](const Change& change) {
        if (!m_known.contains(change) && std::ranges::find(wanted, change) == wanted.end())
            wanted.push_back(change);
    };
    std::ranges::for_each(deletion, want);
    std::ranges::for_each(insertion, want);
    for (int group = 0; group < m_groups; ++group)
        want(deleted(partOf(m_count, group, m_groups), partOf(m_count, group + 1, m_groups)));
    run(order, wanted, stop, progress);

    Faithfulness result;
    result.deletion = curveOf(deletion, m_known);
    result.insertion = curveOf(insertion, m_known);
    result.deletionArea = areaUnder(result.deletion);
    result.insertionArea = areaUnder(result.insertion);
    result.saco = saco(order);
    std::erase_if(m_known, [&](const auto& known) {
        return known.first != Change{} && known.first != deleted(0, m_count) && known.first != inserted(0);
    });
    return result;
}

}  // namespace vitrine
