// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/statistics/layer_measure.h"

#include <QCoreApplication>

#include <numeric>
#include <span>

#include "core/explain/embeddings.h"
#include "core/explain/inner.h"
#include "core/explain/lens.h"

namespace vitrine {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("vitrine::LayerMeasure", text);
}

/// Of one layer; nothing where the pass has no such numbers.
std::optional<double> numberOf(LayerMeasure measure, const Trace& trace, int layer)
{
    if (measure == LayerMeasure::OwnShare)
        return trace.innerProjection.empty() ? std::nullopt : std::optional(bridge(trace, layer).varyingShare());
    const auto after = static_cast<std::size_t>(layer) + 1;
    const bool ofCls = measure == LayerMeasure::ClsNorm;
    if (after >= trace.tokens.size() || trace.tokens[after].empty() || (ofCls && !trace.model->cls))
        return std::nullopt;
    const NdArray norms = rowNorms(trace.tokens[after]);
    const std::span<const float> all = norms.values();
    if (ofCls)
        return static_cast<double>(all.front());
    const std::span<const float> patches = all.subspan(static_cast<std::size_t>(trace.model->prefixTokens()));
    return std::accumulate(patches.begin(), patches.end(), 0.0) / static_cast<double>(patches.size());
}

const MapAnswer* lensAnswer(const Exploration& exploration)
{
    const std::optional<MapRequest> request = lensRequest(exploration);
    return request ? exploration.answer(*request) : nullptr;
}

QList<QPointF> lensPoints(const Exploration& exploration)
{
    QList<QPointF> points;
    const MapAnswer* answer = lensAnswer(exploration);
    if (!answer || answer->values.empty())
        return points;
    const NdArray curve = probabilityByState(answer->values, *exploration.shownClass());
    for (int layer = 0; layer < exploration.trace()->layers(); ++layer)
        points.append({double(layer), static_cast<double>(curve.at({layer + 1}))});
    return points;
}

QString aboutSimilarity(const ModelSpec& spec)
{
    const QString few = spec.patches() < spec.width ? tr(", fewer than its %1 channels, so a rough number").arg(spec.width)
                                                    : QString();
    return tr("CKA of the patch tokens z after two layers, over the %1 patches of this picture alone%2; 1: alike up to "
              "rotation "
              "and scale; HSIC(z, z′) / √(HSIC(z, z) HSIC(z′, z′)), unbiased; click a cell to open the layer of its column")
        .arg(spec.patches())
        .arg(few);
}

}  // namespace

QList<QPointF> pointsOf(LayerMeasure measure, const Exploration& exploration)
{
    if (measure == LayerMeasure::Similarity)
        return {};
    if (measure == LayerMeasure::Lens)
        return lensPoints(exploration);
    QList<QPointF> points;
    for (int layer = 0; layer < exploration.trace()->layers(); ++layer)
        if (const std::optional<double> value = numberOf(measure, *exploration.trace(), layer))
            points.append({double(layer), *value});
    return points;
}

QString unitOf(LayerMeasure measure)
{
    switch (measure) {
    case LayerMeasure::PatchNorm:
    case LayerMeasure::ClsNorm:
        return tr("norm");
    case LayerMeasure::OwnShare:
        return tr("part of what the pixels add");
    case LayerMeasure::Lens:
        return tr("probability");
    case LayerMeasure::Similarity:
        break;
    }
    return QStringLiteral("CKA");
}

QString aboutOf(LayerMeasure measure, const Exploration& exploration)
{
    const ModelSpec& spec = *exploration.trace()->model;
    switch (measure) {
    case LayerMeasure::PatchNorm:
        return tr("‖z‖₂ of the patches' tokens after each layer, their mean; click a point to open its layer");
    case LayerMeasure::ClsNorm:
        return tr("‖z‖₂ of the CLS token after each layer; click a point to open its layer");
    case LayerMeasure::OwnShare:
        return tr(
            "√(mean ‖v‖² / mean ‖p‖²): of what the pixels add to a patch (p), what no other patch gets (v); click a point "
            "to open its layer");
    case LayerMeasure::Lens:
        return tr("How probable %1 would be if the network ended after a layer, at last the prediction: "
                  "softmax(head(norm(z))), z: "
                  "%2; click a point to open its layer")
            .arg(QString::fromStdString(spec.label(exploration.shownClass().value_or(0))),
                 QString::fromStdString(whatHeadReads(spec)));
    case LayerMeasure::Similarity:
        break;
    }
    return aboutSimilarity(spec);
}

QString whyNone(LayerMeasure measure, const Exploration& exploration)
{
    const MapAnswer* lens = nullptr;
    switch (measure) {
    case LayerMeasure::PatchNorm:
        return tr("The tokens of this pass were not kept.");
    case LayerMeasure::ClsNorm:
        return tr("This model has no CLS token, or its tokens were not kept.");
    case LayerMeasure::OwnShare:
        return tr("Only a TNT has tokens inside its patches.");
    case LayerMeasure::Lens:
        lens = lensAnswer(exploration);
        return !exploration.trace()->edits.empty()
                   ? tr("The logit lens reads the network as it is: bring back what was erased and switched off.")
               : !lensRequest(exploration) ? QString::fromStdString(exploration.trace()->model->whyNoClasses())
               : lens                      ? lens->problem
                                           : tr("being computed …");
    case LayerMeasure::Similarity:
        break;
    }
    return {};
}

std::optional<MapRequest> lensRequest(const Exploration& exploration)
{
    const auto& trace = exploration.trace();
    if (!trace || !trace->edits.empty() || !exploration.shownClass() || !trace->model->whyNoClasses().empty())
        return std::nullopt;
    return MapRequest{&lensOfStates(), {}, 0};
}

}  // namespace vitrine
