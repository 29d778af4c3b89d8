// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/dialects.h"

#include <algorithm>

#include "core/model/families/families.h"

namespace vitrine {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> TimmBlocks{"blocks."};
constexpr std::array TimmInBlock{
    Rule{"norm1.", "norm1."},         Rule{"norm2.", "norm2."},             Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.q_bias", "attn.q.bias"}, Rule{"attn.v_bias", "attn.v.bias"}, Rule{"attn.k_bias", ""},
    Rule{"attn.q_proj.", "attn.q."},  Rule{"attn.k_proj.", "attn.k."},      Rule{"attn.v_proj.", "attn.v."},
    Rule{"attn.proj.", "attn.proj."}, Rule{"attn.q_norm.", "attn.q_norm."}, Rule{"attn.k_norm.", "attn.k_norm."},
    Rule{"mlp.fc1_g.", "mlp.w1."},    Rule{"mlp.fc1_x.", "mlp.w2."},        Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},     Rule{"mlp.w12.", "mlp.w12."},         Rule{"mlp.w3.", "mlp.w3."},
    Rule{"ls1.gamma", "ls1.gamma"},   Rule{"ls2.gamma", "ls2.gamma"},       Rule{"gamma_1", "ls1.gamma"},
    Rule{"gamma_2", "ls2.gamma"},     Rule{"attn.norm.", "attn.norm."},     Rule{"mlp.norm.", "mlp.norm."},
};
constexpr std::array TimmOutside{
    Rule{"cls_token", "cls_token"},   Rule{"dist_token", "dist_token"},     Rule{"reg_token", "reg_token"},
    Rule{"register_tokens", "reg_token"}, Rule{"pos_embed", "pos_embed"},   Rule{"patch_embed.proj.", "patch_embed.proj."},
    Rule{"norm_pre.", "norm_pre."},   Rule{"norm.", "norm."},               Rule{"fc_norm.", "fc_norm."},
    Rule{"pre_logits.fc.", "pre_logits."}, Rule{"head.", "head."},          Rule{"linear_head.", "head."},
    Rule{"head_dist.", "head_dist."}, Rule{"attn_pool.latent", "attn_pool.latent"}, Rule{"attn_pool.q.", "attn_pool.q."},
    Rule{"attn_pool.kv.", "attn_pool.kv."}, Rule{"attn_pool.proj.", "attn_pool.proj."},
    Rule{"attn_pool.norm.", "attn_pool.norm."}, Rule{"attn_pool.mlp.fc1.", "attn_pool.mlp.fc1."},
    Rule{"attn_pool.mlp.fc2.", "attn_pool.mlp.fc2."}, Rule{"rope.freqs", "rope.freqs"},
};

constexpr std::array TntInBlock{
    Rule{"norm_in.", "norm_in."},           Rule{"norm_mlp_in.", "norm_mlp_in."},   Rule{"attn_in.qk.", "attn_in.qk."},
    Rule{"attn_in.v.", "attn_in.v."},       Rule{"attn_in.proj.", "attn_in.proj."}, Rule{"mlp_in.fc1.", "mlp_in.fc1."},
    Rule{"mlp_in.fc2.", "mlp_in.fc2."},     Rule{"norm1_proj.", "norm1_proj."},     Rule{"proj.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},     Rule{"norm_out.", "norm_out."},         Rule{"attn_out.qk.", "attn_out.qk."},
    Rule{"attn_out.v.", "attn_out.v."},     Rule{"attn_out.proj.", "attn_out.proj."}, Rule{"norm_mlp.", "norm_mlp."},
    Rule{"mlp.fc1.", "mlp.fc1."},           Rule{"mlp.fc2.", "mlp.fc2."},
};
constexpr std::array TntOutside{
    Rule{"cls_token", "cls_token"},         Rule{"patch_pos", "patch_pos"},         Rule{"pixel_pos", "pixel_pos"},
    Rule{"pixel_embed.proj.", "pixel_embed.proj."}, Rule{"norm1_proj.", "norm1_proj."}, Rule{"proj.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},     Rule{"norm.", "norm."},                 Rule{"head.", "head."},
};

constexpr std::array HuaweiInBlock{
    Rule{"inner_norm1.", "norm_in."},       Rule{"inner_attn.qk.", "attn_in.qk."},  Rule{"inner_attn.v.", "attn_in.v."},
    Rule{"inner_attn.proj.", "attn_in.proj."}, Rule{"inner_norm2.", "norm_mlp_in."}, Rule{"inner_mlp.fc1.", "mlp_in.fc1."},
    Rule{"inner_mlp.fc2.", "mlp_in.fc2."},  Rule{"proj_norm1.", "norm1_proj."},     Rule{"proj.", "proj."},
    Rule{"proj_norm2.", "norm2_proj."},     Rule{"outer_norm1.", "norm_out."},      Rule{"outer_attn.qk.", "attn_out.qk."},
    Rule{"outer_attn.v.", "attn_out.v."},   Rule{"outer_attn.proj.", "attn_out.proj."}, Rule{"outer_norm2.", "norm_mlp."},
    Rule{"outer_mlp.fc1.", "mlp.fc1."},     Rule{"outer_mlp.fc2.", "mlp.fc2."},
};
constexpr std::array HuaweiOutside{
    Rule{"cls_token", "cls_token"},         Rule{"outer_pos", "patch_pos"},         Rule{"inner_pos", "pixel_pos"},
    Rule{"patch_embed.proj.", "pixel_embed.proj."}, Rule{"proj_norm1.", "norm1_proj."}, Rule{"proj.", "proj."},
    Rule{"proj_norm2.", "norm2_proj."},     Rule{"norm.", "norm."},                 Rule{"head.", "head."},
    Rule{"outer_tokens", ""},
};

// The names of transformers 4 and those of transformers 5 side by side.
constexpr std::array<std::string_view, 2> HuggingFaceBlocks{"encoder.layer.", "layers."};
constexpr std::array HuggingFaceInBlock{
    Rule{"attention.attention.query.", "attn.q."},    Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.attention.key.", "attn.k."},      Rule{"attention.k_proj.", "attn.k."},
    Rule{"attention.attention.value.", "attn.v."},    Rule{"attention.v_proj.", "attn.v."},
    Rule{"attention.output.dense.", "attn.proj."},    Rule{"attention.o_proj.", "attn.proj."},
    Rule{"layernorm_before.", "norm1."},              Rule{"norm1.", "norm1."},
    Rule{"layernorm_after.", "norm2."},               Rule{"norm2.", "norm2."},
    Rule{"intermediate.dense.", "mlp.fc1."},          Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"output.dense.", "mlp.fc2."},                Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"mlp.weights_in.", "mlp.w12."},              Rule{"mlp.weights_out.", "mlp.w3."},
    Rule{"mlp.gate_proj.", "mlp.w1."},                Rule{"mlp.up_proj.", "mlp.w2."},
    Rule{"mlp.down_proj.", "mlp.w3."},                Rule{"layer_scale1.lambda1", "ls1.gamma"},
    Rule{"layer_scale2.lambda1", "ls2.gamma"},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.cls_token", "cls_token"},        Rule{"embeddings.distillation_token", "dist_token"},
    Rule{"embeddings.register_tokens", "reg_token"},  Rule{"embeddings.position_embeddings", "pos_embed"},
    Rule{"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    Rule{"layernorm.", "norm."},                      Rule{"classifier.", "head."},
    Rule{"cls_classifier.", "head."},                 Rule{"distillation_classifier.", "head_dist."},
    Rule{"pooler.dense.", ""},
};

constexpr std::array<std::string_view, 1> TorchvisionBlocks{"encoder.layers.encoder_layer_"};
constexpr std::array TorchvisionInBlock{
    Rule{"ln_1.", "norm1."},                          Rule{"ln_2.", "norm2."},
    Rule{"self_attention.in_proj_weight", "attn.qkv.weight"}, Rule{"self_attention.in_proj_bias", "attn.qkv.bias"},
    Rule{"self_attention.out_proj.", "attn.proj."},   Rule{"mlp.0.", "mlp.fc1."},
    Rule{"mlp.linear_1.", "mlp.fc1."},                Rule{"mlp.3.", "mlp.fc2."},
    Rule{"mlp.linear_2.", "mlp.fc2."},
};
constexpr std::array TorchvisionOutside{
    Rule{"class_token", "cls_token"},                 Rule{"encoder.pos_embedding", "pos_embed"},
    Rule{"conv_proj.", "patch_embed.proj."},          Rule{"encoder.ln.", "norm."},
    Rule{"heads.pre_logits.", "pre_logits."},         Rule{"heads.head.", "head."},
};

// lucidrains' vit-pytorch: ViT and SimpleViT, today's names and those of before 2023 (PreNorm around "fn").
constexpr std::array<std::string_view, 1> LucidrainsBlocks{"transformer.layers."};
constexpr std::array LucidrainsInBlock{
    Rule{"0.norm.", "norm1."},                        Rule{"0.to_qkv.", "attn.qkv."},
    Rule{"0.to_out.0.", "attn.proj."},                Rule{"0.to_out.", "attn.proj."},
    Rule{"0.fn.to_qkv.", "attn.qkv."},                Rule{"0.fn.to_out.0.", "attn.proj."},
    Rule{"0.fn.to_out.", "attn.proj."},               Rule{"0.fn.norm.", "norm1."},
    Rule{"1.norm.", "norm2."},                        Rule{"1.fn.net.0.", "mlp.fc1."},
    Rule{"1.fn.net.3.", "mlp.fc2."},                  Rule{"1.fn.net.2.", "mlp.fc2."},
    Rule{"1.net.0.", "norm2."},                       Rule{"1.net.1.", "mlp.fc1."},
    Rule{"1.net.4.", "mlp.fc2."},                     Rule{"1.net.3.", "mlp.fc2."},
};
constexpr std::array LucidrainsOutside{
    Rule{"cls_token", "cls_token"},                   Rule{"pos_embedding", "pos_embed"},
    Rule{"to_patch_embedding.1.", "patch_embed.1."},  Rule{"to_patch_embedding.2.", "patch_embed.2."},
    Rule{"to_patch_embedding.3.", "patch_embed.3."},  Rule{"transformer.norm.", "norm."},
};

// lucidrains' transformer-in-transformer
constexpr std::array<std::string_view, 1> LucidrainsTntBlocks{"layers."};
constexpr std::array LucidrainsTntInBlock{
    Rule{"0.norm.", "norm_in."},                      Rule{"0.fn.to_qkv.", "attn_in.qkv."},
    Rule{"0.fn.to_out.0.", "attn_in.proj."},          Rule{"1.norm.", "norm_mlp_in."},
    Rule{"1.fn.net.0.", "mlp_in.fc1."},               Rule{"1.fn.net.3.", "mlp_in.fc2."},
    Rule{"2.0.", "norm1_proj."},                      Rule{"2.2.", "proj."},
    Rule{"3.norm.", "norm_out."},                     Rule{"3.fn.to_qkv.", "attn_out.qkv."},
    Rule{"3.fn.to_out.0.", "attn_out.proj."},         Rule{"4.norm.", "norm_mlp."},
    Rule{"4.fn.net.0.", "mlp.fc1."},                  Rule{"4.fn.net.3.", "mlp.fc2."},
};
constexpr std::array LucidrainsTntOutside{
    Rule{"patch_tokens", "patch_tokens"},             Rule{"patch_pos_emb", "patch_pos"},
    Rule{"pixel_pos_emb", "pixel_pos"},               Rule{"to_pixel_tokens.3.", "pixel_embed.proj."},
    Rule{"mlp_head.0.", "norm."},                     Rule{"mlp_head.1.", "head."},
};

// OpenMMLab's mmpretrain (mmcls before): VisionTransformer, DeiT, DeiT-III, and its copy of timm's first TNT.
constexpr std::array<std::string_view, 1> MmpretrainBlocks{"layers."};
constexpr std::array MmpretrainInBlock{
    Rule{"ln1.", "norm1."},                           Rule{"ln2.", "norm2."},
    Rule{"norm1.", "norm1."},                         Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},                   Rule{"attn.proj.", "attn.proj."},
    Rule{"ffn.layers.0.0.", "mlp.fc1."},              Rule{"ffn.layers.1.", "mlp.fc2."},
    Rule{"ffn.w12.", "mlp.w12."},                     Rule{"ffn.w3.", "mlp.w3."},
    Rule{"attn.gamma1.weight", "ls1.gamma"},          Rule{"ffn.gamma2.weight", "ls2.gamma"},
};
constexpr std::array MmpretrainOutside{
    Rule{"cls_token", "cls_token"},                   Rule{"dist_token", "dist_token"},
    Rule{"pos_embed", "pos_embed"},                   Rule{"patch_embed.projection.", "patch_embed.proj."},
    Rule{"pre_norm.", "norm_pre."},                   Rule{"ln1.", "norm."},
    Rule{"norm1.", "norm."},                          Rule{"ln2.", "fc_norm."},
    Rule{"head.layers.pre_logits.", "pre_logits."},   Rule{"head.layers.head.", "head."},
    Rule{"head.layers.head_dist.", "head_dist."},     Rule{"head.fc.", "head."},
};
constexpr std::array MmpretrainTntInBlock{
    Rule{"inner_block.norm_attn.", "norm_in."},       Rule{"inner_block.attn.attn.in_proj_weight", "attn_in.qkv.weight"},
    Rule{"inner_block.attn.attn.in_proj_bias", "attn_in.qkv.bias"}, Rule{"inner_block.attn.attn.out_proj.", "attn_in.proj."},
    Rule{"inner_block.norm_ffn.", "norm_mlp_in."},    Rule{"inner_block.ffn.layers.0.0.", "mlp_in.fc1."},
    Rule{"inner_block.ffn.layers.1.", "mlp_in.fc2."}, Rule{"norm_proj.", "norm1_proj."},
    Rule{"projection.", "proj."},                     Rule{"outer_block.norm_attn.", "norm_out."},
    Rule{"outer_block.attn.attn.in_proj_weight", "attn_out.qkv.weight"},
    Rule{"outer_block.attn.attn.in_proj_bias", "attn_out.qkv.bias"}, Rule{"outer_block.attn.attn.out_proj.", "attn_out.proj."},
    Rule{"outer_block.norm_ffn.", "norm_mlp."},       Rule{"outer_block.ffn.layers.0.0.", "mlp.fc1."},
    Rule{"outer_block.ffn.layers.1.", "mlp.fc2."},
};
constexpr std::array MmpretrainTntOutside{
    Rule{"cls_token", "cls_token"},                   Rule{"patch_pos", "patch_pos"},
    Rule{"pixel_pos", "pixel_pos"},                   Rule{"pixel_embed.proj.", "pixel_embed.proj."},
    Rule{"norm1_proj.", "norm1_proj."},               Rule{"projection.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},               Rule{"norm.", "norm."},
    Rule{"head.fc.", "head."},
};

// jeonsworld's ViT-pytorch
constexpr std::array<std::string_view, 1> JeonsworldBlocks{"encoder.layer."};
constexpr std::array JeonsworldInBlock{
    Rule{"attention_norm.", "norm1."},                Rule{"ffn_norm.", "norm2."},
    Rule{"attn.query.", "attn.q."},                   Rule{"attn.key.", "attn.k."},
    Rule{"attn.value.", "attn.v."},                   Rule{"attn.out.", "attn.proj."},
    Rule{"ffn.fc1.", "mlp.fc1."},                     Rule{"ffn.fc2.", "mlp.fc2."},
};
constexpr std::array JeonsworldOutside{
    Rule{"embeddings.cls_token", "cls_token"},        Rule{"embeddings.position_embeddings", "pos_embed"},
    Rule{"embeddings.patch_embeddings.", "patch_embed.proj."}, Rule{"encoder.encoder_norm.", "norm."},
};

// MONAI's ViT over pictures; the cross-attention norm of its blocks belongs to decoders and is never called in a ViT.
constexpr std::array MonaiInBlock{
    Rule{"norm1.", "norm1."},                         Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},                   Rule{"attn.out_proj.", "attn.proj."},
    Rule{"mlp.linear1.", "mlp.fc1."},                 Rule{"mlp.linear2.", "mlp.fc2."},
    Rule{"norm_cross_attn.", ""},
};
constexpr std::array MonaiOutside{
    Rule{"cls_token", "cls_token"},                   Rule{"patch_embedding.cls_token", "cls_token"},
    Rule{"patch_embedding.position_embeddings", "pos_embed"},
    Rule{"patch_embedding.patch_embeddings.", "patch_embed.proj."},
    Rule{"patch_embedding.patch_embeddings.1.", "patch_embed.1."}, Rule{"norm.", "norm."},
};
// clang-format on

/// Takes "12." off the front of `rest`; false when there is no number.
bool takeIndex(std::string_view& rest, std::string& index)
{
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 4)
        return false;
    const std::string_view digits = rest.substr(0, dot);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    index = digits;
    rest.remove_prefix(dot + 1);
    return true;
}

/// What `rule` leaves of a name: nothing for a whole name, "weight" or "bias" for a layer's.
bool matches(const Rule& rule, std::string_view name, std::string_view& end)
{
    if (!name.starts_with(rule.from))
        return false;
    end = name.substr(rule.from.size());
    return rule.from.back() == '.' ? end == "weight" || end == "bias" : end.empty();
}

NewName applyRules(std::span<const Rule> rules, std::string_view rest, const std::string& block)
{
    for (const Rule& rule : rules) {
        std::string_view end;
        if (!matches(rule, rest, end))
            continue;
        if (rule.to.empty())
            return {Fate::LeftOut, {}, !block.empty()};
        return {Fate::Renamed, block + std::string(rule.to) + std::string(end), !block.empty()};
    }
    return {Fate::Unknown, {}, !block.empty()};
}

} // namespace

namespace family {

Dialect timmNames()
{
    return {TimmBlocks, TimmInBlock, TimmOutside};
}

} // namespace family

Dialect dialectOf(const NameTable& table)
{
    switch (table.naming) {
    case Naming::OfModule:
        return table.family->names;
    case Naming::TimmTnt:
        return {TimmBlocks, TntInBlock, TntOutside};
    case Naming::HuaweiTnt:
        return {TimmBlocks, HuaweiInBlock, HuaweiOutside};
    case Naming::HuggingFace:
        return {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside};
    case Naming::Torchvision:
        return {TorchvisionBlocks, TorchvisionInBlock, TorchvisionOutside};
    case Naming::Lucidrains:
        return {LucidrainsBlocks, LucidrainsInBlock, LucidrainsOutside};
    case Naming::LucidrainsTnt:
        return {LucidrainsTntBlocks, LucidrainsTntInBlock, LucidrainsTntOutside};
    case Naming::Mmpretrain:
        return {MmpretrainBlocks, MmpretrainInBlock, MmpretrainOutside};
    case Naming::MmpretrainTnt:
        return {MmpretrainBlocks, MmpretrainTntInBlock, MmpretrainTntOutside};
    case Naming::Jeonsworld:
        return {JeonsworldBlocks, JeonsworldInBlock, JeonsworldOutside};
    case Naming::Monai:
        return {TimmBlocks, MonaiInBlock, MonaiOutside};
    case Naming::TimmVit:
    case Naming::Google:
        break;
    }
    return {TimmBlocks, TimmInBlock, TimmOutside};
}

NewName renamed(const Dialect& dialect, std::string_view name)
{
    for (const std::string_view blocks : dialect.blocks) {
        std::string index;
        std::string_view rest = name;
        if (!name.starts_with(blocks))
            continue;
        rest.remove_prefix(blocks.size());
        if (!takeIndex(rest, index))
            continue;
        const NewName direct = applyRules(dialect.inBlock, rest, "blocks." + index + ".");
        if (direct.fate != Fate::Unknown)
            return direct;
        takeIndex(rest, index);  // DINOv2 trains in chunks: "blocks.CHUNK.INDEX."
        return applyRules(dialect.inBlock, rest, "blocks." + index + ".");
    }
    return applyRules(dialect.outside, name, {});
}

} // namespace vitrine
