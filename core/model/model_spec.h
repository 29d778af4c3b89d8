// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vitrine {

enum class Architecture { Vit, Tnt };
enum class Fit { Crop, Squash, Letterbox };      ///< shorter side + centre crop | both sides at once | longer side + bars
enum class Interpolation { Bilinear, Bicubic };  ///< both antialiased, as in Pillow
/// CLS | mean of patches | CLS and mean concatenated (Dinov2 linear head) | what a learned query attends to (SigLIP)
enum class Pool { Cls, Mean, ClsMean, Attention };
enum class Activation { Gelu, GeluTanh, QuickGelu };
enum class Mlp { Plain, SwiGlu };  ///< SwiGlu: w12 then silu(a) * b then w3 (DINOv2-g)
/// How a family resamples its position embeddings to another grid.
/// Cropped (RADIO, NaFlex with aspect preserving positions): to a square of the longer side, of which the upper left part is taken.
enum class PositionResampling {
    BicubicAntialias,
    Bicubic,
    BicubicAlignCorners,
    Bilinear,
    BilinearAntialias,
    BilinearCropped,
    BilinearCroppedAlignCorners,
    BicubicAntialiasCropped
};

/// From a picture to the input tensor. Sizes in pixels.
struct Preprocessing {
    Fit fit = Fit::Crop;
    Interpolation interpolation = Interpolation::Bicubic;
    double cropFraction = 0.9;  ///< Fit::Crop: the shorter side becomes floor(image / cropFraction) ...
    int resizeShorter = 0;      ///< ... unless this is set: the shorter side in pixels
    int mostPatches = 0;        ///< NaFlex: the input has the picture's shape, in at most so many patches; 0: one size for all
    std::array<float, 3> mean{0.5F, 0.5F, 0.5F};
    std::array<float, 3> deviation{0.5F, 0.5F, 0.5F};
};

/// TNT's inner transformer.
struct InnerSpec {
    int side = 4;   ///< inner tokens along one side of a patch; side * side in all
    int width = 0;  ///< channels of an inner token
    int heads = 4;
    int mlpWidth = 0;
    int stride = 4;  ///< of the stem's convolution
    int kernel = 7;  ///< of the stem's convolution, pixels along one side
    int padding = 3;
    int attentionWidth = 0;      ///< of q, k and v over all inner heads; 0: width
    bool legacy = false;         ///< projection to a patch: LN per inner token, bias, no second LN (timm's first structure)
    bool wholePicture = false;   ///< the stem sees the whole picture (timm's first structure), else each patch alone
    bool stemProjection = true;  ///< false: the patch tokens are learned, the pixels come in through the blocks alone
    int tokens() const { return side * side; }
    int headWidth() const { return heads ? (attentionWidth ? attentionWidth : width) / heads : 0; }
};

/// Rotary positions (Su et al. 2021): in every block queries and keys of patches are turned, a pair of channels by an angle
/// that grows with the patch's row or column. Prefix tokens are not. d channels a head, d/4 frequencies.
struct Rotary {
    /// Axial (EVA): base^(-4i/d) radians a row or column, channels 2j and 2j + 1 a pair. Relative (DINOv3): row and column
    /// from -1 to 1, 2 pi base^(-4i/d), channels j and j + d/2 a pair. Learned (RoPE-ViT, "mixed"): frequencies of each block
    /// and head for both axes, in the file; pairs as Axial.
    enum class Kind { None, Axial, Relative, Learned };
    Kind kind = Kind::None;
    double base = 10000;
    int reference = 0;          ///< Axial: rows and columns are scaled to a grid of this side; 0: they are not
    double offset = 0;          ///< Axial: of the first row and column
    bool columnsFirst = false;  ///< Axial: the column turns the first half of the pairs, else the row
};

/// How much an assumption may change what is read off the results.
enum class Severity {
    Information,  ///< said for completeness: the results are what the files say
    Doubtful,     ///< a usual choice where the files are silent: another one would give other numbers
    Unreliable,   ///< the results mean little or nothing
};

/// What no file told, or what is odd about the files, in one sentence.
struct Assumption {
    Severity severity = Severity::Information;
    std::string text;
};

/// A network that is in a weight file.
struct FoundNetwork {
    std::string prefix;  ///< of its tensors' names
    std::string family;  ///< whose names, for people
    std::size_t tensors = 0;
    bool taken = false;
};

/// Everything about a network but its weights. Filled by loadModel() from tensor names, shapes and config files.
struct ModelSpec {
    Architecture architecture = Architecture::Vit;
    std::string name;                          ///< for people: file or folder name, or the bundled model's
    std::vector<std::filesystem::path> files;  ///< all that was read: weights, shards, configuration, labels
    std::string source;  ///< whose names the checkpoint has: "timm", "Hugging Face Dinov2", "torchvision", "Google" ...

    int layers = 0;
    int heads = 0;
    int width = 0;           ///< D
    int attentionWidth = 0;  ///< of q, k and v over all heads; 0: D
    int mlpWidth = 0;        ///< hidden width of the MLP
    int patchHeight = 0, patchWidth = 0;
    int imageHeight = 0, imageWidth = 0;              ///< of the input tensor
    int trainedGridHeight = 0, trainedGridWidth = 0;  ///< of the position embeddings in the file
    bool cls = true;
    bool distillation = false;
    int registers = 0;
    int furtherCls = 0;        ///< of the registers: those in front that are CLS tokens of further teachers (RADIO)
    int classes = 0;           ///< 0: no head; logits are empty
    int embedding = 0;         ///< E: what an image network of a pair with text, or RADIO, gives for the whole picture; 0: none
    std::vector<int> summary;  ///< the tokens that are the embedding, side by side (RADIO); empty: it is what is pooled
    std::string headProblem;   ///< why there are no logits although the file has a head, for people; else empty

    bool learnedPositions = true;  ///< false: none are added to the tokens
    Rotary rotary;
    bool positionsCoverPrefix = true;  ///< false: added to patches only (no_embed_class, DeiT-III)
    PositionResampling positionResampling = PositionResampling::BicubicAntialias;
    double positionOffset = 0;  ///< added to the target grid before resampling (DINOv2 hub: 0.1)
    bool qkvBias = true;
    bool qkNorm = false;
    bool layerScale = false;
    bool attentionNorm = false;  ///< a LayerNorm of the heads side by side before their projection (EVA-02)
    bool mlpNorm = false;        ///< a LayerNorm of the MLP's hidden numbers
    bool relativeBias = false;   ///< added to attention's logits by distance in rows and columns (BEiT)
    bool patchNorms = false;     ///< a LayerNorm over the pixels of a patch before its embedding and one after it
    bool embeddingNorm = false;  ///< that after it alone (AIMv2)
    bool preNorm = false;        ///< a LayerNorm before block 0
    bool rmsNorm = false;        ///< norms divide by the root of the mean square alone (RMSNorm), without a mean or a bias
    bool fcNorm = false;         ///< LayerNorm after pooling instead of before
    bool finalNorm = true;
    double fcNormEpsilon = 0;  ///< of fcNorm; 0: as the others
    int preLogits = 0;         ///< width of a tanh layer between pooling and head; 0: none
    Pool pool = Pool::Cls;
    int poolHeads = 0, poolMlpWidth = 0;  ///< Pool::Attention; no MLP: 0
    bool poolsPrefix = true;              ///< Pool::Attention: the query sees prefix tokens, too
    bool poolProjectsQuery = true;        ///< Pool::Attention: false: the learned vector is the query itself (AIMv2)
    Activation activation = Activation::Gelu;
    Mlp mlp = Mlp::Plain;
    double layerNormEpsilon = 1e-6;
    InnerSpec inner;  ///< of a TNT

    std::int64_t parameters = 0;  ///< as stored in the file and used by the network
    Preprocessing preprocessing;
    std::vector<std::string> labels;     ///< one a class; empty when unknown
    std::vector<FoundNetwork> networks;  ///< all that are in the file, in its order
    std::vector<Assumption> assumed;     ///< what could not be read and was assumed

    int gridHeight() const { return patchHeight ? imageHeight / patchHeight : 0; }
    int gridWidth() const { return patchWidth ? imageWidth / patchWidth : 0; }
    /// Rows of a relative bias' table: each distance in rows and columns, and three for CLS.
    int relativeBiasRows() const { return (2 * gridHeight() - 1) * (2 * gridWidth() - 1) + 3; }
    int patches() const { return gridHeight() * gridWidth(); }
    int prefixTokens() const { return (cls ? 1 : 0) + (distillation ? 1 : 0) + registers; }
    int tokens() const { return prefixTokens() + patches(); }
    int headWidth() const { return heads ? (attentionWidth ? attentionWidth : width) / heads : 0; }
    /// The worst of what was assumed.
    Severity doubt() const;
    /// Why a picture cannot be classified, one sentence; empty when it can.
    std::string whyNoClasses() const;
    /// "CLS and CLS 1, side by side"
    std::string summaryText() const;
    /// "CLS", "distillation", "CLS 1", "register 0", "patch 6, 9"
    std::string tokenName(int token) const;
    void assume(Severity severity, std::string text) { assumed.push_back({severity, std::move(text)}); }
    /// The label, or "class 281" when there is none.
    std::string label(int index) const;
};

/// "information", "doubtful", "unreliable"
std::string toString(Severity severity);

}  // namespace vitrine
