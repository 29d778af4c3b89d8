// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace vitrine::kernels {

/// What the factors of products are rounded to; sums are float32 always.
enum class Product { Float32, BFloat16 };

/// One head of one picture: row i of q, k and v begins `stride` floats after row i - 1.
struct HeadView {
    const float* q = nullptr;
    const float* k = nullptr;
    const float* v = nullptr;
    std::int64_t stride = 0;
    std::int64_t tokens = 0;
    std::int64_t width = 0;              ///< d
    Product product = Product::Float32;  ///< of q k^T, and of the softmax's powers (the largest of a row is 1) and v
};

/// Where a head's results go; each may be null.
struct HeadResult {
    float* probabilities = nullptr;  ///< [T, T]
    float* mixed = nullptr;          ///< row i: d floats at mixed + i * mixedStride
    std::int64_t mixedStride = 0;
    float *peaks = nullptr, *factors = nullptr;  ///< [T] each, or null: of each row of probabilities what attendColumn() takes
};

enum class Epilogue { None, Gelu, GeluTanh, QuickGelu, Add };

/// A weight [out, in] for runLinear(), by packLinear().
struct PackedLinear {
    const float* memory = nullptr;
    std::int64_t out = 0, in = 0;
    Product product = Product::Float32;
};

/// Layer normalisation of each row; no weight: none; no bias: by the root of the mean square alone (RMSNorm).
struct Norm {
    const float *weight = nullptr, *bias = nullptr;  ///< [in]
    float epsilon = 0;
};

/// y = epilogue(norm(x) W^T + bias) over at least minimumLinearRows rows, all row-major and contiguous. What an activation gives a
/// product of BFloat16 is bfloat16 in y, for the next such product alone; `out` is even then.
struct LinearCall {
    PackedLinear weight;
    const float* x = nullptr;  ///< [rows, in]
    bool xIsRounded = false;   ///< x is bfloat16, two in the space of a float; `in` is even, and there is no norm
    Norm norm;
    const float* bias = nullptr;      ///< [out] or null
    const float* residual = nullptr;  ///< [rows, out], what Epilogue::Add adds
    float* y = nullptr;               ///< [rows, out]
    std::int64_t rows = 0;
    Epilogue epilogue = Epilogue::None;
};
inline constexpr std::int64_t minimumLinearRows = 8;

/// Rotary positions: channel i of a query or key becomes x[i] cosine[i] + x[partner of i] sine[i].
struct RotaryCall {
    const float *cosine = nullptr, *sine = nullptr;  ///< [patches, d], or [heads, patches, d]
    std::int64_t ofHead = 0;                         ///< floats from a head's to the next one's; 0: all heads have the same
    std::int64_t heads = 0, width = 0;               ///< d, an even number
    bool halves = false;                             ///< the partner is d/2 away, else the neighbour
};

/// The weights of one inner block of a TNT, packed by packInner(). t = 16 tokens, c channels.
struct InnerWeights {
    std::int64_t width = 0, heads = 0, hidden = 0;
    float epsilon = 0;
    const float *norm1Weight = nullptr, *norm1Bias = nullptr;  ///< [c]
    const float *qkv = nullptr, *qkvBias = nullptr;            ///< packed [c -> 3c]; bias padded likewise
    const float *projection = nullptr, *projectionBias = nullptr;
    const float *norm2Weight = nullptr, *norm2Bias = nullptr;
    const float *fc1 = nullptr, *fc1Bias = nullptr;
    const float *fc2 = nullptr, *fc2Bias = nullptr;
};

/// What one inner block writes for some patches, one after the other.
struct InnerResult {
    float* state = nullptr;      ///< [patches, c, 16]: the next block's input
    float* tokens = nullptr;     ///< [patches, 16, c]
    float* attention = nullptr;  ///< [patches, heads, 16, 16] or null
};

/// Single-threaded numeric kernels for one instruction set. They allocate nothing and know nothing of LibTorch.
struct Kernels {
    const char* name;
    bool bfloat16;  ///< whether there is Product::BFloat16

    /// Floats that packHead() writes, and that attendRows() needs as scratch memory.
    std::int64_t (*packedHeadSize)(std::int64_t tokens, std::int64_t width);
    std::int64_t (*attendScratchSize)(std::int64_t tokens, std::int64_t width);
    /// Lays keys and values of a head out for attendRows(); no values: probabilities alone can be had.
    void (*packHead)(const HeadView& head, float* packed);
    /// softmax(scale q k^T) and its product with v, for rows [first, last). Scores, softmax and product of a few rows
    /// are done while they are in the nearest cache, and a probability is written once.
    void (*attendRows)(const HeadView& head, const float* packed, float scale, std::int64_t first, std::int64_t last,
                       const HeadResult& result, float* scratch);
    /// What all queries give to one key, [T]: the bits that attendRows() gives; `scratch` as there.
    void (*attendColumn)(const HeadView& head, float scale, std::int64_t key, const float* peaks, const float* factors,
                         float* column, float* scratch);

    /// Floats that packLinear() writes, whatever packed.memory is, and that runLinear() needs as scratch memory.
    std::int64_t (*packedLinearSize)(const PackedLinear& packed);
    std::int64_t (*linearScratchSize)(const LinearCall& call);
    /// `weight` [out, in] -> `memory`, panels [first, last) of linearPanels(), which are independent.
    std::int64_t (*linearPanels)(const PackedLinear& packed);
    void (*packLinear)(const float* weight, const PackedLinear& packed, std::int64_t first, std::int64_t last, float* memory);
    /// The work is cut into linearBlocks() independent parts, from the first row to the last, so that a thread meets the
    /// same rows in one layer after the other; runLinear() does parts [first, last).
    std::int64_t (*linearBlocks)(const LinearCall& call);
    void (*runLinear)(const LinearCall& call, std::int64_t first, std::int64_t last, float* scratch);

    /// Turns a patch's queries and keys in place: `row` is its q, heads side by side, and behind it its k.
    void (*rotate)(const RotaryCall& call, float* row, std::int64_t patch);

    std::int64_t (*innerScratchSize)(const InnerWeights& weights);
    /// One inner block, x + attention(norm(x)), then + mlp(norm(x)) with exact GELU, of `patches` patches.
    /// `state` [patches, c, 16].
    void (*innerBlock)(const InnerWeights& weights, const float* state, std::int64_t patches, const InnerResult& result,
                       float* scratch);
};

/// The best kernels for this processor, or those that the environment variable VITRINE_KERNELS names ("generic", "avx2",
/// "avx512", "avx512bf16"), where this processor can run them: so that every way is tested on one machine.
const Kernels& best();
/// VITRINE_KERNELS is "torch": networks use none of them.
bool leftToTorch();

/// Those that this processor can run, the best last; for tests.
std::vector<const Kernels*> usable();

/// Plain loops in double precision, to compare with.
const Kernels& plainLoops();

/// Floats of a weight [out, in] packed for InnerWeights, and of its padded bias.
std::int64_t innerPackedSize(std::int64_t out, std::int64_t in);
std::int64_t innerPaddedRows(std::int64_t out);
/// Row-major [out, in] -> groups of up to 12 outputs, input-major within a group, zeros behind the last output.
void packInner(const float* weight, std::int64_t out, std::int64_t in, float* packed);

inline constexpr std::int64_t innerGroup = 12;  ///< outputs that packInner() puts together

}  // namespace vitrine::kernels
