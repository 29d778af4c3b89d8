// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/method.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/explain/computed.h"

namespace vitrine {

namespace {

constexpr GradientOptions ofAttention{};
constexpr GradientOptions ofEachLayer{.score = Score::EachLayer};
constexpr GradientOptions ofNorms{.attention = false, .tokens = true};
constexpr GradientOptions ofPixels{.attention = false, .pixels = true};
constexpr GradientOptions ofPixelsLibra{.backward = Backward::Libra, .attention = false, .pixels = true};

constexpr std::array attentionGradient{ofAttention}, layerGradient{ofEachLayer}, normGradient{ofNorms}, pixelGradient{ofPixels},
    libraGradient{ofPixelsLibra};

constexpr Parameter layerParameter{"layer", 0, lastLayer, lastLayer, true, "the layer that is looked at"};
constexpr Parameter upToLayerParameter{"layer", 0, lastLayer, lastLayer, true, "the last layer of the product"};
constexpr Parameter firstLayerParameter{"first-layer", 0, lastLayer, 0, true, "the layers before are left out"};
constexpr Parameter libraRule{"libra", 0, 1, 0, true, "1: with LibraGrad's pruned backward pass"};

constexpr std::array ofLayer{layerParameter}, fromLayer{firstLayerParameter}, toLayer{upToLayerParameter};
constexpr std::array ofRollout{upToLayerParameter, firstLayerParameter,
                               Parameter{"discard", 0, 1, 0, false, "part of the smallest weights that is set to 0"},
                               Parameter{"fusion", 0, 2, 0, true, "of the heads: 0 mean, 1 largest, 2 smallest"}};
constexpr std::array ofIntegral{Parameter{"steps", 1, 1000, 20, true, "equal parts of the way from grey to the picture"},
                                libraRule};
constexpr std::array ofSmooth{
    Parameter{"samples", 1, 1000, 16, true, "noisy pictures"},
    Parameter{"noise", 0, 1, 0.15, false, "deviation of the noise, in ranges of the picture's values"}, libraRule};
constexpr std::array ofBeyond{Parameter{"steps", 1, 1000, 20, true, "equal parts of the last layer's attention"}};
constexpr std::array ofRandom{Parameter{"seed", 0, 1e9, 1, true, "other numbers for another one"}};
constexpr std::array ofGaussian{Parameter{"sigma", 0.01, 10, 0.25, false, "standard deviation, in sides of the picture"}};

// A: attention of a layer behind its softmax; G: the derivative of the class's logit by A; r: what the head reads of each
// token, CLS alone or the mean over the patches that it pools.
constexpr std::array allMethods{
    Method{.id = "attention",
           .needs = {.attention = true},
           .parameters = ofLayer,
           .sentence = "What the token that the head reads looks at in one layer, mean over heads; where the head pools the "
                       "patches, the mean over what they look at.",
           .formula = "r mean_h A",
           .source = "Dosovitskiy et al., An Image is Worth 16x16 Words, ICLR 2021",
           .compute = computed::attention},
    Method{.id = "value-attention",
           .needs = {.attention = true, .engine = true},
           .parameters = ofLayer,
           .sentence = "The same, each patch weighted by how much it has to give: the length of its value behind the output "
                       "projection.",
           .formula = "r mean_h (A |v W_o|)",
           .source = "Kobayashi et al., Attention is Not Only a Weight, EMNLP 2020",
           .compute = computed::valueAttention},
    Method{.id = "rollout",
           .needs = {.attention = true},
           .parameters = ofRollout,
           .sentence = "Attention followed through all layers, half of each layer passing every token by.",
           .formula = "r (A_L + I)/2 ... (A_1 + I)/2, rows made to add up to 1",
           .source = "Abnar and Zuidema, Quantifying Attention Flow in Transformers, ACL 2020",
           .compute = computed::rollout},
    Method{.id = "gradient-attention",
           .needs = {.attention = true, .gradients = attentionGradient},
           .isOfClass = true,
           .parameters = ofLayer,
           .sentence = "One layer's attention where more of it would raise the class.",
           .formula = "r mean_h max(0, G * A)",
           .source = "Chefer et al., Generic Attention-model Explainability, ICCV 2021, rule 5",
           .compute = computed::gradientAttention},
    Method{.id = "chefer",
           .needs = {.attention = true, .gradients = attentionGradient},
           .isOfClass = true,
           .parameters = fromLayer,
           .sentence = "Attention times gradient, followed through all layers.",
           .formula = "r R, R <- R + mean_h max(0, G * A) R from R = I",
           .source = "Chefer et al., Generic Attention-model Explainability, ICCV 2021, rules 5 and 6",
           .compute = computed::chefer},
    Method{.id = "legrad",
           .needs = {.gradients = layerGradient},
           .isOfClass = true,
           .parameters = fromLayer,
           .sentence = "How much the class, read off each layer's own tokens, would gain from more attention to a patch; mean "
                       "over layers, heads and queries.",
           .formula = "mean_l mean_h mean_i max(0, d s_l / d A_l), s_l = head(norm(mean over all tokens after block l))",
           .source = "Bousselham et al., LeGrad, ICCV 2025",
           .compute = computed::leGrad},
    Method{.id = "attention-gradcam",
           .needs = {.attention = true, .gradients = attentionGradient},
           .isOfClass = true,
           .parameters = ofLayer,
           .sentence = "One layer's attention, each head weighted by how much the class gains from it.",
           .formula = "max(0, mean_h (mean over patches of r G) r A)",
           .source = "Selvaraju et al., Grad-CAM, ICCV 2017, as used by Chefer et al., CVPR 2021",
           .compute = computed::attentionGradCam},
    Method{.id = "agcam",
           .needs = {.engine = true, .gradients = attentionGradient},
           .isOfClass = true,
           .sentence = "Positive gradients of the attention of all layers, weighted by the attention before its softmax.",
           .formula = "sum_l sum_h r (max(0, G) * sigmoid(q k / sqrt d))",
           .source = "Leem and Seo, Attention Guided CAM, AAAI 2024",
           .compute = computed::agCam},
    Method{.id = "gradcam",
           .needs = {.gradients = normGradient},
           .isOfClass = true,
           .parameters = ofLayer,
           .sentence = "The channels of one block's first norm, weighted by their mean gradient over the patches; the positive "
                       "part of their sum.",
           .formula = "max(0, sum_c mean_k(d s / d x_kc) x_kc)",
           .source = "Selvaraju et al., Grad-CAM, ICCV 2017",
           .compute = computed::gradCam},
    Method{.id = "gradient-input",
           .needs = {.gradients = pixelGradient},
           .isOfClass = true,
           .isSigned = true,
           .sentence = "The slope of the class at each pixel times the pixel, summed over a patch.",
           .formula = "sum of x d s / d x",
           .source = "Shrikumar et al., Learning Important Features, ICML 2017",
           .compute = computed::gradientInput},
    Method{.id = "integrated-gradients",
           .needs = {.engine = true},
           .isOfClass = true,
           .isSigned = true,
           .parameters = ofIntegral,
           .sentence = "The same, with the mean slope on the way from the mean colour to the picture: the patches add up to "
                       "what the class gains on this way.",
           .formula = "sum of x mean over a in 0 .. 1 of (d s / d x)(a x)",
           .source = "Sundararajan et al., Axiomatic Attribution, ICML 2017",
           .compute = computed::integrated},
    Method{.id = "smoothgrad",
           .needs = {.engine = true},
           .isOfClass = true,
           .parameters = ofSmooth,
           .sentence = "The mean slope over noisy copies of the picture, its size summed over a patch.",
           .formula = "sum of |mean over n of (d s / d x)(x + noise)|",
           .source = "Smilkov et al., SmoothGrad, 2017",
           .compute = computed::smooth},
    Method{.id = "libragrad",
           .needs = {.gradients = libraGradient},
           .isOfClass = true,
           .isSigned = true,
           .sentence = "Gradient times picture with a backward pass in which norms, attention and gates count as constants.",
           .formula = "sum of x d' s / d' x",
           .source = "Mehri et al., LibraGrad, CVPR 2025",
           .compute = computed::libra},
    Method{.id = "beyond-intuition",
           .needs = {.attention = true, .engine = true},
           .isOfClass = true,
           .parameters = ofBeyond,
           .sentence = "Attention followed through all layers with each token's share of what it passes on, times the "
                       "integrated gradient of the last layer's attention (the published code scales the picture instead).",
           .formula = "r (P * mean_h max(0, mean over a of G_L(a A_L))), P <- P + mean_h A diag(|v W_o| / |z|) P from P = I",
           .source = "Chen et al., Beyond Intuition, ICML 2023, token-wise",
           .compute = computed::beyondIntuition},
    Method{.id = "occlusion",
           .needs = {.engine = true},
           .isOfClass = true,
           .isSigned = true,
           .sentence = "By how much the class falls where a patch becomes the mean colour; one pass a patch.",
           .formula = "s(x) - s(x without the patch)",
           .source = "Zeiler and Fergus, Visualizing CNNs, ECCV 2014",
           .compute = computed::occluded},
    Method{.id = "lens",
           .needs = {.engine = true},
           .isOfClass = true,
           .isSigned = true,
           .parameters = ofLayer,
           .sentence = "Logit lens: what the head would say of each patch's token after a layer, as if it were the pooled one.",
           .formula = "head(norm(z_l))_c",
           .source = "nostalgebraist, interpreting GPT: the logit lens, 2020",
           .compute = computed::lens},
    Method{.id = "nested-rollout",
           .needs = {.attention = true},
           .gives = Gives::InnerMap,
           .parameters = toLayer,
           .sentence = "TNT: a patch's rollout spread over its pixels by the rollout of its inner attention, as if its inner "
                       "tokens were read in equal parts; the cells of a patch add up to its rollout.",
           .formula = "R_patch * (1/t) (B_L + I)/2 ... (B_1 + I)/2, B the inner attention",
           .source = "Vitrine, after Abnar and Zuidema 2020",
           .compute = computed::nestedRollout},
    Method{.id = "nested-gradient",
           .needs = {.attention = true, .gradients = attentionGradient},
           .gives = Gives::InnerMap,
           .isOfClass = true,
           .sentence = "TNT: a patch's relevance (chefer) spread over its pixels by the same rules inside the patch, without "
                       "what every pixel has of itself; in equal parts where no inner gradient is positive.",
           .formula = "R_patch * share, share ~ (1/t) (Q - I), Q <- Q + mean_h max(0, d s / d B * B) Q from Q = I",
           .source = "Vitrine, after Chefer et al. 2021",
           .compute = computed::nestedGradient},
    Method{.id = "random",
           .isControl = true,
           .parameters = ofRandom,
           .sentence = "Control: random numbers.",
           .formula = "uniform in 0 .. 1",
           .source = "",
           .compute = computed::random},
    Method{.id = "gaussian",
           .isControl = true,
           .parameters = ofGaussian,
           .sentence = "Control: what is in the middle matters.",
           .formula = "exp(-d^2 / (2 sigma^2)), d from the middle",
           .source = "",
           .compute = computed::gaussian},
};

double highest(const Parameter& parameter, const ModelSpec& spec)
{
    return parameter.high == lastLayer ? spec.layers - 1 : parameter.high;
}

/// "steps": of the method; "layer": of any.
bool isCalled(const Method& method, const Parameter& parameter, std::string_view key)
{
    return key == std::string(method.id) + "." + std::string(parameter.name) || (key == "layer" && parameter.name == key);
}

std::string numberText(double number)
{
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

void checkValue(std::string_view key, double value, const Parameter& parameter, const ModelSpec& spec)
{
    const double high = highest(parameter, spec);
    if (value >= parameter.low && value <= high && (!parameter.whole || value == std::floor(value)))
        return;
    throw Error(std::string(key) + " cannot be " + numberText(value) + " in " + spec.name + "; give a "
                + (parameter.whole ? "whole " : "") + "number from " + numberText(parameter.low) + " to " + numberText(high)
                + ".");
}

void checkClass(int index, const ModelSpec& spec)
{
    if (index < 0 || index >= spec.classes)
        throw Error("There is no class " + std::to_string(index) + " in " + spec.name + "; the classes are 0 to "
                    + std::to_string(spec.classes - 1) + ".");
}

}  // namespace

std::span<const Method> methods()
{
    return allMethods;
}

const Method& findMethod(std::string_view id)
{
    const auto found = std::ranges::find(allMethods, id, &Method::id);
    if (found != allMethods.end())
        return *found;
    std::string names;
    for (const Method& method : allMethods)
        names += (names.empty() ? "" : ", ") + std::string(method.id);
    throw Error("There is no method \"" + std::string(id) + "\"; the methods are " + names + ".");
}

bool hasLayer(const Method& method)
{
    return std::ranges::find(method.parameters, "layer", &Parameter::name) != method.parameters.end();
}

std::string whyNot(const Method& method, const ModelSpec& spec)
{
    if (method.isOfClass && spec.classes == 0)
        return spec.whyNoClasses();
    if (method.gives == Gives::InnerMap && spec.architecture != Architecture::Tnt)
        return spec.name + " is a ViT and has no inner transformer, so " + std::string(method.id) + " has nothing to show; "
               + "choose a TNT.";
    return {};
}

void check(const Query& query, std::span<const Method* const> chosen, const ModelSpec& spec)
{
    for (const auto& [key, value] : query.parameters) {
        bool isKnown = false;
        for (const Method* method : chosen)
            for (const Parameter& parameter : method->parameters)
                if (isCalled(*method, parameter, key)) {
                    checkValue(key, value, parameter, spec);
                    isKnown = true;
                }
        if (!isKnown)
            throw Error("No method that was chosen has a parameter \"" + key + "\"; see vitrine explain --help.");
    }
    if (std::ranges::any_of(chosen, &Method::isOfClass)) {
        checkClass(query.objective.index, spec);
        if (query.objective.against)
            checkClass(*query.objective.against, spec);
    }
}

namespace {

/// A map of `method` that is known to be finite.
NdArray mapOf(const Method& method, Evidence& evidence, const Query& query)
{
    throwIfStopped(evidence.stop());
    NdArray map = method.compute(evidence, Arguments(method, query, evidence.spec()));
    requireFinite(map, "The map of " + std::string(method.id), "choose another method or picture");
    return map;
}

void requireSuits(const Method& method, const ModelSpec& spec)
{
    if (const std::string why = whyNot(method, spec); !why.empty())
        throw Error(why);
}

}  // namespace

std::vector<NdArray> computeMaps(std::span<const Method* const> chosen, Engine& engine, const Trace& trace, const Query& query,
                                 std::stop_token stop, const Progress& progress)
{
    for (const Method* method : chosen)
        requireSuits(*method, *trace.model);
    check(query, chosen, *trace.model);
    Evidence evidence(engine, trace, query, chosen, std::move(stop), progress);
    std::vector<NdArray> maps;
    for (const Method* method : chosen) {
        evidence.begin(maps.size());
        evidence.tell(0);
        maps.push_back(mapOf(*method, evidence, query));
    }
    if (progress)
        progress(1, "maps");
    return maps;
}

std::vector<NdArray> computeLayers(const Method& method, Engine& engine, const Trace& trace, Query query, std::stop_token stop,
                                   const Progress& progress)
{
    requireSuits(method, *trace.model);
    if (!hasLayer(method))
        throw Error(std::string(method.id) + " is not of a layer: it has one map.");
    // The gradients of all layers are those from the first on.
    query.parameters["layer"] = 0;
    const Method* const one = &method;
    const std::span chosen(&one, 1);
    check(query, chosen, *trace.model);
    Evidence evidence(engine, trace, query, chosen, std::move(stop), {});
    std::vector<NdArray> maps;
    for (int layer = 0; layer < trace.layers(); ++layer) {
        Query ofLayer = query;
        ofLayer.parameters["layer"] = layer;
        maps.push_back(mapOf(method, evidence, ofLayer));
        if (progress)
            progress((layer + 1.0) / trace.layers(), method.id);
    }
    return maps;
}

NdArray computeMap(const Method& method, Engine& engine, const Trace& trace, const Query& query, std::stop_token stop,
                   const Progress& progress)
{
    const Method* one = &method;
    return computeMaps(std::span(&one, 1), engine, trace, query, std::move(stop), progress).front();
}

}  // namespace vitrine
