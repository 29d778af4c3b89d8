# SPDX-License-Identifier: GPL-3.0-or-later
"""Changed passes of golden cases, by timm's code with hooks in it (README.md, "Changed passes")."""
from contextlib import contextmanager

import torch
from safetensors.torch import save_file

from gradients import case_of
from reference import ROOT, picture

PATCHES, INNER_PATCH, INNER_TOKENS, PROJECTION_OFF = [0, 2], 2, [0, 5], 1
HEADS = ((0, 1), (1, 0))  # layer, head


@contextmanager
def hooks(handles):
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def hidden(mask):
    """-inf where `mask` is, in every softmax over matrices of its last two sizes."""
    softmax = torch.Tensor.softmax

    def masked(x, dim):
        return softmax(x + mask if x.shape[-2:] == mask.shape[-2:] else x, dim)

    torch.Tensor.softmax = masked
    try:
        yield
    finally:
        torch.Tensor.softmax = softmax


def additive(count, keys):
    mask = torch.zeros(count, count)
    mask[:, keys] = -torch.inf
    mask.fill_diagonal_(0)
    return mask


def changed(run, model, image, kinds):
    """{"kind.tokens", "kind.logits"} of `run` inside each context of `kinds`."""
    arrays = {}
    for kind, context in kinds.items():
        with context():
            found = run(model, image)
        for name in ("tokens", "logits", "inner_tokens"):
            if name in found:
                arrays[f"{kind}.{name}"] = found[name]
    return arrays


def kinds_of(model, prefix, count, attention, before_block):
    def without_patches():
        rest = [i for i in range(count) if i - prefix not in PATCHES]
        return hooks([model.blocks[0].register_forward_pre_hook(lambda _, args: before_block(args, rest))])

    def heads_off(mean):
        def off(head):
            def hook(module, args):
                width = args[0].shape[-1] // attention(model.blocks[0]).num_heads
                columns = slice(head * width, (head + 1) * width)
                x = args[0].clone()
                x[..., columns] = x[..., columns].mean(1, keepdim=True) if mean else 0
                return (x,)
            return hook
        return lambda: hooks([attention(model.blocks[layer]).proj.register_forward_pre_hook(off(head))
                              for layer, head in HEADS])

    return {"masked": lambda: hidden(additive(count, [prefix + p for p in PATCHES])), "without": without_patches,
            "zero": heads_off(False), "mean": heads_off(True)}


def write(case, arrays):
    path = ROOT / case_of(case)["reference"].replace("reference", "edits")
    save_file({name: array.detach().contiguous().float() for name, array in arrays.items()}, path)


def vit_case(timm, case, model, image):
    prefix = model.num_prefix_tokens
    count = prefix + model.patch_embed.num_patches
    kinds = kinds_of(model, prefix, count, lambda block: block.attn, lambda args, rest: (args[0][:, rest],))
    write(case, changed(timm.run_vit, model, image, kinds))


def tnt_case(timm, case, model, image):
    patches = model.pixel_embed.num_patches

    def dropped(args, rest):
        return args[0][[i - 1 for i in rest if i > 0]], args[1][:, rest]

    kinds = kinds_of(model, 1, patches + 1, lambda block: block.attn_out, dropped)
    inner = torch.zeros(patches, 1, 16, 16)
    inner[INNER_PATCH, 0] = additive(16, INNER_TOKENS)
    block = model.blocks[PROJECTION_OFF]
    kinds["inner"] = lambda: hidden(inner)
    kinds["projection"] = lambda: hooks([(block.norm2_proj or block.proj).register_forward_hook(lambda _, __, out: 0 * out)])
    write(case, changed(timm.run_tnt, model, image, kinds))


def make():
    import families_timm as timm
    from timm.layers import SwiGLUPacked
    from timm.models.deit import VisionTransformerDistilled
    image = picture(16, 16)
    vit_case(timm, "timm-vit", timm.vit(1), image)
    vit_case(timm, "timm-vit-wide", timm.vit(10, img_size=(8, 24), patch_size=(4, 6)), picture(8, 24))
    vit_case(timm, "timm-deit-distilled", timm.vit(2, VisionTransformerDistilled), image)
    vit_case(timm, "timm-reg-gap", timm.vit(6, class_token=False, reg_tokens=4, no_embed_class=True, global_pool="avg",
                                            fc_norm=False), image)
    vit_case(timm, "timm-fc-norm", timm.vit(5, global_pool="avg"), image)
    vit_case(timm, "timm-swiglu-qknorm", timm.vit(8, mlp_layer=SwiGLUPacked, act_layer="silu", qk_norm=True,
                                                  init_values=1e-5, qkv_bias=False), image)
    tnt_case(timm, "timm-tnt", timm.tnt_for(20, (16, 16)), image)
    tnt_case(timm, "timm-tnt-legacy", timm.tnt_for(21, (16, 16), legacy=True), image)
