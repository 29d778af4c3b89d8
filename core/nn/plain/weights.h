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

/// The weights of a network beside the packed ones that its passes use. A layer's are read when they are first asked for.
/// They stay on a GPU and where there is no file; of a file mostKept bytes stay, layers beyond are read again each time.
/// Throws Error where the file was changed meanwhile.
class PlainWeights {
public:
    static constexpr std::int64_t mostKept = std::int64_t(192) << 20;

    PlainWeights(const Model& model, const at::Device& device);

    /// Until another layer is asked for.
    const Layer& layer(int index);
    const Stem& stem();
    const Head& head();

private:
    /// Of the names below `prefix`; none: of what is in no block.
    Tensors tensors(const std::string& prefix) const;
    template <typename Part, typename Make>
    const Part& once(std::optional<Part>& part, Make make);

    ModelSpec m_spec;
    at::Device m_device;
    std::shared_ptr<const TensorSource> m_source;
    std::vector<std::string> m_names;
    Tensors m_tensors;  ///< empty where there is a source
    std::vector<std::optional<Layer>> m_layers;
    std::int64_t m_kept = 0;  ///< bytes of them
    Layer m_passing;          ///< m_passingLayer, which is not kept
    int m_passingLayer = -1;
    std::optional<Stem> m_stem;
    std::optional<Head> m_head;
};

}  // namespace vitrine::nn::plain
