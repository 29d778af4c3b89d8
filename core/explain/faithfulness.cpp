// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/faithfulness.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace vitrine {

namespace {

constexpr int batchSize = 16, tenths = 10;

double areaUnder(const std::vector<float>& curve)
{
    const double sum = std::accumulate(curve.begin(), curve.end(), 0.0);
    return (sum - curve.front() / 2.0 - curve.back() / 2.0) / static_cast<double>(curve.size() - 1);
}

NdArray curveOf(std::vector<float> values)
{
    return {{static_cast<std::int64_t>(values.size())}, std::move(values)};
}

/// `falls` [tenths]: by how much the probability falls without each tenth of the pixels, the weightiest first.
double sacoOf(const std::vector<float>& weights, const std::vector<std::uint32_t>& order, const std::vector<double>& falls)
{
    // Means, for tenths may differ by a pixel.
    std::vector<double> masses(tenths), counts(tenths);
    for (std::size_t i = 0; i < order.size(); ++i) {
        masses[i * tenths / order.size()] += weights[order[i]];
        ++counts[i * tenths / order.size()];
    }
    for (std::size_t i = 0; i < tenths; ++i)
        masses[i] /= std::max(counts[i], 1.0);
    double sum = 0, all = 0;
    for (std::size_t i = 0; i < tenths; ++i)
        for (std::size_t j = i + 1; j < tenths; ++j) {
            const double more = masses[i] - masses[j];
            sum += falls[i] >= falls[j] ? more : -more;
            all += more;
        }
    return all > 0 ? sum / all : 0;
}

/// The passes of one map, by number: deletion, insertion up to the step before the whole picture (which is deletion's
/// first), then the tenths.
class Pictures {
public:
    Pictures(const PreparedImage& picture, const std::vector<std::uint32_t>& order, const FaithfulnessOptions& options)
        : m_picture(picture)
        , m_order(order)
        , m_steps(options.steps)
        , m_whole(picture.input.values().begin(), picture.input.values().end())
        , m_none(takenAway(picture.input, options.deletion))
        , m_start(takenAway(picture.input, options.insertion))
    {
    }

    int count() const { return 2 * m_steps + 1 + tenths; }
    PreparedImage at(int pass) const
    {
        PreparedImage result = m_picture;
        const auto upTo = [&](int part, int parts) {
            return static_cast<std::size_t>(part) * m_order.size() / static_cast<std::size_t>(parts);
        };
        const int tenth = pass - (2 * m_steps + 1);
        if (tenth >= 0)
            result.input = mixed(m_picture.input, m_whole, m_none, m_order, upTo(tenth, tenths), upTo(tenth + 1, tenths));
        else if (pass <= m_steps)
            result.input = mixed(m_picture.input, m_whole, m_none, m_order, 0, upTo(pass, m_steps));
        else
            result.input = mixed(m_picture.input, m_start, m_whole, m_order, 0, upTo(pass - m_steps - 1, m_steps));
        return result;
    }

private:
    const PreparedImage& m_picture;
    const std::vector<std::uint32_t>& m_order;
    int m_steps;
    std::vector<float> m_whole, m_none, m_start;
};

} // namespace

Faithfulness faithfulness(Engine& engine, const PreparedImage& picture, const NdArray& map, int classIndex,
                          const FaithfulnessOptions& options, std::stop_token stop, const Progress& progress)
{
    const ModelSpec& spec = *engine.model();
    if (spec.classes == 0)
        throw Error(spec.name + " has no classification head: nothing tells whether a map is faithful.");
    if (!std::ranges::all_of(map.values(), [](float value) { return std::isfinite(value); }))
        throw Error("The map holds values that are not numbers, so its pixels have no order.");
    const std::vector<float> weights = enlarged(map, picture.input.dim(1), picture.input.dim(2));
    const std::vector<std::uint32_t> order = pixelOrder(weights);
    const Pictures pictures(picture, order, options);
    RecordOptions record;
    record.logitsOnly = true;
    std::vector<float> curve;
    std::vector<PreparedImage> batch;
    for (int begin = 0; begin < pictures.count(); begin += batchSize) {
        throwIfStopped(stop);
        batch.clear();
        for (int pass = begin; pass < std::min(begin + batchSize, pictures.count()); ++pass)
            batch.push_back(pictures.at(pass));
        for (const auto& trace : engine.run(batch, record, stop))
            curve.push_back(probabilities(trace->logits)[static_cast<std::size_t>(classIndex)]);
        if (progress)
            progress(static_cast<double>(curve.size()) / pictures.count(), "pictures with pixels taken away");
    }

    const auto ofInsertion = curve.begin() + options.steps + 1, ofTenths = ofInsertion + options.steps;
    std::vector<float> deletion(curve.begin(), ofInsertion), insertion(ofInsertion, ofTenths);
    insertion.push_back(deletion.front());
    std::vector<double> falls;
    std::ranges::transform(ofTenths, curve.end(), std::back_inserter(falls),
                           [&](float probability) { return double(deletion.front()) - probability; });
    Faithfulness result;
    result.saco = sacoOf(weights, order, falls);
    result.deletionArea = areaUnder(deletion);
    result.insertionArea = areaUnder(insertion);
    result.deletion = curveOf(std::move(deletion));
    result.insertion = curveOf(std::move(insertion));
    return result;
}

} // namespace vitrine
