# SPDX-License-Identifier: GPL-3.0-or-later
"""Teacher and students as timm models, and one forward pass that keeps what distillation compares."""
import timm
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

DEPTH, WIDTH, GRID = 12, 192, 14


def make_teacher(weights):
    model = timm.create_model("vit_tiny_patch16_224").eval()
    model.load_state_dict(load_file(weights))
    return model.requires_grad_(False)


def make_student(kind):
    """112 x 112 input, patch 8: the same 14 x 14 grid as the teacher's."""
    if kind == "vit":
        return timm.create_model("vit_tiny_patch16_224", img_size=112, patch_size=8)
    if kind == "tnt":
        return timm.create_model("tnt_s_patch16_224", img_size=112, patch_size=8, embed_dim=WIDTH, inner_dim=12,
                                 num_heads_outer=3, num_heads_inner=2, first_stride=2)
    raise ValueError(f"no such student: {kind}")


def is_tnt(model):
    return hasattr(model, "patch_pos")


def _attend(q, k, v, scale):
    """q, k, v [B, heads, T, d] -> (mixed values [B, T, heads * d], log of the attention [B, heads, T, T])."""
    log_attention = torch.log_softmax((q @ k.transpose(-2, -1)).float() * scale, -1)
    mixed = log_attention.exp().to(v.dtype) @ v
    return mixed.transpose(1, 2).flatten(2), log_attention


def _vit_attention(module, x):
    batch, tokens, _ = x.shape
    q, k, v = module.qkv(x).reshape(batch, tokens, 3, module.num_heads, -1).permute(2, 0, 3, 1, 4)
    mixed, log_attention = _attend(q, k, v, module.scale)
    return module.proj(mixed), log_attention


def _tnt_attention(module, x):
    batch, tokens, _ = x.shape
    q, k = module.qk(x).reshape(batch, tokens, 2, module.num_heads, -1).permute(2, 0, 3, 1, 4)
    v = module.v(x).reshape(batch, tokens, module.num_heads, -1).transpose(1, 2)
    mixed, log_attention = _attend(q, k, v, module.scale)
    return module.proj(mixed), log_attention


def embed(model, pictures, keep):
    """Token states before block 0 [B, 1 + kept, D], and the pixel tokens of a TNT (else None)."""
    batch, pixels = pictures.shape[0], None
    if is_tnt(model):
        pixels = model.pixel_embed(pictures, model.pixel_pos)
        pixels = pixels.reshape(batch, model.num_patches, *pixels.shape[1:])[:, keep].flatten(0, 1)
        patches = model.norm2_proj(model.proj(model.norm1_proj(pixels.reshape(batch, len(keep), -1))))
        positions = model.patch_pos
    else:
        patches = model.patch_embed(pictures)[:, keep]
        positions = model.pos_embed
    cls = (model.cls_token + positions[:, :1]).expand(batch, -1, -1)
    return torch.cat([cls, patches + positions[:, 1:][:, keep]], 1), pixels


def run_block(model, index, tokens, pixels):
    """Token states after block `index`, the pixel tokens after it, and the log of its outer attention."""
    block = model.blocks[index]
    if not is_tnt(model):
        mixed, log_attention = _vit_attention(block.attn, block.norm1(tokens))
        tokens = tokens + mixed
        return tokens + block.mlp(block.norm2(tokens)), None, log_attention
    pixels = pixels + block.attn_in(block.norm_in(pixels))
    pixels = pixels + block.mlp_in(block.norm_mlp_in(pixels))
    batch, count, _ = tokens.shape
    added = block.norm2_proj(block.proj(block.norm1_proj(pixels.reshape(batch, count - 1, -1))))
    tokens = torch.cat([tokens[:, :1], tokens[:, 1:] + added.to(tokens.dtype)], 1)
    mixed, log_attention = _tnt_attention(block.attn_out, block.norm_out(tokens))
    tokens = tokens + mixed
    return tokens + block.mlp(block.norm_mlp(tokens)), pixels, log_attention


def classify(model, tokens):
    return model.head(model.norm(tokens)[:, 0]).float()


def run(model, pictures, keep, states=None):
    """Forward pass over the patches in `keep`.

    `states`: the teacher's token states before each block and after the last. Where given, every block starts from
    the teacher's state instead of the student's own (teacher forcing), so all blocks learn at once.
    Returns (states [DEPTH + 1 of [B, T, D]], log attentions [DEPTH of [B, heads, T, T]], logits [B, classes])."""
    tokens, pixels = embed(model, pictures, keep)
    own, attentions = [tokens], []
    for index in range(DEPTH):
        start = tokens if states is None else states[index]
        tokens, pixels, log_attention = run_block(model, index, start, pixels)
        own.append(tokens)
        attentions.append(log_attention)
    return own, attentions, classify(model, tokens if states is None else states[DEPTH])


def relative_error(state, target, reference):
    """Squared error of the class token and of the patches, each relative to the spread of `target - reference`."""
    error, spread = (state - target).float().square(), (target - reference).float().square()
    cls = error[:, 0].mean() / spread[:, 0].mean()
    return cls + error[:, 1:].mean() / spread[:, 1:].mean()


def attention_divergence(log_student, log_teacher):
    """KL(teacher || student) per row, in nats, mean over rows."""
    return F.kl_div(log_student, log_teacher, log_target=True, reduction="sum") / log_student[..., 0].numel()
