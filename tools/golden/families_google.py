# SPDX-License-Identifier: GPL-3.0-or-later
"""Google's JAX checkpoints (.npz). The writer is checked by timm's reader; GELU is Flax's tanh approximation."""
import numpy as np
import torch
import torch.nn.functional as F

from families_timm import D, expect_vit, run_vit, vit
from reference import fresh, picture, write_case

ORIGINAL = ("Transformer/posembed_input/pos_embedding", "MultiHeadDotProductAttention_1", "LayerNorm_2", "MlpBlock_3")
BIG_VISION = ("pos_embedding", "MultiHeadDotProductAttention_0", "LayerNorm_1", "MlpBlock_0")


def block_arrays(block, heads, names):
    _, attention, norm2, mlp = names
    size = D // heads
    arrays = {"LayerNorm_0/scale": block.norm1.weight, "LayerNorm_0/bias": block.norm1.bias,
              f"{norm2}/scale": block.norm2.weight, f"{norm2}/bias": block.norm2.bias,
              f"{attention}/out/kernel": block.attn.proj.weight.T.reshape(heads, size, D),
              f"{attention}/out/bias": block.attn.proj.bias}
    for name, weight, bias in zip(("query", "key", "value"), block.attn.qkv.weight.chunk(3), block.attn.qkv.bias.chunk(3)):
        arrays[f"{attention}/{name}/kernel"] = weight.T.reshape(D, heads, size)
        arrays[f"{attention}/{name}/bias"] = bias.reshape(heads, size)
    for index, layer in enumerate((block.mlp.fc1, block.mlp.fc2)):
        arrays[f"{mlp}/Dense_{index}/kernel"], arrays[f"{mlp}/Dense_{index}/bias"] = layer.weight.T, layer.bias
    return arrays


def jax_arrays(model, names, prefix="", stacked=False):
    arrays = {"embedding/kernel": model.patch_embed.proj.weight.permute(2, 3, 1, 0), "embedding/bias": model.patch_embed.proj.bias,
              names[0]: model.pos_embed, "Transformer/encoder_norm/scale": model.norm.weight,
              "Transformer/encoder_norm/bias": model.norm.bias, "head/kernel": model.head.weight.T, "head/bias": model.head.bias}
    if model.cls_token is not None:
        arrays["cls"] = model.cls_token
    blocks = [block_arrays(block, block.attn.num_heads, names) for block in model.blocks]
    for key in blocks[0]:
        if stacked:
            arrays[f"Transformer/encoderblock/{key}"] = torch.stack([block[key] for block in blocks])
        else:
            for i, block in enumerate(blocks):
                arrays[f"Transformer/encoderblock_{i}/{key}"] = block[key]
    return {prefix + key: value.detach().numpy() for key, value in arrays.items()}


def resized(seed, size, **options):
    model = vit(seed, act_layer="gelu_tanh", **options)
    if size != (16, 16):
        prefix = model.num_prefix_tokens
        positions = model.pos_embed.detach()
        model.set_input_size(size)
        grid = positions[:, prefix:].reshape(1, 4, 4, D).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, size=(size[0] // 4, size[1] // 4), mode="bilinear", antialias=False)
        model.pos_embed.data = torch.cat([positions[:, :prefix], grid.permute(0, 2, 3, 1).flatten(1, 2)], 1)
    return model


def check_with_timm(path, model, seed, **options):
    again = vit(seed + 100, act_layer="gelu_tanh", **options)
    again.load_pretrained(str(path))
    for (name, a), b in zip(model.state_dict().items(), again.state_dict().values()):
        assert torch.equal(a, b), name


def make():
    gap = dict(class_token=False, global_pool="avg", fc_norm=False)
    for name, seed, names, prefix, stacked, compressed, options in (
            ("google", 80, ORIGINAL, "", False, False, {}),
            ("google-opt-target", 81, ORIGINAL, "opt/target/", False, True, {}),
            ("google-big-vision", 82, BIG_VISION, "params/", True, False, gap),
            ("google-big-vision-img", 83, BIG_VISION, "params/img/", False, True, {})):
        folder = fresh(name)
        model = resized(seed, (16, 16), **options)
        arrays = jax_arrays(model, names, prefix, stacked)
        (np.savez_compressed if compressed else np.savez)(folder / "B_16.npz", **arrays)
        check_with_timm(folder / "B_16.npz", model, seed, **options)
        small = {key: value.astype(np.float16) for key, value in arrays.items()}
        (np.savez_compressed if compressed else np.savez)(folder / "B_16.npz", **small)
        for size, suffix in (((16, 16), ""), ((12, 20), "-resampled")):
            model, image = resized(seed, size, **options), picture(*size)
            parameters = sum(p.numel() for p in resized(seed, (16, 16), **options).parameters())
            expect = {**expect_vit(model, "Google", image, parameters), "trained_grid": [4, 4]}
            write_case(name + suffix, f"{name}/B_16.npz", image, run_vit(model, image), expect,
                       f"{name}/reference{suffix}.safetensors", {"image": list(size)} if suffix else {})
