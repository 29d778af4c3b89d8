# SPDX-License-Identifier: GPL-3.0-or-later
"""transformers: the model types that Vitrine computes, read off their modules, and the reason for each of the others."""
import warnings
from collections import defaultdict

import torch
import transformers
from torch import nn
from transformers import AutoModel
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES

RUNNABLE = ["vit", "deit", "dinov2", "dinov2_with_registers", "vit_mae", "vit_msn", "ijepa", "dpt", "clip_vision_model",
            "siglip_vision_model", "siglip2_vision_model", "aimv2_vision_model", "radio", "dinov3_vit", "beit", "data2vec-vision",
            "blip_vision_model", "blip_2_vision_model", "instructblip_vision_model", "altclip_vision_model",
            "chinese_clip_vision_model", "clipseg_vision_model", "metaclip_2_vision_model"]
# AutoModel may have none of these.
CLASSES = {"blip_vision_model": transformers.BlipVisionModel, "blip_2_vision_model": transformers.Blip2VisionModel,
           "instructblip_vision_model": transformers.InstructBlipVisionModel, "altclip_vision_model": transformers.AltCLIPVisionModel,
           "chinese_clip_vision_model": transformers.ChineseCLIPVisionModel, "clipseg_vision_model": transformers.CLIPSegVisionModel,
           "metaclip_2_vision_model": transformers.MetaClip2VisionModel}
ACTIVATIONS = {"GELUActivation": "GELU", "GELUTanh": "GELUTanh", "QuickGELUActivation": "QuickGELU"}
# Whose tensors belong to the network that a part of the configuration describes.
CONTAINERS = {"depth_anything": "backbone_config", "prompt_depth_anything": "backbone_config", "dpt": "backbone_config",
              "upernet": "backbone_config", "chmv2": "backbone_config", "clip": "vision_config", "siglip": "vision_config",
              "siglip2": "vision_config", "aimv2": "vision_config",
              "blip": "vision_config", "blip-2": "vision_config", "instructblip": "vision_config", "altclip": "vision_config",
              "chinese_clip": "vision_config", "clipseg": "vision_config", "metaclip_2": "vision_config",
              "zoedepth": "backbone_config", "vision-encoder-decoder": "encoder", "vision-text-dual-encoder": "vision_config"}
READER = "it joins an image network and a language model"
SAM = "it attends within windows and has relative positions (SAM)"
PAIR = "it is a pair of a text and an image network that is not compared with its own code yet; CLIP, SigLIP and BLIP are"
REASONS = {
    "it has rotary positions (RoPE)": "eomt_dinov3 mlcd mlcd_vision_model sapiens2 sapiens2_head sam3_vit_model pixtral",
    "it is the image network of a pair that is not compared with its own code yet":
        """xclip_vision_model groupvit_vision_model owlvit_vision_model owlv2_vision_model git_vision_model
        bridgetower_vision_model flava_image_model""",
    "it is a TIPSv2, whose names Vitrine does not read; timm's vit_*_tipsv2 are such networks": "tipsv2_vision_model",
    PAIR: """xclip groupvit owlvit owlv2 align flava
        bridgetower vilt tipsv2 lxmert visual_bert""",
    READER: "git fuyu chameleon emu3 idefics shieldgemma2",
    "it reads documents, words and layout together": "layoutlmv2 layoutlmv3 layoutxlm udop",
    "it segments with several networks (SAM 2 and later)": """sam2 sam2_video sam2_vision_model sam3 sam3_lite_text sam3_tracker
        sam3_tracker_video sam3_video sam3_vision_model edgetam edgetam_video edgetam_vision_model""",
    "it has several CLS tokens (Pixio)": "pixio",
    "it has extra tokens for detection (YOLOS)": "yolos",
    "it adds query tokens within its last blocks (EoMT)": "eomt videomt",
    "it adds the position of CLS to every patch (ViTPose)": "vitpose vitpose_backbone",
    "it attends within windows": "vitdet vitmatte lw_detr lw_detr_vit rf_detr rf_detr_dinov2",
    SAM: """sam sam_hq sam_vision_model sam_hq_vision_model sam_mask_decoder sam_prompt_encoder sam_hq_mask_decoder
        sam_hq_prompt_encoder seggpt got_ocr2 got_ocr2_vision slanext slanext_vision deepseek_ocr2_sam_vision_model
        unlimited_ocr_sam_vision_model""",
    "it takes spectrograms, not pictures": "audio-spectrogram-transformer clap_audio_model",
    "it takes videos": """timesformer videomae vivit vjepa2 videoprism videoprism_vision_model pe_video pe_video_encoder
        pe_audio_video pe_audio_video_encoder tvp""",
    "it runs several networks over tiles of the picture (Depth Pro)": "depth_pro",
    "it is the text half of TrOCR; the whole of it has an encoder that Vitrine reads": "trocr",
    "it reads words off pictures with heads of its own (MGP-STR)": "mgp-str",
    "it predicts pixel after pixel (ImageGPT)": "imagegpt",
    "it attends from a set of latents (Perceiver)": "perceiver",
    "it is a convolutional network": """bit convnext convnextv2 dinov3_convnext efficientnet hgnet_v2 mobilenet_v1
        mobilenet_v2 regnet resnet rt_detr_resnet textnet pp_lcnet pp_lcnet_v3 pp_lcnet_v4 uvdoc uvdoc_backbone superpoint
        superglue lightglue align_vision_model van efficientloftr""",
    "it has stages of falling resolution": """swin swinv2 swin2sr donut-swin maskformer-swin hiera sam2_hiera_det_model levit
        cvt pvt pvt_v2 mobilevit mobilevitv2 dinat nat focalnet poolformer segformer glpn swiftformer efficientformer
        florence_vision nougat""",
    "it is a hybrid with a convolutional stem": "vit_hybrid",
    "it finds objects, lines or regions with a network of its own behind another one": """detr conditional_detr dab-detr
        deformable_detr d_fine rt_detr rt_detr_v2 table-transformer deta grounding-dino mm-grounding-dino omdet-turbo mask2former
        maskformer oneformer deimv2 pp_doclayout_v2 pp_doclayout_v3 pp_doclayout_v4 pp_ocrv5_mobile_det pp_ocrv5_mobile_rec
        pp_ocrv5_server_det pp_ocrv5_server_rec pp_ocrv6_medium_det pp_ocrv6_small_det pp_ocrv6_small_rec pp_ocrv6_tiny_rec
        slanet tipsv2_dpt""",
}
TOWER = "it is the image network of a larger one, whose names Vitrine does not read"
# Text, sound and the rest have no list: their tensors are refused as what they are.
PICTURES = ["BACKBONE", "DEPTH_ESTIMATION", "IMAGE", "IMAGE_CLASSIFICATION", "IMAGE_SEGMENTATION", "IMAGE_TO_IMAGE",
            "INSTANCE_SEGMENTATION", "KEYPOINT_DETECTION", "MASKED_IMAGE_MODELING", "MASK_GENERATION", "OBJECT_DETECTION",
            "SEMANTIC_SEGMENTATION", "UNIVERSAL_SEGMENTATION", "VIDEO_CLASSIFICATION", "ZERO_SHOT_IMAGE_CLASSIFICATION",
            "ZERO_SHOT_OBJECT_DETECTION"]


def runnable(kind):
    config = CONFIG_MAPPING[kind]()
    with torch.device("meta"):
        model = CLASSES.get(kind, AutoModel.from_config)(config)
    norms = [m for m in model.modules() if isinstance(m, nn.LayerNorm) or type(m).__name__.endswith("RMSNorm")]
    (eps,) = {module.eps if isinstance(module, nn.LayerNorm) else module.variance_epsilon for module in norms}
    # A gate is SiLU by its own kind and has no activation to choose.
    found = {ACTIVATIONS[name] for module in model.modules() if (name := type(module).__name__) in ACTIVATIONS}
    (activation,) = found or {"GELU"}
    embeddings = getattr(model, "vision_model", model).embeddings
    teachers = hasattr(embeddings, "cls_register_token")
    cls = teachers or hasattr(embeddings, "cls_token") or hasattr(embeddings, "class_embedding")
    queries = any(name.endswith(("head.probe", "head.cls_token")) for name, _ in model.named_parameters())
    told = hasattr(config, "use_mean_pooling")  # by the norm that the file has
    return {"width": config.hidden_size, "heads": config.num_attention_heads, "activation": activation, "eps": eps,
            "pool": None if queries or told else "token" if cls else "avg", "covers": not hasattr(config, "rope_theta") and not teachers}


def parts(kind):
    return set(getattr(CONFIG_MAPPING[kind], "sub_configs", None) or {})


def automatic(kind):
    found = parts(kind)
    if "vlm_config" in found or ("text_config" in found and found & {"vision_config", "vq_config"}):
        return READER
    return TOWER if kind.endswith(("_vision", "_vision_model", "_vision_encoder")) else None


def collect():
    """What is written, the types that run with their facts, reason -> the types that do not, types -> the part that counts."""
    warnings.filterwarnings("ignore")
    reasons = {kind: words for words, kinds in REASONS.items() for kind in kinds.split()}
    refusals = defaultdict(set)
    for kind in [*CONFIG_MAPPING_NAMES, *reasons]:
        if kind in RUNNABLE or kind in CONTAINERS or kind.startswith("timm_"):
            continue
        if words := reasons.get(kind) or automatic(kind):
            refusals[words].add(kind)
        elif any(kind in getattr(modeling_auto, f"MODEL_FOR_{table}_MAPPING_NAMES") for table in PICTURES):
            raise SystemExit(f"say in words why {kind} does not run")
    assert all(key in parts(kind) for kind, key in CONTAINERS.items())
    return f"transformers {transformers.__version__}", {kind: runnable(kind) for kind in RUNNABLE}, refusals, CONTAINERS
