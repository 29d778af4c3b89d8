// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_stages.h"

#include <QCoreApplication>
#include <QStringList>

namespace vitrine {

namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("vitrine::Anatomy", text);
}

Recorded recorded(StageKind kind)
{
    switch (kind) {
    case StageKind::Patches:
    case StageKind::InnerNorm:
    case StageKind::Bridge:
    case StageKind::Norm1:
    case StageKind::FinalNorm:
    case StageKind::Pool:
    case StageKind::Probabilities:
        return Recorded::Derived;
    case StageKind::PixelNorm:
    case StageKind::EmbeddingNorm:
    case StageKind::InnerQkv:
    case StageKind::InnerJoin:
    case StageKind::InnerMlp:
    case StageKind::Qkv:
    case StageKind::Rotary:
    case StageKind::HeadsNorm:
    case StageKind::Join:
    case StageKind::Norm2:
    case StageKind::Mlp:
    case StageKind::MlpNorm:
    case StageKind::PooledNorm:
    case StageKind::PreLogits:
        return Recorded::No;
    default:
        return Recorded::Yes;
    }
}

QString inputSentence(StageKind kind, const ModelSpec& spec)
{
    const int numbers = 3 * spec.patchHeight * spec.patchWidth;
    switch (kind) {
    case StageKind::Picture:
        return translate("The picture, cropped and scaled to the network's size; each colour channel is normalised.");
    case StageKind::Patches:
        return translate("Cut into %1 × %2 patches of %3 × %4 pixels: each is a row of %5 numbers.")
            .arg(spec.gridHeight())
            .arg(spec.gridWidth())
            .arg(spec.patchHeight)
            .arg(spec.patchWidth)
            .arg(numbers);
    case StageKind::PixelNorm:
        return translate("This family normalises the numbers of a patch before they are projected.");
    case StageKind::InnerEmbedding:
        return translate("A %3 × %3 convolution turns every patch into %1 × %1 pixel tokens of %2 channels; "
                         "inner positions are added.")
            .arg(spec.inner.side)
            .arg(spec.inner.width)
            .arg(spec.inner.kernel);
    case StageKind::PatchEmbedding:
        if (spec.architecture != Architecture::Tnt)
            return translate("One linear map takes the %1 numbers of every patch to %2.").arg(numbers).arg(spec.width);
        return spec.inner.stemProjection
                   ? translate("The pixel tokens of a patch side by side, projected to the width of a patch embedding.")
                   : translate("Every patch starts from the same learnt row: the pixels come in through the blocks alone.");
    case StageKind::EmbeddingNorm:
        return translate("The patch embeddings are normalised once more.");
    case StageKind::Prefix:
        return translate("Learnt tokens are put in front of the patches; they collect what belongs to no single patch.");
    case StageKind::Position:
        return translate("A learnt row for every position is added (not concatenated), so the shape stays. "
                         "Shown: what is added.");
    default:
        return translate("This family normalises every token once before the first block. Shown: the tokens after it.");
    }
}

QString innerSentence(StageKind kind, const InnerSpec& inner, int width)
{
    switch (kind) {
    case StageKind::InnerTokens:
        return translate("Every patch's pixel tokens as they enter this block.");
    case StageKind::InnerNorm:
        return translate("Each pixel token is normalised over its channels. Shown: before the learnt scale and shift.");
    case StageKind::InnerQkv:
        return translate("Three linear maps give every pixel token a query, a key and a value in each inner head.");
    case StageKind::InnerAttention:
        return translate("Inside each patch every pixel token spreads 100 % of its attention over the patch's %1 tokens.")
            .arg(inner.tokens());
    case StageKind::InnerJoin:
        return translate("The heads' weighted values are joined, projected and added to the pixel tokens.");
    case StageKind::InnerMlp:
        return translate("Each pixel token alone passes a small network with %1 hidden units.").arg(inner.mlpWidth);
    case StageKind::InnerOut:
        return translate("The pixel tokens after the inner block; the next block starts from them.");
    default:
        return translate("The bridge from pixels to patches: a patch's %1 × %2 pixel numbers, projected to one row of %3.")
            .arg(inner.tokens())
            .arg(inner.width)
            .arg(width);
    }
}

QString blockSentence(StageKind kind, const ModelSpec& spec)
{
    switch (kind) {
    case StageKind::Tokens:
        return translate("The tokens as they enter this block.");
    case StageKind::Bridge:
        return translate("What the pixels say is added to their patch embedding; CLS gets nothing (TNT, eq. 4).");
    case StageKind::Norm1:
        return translate("Each token is normalised over its channels. Shown: before the learnt scale and shift.");
    case StageKind::Qkv:
        return translate(
                   "Three linear maps give each token a query, a key and a value in each of %1 heads: %2 / %1 = %3 channels.")
            .arg(spec.heads)
            .arg(spec.heads * spec.headWidth())
            .arg(spec.headWidth());
    case StageKind::Rotary:
        return translate("Pairs of a patch's channels are turned by angles that grow with its row and column: "
                         "that is how this family knows places. Tokens in front of the patches are not turned.");
    case StageKind::Attention:
        return translate("Every token spreads 100 % of its attention over all %1 tokens, in each head for itself%2. "
                         "Shown: the chosen head, or heads fused.")
            .arg(spec.tokens())
            .arg(spec.relativeBias ? translate("; a learnt number for each distance in rows and columns is added before")
                                   : QString());
    case StageKind::HeadsNorm:
        return translate("This family normalises the heads' values side by side before they are projected.");
    case StageKind::Join:
        return translate("The heads' weighted values, %1 × %2 channels, are joined, projected and added to the tokens.")
            .arg(spec.heads)
            .arg(spec.headWidth());
    case StageKind::Norm2:
        return translate("Each token is normalised once more.");
    case StageKind::Mlp:
        return spec.mlp == Mlp::SwiGlu
                   ? translate("Each token alone passes a gated network with %1 hidden units.").arg(spec.mlpWidth)
                   : translate("Each token alone is widened to %1 hidden units and brought back to %2.")
                         .arg(spec.mlpWidth)
                         .arg(spec.width);
    case StageKind::MlpNorm:
        return translate("This family normalises the hidden units before they are brought back.");
    default:
        return translate("The tokens after this block: the shape is kept, so blocks can be stacked.");
    }
}

QString poolSentence(const ModelSpec& spec)
{
    switch (spec.pool) {
    case Pool::Cls:
        return translate("The picture's representation: the CLS token alone%1.")
            .arg(spec.distillation ? translate(" (a second head reads the distillation token)") : QString());
    case Pool::Mean:
        return translate("The picture's representation: the mean over all patches.");
    case Pool::ClsMean:
        return translate("The picture's representation: the mean over all patches, beside the CLS token.");
    case Pool::Attention:
        break;
    }
    return spec.poolMlpWidth > 0 ? translate(
               "The picture's representation: what a learned query attends to among all tokens, and an MLP of that.")
                                 : translate("The picture's representation: what a learned query attends to among all tokens.");
}

QString headSentence(StageKind kind, const ModelSpec& spec)
{
    switch (kind) {
    case StageKind::FinalNorm:
        return translate("The tokens after the last block are normalised. Shown: before the learnt scale and shift.");
    case StageKind::Pool:
        return poolSentence(spec);
    case StageKind::PooledNorm:
        return translate("The picture's representation is normalised.");
    case StageKind::PreLogits:
        return translate("One more layer between the representation and the classes.");
    case StageKind::Embedding:
        return spec.summary.empty() ? translate("One linear map gives what is compared with the embeddings of texts.")
                                    : translate("The picture's summary: CLS tokens of several teachers side by side.");
    case StageKind::Logits:
        return translate("One linear map gives a number for each class.");
    default:
        return translate("Softmax makes them positive and sum to 1: the predictions.");
    }
}

QString sentence(const Stage& stage, const ModelSpec& spec)
{
    switch (stage.section) {
    case StageSection::Input:
        return inputSentence(stage.kind, spec);
    case StageSection::InnerBlock:
        return innerSentence(stage.kind, spec.inner, spec.width);
    case StageSection::Block:
        return blockSentence(stage.kind, spec);
    case StageSection::Head:
        break;
    }
    return headSentence(stage.kind, spec);
}

}  // namespace

std::vector<AnatomyBox> anatomyStages(const ModelSpec& spec)
{
    std::vector<AnatomyBox> boxes;
    for (const Stage& stage : stages(spec)) {
        Recorded has = recorded(stage.kind);
        if (stage.kind == StageKind::Pool && spec.pool == Pool::Attention)
            has = Recorded::No;
        boxes.push_back({stage.kind, stage.section, translate(stage.name.c_str()), stage.shape, sentence(stage, spec),
                         QString::fromStdString(stage.formula), has});
    }
    return boxes;
}

QString sectionTitle(StageSection section, const ModelSpec& spec, int layer)
{
    switch (section) {
    case StageSection::Input:
        return translate("from picture to tokens");
    case StageSection::InnerBlock:
        return translate("inner block %1 (0 to %2): pixels inside each of %3 patches")
            .arg(layer)
            .arg(spec.layers - 1)
            .arg(spec.patches());
    case StageSection::Block:
        return spec.architecture == Architecture::Tnt ? translate("outer block %1 (0 to %2)").arg(layer).arg(spec.layers - 1)
                                                      : translate("block %1 (0 to %2)").arg(layer).arg(spec.layers - 1);
    case StageSection::Head:
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
