// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/stages.h"

namespace vitrine {

namespace {

const char* const layerNorm = "(z − μ) / √(σ² + ε) · γ + β";
const char* const rmsNorm = "z / √(mean(z²) + ε) · γ";

std::string number(std::int64_t value)
{
    return std::to_string(value);
}

std::string activation(const ModelSpec& spec)
{
    switch (spec.activation) {
    case Activation::GeluTanh:
        return "GELU (tanh)";
    case Activation::QuickGelu:
        return "QuickGELU";
    case Activation::Gelu:
        break;
    }
    return "GELU";
}

/// Collects the stages of one network.
class Walk {
public:
    explicit Walk(const ModelSpec& spec)
        : m_spec(spec)
        , m_patches(spec.patches())
        , m_tokens(spec.tokens())
        , m_width(spec.width)
    {
    }

    std::vector<Stage> all()
    {
        addInput();
        if (m_spec.architecture == Architecture::Tnt)
            addInnerBlock();
        m_section = StageSection::Block;
        addAttention();
        addMlp();
        m_section = StageSection::Head;
        addPooling();
        addHead();
        return std::move(m_stages);
    }

private:
    void add(StageKind kind, std::string name, Shape shape, std::string formula)
    {
        m_stages.push_back({kind, m_section, std::move(name), std::move(shape), std::move(formula)});
    }

    /// A norm of tokens or of what leaves an embedding, as the network's are.
    void addNorm(StageKind kind, std::int64_t rows)
    {
        add(kind, m_spec.rmsNorm ? "RMSNorm" : "LayerNorm", {rows, m_width}, m_spec.rmsNorm ? rmsNorm : layerNorm);
    }

    void addInput()
    {
        const std::int64_t numbers = std::int64_t{3} * m_spec.patchHeight * m_spec.patchWidth;
        add(StageKind::Picture, "picture", {3, m_spec.imageHeight, m_spec.imageWidth}, "x = (pixel / 255 − mean) / std");
        add(StageKind::Patches, "patches", {m_patches, numbers},
            number(m_spec.imageHeight) + " · " + number(m_spec.imageWidth) + " / (" + number(m_spec.patchHeight) + " · "
                + number(m_spec.patchWidth) + ") = " + number(m_patches));
        if (m_spec.patchNorms)
            add(StageKind::PixelNorm, "LayerNorm of the pixels", {m_patches, numbers}, "(x − μ) / √(σ² + ε) · γ + β");
        addPatchEmbedding();
        if (m_spec.patchNorms || m_spec.embeddingNorm)
            addNorm(StageKind::EmbeddingNorm, m_patches);
        if (m_spec.prefixTokens() > 0)
            add(StageKind::Prefix, "+ " + prefixNames(m_spec), {m_tokens, m_width},
                "z = [" + prefixNames(m_spec) + "; z₁ … z" + number(m_patches) + "]");
        if (m_spec.learnedPositions)
            add(StageKind::Position, "+ position", {m_spec.positionsCoverPrefix ? m_tokens : m_patches, m_width},
                "z = z + Eₚₒₛ");
        if (m_spec.preNorm)
            add(StageKind::PreNorm, "LayerNorm", {m_tokens, m_width}, std::string("z = ") + layerNorm);
    }

    void addPatchEmbedding()
    {
        const InnerSpec& inner = m_spec.inner;
        if (m_spec.architecture != Architecture::Tnt) {
            add(StageKind::PatchEmbedding, "patch embedding", {m_patches, m_width}, "z = W x + b");
            return;
        }
        add(StageKind::InnerEmbedding, "inner tokens", {m_patches, inner.tokens(), inner.width}, "Y₀ = conv(x) + Eᵢₙₙₑᵣ");
        if (inner.stemProjection)
            add(StageKind::PatchEmbedding, "patch embedding", {m_patches, m_width}, "z = LN(W · LN(vec Y₀) + b)");
        else
            add(StageKind::PatchEmbedding, "patch tokens, learned", {m_patches, m_width}, "z = z₀");
    }

    void addInnerBlock()
    {
        m_section = StageSection::InnerBlock;
        const InnerSpec& inner = m_spec.inner;
        const std::int64_t tokens = inner.tokens();
        const Shape states{m_patches, tokens, inner.width};
        add(StageKind::InnerTokens, "inner tokens", states, "Yₗ₋₁, from the block before");
        add(StageKind::InnerNorm, "LayerNorm", states, "(y − μ) / √(σ² + ε) · γ + β");
        add(StageKind::InnerQkv, "q, k, v", {3, m_patches, inner.heads, tokens, inner.headWidth()},
            "q, k, v = Wq y, Wk y, Wv y");
        add(StageKind::InnerAttention, "attention", {m_patches, inner.heads, tokens, tokens},
            "softmax(q kᵀ / √" + number(inner.headWidth()) + ")");
        add(StageKind::InnerJoin, "join heads", states, "Y + W [head₀ … head" + number(inner.heads - 1) + "]");
        add(StageKind::InnerMlp, "MLP", {m_patches, tokens, inner.mlpWidth}, "Y + W₂ " + activation(m_spec) + "(W₁ LN(y))");
        add(StageKind::InnerOut, "inner tokens", states, "Yₗ = block(Yₗ₋₁)");
        add(StageKind::Projection, "projection", {m_patches, m_width},
            inner.legacy ? "W · vec(LN(Yₗ)) + b" : "LN(W · LN(vec Yₗ) + b)");
    }

    void addAttention()
    {
        add(StageKind::Tokens, "tokens", {m_tokens, m_width}, "zₗ₋₁, from the block before");
        if (m_spec.architecture == Architecture::Tnt)
            add(StageKind::Bridge, "+ projection", {m_tokens, m_width}, "z = zₗ₋₁ + projection(Yₗ)");
        addNorm(StageKind::Norm1, m_tokens);
        const std::int64_t headWidth = m_spec.headWidth();
        add(StageKind::Qkv, "q, k, v", {3, m_spec.heads, m_tokens, headWidth},
            m_spec.qkNorm ? "q, k, v = LN(Wq z), LN(Wk z), Wv z" : "q, k, v = Wq z, Wk z, Wv z");
        if (m_spec.rotary.kind != Rotary::Kind::None)
            add(StageKind::Rotary, "q, k turned", {2, m_spec.heads, m_patches, headWidth}, "q, k = R(row, column) q, k");
        add(StageKind::Attention, "attention", {m_spec.heads, m_tokens, m_tokens},
            "A = softmax(q kᵀ / √" + number(headWidth) + (m_spec.relativeBias ? " + B)" : ")"));
        if (m_spec.attentionNorm)
            add(StageKind::HeadsNorm, "LayerNorm", {m_tokens, m_spec.heads * headWidth}, layerNorm);
        add(StageKind::Join, "join heads", {m_tokens, m_width},
            std::string(m_spec.layerScale ? "z + γ ⊙ W " : "z + W ") + (m_spec.attentionNorm ? "LN" : "") + "[A₀v₀ … A"
                + number(m_spec.heads - 1) + "v" + number(m_spec.heads - 1) + "]");
    }

    void addMlp()
    {
        addNorm(StageKind::Norm2, m_tokens);
        const std::string scale = m_spec.layerScale ? "z + γ ⊙ " : "z + ", norm = m_spec.mlpNorm ? " LN" : "";
        add(StageKind::Mlp, "MLP", {m_tokens, m_spec.mlpWidth},
            m_spec.mlp == Mlp::SwiGlu ? scale + "W₃" + norm + " (silu(W₁ z) ⊙ W₂ z)"
                                      : scale + "W₂" + norm + " " + activation(m_spec) + "(W₁ z)");
        if (m_spec.mlpNorm)
            add(StageKind::MlpNorm, "LayerNorm", {m_tokens, m_spec.mlpWidth}, layerNorm);
        add(StageKind::BlockOut, "tokens", {m_tokens, m_width}, "zₗ = block(zₗ₋₁)");
    }

    /// RADIO's, beside what a head of a person's own pools.
    void addSummary()
    {
        std::string parts;
        for (const int token : m_spec.summary)
            parts += (parts.empty() ? "z[" : ", z[") + m_spec.tokenName(token) + "]";
        add(StageKind::Embedding, "summary", {m_spec.embedding}, "[" + parts + "]");
    }

    void addPooling()
    {
        if (m_spec.finalNorm)
            addNorm(StageKind::FinalNorm, m_tokens);
        if (!m_spec.summary.empty())
            addSummary();
        if (!m_spec.summary.empty() && m_spec.classes == 0)
            return;
        const Shape pooled{m_width * (m_spec.pool == Pool::ClsMean ? 2 : 1)};
        const std::string mean = "1/" + number(m_patches) + " Σ zᵢ";
        switch (m_spec.pool) {
        case Pool::Cls:
            add(StageKind::Pool, "CLS", pooled, "h = z[CLS]");
            break;
        case Pool::Mean:
            add(StageKind::Pool, "mean of patches", pooled, "h = " + mean);
            break;
        case Pool::ClsMean:
            add(StageKind::Pool, "CLS and mean of patches", pooled, "h = [z[CLS], " + mean + "]");
            break;
        case Pool::Attention:
            add(StageKind::Pool, "pooling", pooled,
                std::string(m_spec.poolMlpWidth > 0 ? "h = o + MLP(LN(o)), o" : "h") + " = softmax(q Kᵀ / √d) V W");
            break;
        }
        if (m_spec.fcNorm)
            add(StageKind::PooledNorm, "LayerNorm", pooled, "(h − μ) / √(σ² + ε) · γ + β");
    }

    void addHead()
    {
        if (m_spec.embedding > 0 && m_spec.summary.empty())
            add(StageKind::Embedding, "embedding of the picture", {m_spec.embedding}, "W h");
        if (m_spec.classes <= 0)
            return;
        if (m_spec.preLogits > 0)
            add(StageKind::PreLogits, "tanh layer", {m_spec.preLogits}, "tanh(W h + b)");
        add(StageKind::Logits, "logits", {m_spec.classes}, "W h + b");
        add(StageKind::Probabilities, "probabilities", {m_spec.classes}, "pᵢ = exp zᵢ / Σⱼ exp zⱼ");
    }

    const ModelSpec& m_spec;
    std::int64_t m_patches, m_tokens, m_width;
    StageSection m_section = StageSection::Input;
    std::vector<Stage> m_stages;
};

}  // namespace

std::string prefixNames(const ModelSpec& spec)
{
    std::string names;
    const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
    if (spec.cls)
        add(spec.furtherCls > 0 ? number(spec.furtherCls + 1) + " CLS" : "CLS");
    if (spec.distillation)
        add("distillation");
    if (const int registers = spec.registers - spec.furtherCls; registers > 0)
        add(number(registers) + (registers == 1 ? " register" : " registers"));
    return names;
}

std::vector<Stage> stages(const ModelSpec& spec)
{
    return Walk(spec).all();
}

}  // namespace vitrine
