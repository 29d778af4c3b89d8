// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/computed.h"

#include <array>
#include <cmath>

#include "core/explain/embeddings.h"
#include "core/explain/maps.h"
#include "core/explain/nested.h"
#include "core/explain/perturbation.h"

namespace vitrine::computed {

namespace {

const NdArray& gradientOf(const std::vector<NdArray>& arrays, int layer)
{
    return arrays[static_cast<std::size_t>(layer)];
}

Backward backwardOf(const Arguments& told)
{
    return told.whole("libra") != 0 ? Backward::Libra : Backward::Exact;
}

Told teller(const Evidence& evidence)
{
    return [&evidence](double fraction) { evidence.tell(fraction); };
}

/// The head's row of R = A_last ... A_first.
std::vector<float> rolloutRow(Evidence& evidence, int first, int last, HeadFusion fusion, double discard)
{
    if (first > last)
        throw Error("Rollout from layer " + std::to_string(first) + " to " + std::to_string(last)
                    + " is not possible: the first layer is to come first.");
    std::vector<float> row = readout(evidence.spec(), evidence.trace().pooling);
    for (int layer = last; layer >= first; --layer)
        row = rowTimes(row, evidence.rolloutMatrix(layer, fusion, discard));
    return row;
}

/// Rules 5 and 6 from the last layer down: R = (I + A_last) ... (I + A_first).
std::vector<float> cheferRow(Evidence& evidence, int first)
{
    const Gradients& gradients = evidence.gradients(Score::Logits);
    std::vector<float> row = readout(evidence.spec(), evidence.trace().pooling);
    for (int layer = evidence.spec().layers - 1; layer >= first; --layer) {
        const std::vector<float> step = gradientAttentionRow(evidence.attention(layer), gradientOf(gradients.attention, layer),
                                                             row);
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] += step[i];
    }
    return row;
}

/// product[i] * values[i], summed over each patch.
NdArray timesPicture(const Evidence& evidence, const NdArray& gradient)
{
    const std::span<const float> input = evidence.trace().picture.input.values();
    std::vector<float> products(input.begin(), input.end());
    for (std::size_t i = 0; i < products.size(); ++i)
        products[i] *= gradient.data()[i];
    return patchSums(evidence.spec(), products);
}

}  // namespace

NdArray attention(Evidence& evidence, const Arguments& told)
{
    return patchMap(evidence.spec(),
                    attentionRow(evidence.attention(told.whole("layer")), readout(evidence.spec(), evidence.trace().pooling)));
}

NdArray valueAttention(Evidence& evidence, const Arguments& told)
{
    const int layer = told.whole("layer");
    const NdArray norms = evidence.engine().valueNorms(evidence.trace(), layer, evidence.stop());
    return patchMap(evidence.spec(),
                    valueAttentionRow(evidence.attention(layer), norms, readout(evidence.spec(), evidence.trace().pooling)));
}

NdArray rollout(Evidence& evidence, const Arguments& told)
{
    constexpr std::array fusions{HeadFusion::Mean, HeadFusion::Max, HeadFusion::Min};
    const HeadFusion fusion = fusions.at(static_cast<std::size_t>(told.whole("fusion")));
    return patchMap(evidence.spec(),
                    rolloutRow(evidence, told.whole("first-layer"), told.whole("layer"), fusion, told.number("discard")));
}

NdArray gradientAttention(Evidence& evidence, const Arguments& told)
{
    const int layer = told.whole("layer");
    const NdArray& gradient = gradientOf(evidence.gradients(Score::Logits).attention, layer);
    return patchMap(evidence.spec(), gradientAttentionRow(evidence.attention(layer), gradient,
                                                          readout(evidence.spec(), evidence.trace().pooling)));
}

NdArray chefer(Evidence& evidence, const Arguments& told)
{
    return patchMap(evidence.spec(), cheferRow(evidence, told.whole("first-layer")));
}

NdArray leGrad(Evidence& evidence, const Arguments& told)
{
    const Gradients& gradients = evidence.gradients(Score::EachLayer);
    const int first = told.whole("first-layer"), layers = evidence.spec().layers;
    std::vector<float> sum(static_cast<std::size_t>(evidence.spec().tokens()));
    for (int layer = first; layer < layers; ++layer) {
        const std::vector<float> row = leGradRow(gradientOf(gradients.attention, layer));
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += row[i] / static_cast<float>(layers - first);
    }
    return patchMap(evidence.spec(), sum);
}

NdArray attentionGradCam(Evidence& evidence, const Arguments& told)
{
    const int layer = told.whole("layer");
    const NdArray& gradient = gradientOf(evidence.gradients(Score::Logits).attention, layer);
    return patchMap(evidence.spec(),
                    attentionGradCamRow(evidence.attention(layer), gradient, readout(evidence.spec(), evidence.trace().pooling),
                                        evidence.spec().prefixTokens()));
}

NdArray agCam(Evidence& evidence, const Arguments&)
{
    const Gradients& gradients = evidence.gradients(Score::Logits);
    const std::vector<float> weights = readout(evidence.spec(), evidence.trace().pooling);
    std::vector<float> sum(weights.size());
    for (int layer = 0; layer < evidence.spec().layers; ++layer) {
        const NdArray logits = evidence.engine().attentionLogits(evidence.trace(), layer, evidence.stop());
        const std::vector<float> row = agCamRow(logits, gradientOf(gradients.attention, layer), weights);
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += row[i];
    }
    return patchMap(evidence.spec(), sum);
}

NdArray gradCam(Evidence& evidence, const Arguments& told)
{
    const Gradients& gradients = evidence.gradients(Score::Logits);
    const int layer = told.whole("layer");
    return patchMap(evidence.spec(), gradCamRow(gradientOf(gradients.norm1Values, layer), gradientOf(gradients.norm1, layer),
                                                evidence.spec().prefixTokens()));
}

NdArray gradientInput(Evidence& evidence, const Arguments&)
{
    return timesPicture(evidence, evidence.gradients(Score::Logits).pixels);
}

NdArray integrated(Evidence& evidence, const Arguments& told)
{
    return patchSums(evidence.spec(),
                     integratedGradients(evidence.engine(), evidence.trace().picture, evidence.objective(), told.whole("steps"),
                                         backwardOf(told), evidence.stop(), teller(evidence)));
}

NdArray smooth(Evidence& evidence, const Arguments& told)
{
    std::vector<float> mean = smoothGradient(evidence.engine(), evidence.trace().picture, evidence.objective(),
                                             told.whole("samples"), told.number("noise"), backwardOf(told), evidence.stop(),
                                             teller(evidence));
    for (float& value : mean)
        value = std::abs(value);
    return patchSums(evidence.spec(), mean);
}

NdArray libra(Evidence& evidence, const Arguments&)
{
    return timesPicture(evidence, evidence.gradients(Score::Logits, Backward::Libra).pixels);
}

NdArray beyondIntuition(Evidence& evidence, const Arguments& told)
{
    const ModelSpec& spec = evidence.spec();
    const std::vector<float> weights = readout(spec, evidence.trace().pooling);
    const int layers = spec.layers;
    const NdArray integral = integratedLastAttention(evidence.engine(), evidence.trace(), evidence.objective(),
                                                     told.whole("steps"), evidence.stop(), teller(evidence));
    std::vector<NdArray> factors;
    for (int layer = 0; layer < layers; ++layer) {
        const NdArray norms = evidence.engine().valueNorms(evidence.trace(), layer, evidence.stop());
        factors.push_back(tokenWeightedAttention(evidence.attention(layer), norms[norms.dim(0) - 1],
                                                 rowNorms(evidence.trace().tokens[static_cast<std::size_t>(layer)])));
    }
    return patchMap(spec, beyondIntuitionRow(factors, integral, weights));
}

NdArray occluded(Evidence& evidence, const Arguments&)
{
    return occlusion(evidence.engine(), evidence.trace().picture, evidence.objective(), evidence.stop(), teller(evidence));
}

NdArray lens(Evidence& evidence, const Arguments& told)
{
    const NdArray logits = evidence.engine().lens(evidence.trace(), told.whole("layer") + 1, evidence.stop());
    const Objective& of = evidence.objective();
    std::vector<float> row;
    for (std::int64_t token = 0; token < logits.dim(0); ++token)
        row.push_back(logits.at({token, of.index}) - (of.against ? logits.at({token, *of.against}) : 0));
    return patchMap(evidence.spec(), row);
}

NdArray nestedRollout(Evidence& evidence, const Arguments& told)
{
    const int last = told.whole("layer");
    const NdArray outer = patchMap(evidence.spec(), rolloutRow(evidence, 0, last, HeadFusion::Mean, 0));
    std::vector<NdArray> inner;
    for (int layer = 0; layer <= last; ++layer)
        inner.push_back(evidence.innerAttention(layer));
    return nestedMap(evidence.spec(), outer, innerRolloutShares(inner));
}

NdArray nestedGradient(Evidence& evidence, const Arguments&)
{
    const NdArray outer = patchMap(evidence.spec(), cheferRow(evidence, 0));
    std::vector<NdArray> inner;
    for (int layer = 0; layer < evidence.spec().layers; ++layer)
        inner.push_back(evidence.innerAttention(layer));
    return nestedMap(evidence.spec(), outer, innerGradientShares(inner, evidence.gradients(Score::Logits).innerAttention));
}

NdArray random(Evidence& evidence, const Arguments& told)
{
    return randomMap(evidence.spec(), static_cast<unsigned>(told.whole("seed")));
}

NdArray gaussian(Evidence& evidence, const Arguments& told)
{
    return gaussianMap(evidence.spec(), told.number("sigma"));
}

}  // namespace vitrine::computed
