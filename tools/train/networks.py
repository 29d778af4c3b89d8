# SPDX-License-Identifier: GPL-3.0-or-later
"""Teacher and students as timm models, cut into the steps whose results distillation and measurements need."""
import timm
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

DEPTH, WIDTH, GRID = 12, 192, 14
PATCHES = GRID * GRID
SIDE = {"teacher": 224, "vit": 112, "tnt": 112}  # pixels; the grid is 14 x 14 in all


def make(kind):
    """A teacher or a student with timm's random weights."""
    if kind == "teacher":
        return timm.create_model("vit_tiny_patch16_224")
    if kind == "vit":
        return timm.create_model("vit_tiny_patch16_224", img_size=112, patch_size=8)
    if kind == "tnt":
        return timm.create_model("tnt_s_patch16_224", img_size=112, patch_size=8, embed_dim=WIDTH, inner_dim=12,
                                 num_heads_outer=3, num_heads_inner=2, first_stride=2)
    raise ValueError(f"no such network: {kind}")


def load(kind, path):
    model = make(kind)
    model.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return model


def is_tnt(model):
    return hasattr(model, "patch_pos")


def embed(model, pictures, keep):
    """Token states before block 0 [B, 1 + kept, D], and the pixel tokens [B * kept, t, c] of a TNT (else None)."""
    batch, pixels = len(pictures), None
    if is_tnt(model):
        pixels = model.pixel_embed(pictures, model.pixel_pos).unflatten(0, (batch, PATCHES))[:, keep].flatten(0, 1)
        patches = model.norm2_proj(model.proj(model.norm1_proj(pixels.reshape(batch, len(keep), -1))))
        positions = model.patch_pos
    else:
        patches = model.patch_embed(pictures)[:, keep]
        positions = model.pos_embed
    cls = (model.cls_token + positions[:, :1]).expand(batch, -1, -1)
    return torch.cat([cls, patches + positions[:, 1:][:, keep]], 1), pixels


def inner_attention(block, pixels):
    """The inner attention of a TNT's block [B * patches, heads, t, t], and the values that it mixes."""
    attention, y = block.attn_in, block.norm_in(pixels)
    q, k = attention.qk(y).unflatten(-1, (2, attention.num_heads, -1)).permute(2, 0, 3, 1, 4)
    values = attention.v(y).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
    return ((q @ k.transpose(-2, -1)).float() * attention.scale).softmax(-1), values


def inner(block, pixels, uniform=False):
    """The pixel tokens after a TNT's inner block, and its attention. `uniform`: every token looks at all alike."""
    attention, values = inner_attention(block, pixels)
    attention = torch.full_like(attention, 1 / attention.shape[-1]) if uniform else attention
    mixed = (attention.to(values.dtype) @ values).transpose(1, 2).flatten(2)
    pixels = pixels + block.attn_in.proj(mixed)
    return pixels + block.mlp_in(block.norm_mlp_in(pixels)), attention


def projection(block, pixels, batch):
    """What the pixels add to the patches [B, patches, D]."""
    return block.norm2_proj(block.proj(block.norm1_proj(pixels.reshape(batch, len(pixels) // batch, -1))))


def add(tokens, added):
    """CLS gets nothing."""
    return torch.cat([tokens[:, :1], tokens[:, 1:] + added.to(tokens.dtype)], 1)


def outer(model, index, tokens, rows=None):
    """Token states after block `index`, and the log of the attention of the queries in `rows` [B, heads, rows, T]."""
    block = model.blocks[index]
    tnt = is_tnt(model)
    attention, y = (block.attn_out, block.norm_out(tokens)) if tnt else (block.attn, block.norm1(tokens))
    if tnt:
        q, k = attention.qk(y).unflatten(-1, (2, attention.num_heads, -1)).permute(2, 0, 3, 1, 4)
        v = attention.v(y).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
    else:
        q, k, v = attention.qkv(y).unflatten(-1, (3, attention.num_heads, -1)).permute(2, 0, 3, 1, 4)
    mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    tokens = tokens + attention.proj(mixed)
    tokens = tokens + block.mlp((block.norm_mlp if tnt else block.norm2)(tokens))
    if rows is None:
        return tokens, None
    return tokens, torch.log_softmax((q[:, :, rows] @ k.transpose(-2, -1)).float() * attention.scale, -1)


def classify(model, tokens):
    return model.head(model.norm(tokens)[:, 0]).float()


def steps(model, pictures, keep, rows=None):
    """A forward pass over the patches in `keep`: yields (states, None), then (states, log attention) of each block."""
    tokens, pixels = embed(model, pictures, keep)
    yield tokens, None
    for index in range(DEPTH):
        if pixels is not None:
            block = model.blocks[index]
            pixels, _ = inner(block, pixels)
            tokens = add(tokens, projection(block, pixels, len(pictures)))
        tokens, log_attention = outer(model, index, tokens, rows)
        yield tokens, log_attention
