// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/account.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace vitrine {

namespace {

struct Foreign {
    std::string_view part;  ///< of a tensor's name
    std::string_view reason;
    bool anywhere = false;  ///< also where it stands beside the network
};

constexpr std::string_view Quantised = "its weights are quantised in a way that is not read; save it in 16 bit";
constexpr std::string_view Windows = "it has windows and relative positions, as SAM and ViTDet";
constexpr std::string_view DetrWindows
    = "it finds objects by points (RF-DETR, LW-DETR), and its encoder attends within windows";
constexpr std::string_view RelativeBias = "it has relative position biases in another way than BEiT, as Swin and BEiT-3";
constexpr std::string_view Rope = "it has rotary positions in another way than DINOv3, EVA-02 and RoPE-ViT";
constexpr std::string_view InnerNorms = "it has norms inside of attention and MLP in another way than EVA-02, as BEiT-3";
constexpr std::string_view Pooling = "it pools its tokens by attention in another way than SigLIP and AIMv2";
constexpr std::string_view Clip = "it has the names of Hugging Face's CLIP and SigLIP, and is another network";
constexpr std::string_view OpenClip = "it has the names of open_clip, and its image half is none that is known";

// Those at the front tell more than those behind them.
constexpr std::array ForeignMarks{
    Foreign{"lora_",
            "it has LoRA factors that are not merged into the weights; merge them (PEFT: merge_and_unload()) and save it again",
            true},
    Foreign{"loha_", "it has LoHa factors that are not merged into the weights; merge them and save it again", true},
    Foreign{"modules_to_save", "it is a PEFT checkpoint whose parts are not merged; call merge_and_unload() and save it again",
            true},
    Foreign{"base_layer.", "it is a PEFT checkpoint whose parts are not merged; call merge_and_unload() and save it again",
            true},
    Foreign{"adapter", "it has adapters in its blocks", true},
    Foreign{"prompt_embeddings", "it has prompt tokens, as visual prompt tuning", true},
    Foreign{"prompt_tokens", "it has prompt tokens, as visual prompt tuning", true},
    Foreign{"prompt.prompt", "it has prompt tokens, as L2P", true},
    Foreign{"prompt", "it has prompt tokens"},
    Foreign{"sie_embed", "it has an embedding of cameras and views, as TransReID"},
    Foreign{"weight_mask", "it is pruned and its masks are not applied; call torch.nn.utils.prune.remove() and save it again"},
    Foreign{"weight_orig", "its weights are kept in parts (pruning or spectral norm); remove that (prune.remove() or "
                           "remove_spectral_norm()) and save it again"},
    Foreign{"parametrizations.",
            "its weights are kept in parts (a parametrization); call remove_parametrizations() and save it again"},
    Foreign{"weight_g", "its weights are kept in parts (weight norm); call remove_weight_norm() and save it again"},
    Foreign{"qweight", Quantised},
    Foreign{"qzeros", Quantised},
    Foreign{"absmax", Quantised},
    Foreign{"quant_state", Quantised},
    Foreign{"quant_map", Quantised},
    Foreign{"_packed_params", Quantised},
    Foreign{"zero_point", Quantised},
    Foreign{"fake_quant", Quantised},
    Foreign{"weight._data", Quantised},
    Foreign{"weight._scale", Quantised},
    Foreign{".SCB", Quantised},
    Foreign{"weight_scale", Quantised},
    Foreign{"mid_position_embeddings", "it has extra detection tokens, as YOLOS"},
    Foreign{"detection_tokens", "it has extra detection tokens, as YOLOS"},
    Foreign{"det_token", "it has extra detection tokens, as YOLOS"},
    Foreign{"refpoint_embed", DetrWindows, true},
    Foreign{"reference_point_embed", DetrWindows, true},
    Foreign{"rel_pos_h", Windows},
    Foreign{"rel_pos_w", Windows},
    Foreign{"pos_embed_win", "it pools its tokens from stage to stage, as Hiera"},
    Foreign{"pool_q", "it pools its queries and keys, as MViT"},
    Foreign{"encoder.stages.", "it has stages of falling resolution, as ConvNeXt, Swin or MobileNet"},
    Foreign{"relative_position_bias", RelativeBias},
    Foreign{"relative_position_index", RelativeBias},
    Foreign{"rel_pos_bias", RelativeBias},
    Foreign{"rel_pos", "it has relative positions, as timm's vit_relpos"},
    Foreign{"lambda_q1", "it has differential attention, as timm's vit_dwee and vit_dlittle"},
    Foreign{"class_pos_emb", "it has rotary positions, as MLCD"},
    Foreign{"rope_embed", Rope},
    Foreign{"rope.", Rope},
    Foreign{"rope_", Rope},
    Foreign{"freqs_cos", Rope},
    Foreign{"rotary", Rope},
    Foreign{"inv_freq", Rope},
    Foreign{"attn.inner_attn_ln", InnerNorms},
    Foreign{"attn.norm.", InnerNorms},
    Foreign{"mlp.norm.", InnerNorms},
    Foreign{"rms_norm", "it has RMS norms, in another way than AIMv2"},
    Foreign{"blocks_token_only", "it has blocks for CLS alone, as CaiT"},
    Foreign{"proj_l.", "it mixes its heads (talking heads), as CaiT"},
    Foreign{"reattn_weights", "it mixes its heads, as DeepViT"},
    Foreign{"cls_attn_blocks", "it attends over channels, as XCiT"},
    Foreign{"gating_param", "it gates positions in its attention, as ConViT"},
    Foreign{"attns.0.", "its blocks run side by side, as timm's vit_..._18x2"},
    Foreign{"in_proj.weight", "its blocks compute attention and MLP side by side, as timm's parallel scaling blocks"},
    Foreign{"in_norm.", "its blocks compute attention and MLP side by side, as timm's parallel scaling blocks"},
    Foreign{".se.", "it has squeeze-and-excitation"},
    Foreign{"_se.", "it has squeeze-and-excitation"},
    Foreign{"attn_pool.", Pooling},
    Foreign{"head.probe", Pooling},
    Foreign{"MAPHead_0/",
            "it pools its tokens by attention, as SigLIP in its authors' arrays; the files of Hugging Face and timm "
            "are read"},
    Foreign{"patch_embed.backbone.", "it is a hybrid with a convolutional stem"},
    Foreign{"patch_embed.proj.0.", "it has a convolutional stem of several layers in place of the patch embedding"},
    Foreign{"patch_embed.conv", "it has a convolutional stem of several layers in place of the patch embedding"},
    Foreign{"patch_embed.0.", "it has a convolutional stem of several layers in place of the patch embedding"},
    Foreign{"conv_root/kernel", "it is a hybrid with a convolutional stem"},
    Foreign{"embeds.pos_embed_y", "its positions are sums of a row's and a column's, as timm's naflexvit_..._parfac_gap"},
    Foreign{"embeds.proj", "it is a NaFlex network whose positions are kept in a way of its own"},
    Foreign{"vision_model.embeddings.patch_embedding", Clip},
    Foreign{"visual.layer1.", "it is a CLIP whose image half is a convolutional network, as ResNet"},
    Foreign{"visual.transformer.resblocks.", OpenClip},
    Foreign{"visual.conv1.weight", OpenClip},
    Foreign{"transformer.resblocks.", "it is CLIP's text half alone, or an image half of open_clip that is not known"},
    Foreign{"pre_layrnorm", Clip},
    Foreign{"dwconv.", "it is a convolutional network, as ConvNeXt"},
    Foreign{"conv_dw.", "it is a convolutional network, as ConvNeXt"},
    Foreign{"mlp_tokens", "it is an MLP-Mixer"},
    Foreign{"transformers.0.blocks.", "it has stages of falling resolution, as PiT"},
    Foreign{"patch_embeds.", "it has stages of falling resolution, as Twins and PVT"},
    Foreign{"levels.0.", "it has stages of falling resolution, as NesT"},
    Foreign{"patch_embed.1.", "it has several branches, as CrossViT"},
    Foreign{"stages.0.", "it has stages of falling resolution, as ConvNeXt, Swin or MobileNet"},
    Foreign{"stage1.0.", "it has stages of falling resolution, as Visformer"},
    Foreign{"layers.0.blocks.0.", "it has stages of falling resolution, as Swin"},
    Foreign{"layer1.0.conv1.weight", "it is a convolutional network, as ResNet"},
    Foreign{"encoder.blocks.0.conv", "it is a convolutional network"},
    Foreign{"features.0.", "it is a convolutional network, as VGG, MobileNet or EfficientNet"},
    Foreign{"word_embeddings.weight", "it is a text model, as BERT"},
    Foreign{"embed_tokens.weight", "it is a text model"},
    Foreign{"token_embedding", "it is a text model, as CLIP's text half"},
    Foreign{"wte.weight", "it is a text model, as GPT-2"},
    Foreign{"text_model.", "it is a text model, as CLIP's text half"},
};

// Whole parts of a name.
constexpr std::array<std::string_view, 8> HarmlessAnywhere{"num_batches_tracked", "total_ops",  "total_params", "position_ids",
                                                           "mask_token",          "mask_embed", "masked_embed", "_extra_state"};
constexpr std::array<std::string_view, 51> HarmlessOutside{"optim",
                                                           "scheduler",
                                                           "schedulers",
                                                           "lr_scheduler",
                                                           "lr_schedulers",
                                                           "scaler",
                                                           "grad_scaler",
                                                           "amp",
                                                           "amp_scaler",
                                                           "rng_state",
                                                           "rng_states",
                                                           "cuda_rng_state",
                                                           "loops",
                                                           "callbacks",
                                                           "args",
                                                           "hyper_parameters",
                                                           "config",
                                                           "cfg",
                                                           "meta",
                                                           "dino_loss",
                                                           "ibot_patch_loss",
                                                           "koleo_loss",
                                                           "center",
                                                           "decode_head",
                                                           "auxiliary_head",
                                                           "neck",
                                                           "seg_head",
                                                           "rpn_head",
                                                           "roi_head",
                                                           "bbox_head",
                                                           "text",
                                                           "textual",
                                                           "token_embedding",
                                                           "ln_final",
                                                           "text_projection",
                                                           "visual_projection",
                                                           "logit_scale",
                                                           "logit_bias",
                                                           "dino_head",
                                                           "ibot_head",
                                                           "projector",
                                                           "momentum_projector",
                                                           "projection_head",
                                                           "predictor",
                                                           "queue",
                                                           "queue_ptr",
                                                           "prototypes",
                                                           "lm_head",
                                                           "param_groups",
                                                           "exp_avg",
                                                           "exp_avg_sq"};
constexpr std::array<std::string_view, 8> HarmlessStarts{"optimizer", "decoder", "text_",   "loss",
                                                         "criterion", "metric",  "train_m", "val_m"};

template <typename Visit>
bool anyPart(std::string_view name, const Visit& visit)
{
    while (!name.empty()) {
        const std::size_t end = std::min(name.find_first_of("./"), name.size());
        if (visit(name.substr(0, end)))
            return true;
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return false;
}

bool isInBlock(std::string_view name)
{
    return anyPart(name, [](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    });
}

std::string quoted(const std::string& name)
{
    return "\"" + name + "\"";
}

}  // namespace

bool isHarmless(std::string_view name, bool inBlock)
{
    const auto isOneOf = [](const auto& list, std::string_view part) { return std::ranges::find(list, part) != list.end(); };
    if (anyPart(name, [&](std::string_view part) { return isOneOf(HarmlessAnywhere, part); }))
        return true;
    if (inBlock)
        return false;
    // DINO's projection head; the network it was trained on has no other.
    if (name.find("head.last_layer") != std::string_view::npos || name.find("head.mlp.") != std::string_view::npos)
        return true;
    return anyPart(name, [&](std::string_view part) {
        return isOneOf(HarmlessOutside, part)
               || std::ranges::any_of(HarmlessStarts, [&](std::string_view start) { return part.starts_with(start); });
    });
}

std::string foreignReason(std::string_view name, bool within)
{
    for (const Foreign& mark : ForeignMarks) {
        if ((within || mark.anywhere) && name.find(mark.part) != std::string_view::npos)
            return std::string(mark.reason);
    }
    return {};
}

std::string foreignReason(const std::vector<std::string>& names, bool within)
{
    for (const Foreign& mark : ForeignMarks) {
        for (const std::string& name : names) {
            if ((within || mark.anywhere) && name.find(mark.part) != std::string::npos)
                return std::string(mark.reason) + " (" + quoted(name) + ")";
        }
    }
    return {};
}

std::string notANetwork(const std::string& reason)
{
    return "this is not a ViT or TNT that Vitrine computes: " + reason;
}

std::string listed(const std::vector<std::string>& names)
{
    constexpr std::size_t Shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), Shown); ++i)
        text += (i ? ", " : "") + quoted(names[i]);
    return names.size() > Shown ? text + " and " + std::to_string(names.size() - Shown) + " more" : text;
}

void refuseUnknown(const std::vector<std::string>& unknown)
{
    if (unknown.empty())
        return;
    if (const std::string reason = foreignReason(unknown, true); !reason.empty())
        throw Error(notANetwork(reason));
    std::vector<std::string> sorted = unknown;
    std::ranges::stable_partition(sorted, [](const std::string& name) { return isInBlock(name); });
    throw Error(notANetwork("it has tensors that are no part of the network it looks like, and without which its numbers "
                            "would be wrong: "
                            + listed(sorted)));
}

}  // namespace vitrine
