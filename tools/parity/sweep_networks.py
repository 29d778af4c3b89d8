# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of the sweep: timm's entry points and transformers' model types, two blocks deep."""
from dataclasses import dataclass, field
from typing import Callable

import timm
import torch
import transformers
from timm.models import _registry
from torch import nn
from transformers import AutoModel
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

WIDE = 1024
# The files of timm whose networks are made of blocks over patches of one size.
TIMM_FILES = """beit cait deit eva naflexvit tnt vision_transformer vision_transformer_hybrid vision_transformer_relpos
    vision_transformer_sam""".split()


@dataclass
class Network:
    library: str
    name: str
    model: nn.Module
    blocks: list
    size: tuple
    save: Callable
    run: Callable = field(default=lambda model, x: model(x))  # -> logits or None
    state: int = 0  # which of a block's outputs are the tokens


def two_blocks(name):
    # Sapiens2 has another number of heads for the keys of each of its blocks.
    # Rotary positions alone fit any size, which nothing in a bare file tells.
    options = {"num_kv_heads": (4, 4)} if "sapiens" in name else {"dynamic_img_size": True} if "_rope_reg" in name else {}
    return timm.create_model(name, depth=2, **options)


def timm_network(name):
    model = two_blocks(name)
    embed = getattr(model, "patch_embed", None) or getattr(model, "pixel_embed", None)
    size = getattr(embed, "img_size", None) or model.pretrained_cfg["input_size"][1:]
    run = (lambda m, x: m(x)) if model.num_classes else (lambda m, x: m.forward_features(x) is None or None)
    return Network("timm", name, model, list(model.blocks), size,
                   lambda folder: timm.models.save_for_hf(model, folder, safe_serialization=True), run,
                   1 if type(model).__name__ == "TNT" else 0)


def timm_width(name):
    with torch.device("meta"):
        return two_blocks(name).embed_dim


# Heads of 64, which is what is assumed of a bare file.
SMALL = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 192, "image_size": 64,
         "patch_size": 16, "vocab_size": 64, "decoder_hidden_size": 32, "decoder_num_attention_heads": 2,
         "decoder_num_hidden_layers": 1, "decoder_intermediate_size": 32, "encoder_layers": 2, "decoder_layers": 2}


def small(kind, **options):
    """A configuration of the type, its parts small too."""
    config = CONFIG_MAPPING[kind]()
    shrink(config)
    for key, value in ({"num_labels": 7} | options).items():
        setattr(config, key, value)
    return config


def shrink(config):
    for key, value in SMALL.items():
        if isinstance(getattr(config, key, None), int):
            setattr(config, key, value)
    for part in getattr(config, "sub_configs", None) or ():
        if isinstance(inner := getattr(config, part, None), transformers.PreTrainedConfig):
            shrink(inner)


def logits_of(output):
    logits = getattr(output, "logits", None)
    return logits if torch.is_tensor(logits) and logits.ndim == 2 else None


def whole(model, x):
    return logits_of(model(pixel_values=x))


def unmasked(model, x):
    """MAE without its masking."""
    encoder = getattr(model, "vit", model)
    encoder.config.mask_ratio = 0.0
    patches = (x.shape[2] // encoder.config.patch_size) * (x.shape[3] // encoder.config.patch_size)
    encoder(x, noise=torch.arange(patches, dtype=torch.float32)[None])


def encoder_of(model, x):
    model.encoder(x)


def image_half(model, x):
    model.vision_model(x)


def in_patches(model, x):
    """NaFlex: rows of pixels in the place of a picture."""
    side = model.config.patch_size
    rows, columns = x.shape[2] // side, x.shape[3] // side
    patches = x.reshape(3, rows, side, columns, side).permute(1, 3, 2, 4, 0).reshape(1, rows * columns, -1)
    model(patches, torch.ones(1, rows * columns), torch.tensor([[rows, columns]]))


def longest_list(model):
    """The blocks: the first of the lists of modules with as many entries as the network is deep."""
    lists = [m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) > 1]
    return list(lists[0]) if lists else [model]


def transformers_network(name, model, run=whole):
    config = getattr(model.config, "encoder", None) or getattr(model.config, "vision_config", None) or model.config
    config = getattr(config, "backbone_config", None) or config
    size = getattr(config, "image_size", 64)
    size = (size, size) if isinstance(size, int) else (64, 64) if size is None else tuple(size)
    # Of a pair the half that sees.
    blocks = longest_list(getattr(model, "vision_model", model))
    return Network("transformers", name, model, blocks, size, model.save_pretrained, run)


HEADS = 8  # where the configuration of a part has to be read


def dinov2_part():
    return small("dinov2", patch_size=14, image_size=56, out_indices=[1, 2], reshape_hidden_states=False,
                 num_attention_heads=HEADS)


def with_backbone(kind, **options):
    config = small(kind)
    config.backbone_config = dinov2_part()
    for key, value in options.items():
        setattr(config, key, value)
    return config


def encoder_decoder():
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(small("vit", num_attention_heads=HEADS), small("bert"))
    return transformers.VisionEncoderDecoderModel(config)


def dual_encoder():
    config = transformers.VisionTextDualEncoderConfig.from_vision_text_configs(small("vit", num_attention_heads=HEADS), small("bert"))
    return transformers.VisionTextDualEncoderModel(config)


T = transformers
FUSION = {"neck_hidden_sizes": [16, 16], "reassemble_factors": [2, 1], "fusion_hidden_size": 16}
# What Vitrine computes, with the heads that people train.
COMPUTED = {
    "ViTModel": lambda: T.ViTModel(small("vit")),
    "ViTForImageClassification": lambda: T.ViTForImageClassification(small("vit")),
    "ViTForImageClassification, 32x128": lambda: T.ViTForImageClassification(small("vit", image_size=[32, 128])),
    "ViTForImageClassification, no biases of q, k, v": lambda: T.ViTForImageClassification(small("vit", qkv_bias=False)),
    "ViTForImageClassification, gelu_new": lambda: T.ViTForImageClassification(small("vit", hidden_act="gelu_new")),
    "ViTForImageClassification, epsilon 1e-3": lambda: T.ViTForImageClassification(small("vit", layer_norm_eps=1e-3)),
    "ViTForImageClassification, heads of 16": lambda: T.ViTForImageClassification(small("vit", num_attention_heads=8)),
    "ViTForMaskedImageModeling": lambda: T.ViTForMaskedImageModeling(small("vit")),
    "DeiTModel": lambda: T.DeiTModel(small("deit")),
    "DeiTForImageClassification": lambda: T.DeiTForImageClassification(small("deit")),
    "DeiTForImageClassificationWithTeacher": lambda: T.DeiTForImageClassificationWithTeacher(small("deit")),
    "Dinov2Model": lambda: T.Dinov2Model(small("dinov2")),
    "Dinov2Model, SwiGLU": lambda: T.Dinov2Model(small("dinov2", use_swiglu_ffn=True)),
    "Dinov2ForImageClassification": lambda: T.Dinov2ForImageClassification(small("dinov2")),
    "Dinov2Backbone": lambda: T.Dinov2Backbone(small("dinov2")),
    "Dinov2WithRegistersModel": lambda: T.Dinov2WithRegistersModel(small("dinov2_with_registers")),
    "Dinov2WithRegistersForImageClassification":
        lambda: T.Dinov2WithRegistersForImageClassification(small("dinov2_with_registers")),
    "ViTMAEModel": lambda: T.ViTMAEModel(small("vit_mae")),
    "ViTMAEForPreTraining": lambda: T.ViTMAEForPreTraining(small("vit_mae")),
    "ViTMSNModel": lambda: T.ViTMSNModel(small("vit_msn")),
    "ViTMSNForImageClassification": lambda: T.ViTMSNForImageClassification(small("vit_msn")),
    "IJepaModel": lambda: T.IJepaModel(small("ijepa")),
    "IJepaForImageClassification": lambda: T.IJepaForImageClassification(small("ijepa")),
    "DPTModel": lambda: T.DPTModel(small("dpt")),
    "DPTForDepthEstimation": lambda: T.DPTForDepthEstimation(small("dpt", backbone_out_indices=[0, 1], **FUSION)),
    "DPTForDepthEstimation over DINOv2": lambda: T.DPTForDepthEstimation(with_backbone("dpt", **FUSION)),
    "DepthAnythingForDepthEstimation":
        lambda: T.DepthAnythingForDepthEstimation(with_backbone("depth_anything", patch_size=14, reassemble_hidden_size=128, **FUSION)),
    "CLIPVisionModel": lambda: T.CLIPVisionModel(small("clip_vision_model")),
    "CLIPVisionModelWithProjection": lambda: T.CLIPVisionModelWithProjection(small("clip_vision_model")),
    "CLIPVisionModel, gelu": lambda: T.CLIPVisionModel(small("clip_vision_model", hidden_act="gelu")),
    "CLIPModel": lambda: T.CLIPModel(small("clip")),
    "CLIPForImageClassification": lambda: T.CLIPForImageClassification(small("clip")),
    "AltCLIPModel": lambda: T.AltCLIPModel(small("altclip")),
    "ChineseCLIPModel": lambda: T.ChineseCLIPModel(small("chinese_clip")),
    "CLIPSegModel": lambda: T.CLIPSegModel(small("clipseg")),
    "MetaClip2Model": lambda: T.MetaClip2Model(small("metaclip_2")),
    "SiglipVisionModel": lambda: T.SiglipVisionModel(small("siglip_vision_model")),
    "SiglipModel": lambda: T.SiglipModel(small("siglip")),
    "SiglipForImageClassification": lambda: T.SiglipForImageClassification(small("siglip")),
    "Siglip2VisionModel": lambda: T.Siglip2VisionModel(small("siglip2_vision_model", num_patches=16)),
    "BlipVisionModel": lambda: T.BlipVisionModel(small("blip_vision_model")),
    "BlipForConditionalGeneration": lambda: T.BlipForConditionalGeneration(small("blip")),
    "BlipForImageTextRetrieval": lambda: T.BlipForImageTextRetrieval(small("blip")),
    "Blip2VisionModel": lambda: T.Blip2VisionModel(small("blip_2_vision_model")),
    "InstructBlipVisionModel": lambda: T.InstructBlipVisionModel(small("instructblip_vision_model")),
    "Aimv2VisionModel": lambda: T.Aimv2VisionModel(small("aimv2_vision_model")),
    "Aimv2VisionModel, any size": lambda: T.Aimv2VisionModel(small("aimv2_vision_model", is_native=True)),
    "RadioModel": lambda: T.RadioModel(small("radio", max_img_size=128)),
    "BeitForImageClassification":
        lambda: T.BeitForImageClassification(small("beit", use_relative_position_bias=True, attn_implementation="eager")),
    "BeitForImageClassification, positions added (DiT)":
        lambda: T.BeitForImageClassification(small("beit", use_absolute_position_embeddings=True)),
    "BeitForImageClassification, both kinds of positions": lambda: T.BeitForImageClassification(
        small("beit", use_absolute_position_embeddings=True, use_relative_position_bias=True, attn_implementation="eager")),
    "Data2VecVisionForImageClassification": lambda: T.Data2VecVisionForImageClassification(
        small("data2vec-vision", use_relative_position_bias=True, attn_implementation="eager")),
    "DINOv3ViTModel": lambda: T.DINOv3ViTModel(small("dinov3_vit")),
    "DINOv3ViTModel, gated": lambda: T.DINOv3ViTModel(small("dinov3_vit", use_gated_mlp=True, hidden_act="silu", num_register_tokens=4)),
    "VisionEncoderDecoderModel of ViT": encoder_decoder,
    "VisionTextDualEncoderModel of ViT": dual_encoder,
}
RUNS = {"ViTMAEModel": unmasked, "ViTMAEForPreTraining": unmasked, "VisionEncoderDecoderModel of ViT": encoder_of,
        "VisionTextDualEncoderModel of ViT": image_half, "CLIPModel": image_half, "SiglipModel": image_half,
        "Siglip2VisionModel": in_patches, "BlipForConditionalGeneration": image_half, "BlipForImageTextRetrieval": image_half,
        "AltCLIPModel": image_half, "ChineseCLIPModel": image_half, "CLIPSegModel": image_half, "MetaClip2Model": image_half}
# What it refuses; AutoModel makes those that have no class here.
CLASSES = {"lw_detr_vit": T.LwDetrViTBackbone, "owlvit_vision_model": T.OwlViTVisionModel,
           "rf_detr_dinov2": T.RfDetrDinov2Backbone, "vitpose_backbone": T.VitPoseBackbone}
REFUSED = """audio-spectrogram-transformer bit convnext convnextv2 cvt dinov3_convnext focalnet git hiera
    imagegpt internvl_vision levit lw_detr_vit mgp-str mlcd_vision_model mobilenet_v2 mobilevit
    mobilevitv2 owlvit_vision_model pixio poolformer pvt pvt_v2 regnet resnet rf_detr_dinov2 sam sam_vision_model
    sapiens2 segformer seggpt swiftformer swin
    timesformer tipsv2_vision_model videomae vilt vitdet vitpose_backbone vivit yolos""".split()


def all_networks(parts, wide):
    """One after the other, so that only one is in memory."""
    def wanted(name):
        return any(part in name for part in parts)
    for name in filter(wanted, timm.list_models()):
        if _registry._model_to_module[name] in TIMM_FILES and (wide or timm_width(name) <= WIDE):
            yield timm_network(name)
    for name in filter(wanted, COMPUTED):
        yield transformers_network(name, COMPUTED[name](), RUNS.get(name, whole))
    for name in filter(wanted, REFUSED):
        yield transformers_network(name, CLASSES.get(name, AutoModel.from_config)(small(name)), RUNS.get(name, whole))
