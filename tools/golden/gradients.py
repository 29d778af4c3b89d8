# SPDX-License-Identifier: GPL-3.0-or-later
"""Derivatives of golden cases by autograd through each family's own code (README.md, "Derivatives")."""
import json
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from reference import ROOT, picture

TARGET, AGAINST = 3, 1


class Taps:
    """Tensors of one pass, by the names of Gradients."""

    def __init__(self):
        self.arrays, self.handles = {}, []

    def add(self, name, tensor):
        self.arrays.setdefault(name, []).append(tensor)

    def before(self, module, name, index=0):
        self.handles.append(module.register_forward_pre_hook(lambda _, args: self.add(name, args[index])))

    def after(self, module, name, pick=lambda output: output):
        self.handles.append(module.register_forward_hook(lambda _, __, output: self.add(name, pick(output))))

    def close(self):
        for handle in self.handles:
            handle.remove()


def derivatives(taps, score):
    names = [(name, i) for name, tensors in taps.arrays.items() for i in range(len(tensors))]
    found = torch.autograd.grad(score, [taps.arrays[n][i] for n, i in names], allow_unused=True)
    result = {}
    for (name, i), gradient in zip(names, found):
        tensor = taps.arrays[name][i]
        gradient = torch.zeros_like(tensor) if gradient is None else gradient
        result.setdefault(name, []).append(gradient)
    return result


def arrays_of(taps, score, inner=()):
    """Without the batch axis; those of `inner` have patches in its place."""
    result = {}
    for name, gradients in derivatives(taps, score).items():
        stacked = torch.stack([g if name in inner else g[0] for g in gradients])
        result[name] = stacked[0] if name in ("pixels", "patch_embedding") else stacked
    return result


def case_of(name):
    return next(case for case in json.loads((ROOT / "index.json").read_text()) if case["name"] == name)


def write(case, arrays):
    """One file beside the case's reference, all its kinds of derivatives in it."""
    path = ROOT / case_of(case)["reference"].replace("reference", "gradients")
    save_file({name: array.detach().contiguous().float() for name, array in arrays.items()}, path)


def check(case, logits):
    """The network must be the one whose checkpoint is there."""
    with safe_open(ROOT / case_of(case)["reference"], "pt") as file:
        assert torch.allclose(file.get_tensor("logits"), logits[0], atol=1e-5), case


def objective(logits):
    return logits[0, TARGET]


def difference(logits):
    return logits[0, TARGET] - logits[0, AGAINST]


# LibraGrad: what counts as a constant is detached.

def libra_norm(x, weight, bias, epsilon):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.pow(2).mean(-1, keepdim=True) + epsilon).sqrt().detach() * weight + bias


class Constant(torch.autograd.Function):
    """The value passes, no derivative of what made it does; its own is still there to be read."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return torch.zeros_like(gradient)


@contextmanager
def libra():
    """Norms, activations and softmax of torch, as LibraGrad wants them."""
    gelu, softmax, sigmoid = F.gelu, torch.Tensor.softmax, torch.sigmoid
    kept = F.layer_norm, gelu, softmax, sigmoid

    def gated(x, *args, **options):
        return x * (gelu(x.detach(), *args, **options) / x.detach())

    F.layer_norm = lambda x, shape, weight, bias, epsilon=1e-5: libra_norm(x, weight, bias, epsilon)
    F.gelu = gated
    torch.sigmoid = lambda x: sigmoid(x).detach()  # QuickGELU
    torch.Tensor.softmax = lambda x, dim: Constant.apply(softmax(x, dim))
    try:
        yield
    finally:
        F.layer_norm, F.gelu, torch.Tensor.softmax, torch.sigmoid = kept


class Halved(nn.Module):
    """SwiGLUPacked for LibraGrad: each factor of the product gets half of its derivative."""

    def __init__(self, mlp):
        super().__init__()
        self.fc1, self.fc2 = mlp.fc1, mlp.fc2

    def forward(self, x):
        a, b = self.fc1(x).chunk(2, dim=-1)
        gate = a * torch.sigmoid(a).detach()
        return self.fc2((gate * b.detach() + gate.detach() * b) / 2)


class HalvedApart(nn.Module):
    """The same of timm's SwiGLU, whose gate has a matrix of its own, and perhaps a norm behind the product."""

    def __init__(self, mlp):
        super().__init__()
        self.gate, self.other, self.norm, self.last = mlp.fc1_g, mlp.fc1_x, mlp.norm, mlp.fc2

    def forward(self, x):
        a, b = self.gate(x), self.other(x)
        gate = a * torch.sigmoid(a).detach()
        return self.last(self.norm((gate * b.detach() + gate.detach() * b) / 2))


def each_layer(taps, head):
    """LeGrad: each layer's score by that layer's attention."""
    result = {"attention": [], "tokens": []}
    for layer, attention in enumerate(taps.arrays["attention"]):
        z = taps.arrays["tokens"][layer + 1].mean(1)
        gradients = torch.autograd.grad(objective(head(z)), [attention, taps.arrays["tokens"][layer]], retain_graph=True)
        result["attention"].append(gradients[0][0])
        result["tokens"].append(gradients[1][0])
    return {name: torch.stack(values) for name, values in result.items()}


def prefixed(prefix, arrays):
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


# timm's ViT

def vit_taps(model):
    taps = Taps()
    for block in model.blocks:
        taps.before(block, "tokens")
        taps.after(block.norm1, "norm1")
        taps.before(block.attn.attn_drop, "attention")
    taps.after(model.blocks[-1], "tokens")
    return taps


def vit_pass(model, image, score, logits=None, close=True):
    """(taps, the score). Patch embeddings are tapped before positions and prefix are joined to them: by their own rows."""
    taps = vit_taps(model)
    image = image.clone().requires_grad_()
    taps.add("pixels", image)
    taps.after(model.patch_embed, "patch_rows")
    output = model(image) if logits is None else logits(model, image)
    taps.close()
    return taps, score(output), output


def vit_head(model):
    """Final norm and head of a vector in the place of the pooled one."""
    def head(z):
        pooled = model.fc_norm(model.norm(z))
        output = model.head(pooled)
        if hasattr(model, "head_dist"):
            output = (output + model.head_dist(model.norm(z))) / 2
        return output
    return head


def timm_vit(case, model, image, logits=None, head=None):
    taps, score, output = vit_pass(model, image, objective, logits)
    check(case, output)
    arrays = prefixed("class", arrays_of(taps, score))
    taps, score, _ = vit_pass(model, image, difference, logits)
    arrays |= prefixed("difference", {k: v for k, v in arrays_of(taps, score).items() if k in ("attention", "pixels")})
    taps, _, _ = vit_pass(model, image, objective, logits)
    arrays |= prefixed("layers", each_layer(taps, head or vit_head(model)))
    if hasattr(model.blocks[0].mlp, "fc1") and model.blocks[0].mlp.fc1.out_features != model.blocks[0].mlp.fc2.in_features:
        for block in model.blocks:
            block.mlp = Halved(block.mlp)
    elif hasattr(model.blocks[0].mlp, "fc1_g"):
        for block in model.blocks:
            block.mlp = HalvedApart(block.mlp)
    with libra():
        taps, score, _ = vit_pass(model, image, objective, logits)
        arrays |= prefixed("libra", arrays_of(taps, score))
    write(case, arrays)


def timm_cases():
    import families_timm as timm
    from timm.layers import LayerNorm, SwiGLUPacked
    from timm.models.deit import VisionTransformerDistilled

    def both(name, make, **more):
        for size, suffix in (((16, 16), ""), ((12, 20), "-resampled")):
            timm_vit(name + suffix, make(size), picture(*size), **more)

    both("timm-vit", timm.resized(1))
    both("timm-deit-distilled", timm.resized(2, cls=VisionTransformerDistilled))
    timm_vit("deit3", timm.vit(3, init_values=1e-5, no_embed_class=True), picture(16, 16))
    both("timm-fc-norm", timm.resized(5, global_pool="avg"))
    both("timm-reg-gap", timm.resized(6, class_token=False, reg_tokens=4, no_embed_class=True, global_pool="avg", fc_norm=False))
    timm_vit("timm-reg", timm.vit(15, reg_tokens=2), picture(16, 16))
    timm_vit("timm-swiglu-qknorm", timm.vit(8, mlp_layer=SwiGLUPacked, act_layer="silu", qk_norm=True, init_values=1e-5,
                                            qkv_bias=False), picture(16, 16))
    timm_vit("timm-clip", timm.vit(9, pre_norm=True, norm_layer=lambda *a, **k: LayerNorm(*a, eps=1e-5, **k),
                                   act_layer="quick_gelu"), picture(16, 16))
    timm_vit("timm-vit-wide", timm.vit(10, img_size=(8, 24), patch_size=(4, 6)), picture(8, 24))
    dinov2_linear(timm)
    rotary_cases(both)
    for name, seed, options in (("timm-tnt", 20, {}), ("timm-tnt-legacy", 21, dict(legacy=True)),
                                ("huawei-tnt", 22, dict(qkv_bias=True))):
        for size, suffix in (((16, 16), ""), ((16, 24), "-resampled")):
            timm_tnt(name + suffix, timm.tnt_for(seed, size, **options), picture(*size))


def rotary_cases(both):
    """Turned queries and keys, norms inside attention and MLP, pooling by attention."""
    import families_rotary as rotary
    import families_timm as timm
    for name, seed, options, _ in rotary.EVA_CASES + rotary.ROPE_CASES:
        if name in ("timm-eva02-clip", "timm-rope-mixed-ape"):
            options = {k: (16, 16) if k == "ref_feat_shape" else v for k, v in options.items()}
            both(name, lambda size: rotary.eva(seed, size, **options))
    import families_beit
    timm_vit("timm-beit-wide", families_beit.beit(131, (12, 20), use_rel_pos_bias=True), picture(12, 20))
    timm_vit("timm-dinov3", rotary.eva(90, **rotary.DINOV3), picture(16, 16))
    pooled = timm.vit(84, class_token=False, global_pool="map", act_layer="gelu", reg_tokens=3)
    pooled.attn_pool.fused_attn = False
    timm_vit("timm-map-classifier", pooled, picture(16, 16),
             head=lambda z: pooled.head(pooled.fc_norm(pooled.attn_pool(pooled.norm(z)[:, None]))))


def dinov2_linear(timm):
    head = timm.randomise(nn.Linear(2 * timm.D, timm.CLASSES), 13)
    model = timm.offset_maker(12, num_classes=0, init_values=1e-5)((16, 16))

    def logits(network, image):
        tokens = network.forward_features(image)
        return head(torch.cat([tokens[:, 0], tokens[:, 1:].mean(1)], -1))

    timm_vit("dinov2-linear", model, picture(16, 16), logits, lambda z: head(torch.cat([model.norm(z)] * 2, -1)))


# timm's TNT

INNER = ("inner_tokens", "inner_attention")


def tnt_pass(model, image, score):
    taps = Taps()
    image = image.clone().requires_grad_()
    taps.add("pixels", image)
    last = model.blocks[-1]
    for block in model.blocks:
        taps.before(block, "inner_tokens", 0)
        taps.before(block, "tokens", 1)
        taps.after(block.norm_out, "norm1")
        taps.before(block.attn_out.attn_drop, "attention")
        taps.before(block.attn_in.attn_drop, "inner_attention")
        taps.after(block.norm2_proj or block.proj, "inner_projection")
    taps.after(last, "inner_tokens", lambda output: output[0])
    taps.after(last, "tokens", lambda output: output[1])
    output = model(image)
    taps.close()
    return taps, score(output), output


def timm_tnt(case, model, image):
    taps, score, output = tnt_pass(model, image, objective)
    check(case, output)
    arrays = prefixed("class", arrays_of(taps, score, INNER))
    taps, _, _ = tnt_pass(model, image, objective)
    layers = each_layer(taps, lambda z: model.head(model.norm(z)))
    layers["inner_attention"] = torch.stack([
        torch.autograd.grad(objective(model.head(model.norm(taps.arrays["tokens"][i + 1].mean(1)))), attention,
                            retain_graph=True)[0] for i, attention in enumerate(taps.arrays["inner_attention"])])
    arrays |= prefixed("layers", layers)
    with libra():
        taps, score, _ = tnt_pass(model, image, objective)
        arrays |= prefixed("libra", arrays_of(taps, score, INNER))
    write(case, arrays)


# Hugging Face

def write_huggingface(case, model, image, blocks):
    taps = Taps()
    image = image.clone().requires_grad_()
    taps.add("pixels", image)
    for block in blocks:
        taps.before(block, "tokens")
    taps.after(blocks[-1], "tokens", lambda output: output[0] if isinstance(output, tuple) else output)
    output = model(image, output_attentions=True)
    taps.close()
    check(case, output.logits)
    for attention in output.attentions:
        taps.add("attention", attention)
    write(case, prefixed("class", arrays_of(taps, objective(output.logits))))


def huggingface(case, model, image):
    import families_huggingface
    write_huggingface(case, model, image, families_huggingface.blocks_of(model))


def pair_cases():
    """QuickGELU and the tanh GELU in networks that classify by the mean of their tokens."""
    import families_pairs as pairs
    clip = pairs.CLIPConfig(text_config=pairs.TEXT, vision_config=pairs.VISION, num_labels=pairs.CLASSES)
    siglip = pairs.SiglipConfig(text_config=pairs.TEXT, vision_config=pairs.VISION)
    siglip.num_labels = pairs.CLASSES
    for case, cls, config, seed in (("hf5-clip-classifier", pairs.CLIPForImageClassification, clip, 72),
                                    ("hf5-siglip-classifier", pairs.SiglipForImageClassification, siglip, 82)):
        model = pairs.build(cls, config, seed)
        write_huggingface(case, model, picture(16, 16), model.vision_model.encoder.layers)


def encoder_cases():
    """Norms without a mean, and a pooling query that no matrix made."""
    import families_encoders as encoders
    model = encoders.Aimv2WithHead(201)
    write_huggingface("hf5-aimv2-head", model, picture(16, 16), model.vision_model.encoder.layers)


def huggingface_cases():
    import families_huggingface as hf
    image = picture(16, 16)
    for case, cls, config, seed in (
            ("hf5-vit-saved", hf.ViTForImageClassification, hf.ViTConfig(**hf.VIT), 50),
            ("hf5-vit-state", hf.ViTForImageClassification, hf.ViTConfig(**hf.VIT, qkv_bias=False), 51),
            ("hf5-deit-state", hf.DeiTForImageClassification, hf.DeiTConfig(**hf.VIT), 52),
            ("hf5-dinov2-registers-state", hf.Dinov2WithRegistersForImageClassification,
             hf.Dinov2WithRegistersConfig(**hf.DINO, num_register_tokens=3), 54)):
        huggingface(case, hf.build(cls, config, seed), image)


# Other libraries

def other_cases():
    import families_others as others

    def taps_of(image):
        taps, image = Taps(), image.clone().requires_grad_()
        taps.add("pixels", image)
        return taps, image

    def finish(case, taps, logits):
        taps.close()
        check(case, logits)
        write(case, prefixed("class", arrays_of(taps, objective(logits))))

    model = others.randomise(others.ViT(**others.SMALL), 31)
    taps, image = taps_of(picture(16, 16))
    for block in model.transformer.layers:
        taps.before(block[0].norm, "tokens")
        taps.after(block[0].attend, "attention")
    taps.before(model.transformer.norm, "tokens")
    finish("vit-pytorch", taps, model(image))

    model = others.randomise(others.PixelTNT(image_size=16, patch_dim=others.D, pixel_dim=4, patch_size=8, pixel_size=2,
                                             depth=2, num_classes=others.CLASSES, heads=2, dim_head=64), 34)
    model.patch_tokens.requires_grad_(False), model.patch_pos_emb.requires_grad_(False)
    taps, image = taps_of(picture(16, 16))
    finish("lucidrains-tnt", taps, model(image))

    tanh = others.vit(47)
    tanh.pre_logits = nn.Sequential()
    tanh.pre_logits.add_module("fc", nn.Linear(others.D, 12))
    tanh.head = nn.Linear(12, 7)
    tanh = others.randomise(tanh, 47)
    taps, image = taps_of(picture(16, 16))
    for block in tanh.blocks:
        taps.before(block.attn.attn_drop, "attention")
    finish("pre-logits", taps, tanh.head(torch.tanh(tanh.pre_logits.fc(tanh.forward_features(image)[:, 0]))))


def make():
    timm_cases()
    pair_cases()
    encoder_cases()
    other_cases()
    huggingface_cases()
