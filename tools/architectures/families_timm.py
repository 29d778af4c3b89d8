# SPDX-License-Identifier: GPL-3.0-or-later
"""timm: every entry point is built without memory, and its modules say whether Vitrine computes it."""
import re
import warnings
from collections import defaultdict

import timm
import torch
from timm.models import _registry
from torch import nn

# Networks that are no ViT at all: known by timm's file alone.
STAGED = """byoanet byobnet coat convmixer convnext cpubone csatv2 cspnet cspnext davit densenet dla dpn edgenext
    efficientformer efficientformer_v2 efficientnet efficientvim efficientvit_mit efficientvit_msra fasternet fastvit
    focalnet gcvit ghostnet hardcorenas hgnet hiera hieradet_sam2 hrnet iformer inception_next inception_resnet_v2
    inception_v3 inception_v4 lcnetv2 levit lowformer mambaout maxxvit metaformer mobilenetv3 mobilenetv5 mobilevit
    mvitv2 nasnet nest nextvit nfnet pit pnasnet pvt_v2 rdnet regnet repghost repvit res2net resnest resnet resnetv2
    rexnet selecsls senet shvit sknet starnet swiftformer swin_transformer swin_transformer_v2 swin_transformer_v2_cr
    tiny_vit tresnet twins vgg visformer vitamin vovnet xception xception_aligned""".split()
OTHER_FILES = {
    **dict.fromkeys(STAGED, "it has stages of falling resolution, as convolutional networks and Swin have"),
    "cait": "its heads are mixed, and its last blocks attend from CLS alone (CaiT)",
    "convit": "its attention is gated by positions (ConViT)",
    "crossvit": "it has two branches with patches of two sizes (CrossViT)",
    "mlp_mixer": "it mixes the patches by an MLP, without attention",
    "sequencer": "it has LSTMs instead of attention",
    "volo": "it has outlook attention (VOLO)",
    "xcit": "it attends between channels, not between patches (XCiT)",
    **dict.fromkeys(("qwen3_vit", "gemma4_vit", "deepseek_vit"), "it is the image network of a language model, with rotary positions"),
}

# First words that say nothing about a network.
GENERAL = set("adv bat cs dm eca ens ese gc gluon halo ig jx lambda legacy nf res sam ssl swsl test tf tiny tv wide".split())
# Modules that give a network away, the first that is found decides.
FOREIGN = [
    (("VisionTransformerSAM",), "it attends within windows and has relative positions (SAM)"),
    (("HybridEmbed",), "it is a hybrid with a convolutional stem"),
    (("ResPostBlock", "ResPostRelPosBlock", "EvaBlockPostNorm"), "it normalises after attention and MLP, not before"),
    (("RelPosAttention",), "it has relative position biases made by a network"),
    (("DiffAttention", "DiffParallelScalingBlock"), "it subtracts two attentions (differential attention)"),
    (("ParallelScalingBlock", "ParallelThingsBlock"), "its blocks run attention and MLP, or several of each, in parallel"),
    (("RotaryEmbeddingCat", "RotaryEmbeddingMixed", "RotaryEmbeddingDinoV3",), "it has rotary positions (RoPE)"),
    (("RmsNorm", "RmsNormFp32"), "it normalises by the root mean square (RMSNorm)"),
]
# Of those with rotary positions the families that are compared with their own code.
NAFLEX = re.compile("naflexvit_.*_(siglip|gap|map|radio_v[34])$")
ROTARY = re.compile("eva02_(tiny|small|base|large)|vit_.*_(dinov3|lingbot)|vit_.*_rope_|vit_pe_")
PLAIN = set("""VisionTransformer VisionTransformerDistilled Eva Beit TNT Block EvaBlock Attention EvaAttention Mlp GluMlp PatchEmbed
    PixelEmbed Unfold LayerScale LayerNorm Linear Conv2d Identity Dropout Sequential ModuleList GELU GELUTanh QuickGELU
    SiLU AttentionPoolLatent""".split())
TURNING = {"RotaryEmbeddingCat", "RotaryEmbeddingMixed", "RotaryEmbeddingDinoV3", "SwiGLU", "AttentionRope"}


def one(values, what):
    """The value that all blocks share."""
    values = set(values)
    assert len(values) == 1, f"{what} differ: {values}"
    return values.pop()


def refusal(name, model):
    kinds = {type(module).__name__ for module in model.modules()}
    if "NaFlexVit" in kinds:
        if model.embeds.pos_embed_type == "factorized":
            return "its positions are sums of a row's and a column's (factorized)"
        if not NAFLEX.match(name) or model.embeds.pos_embed_type != "learned":
            return "it places the patches of pictures of any size in a way of its own (NaFlex)"
        kinds -= {"NaFlexVit", "NaFlexEmbeds"}
    known = bool(ROTARY.match(name)) or name.startswith("aimv2_")
    if known:
        kinds -= TURNING | {"RmsNorm"}
    for names, words in FOREIGN:
        if kinds & set(names):
            return words
    if kinds - PLAIN:
        raise SystemExit(f"say in words what {kinds - PLAIN} do")
    blocks = list(model.blocks)
    if any(hasattr(block, "attn") and hasattr(block.attn, "relative_position_bias_table")
           and block.attn.relative_position_bias_table is not None for block in blocks) and not re.match("beit(v2)?_", name):
        return "it has relative position biases"
    if not known and any(not isinstance(norm, nn.Identity) for block in blocks
           for norm in (getattr(getattr(block, "attn", None), "norm", nn.Identity()), getattr(block.mlp, "norm", nn.Identity()))):
        return "it has further LayerNorms within attention and MLP"
    if not known and not re.match("beit(v2)?_|naflexvit_", name) and getattr(model, "pos_embed", 0) is None:
        return "it has no learned position embeddings"
    for block in blocks:
        attention = getattr(block, "attn", None)
        assert attention is None or ((known or attention.qkv is not None) and getattr(attention, "gate", None) is None
                                     and attention.num_heads * getattr(attention, "head_dim", model.embed_dim // attention.num_heads) == model.embed_dim), "another attention"
    assert name.startswith("naflexvit_") or model.in_chans == 3, "channels"
    if getattr(model, "pool_include_prefix", False):
        return "it pools the prefix tokens together with the patches"
    assert known or isinstance(getattr(getattr(model, "patch_embed", None), "norm", nn.Identity()), nn.Identity), "patch norm"
    return None


def facts(model):
    tnt = type(model).__name__ == "TNT"
    norms = [m for m in model.modules() if isinstance(m, nn.LayerNorm) or type(m).__name__ == "RmsNorm"]
    # A gate is SiLU by its own kind and has no activation to choose.
    mlps = [m for m in model.modules() if type(m).__name__ in ("Mlp", "GluMlp", "SwiGLU")]
    assert all(type(m.act).__name__ == "SiLU" for m in mlps if type(m).__name__ != "Mlp"), "gate"
    assert not any(m.gate_last for m in mlps if type(m).__name__ == "GluMlp"), "gate"
    activation = one(("GELU" if type(m).__name__ != "Mlp" else type(m.act).__name__ for m in mlps), "activations")
    found = {"width": model.embed_dim, "activation": activation, "eps": one((m.eps for m in norms), "eps"),
             "pool": None if getattr(model, "attn_pool", None) is not None else model.global_pool}
    if tnt:
        found["heads"] = one((b.attn_out.num_heads for b in model.blocks), "heads")
        stem = model.pixel_embed
        inner = one((b.attn_in.num_heads for b in model.blocks), "inner heads")
        found |= {"covers": True, "tnt": (stem.in_dim, inner, stem.patch_size[0], stem.proj.stride[0])}
    else:
        found["heads"] = one((b.attn.num_heads for b in model.blocks), "heads")
        # Where there is nothing in front of the patches, nothing is left uncovered.
        found["covers"] = getattr(model, "pos_embed", None) is not None and not (model.no_embed_class and model.num_prefix_tokens)
    return found


def build(name):
    with torch.device("meta"):
        return timm.create_model(name, pretrained=False).eval()


def begins(name, stem):
    return name.startswith(stem) and not name[len(stem):len(stem) + 1].isalpha()


def shortened(name, reasons):
    """"resnet*", where everything that begins so, with no letter behind it, is refused for the same reason."""
    stem = re.match("[a-z]+", name)[0]
    if stem in GENERAL:
        stem = re.match("[a-z]+[0-9]?[a-z_]+", name)[0]
    alike = {words for other, words in reasons.items() if begins(other, stem)}
    return stem + "*" if len(alike) == 1 else name


def collect():
    """What is written, the networks that run with their facts, reason -> names of those that do not ("resnet*": and the
    like)."""
    warnings.filterwarnings("ignore")
    runnable, reasons = {}, {}
    for name in timm.list_models():
        reasons[name] = OTHER_FILES.get(_registry._model_to_module[name])
        if not reasons[name] and not (words := refusal(name, model := build(name))):
            runnable[name] = facts(model)
        reasons[name] = reasons[name] or words
    for old, new in _registry._deprecated_models.items():
        new = (new or "").split(".")[0]
        if new in runnable:
            runnable[old] = runnable[new]
        reasons[old] = reasons.get(new)
    refusals = defaultdict(set)
    for name, words in reasons.items():
        if words:
            refusals[words].add(shortened(name, reasons) if words in OTHER_FILES.values() else name)
    return f"timm {timm.__version__}", runnable, refusals
