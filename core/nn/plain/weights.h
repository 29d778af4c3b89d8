// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/model/model.h"
#include "core/nn/plain/block.h"
#include "core/nn/plain/head.h"
#include "core/nn/plain/stem.h"
#include "core/nn/tensors.h"

namespace vitrine::nn::plain {

/// One layer. A ViT's is `outer` alone; in a TNT what `inner` gives is projected and added to the patch tokens first.
struct Layer {
    Block outer;
    std::optional<Block> inner;
    Norm projectionNorm1;  ///< of all inner tokens of a patch at once, or of each where it is as wide as one
    Affine projection;
    Norm projectionNorm2;
};

/// `inner` [N, t, c] -> [1, N, D], what a TNT's layer adds to its patches.
at::Tensor projected(const Layer& layer, const at::Tensor& inner);
/// `gradient` [1, N, D], of that, as that of `inner`.
at::Tensor beforeProjection(const Layer& layer, const at::Tensor& gradient, const at::Tensor& inner, Backward backward);

Layer makeLayer(const Weights& weights, const ModelSpec& spec, const at::Device& device);
Stem makeStem(const Weights& weights, const ModelSpec& spec, const at::Device& device);
Head makeHead(const Weights& weights, const ModelSpec& spec, const at::Device& device);

/// The weights of a network beside the packed ones that its passes use. A layer's are read when they are first asked for,
/// and stay: float32 that lies in its file as it is needed costs no memory of its own, everything else its float32 copy.
/// A model that has no file keeps its tensors. Throws Error where the file was changed meanwhile.
class PlainWeights {
public:
    PlainWeights(const Model& model, const at::Device& device);

    const Layer& layer(int index);
    const Stem& stem();
    const Head& head();

private:
    template <typename Part, typename Make> const Part& once(std::optional<Part>& part, const std::string& prefix, Make make);

    ModelSpec m_spec;
    at::Device m_device;
    std::shared_ptr<const TensorSource> m_source;
    std::vector<std::string> m_names;
    Tensors m_tensors;  ///< empty where there is a source
    std::vector<std::optional<Layer>> m_layers;
    std::optional<Stem> m_stem;
    std::optional<Head> m_head;
};

} // namespace vitrine::nn::plain
