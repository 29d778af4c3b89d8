// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_stages.h"

#include <QCoreApplication>
#include <QStringList>

namespace vitrine {

namespace {

/// Collects the boxes of one network.
class Walk {
    Q_DECLARE_TR_FUNCTIONS(vitrine::Anatomy)

public:
    explicit Walk(const ModelSpec& spec)
        : m_spec(spec)
        , m_patches(spec.patches())
        , m_tokens(spec.tokens())
        , m_width(spec.width)
    {
    }

    std::vector<AnatomyBox> boxes()
    {
        addInput();
        if (m_spec.family == Family::Tnt)
            addInnerBlock();
        addBlock();
        addHead();
        return std::move(m_boxes);
    }

private:
    void add(AnatomyStage stage, const QString& title, Shape shape, const QString& sentence, const QString& formula,
             Recorded recorded = Recorded::Yes)
    {
        m_boxes.push_back({stage, m_section, title, std::move(shape), sentence, formula, recorded});
    }

    void addInput();
    void addPatchEmbedding();
    void addPrefixAndPosition();
    void addInnerBlock();
    void addBlock();
    void addAttention();
    void addMlp();
    void addHead();
    void addLogits();
    QString prefixNames() const;
    QString activation() const;

    const ModelSpec& m_spec;
    std::int64_t m_patches, m_tokens, m_width;
    AnatomySection m_section = AnatomySection::Input;
    std::vector<AnatomyBox> m_boxes;
};

QString Walk::prefixNames() const
{
    QStringList names;
    if (m_spec.cls)
        names << tr("CLS");
    if (m_spec.distillation)
        names << tr("distillation");
    if (m_spec.registers > 0)
        names << tr("%n register(s)", nullptr, m_spec.registers);
    return names.join(QStringLiteral(", "));
}

QString Walk::activation() const
{
    switch (m_spec.activation) {
    case Activation::GeluTanh:
        return QStringLiteral("GELU (tanh)");
    case Activation::QuickGelu:
        return QStringLiteral("QuickGELU");
    case Activation::Gelu:
        break;
    }
    return QStringLiteral("GELU");
}

void Walk::addInput()
{
    add(AnatomyStage::Picture, tr("picture"), {3, m_spec.imageHeight, m_spec.imageWidth},
        tr("The picture, cropped and scaled to the network's size; each colour channel is normalised."),
        QStringLiteral("x = (pixel / 255 − mean) / std"));
    add(AnatomyStage::Patches, tr("patches"), {m_patches, std::int64_t{3} * m_spec.patchHeight * m_spec.patchWidth},
        tr("Cut into %1 × %2 patches of %3 × %4 pixels: each is a row of %5 numbers.")
            .arg(m_spec.gridHeight())
            .arg(m_spec.gridWidth())
            .arg(m_spec.patchHeight)
            .arg(m_spec.patchWidth)
            .arg(3 * m_spec.patchHeight * m_spec.patchWidth),
        QStringLiteral("%1 · %2 / (%3 · %4) = %5")
            .arg(m_spec.imageHeight)
            .arg(m_spec.imageWidth)
            .arg(m_spec.patchHeight)
            .arg(m_spec.patchWidth)
            .arg(m_patches),
        Recorded::Derived);
    addPatchEmbedding();
    addPrefixAndPosition();
}

void Walk::addPatchEmbedding()
{
    if (m_spec.family == Family::Tnt) {
        const InnerSpec& inner = m_spec.inner;
        add(AnatomyStage::InnerEmbedding, tr("inner tokens"), {m_patches, inner.tokens(), inner.width},
            tr("A 7 × 7 convolution turns every patch into %1 × %1 pixel tokens of %2 channels; "
               "inner positions are added.")
                .arg(inner.side)
                .arg(inner.width),
            QStringLiteral("Y₀ = conv(x) + Eᵢₙₙₑᵣ"));
        add(AnatomyStage::PatchEmbedding, tr("patch embedding"), {m_patches, m_width},
            tr("The pixel tokens of a patch side by side, projected to the width of a patch embedding."),
            QStringLiteral("z = LN(W · LN(vec Y₀) + b)"));
        return;
    }
    add(AnatomyStage::PatchEmbedding, tr("patch embedding"), {m_patches, m_width},
        tr("One linear map takes the %1 numbers of every patch to %2.")
            .arg(3 * m_spec.patchHeight * m_spec.patchWidth)
            .arg(m_width),
        QStringLiteral("z = W x + b"));
}

void Walk::addPrefixAndPosition()
{
    if (m_spec.prefixTokens() > 0)
        add(AnatomyStage::Prefix, QStringLiteral("+ ") + prefixNames(), {m_tokens, m_width},
            tr("Learnt tokens are put in front of the patches; they collect what belongs to no single patch."),
            QStringLiteral("z = [%1; z₁ … z%2]").arg(prefixNames()).arg(m_patches));
    if (!m_spec.learnedPositions)
        return;
    const std::int64_t rows = m_spec.positionsCoverPrefix ? m_tokens : m_patches;
    add(AnatomyStage::Position, tr("+ position"), {rows, m_width},
        tr("A learnt row for every position is added (not concatenated), so the shape stays. Shown: what is added."),
        QStringLiteral("z = z + Eₚₒₛ"));
    if (m_spec.preNorm)
        add(AnatomyStage::PreNorm, tr("LayerNorm"), {m_tokens, m_width},
            tr("This family normalises every token once before the first block. Shown: the tokens after it."),
            QStringLiteral("z = (z − μ) / √(σ² + ε) · γ + β"));
}

void Walk::addInnerBlock()
{
    m_section = AnatomySection::InnerBlock;
    const InnerSpec& inner = m_spec.inner;
    const std::int64_t tokens = inner.tokens(), headWidth = inner.headWidth();
    add(AnatomyStage::InnerTokens, tr("inner tokens"), {m_patches, tokens, inner.width},
        tr("Every patch's pixel tokens as they enter this block."), QStringLiteral("Yₗ₋₁, from the block before"));
    add(AnatomyStage::InnerNorm, tr("LayerNorm"), {m_patches, tokens, inner.width},
        tr("Each pixel token is normalised over its channels. Shown: before the learnt scale and shift."),
        QStringLiteral("(y − μ) / √(σ² + ε) · γ + β"), Recorded::Derived);
    add(AnatomyStage::InnerQkv, tr("q, k, v"), {3, m_patches, inner.heads, tokens, headWidth},
        tr("Three linear maps give every pixel token a query, a key and a value in each inner head."),
        QStringLiteral("q, k, v = Wq y, Wk y, Wv y"), Recorded::No);
    add(AnatomyStage::InnerAttention, tr("attention"), {m_patches, inner.heads, tokens, tokens},
        tr("Inside each patch every pixel token spreads 100 % of its attention over the patch's %1 tokens.").arg(tokens),
        QStringLiteral("softmax(q kᵀ / √%1)").arg(headWidth));
    add(AnatomyStage::InnerJoin, tr("join heads"), {m_patches, tokens, inner.width},
        tr("The heads' weighted values are joined, projected and added to the pixel tokens."),
        QStringLiteral("Y + W [head₀ … head%1]").arg(inner.heads - 1), Recorded::No);
    add(AnatomyStage::InnerMlp, tr("MLP"), {m_patches, tokens, inner.mlpWidth},
        tr("Each pixel token alone passes a small network with %1 hidden units.").arg(inner.mlpWidth),
        QStringLiteral("Y + W₂ %1(W₁ LN(y))").arg(activation()), Recorded::No);
    add(AnatomyStage::InnerOut, tr("inner tokens"), {m_patches, tokens, inner.width},
        tr("The pixel tokens after the inner block; the next block starts from them."), QStringLiteral("Yₗ = block(Yₗ₋₁)"));
    add(AnatomyStage::Projection, tr("projection"), {m_patches, m_width},
        tr("The bridge from pixels to patches: a patch's %1 × %2 pixel numbers, projected to one row of %3.")
            .arg(tokens)
            .arg(inner.width)
            .arg(m_width),
        inner.legacy ? QStringLiteral("W · vec(LN(Yₗ)) + b") : QStringLiteral("LN(W · LN(vec Yₗ) + b)"));
}

void Walk::addBlock()
{
    m_section = AnatomySection::Block;
    add(AnatomyStage::Tokens, tr("tokens"), {m_tokens, m_width}, tr("The tokens as they enter this block."),
        QStringLiteral("zₗ₋₁, from the block before"));
    if (m_spec.family == Family::Tnt)
        add(AnatomyStage::Bridge, tr("+ projection"), {m_tokens, m_width},
            tr("What the pixels say is added to their patch embedding; CLS gets nothing (TNT, eq. 4)."),
            QStringLiteral("z = zₗ₋₁ + projection(Yₗ)"), Recorded::Derived);
    addAttention();
    addMlp();
}

void Walk::addAttention()
{
    add(AnatomyStage::Norm1, tr("LayerNorm"), {m_tokens, m_width},
        tr("Each token is normalised over its channels. Shown: before the learnt scale and shift."),
        QStringLiteral("(z − μ) / √(σ² + ε) · γ + β"), Recorded::Derived);
    add(AnatomyStage::Qkv, tr("q, k, v"), {3, m_spec.heads, m_tokens, m_spec.headWidth()},
        tr("Three linear maps give each token a query, a key and a value in each of %1 heads: %2 / %1 = %3 channels.")
            .arg(m_spec.heads)
            .arg(m_width)
            .arg(m_spec.headWidth()),
        m_spec.qkNorm ? QStringLiteral("q, k, v = LN(Wq z), LN(Wk z), Wv z") : QStringLiteral("q, k, v = Wq z, Wk z, Wv z"),
        Recorded::No);
    add(AnatomyStage::Attention, tr("attention"), {m_spec.heads, m_tokens, m_tokens},
        tr("Every token spreads 100 % of its attention over all %1 tokens, in each head for itself. "
           "Shown: the chosen head, or heads fused.")
            .arg(m_tokens),
        QStringLiteral("A = softmax(q kᵀ / √%1)").arg(m_spec.headWidth()));
    add(AnatomyStage::Join, tr("join heads"), {m_tokens, m_width},
        tr("The heads' weighted values, %1 × %2 channels, are joined, projected and added to the tokens.")
            .arg(m_spec.heads)
            .arg(m_spec.headWidth()),
        m_spec.layerScale ? QStringLiteral("z + γ ⊙ W [A₀v₀ … A%1v%1]").arg(m_spec.heads - 1)
                          : QStringLiteral("z + W [A₀v₀ … A%1v%1]").arg(m_spec.heads - 1),
        Recorded::No);
}

void Walk::addMlp()
{
    add(AnatomyStage::Norm2, tr("LayerNorm"), {m_tokens, m_width}, tr("Each token is normalised once more."),
        QStringLiteral("(z − μ) / √(σ² + ε) · γ + β"), Recorded::No);
    const bool gated = m_spec.mlp == Mlp::SwiGlu;
    add(AnatomyStage::Mlp, tr("MLP"), {m_tokens, m_spec.mlpWidth},
        gated ? tr("Each token alone passes a gated network with %1 hidden units.").arg(m_spec.mlpWidth)
              : tr("Each token alone is widened to %1 hidden units and brought back to %2.").arg(m_spec.mlpWidth).arg(m_width),
        gated ? QStringLiteral("z + W₃ (silu(W₁ z) ⊙ W₂ z)") : QStringLiteral("z + W₂ %1(W₁ z)").arg(activation()),
        Recorded::No);
    add(AnatomyStage::BlockOut, tr("tokens"), {m_tokens, m_width},
        tr("The tokens after this block: the shape is kept, so blocks can be stacked."), QStringLiteral("zₗ = block(zₗ₋₁)"));
}

void Walk::addHead()
{
    m_section = AnatomySection::Head;
    if (m_spec.finalNorm)
        add(AnatomyStage::FinalNorm, tr("LayerNorm"), {m_tokens, m_width},
            tr("The tokens after the last block are normalised. Shown: before the learnt scale and shift."),
            QStringLiteral("(z − μ) / √(σ² + ε) · γ + β"), Recorded::Derived);
    const std::int64_t pooled = m_width * (m_spec.pool == Pool::ClsMean ? 2 : 1);
    if (m_spec.pool == Pool::Attention) {
        add(AnatomyStage::Pool, tr("pooling"), {pooled},
            tr("The picture's representation: what a learned query attends to among all tokens, and an MLP of that."),
            QStringLiteral("h = o + MLP(LN(o)), o = softmax(q Kᵀ / √d) V W"), Recorded::No);
        addLogits();
        return;
    }
    const bool mean = m_spec.pool != Pool::Cls;
    const QString taken = m_spec.pool == Pool::Cls ? tr("CLS") : m_spec.pool == Pool::Mean ? tr("mean") : tr("CLS, mean");
    add(AnatomyStage::Pool, taken, {pooled},
        mean ? tr("The picture's representation: the mean over all patches%1.")
                   .arg(m_spec.pool == Pool::ClsMean ? tr(", beside the CLS token") : QString())
             : tr("The picture's representation: the CLS token alone%1.")
                   .arg(m_spec.distillation ? tr(" (a second head reads the distillation token)") : QString()),
        mean ? QStringLiteral("h = 1/%1 Σ zᵢ").arg(m_patches) : QStringLiteral("h = z[CLS]"), Recorded::Derived);
    addLogits();
}

void Walk::addLogits()
{
    if (m_spec.classes <= 0)
        return;
    add(AnatomyStage::Logits, tr("logits"), {m_spec.classes}, tr("One linear map gives a number for each class."),
        QStringLiteral("W h + b"));
    add(AnatomyStage::Probabilities, tr("probabilities"), {m_spec.classes},
        tr("Softmax makes them positive and sum to 1: the predictions."), QStringLiteral("pᵢ = exp zᵢ / Σⱼ exp zⱼ"),
        Recorded::Derived);
}

}  // namespace

std::vector<AnatomyBox> anatomyStages(const ModelSpec& spec)
{
    return Walk(spec).boxes();
}

QString sectionTitle(AnatomySection section, const ModelSpec& spec, int layer)
{
    const auto translate = [](const char* text) { return QCoreApplication::translate("vitrine::Anatomy", text); };
    switch (section) {
    case AnatomySection::Input:
        return translate("from picture to tokens");
    case AnatomySection::InnerBlock:
        return translate("inner block %1 (0 to %2): pixels inside each of %3 patches")
            .arg(layer)
            .arg(spec.layers - 1)
            .arg(spec.patches());
    case AnatomySection::Block:
        return spec.family == Family::Tnt ? translate("outer block %1 (0 to %2)").arg(layer).arg(spec.layers - 1)
                                          : translate("block %1 (0 to %2)").arg(layer).arg(spec.layers - 1);
    case AnatomySection::Head:
        break;
    }
    return translate("from tokens to classes");
}

QString shapeText(const Shape& shape)
{
    QStringList parts;
    for (const std::int64_t length : shape)
        parts << QString::number(length);
    return parts.join(QStringLiteral(" × "));
}

}  // namespace vitrine
