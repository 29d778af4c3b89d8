// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/ndarray.h"
#include "core/base/progress.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// What a person says instead of what the files say.
struct ModelOverrides {
    std::optional<int> heads, innerHeads;
    std::optional<Activation> activation;
    std::optional<Pool> pool;
    std::optional<int> trainedHeight, trainedWidth;  ///< of the pictures that the position embeddings were made for, in pixels
    std::optional<std::string> prefix;  ///< of the network to take where a file holds several ("student.backbone.")
    std::optional<int> imageHeight, imageWidth;
    std::optional<int> pictureHeight, pictureWidth;  ///< what a network whose input has the picture's shape will see, in pixels
    std::optional<std::array<float, 3>> mean, deviation;
    std::optional<double> cropFraction;
    std::optional<Interpolation> interpolation;
    std::optional<Fit> fit;
    std::optional<std::filesystem::path> labels;  ///< text (one a line), TSV or JSON
};

using Tensors = std::map<std::string, NdArray, std::less<>>;

/// Where a model's tensors came from: keeps the file mapped, so that they can be forgotten and read again. One thread.
class TensorSource {
public:
    virtual ~TensorSource() = default;
    /// A tensor by its name in Model::tensors. Throws Error.
    virtual NdArray read(const std::string& name) const = 0;
    /// Throws Error when a file was written to since. (One that was deleted or replaced is still mapped.)
    virtual void throwIfChanged() const = 0;
};

/// A network's description and weights, the tensors under timm's names whatever the checkpoint's family. D width, p patch,
/// h hidden width of the MLP, g trained grid, c channels and t tokens of TNT's inner transformer, d width of a head.
/// ViT: patch_embed.proj.{weight [D,3,p,p], bias}, cls_token [1,1,D], dist_token [1,1,D], reg_token [1,registers,D],
///   pos_embed [1, g*g (+ prefixTokens() if positionsCoverPrefix), D] (rows of zeros for registers that have none),
///   norm_pre.*, blocks.i.{norm1.*, attn.qkv.{weight [3D,D] q k v, bias}, attn.{q_norm,k_norm}.* [d], attn.proj.*,
///   ls1.gamma, norm2.*, mlp.fc1.* [h,D], mlp.fc2.* | SwiGlu: mlp.w12.* [2h,D], mlp.w3.* [D,h]; ls2.gamma}; no pos_embed
///   where learnedPositions is false; with embeddingNorm patch_embed.norm_out.*; norms without a bias where rmsNorm; in a block also attn.norm.* [D], mlp.norm.* [h], attn.relative_bias
///   [relativeBiasRows(), heads], attn.frequencies [2,heads,d/2] as ModelSpec says
/// TNT: pixel_embed.proj.{weight [c,3,7,7], bias}, pixel_pos [1,c,side,side], norm1_proj.*, proj.*, norm2_proj.*,
///   cls_token, patch_pos [1,g*g+1,D], blocks.i.{norm_in.*, attn_in.{qk.weight [2c,c], v.weight, proj.*}, norm_mlp_in.*,
///   mlp_in.{fc1,fc2}.*, norm1_proj.* [c*t; legacy c], proj.weight [D,c*t] (legacy: and bias), norm2_proj.* (not legacy),
///   norm_out.*, attn_out.{qk,v,proj}, norm_mlp.*, mlp.{fc1,fc2}.*}; qk.bias and v.bias if qkvBias
/// Pool::Attention: attn_pool.{latent [1,1,D], q.* (where poolProjectsQuery), kv.* [2D,D] k v, proj.*, norm.*, mlp.fc1.*, mlp.fc2.*}; embedding.* [E,D]
///   where a projection makes ModelSpec::embedding
/// Both: norm.* (finalNorm), fc_norm.* (fcNorm), head.{weight [classes, D or 2D], bias}, head_dist.* where the file has one
///   (then the logits are the mean of both heads; a distillation token alone does not make a second head).
struct Model {
    ModelSpec spec;
    Tensors tensors;
    std::shared_ptr<const TensorSource> source;  ///< null where there is no file
};

/// Reads a checkpoint of any family (file or folder), with config.json / preprocessor_config.json beside it.
/// Throws Error: not a ViT or TNT, missing or mis-shaped tensors (names the tensor and both shapes).
Model loadModel(const std::filesystem::path& path, const ModelOverrides& overrides = {}, const Progress& progress = {},
                std::stop_token stop = {});

/// A bundled model's folder by name ("vit", "tnt"), else `nameOrPath` itself. Throws Error when neither exists.
std::filesystem::path resolveModel(const std::string& nameOrPath, const std::filesystem::path& resources);

/// The names of the bundled models, default first.
std::vector<std::string> bundledModels(const std::filesystem::path& resources);

}  // namespace vitrine
