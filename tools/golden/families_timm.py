# SPDX-License-Identifier: GPL-3.0-or-later
"""timm's ViT and TNT, and the checkpoints that differ from them only in names or wrappers (DeiT, DINO, Huawei ...)."""
import math

import torch
import torch.nn.functional as F
from timm.layers import LayerNorm, SwiGLUPacked
from timm.models.deit import VisionTransformerDistilled
from timm.models.tnt import TNT
from timm.models.vision_transformer import VisionTransformer

from reference import CLASSES, Recorder, fresh, half, picture, randomise, write_case, write_json, write_safetensors, \
    write_torch

D = 16
SMALL = dict(img_size=16, patch_size=4, num_classes=CLASSES, embed_dim=D, depth=2, num_heads=2, mlp_ratio=2)


def vit(seed, cls=VisionTransformer, **options):
    model = randomise(cls(**{**SMALL, **options}), seed)
    for block in model.blocks:
        block.attn.fused_attn = False
    return model


@torch.no_grad()
def run_vit(model, image, head=True):
    recorder = Recorder(model.blocks, [block.attn.attn_drop for block in model.blocks])
    logits = model(image)
    recorder.close()
    return {**recorder.arrays(), "logits": logits[0] if head else None}


def expect_vit(model, source, image, parameters=None, classes=CLASSES):
    patch = list(model.patch_embed.patch_size)
    prefix = model.num_prefix_tokens
    size = list(image.shape[-2:])
    swiglu = model.blocks[0].mlp.fc1.out_features != model.blocks[0].mlp.fc2.in_features
    return {"architecture": "vit", "source": source, "layers": len(model.blocks), "heads": model.blocks[0].attn.num_heads,
            "width": model.embed_dim, "mlp": model.blocks[0].mlp.fc2.in_features, "swiglu": swiglu, "patch": patch,
            "image": size, "grid": [size[0] // patch[0], size[1] // patch[1]], "prefix_tokens": prefix,
            "classes": classes,
            "parameters": parameters if parameters is not None else sum(p.numel() for p in model.parameters())}


def timm_config(architecture, size, arguments, pool="token", **inputs):
    return {"architecture": architecture, "num_classes": arguments.get("num_classes", CLASSES), "global_pool": pool,
            "model_args": {k: v for k, v in arguments.items() if isinstance(v, (int, str, bool))},
            "pretrained_cfg": {"input_size": [3, *size], "interpolation": "bicubic", "crop_pct": 0.9,
                               "crop_mode": "center", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], **inputs}}


def two_sizes(name, checkpoint, source, make, overrides, seed=7, head=True, parameters=None, trained=(16, 16),
              other=(12, 20)):
    """The trained size, and another that is not square: `make(size)` gives the model for it."""
    parameters = parameters or sum(p.numel() for p in make(trained).parameters())
    for size, suffix in ((trained, ""), (other, "-resampled")):
        model, image = make(size), picture(*size, seed)
        said = dict(overrides)
        if suffix:
            said["image"] = list(size)
        expect = expect_vit(model, source, image, parameters, CLASSES if head else 0)
        expect["trained_grid"] = [4, 4]
        write_case(name + suffix, checkpoint, image, run_vit(model, image, head), expect,
                   f"{name}/reference{suffix}.safetensors", said)


def resized(seed, **options):
    """A maker of models for two_sizes(), resampled by timm's own rule."""
    def make(size):
        model = vit(seed, **options)
        if tuple(size) != model.patch_embed.img_size:
            model.set_input_size(size)
        return model
    return make


def plain():
    folder = fresh("timm-vit")
    write_safetensors(folder / "model.safetensors", vit(1).state_dict())
    write_json(folder / "config.json", timm_config("vit_tiny_patch16_224", (16, 16), SMALL))
    two_sizes("timm-vit", "timm-vit", "timm", resized(1), {})


def distilled():
    folder = fresh("timm-deit-distilled")
    model = vit(2, VisionTransformerDistilled)
    write_torch(folder / "deit_tiny_distilled.pth", {"model": half(model.state_dict()), "epoch": 3})
    two_sizes("timm-deit-distilled", "timm-deit-distilled/deit_tiny_distilled.pth", "timm",
              resized(2, cls=VisionTransformerDistilled), {"heads": 2})


def deit3():
    folder = fresh("deit3")
    options = dict(init_values=1e-5, no_embed_class=True)
    state = {k.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"): v
             for k, v in half(vit(3, **options).state_dict()).items()}
    write_torch(folder / "deit_3_small.pth", {"model": state}, legacy=True)
    two_sizes("deit3", "deit3/deit_3_small.pth", "DeiT III", resized(3, **options), {"heads": 2})


def augreg_wrapped():
    """An old training checkpoint: raw and averaged weights side by side, "module." in front of their names."""
    folder = fresh("timm-augreg-ema")
    averaged = half(vit(4).state_dict())
    raw = {f"module.{k}": v for k, v in half(vit(40, depth=1).state_dict()).items()}
    write_torch(folder / "checkpoint.pth.tar", {"arch": "vit", "state_dict": raw,
                                               "state_dict_ema": {f"module.{k}": v for k, v in averaged.items()}}, True)
    two_sizes("timm-augreg-ema", "timm-augreg-ema/checkpoint.pth.tar", "timm", resized(4), {"heads": 2})


def fc_norm():
    folder = fresh("timm-fc-norm")
    options = dict(global_pool="avg")
    write_safetensors(folder / "vit.safetensors", vit(5, **options).state_dict(), {"format": "pt"})
    two_sizes("timm-fc-norm", "timm-fc-norm/vit.safetensors", "timm", resized(5, **options), {"heads": 2})


def registers_without_cls():
    folder = fresh("timm-reg-gap")
    options = dict(class_token=False, reg_tokens=4, no_embed_class=True, global_pool="avg", fc_norm=False)
    write_safetensors(folder / "model.safetensors", vit(6, **options).state_dict())
    write_json(folder / "config.json", timm_config("vit_small_patch16_reg4_gap_256", (16, 16), SMALL, "avg"))
    two_sizes("timm-reg-gap", "timm-reg-gap/model.safetensors", "timm", resized(6, **options), {})


def registers_with_positions():
    folder = fresh("timm-reg")
    options = dict(reg_tokens=2)
    write_safetensors(folder / "model.safetensors", vit(15, **options).state_dict())
    two_sizes("timm-reg", "timm-reg/model.safetensors", "timm", resized(15, **options), {"heads": 2})


def swiglu_qk_norm():
    folder = fresh("timm-swiglu-qknorm")
    options = dict(mlp_layer=SwiGLUPacked, act_layer="silu", qk_norm=True, init_values=1e-5, qkv_bias=False)
    write_safetensors(folder / "model.safetensors", vit(8, **options).state_dict())
    # No heads are given: the width of the QK norm tells them.
    two_sizes("timm-swiglu-qknorm", "timm-swiglu-qknorm/model.safetensors", "timm", resized(8, **options), {})


def pre_norm():
    folder = fresh("timm-clip")
    options = dict(pre_norm=True, norm_layer=lambda *a, **k: LayerNorm(*a, eps=1e-5, **k), act_layer="quick_gelu")
    write_safetensors(folder / "model.safetensors", vit(9, **options).state_dict())
    write_json(folder / "config.json", timm_config("vit_base_patch16_clip_quickgelu_224", (16, 16), SMALL))
    two_sizes("timm-clip", "timm-clip", "timm", resized(9, **options), {})


def not_square():
    folder = fresh("timm-vit-wide")
    options = dict(img_size=(8, 24), patch_size=(4, 6))
    model = vit(10, **options)
    write_safetensors(folder / "model.safetensors", model.state_dict())
    write_json(folder / "config.json", timm_config("vit_tiny_patch16_224", (8, 24), {"num_heads": 2}))
    image = picture(8, 24)
    expect = {**expect_vit(model, "timm", image), "trained_grid": [2, 4]}
    write_case("timm-vit-wide", "timm-vit-wide", image, run_vit(model, image), expect, "timm-vit-wide/reference.safetensors")


def with_offset(positions, size, prefix=1, offset=0.1, antialias=False):
    """DINO's and DINOv2's interpolate_pos_encoding: a factor a little too large instead of a size."""
    height, width = size[0] // 4, size[1] // 4
    side = math.isqrt(positions.shape[1] - prefix)
    grid = positions[:, prefix:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    target = dict(scale_factor=((height + offset) / side, (width + offset) / side)) if offset else dict(size=(height, width))
    grid = F.interpolate(grid, mode="bicubic", antialias=antialias, **target)
    assert grid.shape[-2:] == (height, width)
    return torch.cat([positions[:, :prefix], grid.permute(0, 2, 3, 1).flatten(1, 2)], 1)


def offset_maker(seed, registers=0, **options):
    """timm's network with DINO(v2)'s resampling. Registers have no positions: a row of zeros each."""
    def make(size):
        model = vit(seed, reg_tokens=registers, **options)
        if registers:
            model.pos_embed.data[:, 1:1 + registers] = 0
        positions = torch.cat([model.pos_embed[:, :1], model.pos_embed[:, 1 + registers:]], 1).detach()
        if tuple(size) != (16, 16):
            model.set_input_size(size)
            positions = with_offset(positions, size, offset=0 if registers else 0.1, antialias=registers > 0)
            model.pos_embed.data = torch.cat([positions[:, :1], torch.zeros(1, registers, D), positions[:, 1:]], 1)
        return model
    return make


def dino():
    folder = fresh("dino")
    options = dict(num_classes=0)
    teacher = {f"backbone.{k}": v for k, v in half(vit(11, **options).state_dict()).items()}
    teacher.update({"head.mlp.0.weight": torch.randn(8, D).half(), "head.last_layer.weight_g": torch.ones(8, 1).half()})
    student = {f"module.backbone.{k}": v for k, v in half(vit(41, **options).state_dict()).items()}
    write_torch(folder / "dino_checkpoint.pth", {"student": student, "teacher": teacher, "epoch": 100})
    two_sizes("dino", "dino/dino_checkpoint.pth", "DINO", offset_maker(11, **options), {"heads": 2}, head=False)


def dinov2():
    """The hub's classifier: the network, and a linear head on CLS and the mean of the patches."""
    folder = fresh("dinov2-linear")
    options = dict(num_classes=0, init_values=1e-5)
    model = vit(12, **options)
    head = randomise(torch.nn.Linear(2 * D, CLASSES), 13)
    state = {f"backbone.{k}": v for k, v in half(model.state_dict()).items()}
    state["backbone.mask_token"] = torch.zeros(1, D).half()
    state.update({f"linear_head.{k}": v for k, v in half(head.state_dict()).items()})
    write_torch(folder / "dinov2_vits14_lc.pth", state)
    parameters = sum(p.numel() for p in model.parameters()) + sum(p.numel() for p in head.parameters())
    for size, suffix in (((16, 16), ""), ((12, 20), "-resampled")):
        model, image = offset_maker(12, **options)(size), picture(*size)
        arrays = run_vit(model, image, head=False)
        with torch.no_grad():
            tokens = model.norm(arrays["tokens"][-1])
            arrays["logits"] = head(torch.cat([tokens[0], tokens[1:].mean(0)]))
        expect = {**expect_vit(model, "DINOv2", image, parameters), "trained_grid": [4, 4]}
        write_case("dinov2-linear" + suffix, "dinov2-linear/dinov2_vits14_lc.pth", image, arrays, expect,
                   f"dinov2-linear/reference{suffix}.safetensors", {"heads": 2, **({"image": list(size)} if suffix else {})})


def dinov2_registers():
    """DINOv2-g's SwiGLU with registers, in the names of the authors' file."""
    folder = fresh("dinov2-reg-swiglu")
    options = dict(num_classes=0, init_values=1e-5, mlp_layer=SwiGLUPacked, act_layer="silu")
    state = half(offset_maker(14, 4, **options)((16, 16)).state_dict())
    positions, registers = state.pop("pos_embed"), state.pop("reg_token")
    state["pos_embed"] = torch.cat([positions[:, :1], positions[:, 5:]], 1)
    state["register_tokens"], state["mask_token"] = registers, torch.zeros(1, D).half()
    state = {k.replace("mlp.fc1", "mlp.w12").replace("mlp.fc2", "mlp.w3").replace("blocks.", "blocks.0."): v
             for k, v in state.items()}
    write_torch(folder / "dinov2_vitg14_reg4_pretrain.pth", state)
    parameters = sum(v.numel() for k, v in state.items() if k != "mask_token")
    two_sizes("dinov2-reg-swiglu", "dinov2-reg-swiglu/dinov2_vitg14_reg4_pretrain.pth", "DINOv2",
              offset_maker(14, 4, **options), {"heads": 2}, head=False, parameters=parameters)


def tnt(seed, size=(16, 16), **options):
    return randomise(TNT(img_size=size, patch_size=8, num_classes=CLASSES, embed_dim=D, inner_dim=4, depth=2,
                         num_heads_inner=2, num_heads_outer=2, mlp_ratio=2, first_stride=2, **options), seed)


def tnt_for(seed, size, **options):
    """The weights trained for 16x16, resampled by timm's rule where the size is another."""
    from timm.layers import resample_abs_pos_embed
    state = tnt(seed, **options).state_dict()
    model = tnt(seed, size, **options)
    grid = [size[0] // 8, size[1] // 8]
    state["patch_pos"] = resample_abs_pos_embed(state["patch_pos"], new_size=grid, num_prefix_tokens=1)
    model.load_state_dict(state)
    return model


@torch.no_grad()
def run_tnt(model, image):
    outer, inner, weights, inner_weights, handles = [], [], [], [], []
    def before(_, args):
        inner.append(args[0]), outer.append(args[1])
    def after(_, __, output):
        inner.append(output[0]), outer.append(output[1])
    handles.append(model.blocks[0].register_forward_pre_hook(before))
    for block in model.blocks:
        handles.append(block.register_forward_hook(after))
        handles.append(block.attn_out.attn_drop.register_forward_pre_hook(lambda _, a: weights.append(a[0].clone())))
        handles.append(block.attn_in.attn_drop.register_forward_pre_hook(lambda _, a: inner_weights.append(a[0].clone())))
    logits = model(image)
    for handle in handles:
        handle.remove()
    return {"logits": logits[0], "tokens": torch.cat(outer), "attention": torch.cat(weights),
            "inner_tokens": torch.stack(inner), "inner_attention": torch.stack(inner_weights)}


def tnt_cases(name, checkpoint, source, seed, overrides=None, **options):
    for size, suffix in (((16, 16), ""), ((16, 24), "-resampled")):
        model, image = tnt_for(seed, size, **options), picture(*size)
        parameters = sum(p.numel() for p in tnt(seed, **options).parameters())
        expect = {"architecture": "tnt", "source": source, "layers": 2, "heads": 2, "width": D, "mlp": 2 * D, "patch": [8, 8],
                  "image": list(size), "grid": [size[0] // 8, size[1] // 8], "trained_grid": [2, 2], "prefix_tokens": 1,
                  "classes": CLASSES, "parameters": parameters,
                  "inner": {"tokens": 16, "width": 4, "heads": 2, "stride": 2, "legacy": options.get("legacy", False)}}
        write_case(name + suffix, checkpoint, image, run_tnt(model, image), expect,
                   f"{name}/reference{suffix}.safetensors", {**(overrides or {}), **({"image": list(size)} if suffix else {})})


TNT_ARGUMENTS = dict(img_size=16, patch_size=8, embed_dim=D, inner_dim=4, num_heads_outer=2, num_heads_inner=2,
                     first_stride=2)


def tnt_official():
    folder = fresh("timm-tnt")
    write_safetensors(folder / "model.safetensors", tnt(20).state_dict())
    write_json(folder / "config.json", timm_config("tnt_s_patch16_224", (16, 16), TNT_ARGUMENTS))
    tnt_cases("timm-tnt", "timm-tnt", "timm", 20)


def tnt_legacy():
    folder = fresh("timm-tnt-legacy")
    write_torch(folder / "tnt.pth", half(tnt(21, legacy=True).state_dict()))
    write_json(folder / "config.json", timm_config("tnt_s_legacy_patch16_224", (16, 16), TNT_ARGUMENTS))
    tnt_cases("timm-tnt-legacy", "timm-tnt-legacy/tnt.pth", "timm", 21, legacy=True)


def tnt_huawei():
    """The names of the authors' files, with QKV biases and their unused outer tokens."""
    folder = fresh("huawei-tnt")
    names = {"norm_in": "inner_norm1", "attn_in": "inner_attn", "norm_mlp_in": "inner_norm2", "mlp_in": "inner_mlp",
             "norm1_proj": "proj_norm1", "norm2_proj": "proj_norm2", "norm_out": "outer_norm1", "attn_out": "outer_attn",
             "norm_mlp": "outer_norm2", "mlp": "outer_mlp", "patch_pos": "outer_pos", "pixel_embed": "patch_embed"}
    state = {}
    for key, value in half(tnt(22, qkv_bias=True).state_dict()).items():
        if key == "pixel_pos":
            state["inner_pos"] = value.flatten(2).transpose(1, 2).contiguous()
        else:
            state[".".join(names.get(part, part) for part in key.split("."))] = value
    state["outer_tokens"] = torch.zeros(1, 4, D).half()
    write_torch(folder / "tnt_s_81.5.pth.tar", state, legacy=True)
    write_json(folder / "config.json", timm_config("tnt_s_patch16_224", (16, 16), TNT_ARGUMENTS))
    tnt_cases("huawei-tnt", "huawei-tnt/tnt_s_81.5.pth.tar", "Huawei TNT", 22, qkv_bias=True)


def make():
    for case in (plain, distilled, deit3, augreg_wrapped, fc_norm, registers_without_cls, registers_with_positions,
                 swiglu_qk_norm, pre_norm, not_square, dino, dinov2, dinov2_registers, tnt_official, tnt_legacy,
                 tnt_huawei):
        case()
