# SPDX-License-Identifier: GPL-3.0-or-later
"""What people train with other libraries: vit-pytorch (ViT, SimpleViT), transformer-in-transformer, MONAI; the names of
OpenMMLab's mmpretrain and of jeonsworld; and the heads, biases and quantised weights that fine-tunes have."""
import torch
from monai.networks.nets import ViT as MonaiViT
from torch import nn
from transformer_in_transformer import TNT as PixelTNT
from vit_pytorch import SimpleViT, ViT

from families_timm import D, run_tnt, run_vit, tnt, vit
from reference import CLASSES, fresh, half, picture, randomise, write_case, write_safetensors, write_torch

SMALL = dict(image_size=16, patch_size=4, num_classes=CLASSES, dim=D, depth=2, heads=2, mlp_dim=32, dim_head=64)


def expectation(source, parameters, architecture="vit", image=(16, 16), patch=4, heads=2, prefix=1, classes=CLASSES, **more):
    grid = [image[0] // patch, image[1] // patch]
    return {"architecture": architecture, "source": source, "layers": 2, "heads": heads, "width": D, "mlp": 32, "patch": [patch, patch],
            "image": list(image), "grid": grid, "trained_grid": grid, "prefix_tokens": prefix, "classes": classes,
            "parameters": parameters, **more}


def count(model):
    return sum(p.numel() for p in model.parameters())


@torch.no_grad()
def run_pytorch_vit(model, image):
    """Tokens as the first norm of each block sees them, and probabilities as softmax gives them."""
    tokens, attention, handles = [], [], []
    layers = model.transformer.layers
    for block in layers:
        handles.append(block[0].norm.register_forward_pre_hook(lambda _, args: tokens.append(args[0].clone())))
        handles.append(block[0].attend.register_forward_hook(lambda _, __, output: attention.append(output.clone())))
    handles.append(model.transformer.norm.register_forward_pre_hook(lambda _, args: tokens.append(args[0].clone())))
    logits = model(image)
    for handle in handles:
        handle.remove()
    return {"tokens": torch.cat(tokens), "attention": torch.cat(attention), "logits": logits[0]}


def pytorch_vit():
    folder, model, image = fresh("vit-pytorch"), randomise(ViT(**SMALL), 31), picture(16, 16)
    write_torch(folder / "vit.pth", half(model.state_dict()))
    write_case("vit-pytorch", "vit-pytorch/vit.pth", image, run_pytorch_vit(model, image),
               expectation("vit-pytorch", count(model)), "vit-pytorch/reference.safetensors")


def pytorch_vit_old_names():
    """Before 2023: PreNorm around each part, no norms around the patch embedding, the last norm in the head."""
    folder, model, image = fresh("vit-pytorch-old"), randomise(ViT(**SMALL), 32), picture(16, 16)
    embedding = model.to_patch_embedding
    embedding[1], embedding[3], model.to_latent, model.transformer.norm = nn.Identity(), nn.Identity(), model.transformer.norm, nn.Identity()
    names = {"to_patch_embedding.2": "to_patch_embedding.1", ".0.norm": ".0.norm", ".0.to_qkv": ".0.fn.to_qkv",
             ".0.to_out": ".0.fn.to_out", ".1.net.0.": ".1.norm.", ".1.net.1.": ".1.fn.net.0.", ".1.net.4.": ".1.fn.net.3.",
             "to_latent": "mlp_head.0", "mlp_head.weight": "mlp_head.1.weight", "mlp_head.bias": "mlp_head.1.bias"}
    state = {}
    for name, value in half(model.state_dict()).items():
        for old, new in names.items():
            if old in name:
                name = name.replace(old, new)
                break
        state[name] = value[None] if name in ("cls_token", "pos_embedding") else value
    write_torch(folder / "vit.pth", {"model_state_dict": state})
    arrays = run_pytorch_vit(model, image)
    write_case("vit-pytorch-old", "vit-pytorch-old/vit.pth", image, arrays, expectation("vit-pytorch", count(model)),
               "vit-pytorch-old/reference.safetensors")


def simple_vit():
    """Computed positions, no CLS, the mean of the patches."""
    folder, size = fresh("simple-vit"), (16, 24)
    model, image = randomise(SimpleViT(**{**SMALL, "image_size": size}), 33), picture(*size)
    write_torch(folder / "vit.pth", half(model.state_dict()))
    write_case("simple-vit", "simple-vit/vit.pth", image, run_pytorch_vit(model, image),
               expectation("vit-pytorch", count(model), image=size, prefix=0), "simple-vit/reference.safetensors",
               {"image": list(size)})


def pixel_tnt():
    """Patch tokens that are learned; the pixels come in through the blocks alone."""
    folder, image = fresh("lucidrains-tnt"), picture(16, 16)
    model = randomise(PixelTNT(image_size=16, patch_dim=D, pixel_dim=4, patch_size=8, pixel_size=2, depth=2,
                               num_classes=CLASSES, heads=2, dim_head=64), 34)
    write_torch(folder / "tnt.pth", half(model.state_dict()))
    tokens, inner, outer, within, handles = [], [], [], [], []
    for pixel, _, _, patch, _ in model.layers:
        handles.append(pixel.norm.register_forward_pre_hook(lambda _, args: inner.append(args[0].clone())))
        handles.append(pixel.fn.to_qkv.register_forward_hook(lambda _, __, out: within.append(probabilities(out))))
        handles.append(patch.fn.to_qkv.register_forward_hook(lambda _, __, out: outer.append(probabilities(out))))
    for block in model.layers:
        handles.append(block[1].register_forward_hook(lambda _, args, out: pixels.append(args[0] + out)))
        handles.append(block[4].register_forward_hook(lambda _, args, out: tokens.append(args[0] + out)))
    pixels = []
    # The pass adds the positions to the tokens in place.
    start = (model.patch_tokens + model.patch_pos_emb).detach()[None].clone()
    with torch.no_grad():
        logits = model(image)
    for handle in handles:
        handle.remove()
    arrays = {"tokens": torch.cat([start, *tokens]), "attention": torch.cat(outer), "logits": logits[0],
              "inner_tokens": torch.stack([inner[0], *pixels]), "inner_attention": torch.stack(within)}
    expect = expectation("transformer-in-transformer", count(model), "tnt", patch=8,
                         inner={"tokens": 16, "width": 4, "heads": 2, "stride": 2, "legacy": True})
    expect["mlp"] = 4 * D
    write_case("lucidrains-tnt", "lucidrains-tnt/tnt.pth", image, arrays, expect, "lucidrains-tnt/reference.safetensors")


def probabilities(qkv, heads=2):
    q, k, _ = qkv.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
    return (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(-1)


def monai():
    for kind in ("conv", "perceptron"):
        name, image = f"monai-{kind}", picture(16, 16)
        folder = fresh(name)
        model = randomise(MonaiViT(in_channels=3, img_size=(16, 16), patch_size=4, hidden_size=D, mlp_dim=32, num_layers=2,
                                   num_heads=2, proj_type=kind, classification=True, num_classes=CLASSES,
                                   post_activation="none", spatial_dims=2, save_attn=True), 35)
        write_torch(folder / "vit.pt", half(model.state_dict()))
        tokens, handles = [], []
        handles.append(model.blocks[0].register_forward_pre_hook(lambda _, args: tokens.append(args[0].clone())))
        for block in model.blocks:
            handles.append(block.register_forward_hook(lambda _, __, out: tokens.append(out.clone())))
        with torch.no_grad():
            logits = model(image)[0]
        for handle in handles:
            handle.remove()
        arrays = {"tokens": torch.cat(tokens), "attention": torch.cat([b.attn.att_mat for b in model.blocks]), "logits": logits[0]}
        unused = sum(p.numel() for n, p in model.named_parameters() if "cross_attn" in n)
        write_case(name, f"{name}/vit.pt", image, arrays, expectation("MONAI", count(model) - unused),
                   f"{name}/reference.safetensors", {"heads": 2})


def renamed(state, names):
    result = {}
    for name, value in state.items():
        for old, new in names:
            name = name.replace(old, new)
        result[name] = value
    return result


def from_timm(name, file, source, state, model, image=None, overrides=None, wrap=None, parameters=None, **expected):
    """The file `state` is what `model`, timm's, computes."""
    image = picture(16, 16) if image is None else image
    folder = fresh(name)
    write_torch(folder / file, {wrap: state} if wrap else state)
    size = tuple(image.shape[-2:])
    expect = expectation(source, parameters or count(model), image=size, **expected)
    arrays = run_vit(model, image, head=expect["classes"] > 0)
    write_case(name, f"{name}/{file}", image, arrays, expect, f"{name}/reference.safetensors", {"heads": 2, **(overrides or {})})


def mmpretrain():
    names = [("patch_embed.proj", "patch_embed.projection"), ("blocks.", "layers."), (".norm1", ".ln1"), (".norm2", ".ln2"),
             ("mlp.fc1", "ffn.layers.0.0"), ("mlp.fc2", "ffn.layers.1"), ("norm.", "ln1."), ("head.", "HEAD.")]
    model = vit(36)
    state = {k.replace("backbone.HEAD.", "head.layers.head."): v
             for k, v in renamed({f"backbone.{k}": v for k, v in half(model.state_dict()).items()}, names).items()}
    from_timm("mmpretrain-vit", "vit.pth", "mmpretrain", state, model, wrap="state_dict")
    inside = [("attn_{}.proj", "{}_block.attn.attn.out_proj"), ("norm_{}.", "{}_block.norm_attn.")]
    model, image = tnt(37, legacy=True), picture(16, 16)
    state = {}
    for name, value in half(model.state_dict()).items():
        if ".attn_" in name and (".qk." in name or ".v." in name):
            continue
        for old, new in (("norm_mlp_in.", "inner_block.norm_ffn."), ("norm_mlp.", "outer_block.norm_ffn."),
                         ("mlp_in.fc1", "inner_block.ffn.layers.0.0"), ("mlp_in.fc2", "inner_block.ffn.layers.1"),
                         (".mlp.fc1", ".outer_block.ffn.layers.0.0"), (".mlp.fc2", ".outer_block.ffn.layers.1"),
                         *((old.format(way), new.format(kind)) for way, kind in (("in", "inner"), ("out", "outer")) for old, new in inside)):
            name = name.replace(old, new)
        name = name.replace("blocks.", "layers.")
        if name.startswith("layers."):
            name = name.replace("norm1_proj.", "norm_proj.")
        parts = name.split(".")
        if parts[-2:-1] == ["proj"] and "pixel_embed" not in name:
            name = name.replace("proj." + parts[-1], "projection." + parts[-1])
        state[("head.fc." + parts[-1]) if name.startswith("head.") else "backbone." + name] = value
    for i, block in enumerate(model.blocks):
        for way, kind in (("in", "inner"), ("out", "outer")):
            attention = getattr(block, f"attn_{way}")
            state[f"backbone.layers.{i}.{kind}_block.attn.attn.in_proj_weight"] = torch.cat([attention.qk.weight, attention.v.weight]).detach().half()
    folder = fresh("mmpretrain-tnt")
    write_torch(folder / "tnt.pth", {"meta": {}, "state_dict": state})
    expect = expectation("mmpretrain", count(model), "tnt", patch=8,
                         inner={"tokens": 16, "width": 4, "heads": 2, "stride": 2, "legacy": True})
    write_case("mmpretrain-tnt", "mmpretrain-tnt/tnt.pth", image, run_tnt(model, image), expect,
               "mmpretrain-tnt/reference.safetensors", {"heads": 2, "inner_heads": 2, "trained": [16, 16]})


def jeonsworld():
    model = vit(38)
    state = {}
    for name, value in half(model.state_dict()).items():
        if "attn.qkv" in name:
            for part, third in zip(("query", "key", "value"), value.chunk(3)):
                state["transformer.encoder.layer." + name[7:].replace("attn.qkv", f"attn.{part}")] = third.clone()
            continue
        for old, new in (("blocks.", "encoder.layer."), (".norm1", ".attention_norm"), (".norm2", ".ffn_norm"), ("attn.proj", "attn.out"),
                         ("mlp.", "ffn."), ("patch_embed.proj", "embeddings.patch_embeddings"), ("cls_token", "embeddings.cls_token"),
                         ("pos_embed", "embeddings.position_embeddings")):
            name = name.replace(old, new)
        name = "encoder.encoder_" + name if name.startswith("norm.") else name
        state[name if name.startswith("head.") else "transformer." + name] = value
    from_timm("jeonsworld", "cifar10_checkpoint.bin", "jeonsworld", state, model)


def biases():
    """q_bias and v_bias in place of qkv.bias; k has none."""
    model = vit(39)
    with torch.no_grad():
        for block in model.blocks:
            block.attn.qkv.bias[D:2 * D] = 0
    state = half(model.state_dict())
    for i in range(2):
        bias = state.pop(f"blocks.{i}.attn.qkv.bias")
        state[f"blocks.{i}.attn.q_bias"], state[f"blocks.{i}.attn.v_bias"] = bias[:D].clone(), bias[2 * D:].clone()
    from_timm("qv-bias", "checkpoint.pth", "timm", state, model, wrap="model", parameters=count(model) - 2 * D)


def quantised():
    """bitsandbytes' 8 bit: integers and 127 times the scale of a row; and 8-bit floats with one scale for all."""
    model = vit(42)
    state = half(model.state_dict())
    parameters = count(model)
    for name, value in list(state.items()):
        if "blocks.0" in name and name.endswith("weight") and value.ndim == 2:
            largest = value.float().abs().amax(1)
            state[name], state[name.replace("weight", "SCB")] = (value.float() / largest[:, None] * 127).round().to(torch.int8), largest
            dict(model.named_parameters())[name].data = state[name].float() * largest[:, None] / 127
        elif "blocks.1" in name and name.endswith("weight") and value.ndim == 2:
            scale = value.float().abs().max() / 448
            state[name], state[name + "_scale"] = (value.float() / scale).to(torch.float8_e4m3fn), scale.reshape(1)
            dict(model.named_parameters())[name].data = state[name].float() * scale
    from safetensors.torch import save_file
    folder, image = fresh("quantised"), picture(16, 16)
    save_file(state, folder / "model.safetensors")
    write_case("quantised", "quantised/model.safetensors", image, run_vit(model, image), expectation("timm", parameters),
               "quantised/reference.safetensors", {"heads": 2})


class Wrapper(nn.Module):
    def __init__(self, backbone, head):
        super().__init__()
        self.backbone, self.fc = backbone, head

    def forward(self, image):
        return self.fc(self.backbone(image))


def wrapped(name, model, seed, outer=None, **expected):
    """`model` with a head of its own, in a wrapper of a person's own."""
    image, folder = picture(16, 16), fresh(name)
    whole = randomise(Wrapper(model, outer), seed) if outer else randomise(model, seed)
    write_torch(folder / "model.pth", half(whole.state_dict()))
    arrays = run_vit(model, image, head=False)
    with torch.no_grad():
        arrays["logits"] = whole(image)[0]
    expect = expectation("timm", expected.pop("parameters", count(whole)), **expected)
    write_case(name, f"{name}/model.pth", image, arrays, expect, f"{name}/reference.safetensors", {"heads": 2})


def heads():
    wrapped("head-beside", vit(43, num_classes=0), 43, nn.Linear(D, 5), classes=5)
    folded = vit(44)
    wrapped("head-on-head", folded, 44, nn.Linear(CLASSES, 5), classes=5, parameters=count(folded) + 5 * CLASSES + 5)
    dropout = vit(45)
    dropout.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(D, 7))
    wrapped("head-after-dropout", dropout, 45, classes=7)
    normed = vit(46)
    normed.head = nn.Sequential(nn.LayerNorm(D), nn.Linear(D, 7))
    wrapped("head-after-norm", normed, 46, classes=7)
    tanh = vit(47)
    tanh.pre_logits = nn.Sequential()
    tanh.pre_logits.add_module("fc", nn.Linear(D, 12))
    tanh.head = nn.Linear(12, 7)
    tanh.forward = lambda image: tanh.head(torch.tanh(tanh.pre_logits.fc(tanh.forward_features(image)[:, 0])))
    wrapped("pre-logits", tanh, 47, classes=7)


def grids():
    """2 x 8 patches are as many as 4 x 4, and 4 x 6 and CLS are as many rows as 5 x 5."""
    for size in ((8, 32), (16, 24)):
        model, image, name = vit(48, img_size=size), picture(*size), f"grid-{size[0] // 4}x{size[1] // 4}"
        from_timm(name, "vit.pth", "timm", half(model.state_dict()), model, image, {"image": list(size)})


def make():
    pytorch_vit()
    pytorch_vit_old_names()
    simple_vit()
    pixel_tnt()
    monai()
    mmpretrain()
    jeonsworld()
    biases()
    quantised()
    heads()
    grids()
