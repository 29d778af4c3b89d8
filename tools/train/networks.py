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


def attend(model, index, tokens, pixels):
    """First half of block `index`: token states after the attention, the pixel tokens, the log of the attention."""
    block = model.blocks[index]
    if not is_tnt(model):
        mixed, log_attention = _vit_attention(block.attn, block.norm1(tokens))
        return tokens + mixed, None, log_attention
    pixels = pixels + block.attn_in(block.norm_in(pixels))
    pixels = pixels + block.mlp_in(block.norm_mlp_in(pixels))
    batch, count, _ = tokens.shape
    added = block.norm2_proj(block.proj(block.norm1_proj(pixels.reshape(batch, count - 1, -1))))
    tokens = torch.cat([tokens[:, :1], tokens[:, 1:] + added.to(tokens.dtype)], 1)
    mixed, log_attention = _tnt_attention(block.attn_out, block.norm_out(tokens))
    return tokens + mixed, pixels, log_attention


def feed_forward(model, index, tokens):
    """Second half of block `index`: token states after the MLP."""
    block = model.blocks[index]
    return tokens + block.mlp((block.norm_mlp if is_tnt(model) else block.norm2)(tokens))


def classify(model, tokens):
    return model.head(model.norm(tokens)[:, 0]).float()


def run(model, pictures, keep, states=None, forced=None):
    """Forward pass over the patches in `keep`. A state is [B, 1 + kept, D]; there is one before the first block and one
    after each half of a block, 2 * DEPTH + 1 in all.

    `states`, `forced`: the teacher's states, and which pictures take each of them instead of the student's own as the
    start of what follows (bool [2 * DEPTH + 1, B, 1, 1]; teacher forcing, by picture and by half block).
    Returns (starts, states, log attentions [DEPTH of [B, heads, T, T]], logits [B, classes]); starts[k] is what
    the step from states[k] onwards started from."""
    tokens, pixels = embed(model, pictures, keep)
    own, starts, attentions = [], [], []

    def start_from(tokens):
        own.append(tokens)
        k = len(own) - 1
        starts.append(tokens if states is None else torch.where(forced[k], states[k], tokens))
        return starts[k]

    tokens = start_from(tokens)
    for index in range(DEPTH):
        tokens, pixels, log_attention = attend(model, index, tokens, pixels)
        attentions.append(log_attention)
        tokens = start_from(feed_forward(model, index, start_from(tokens)))
    return starts, own, attentions, classify(model, tokens)


def _squares(a, b):
    """Mean squared difference of the class token, and of the patches."""
    square = (a - b).float().square()
    return square[:, 0].mean(), square[:, 1:].mean()


def step_error(state, target, start, reference):
    """Error of one step relative to what there was to do: the change that the teacher made (`reference` to `target`),
    and the error that came in with `start`."""
    with torch.no_grad():
        work = [a + b for a, b in zip(_squares(target, reference), _squares(start, reference))]
    return sum(error / most for error, most in zip(_squares(state, target), work))


def state_error(state, target):
    """Error of a state relative to the spread of the teacher's over the pictures and patches."""
    with torch.no_grad():
        middle = torch.cat([target[:, :1].mean(0, keepdim=True), target[:, 1:].mean((0, 1), keepdim=True)
                            .expand(1, target.shape[1] - 1, -1)], 1)
        cls, patches = _squares(target, middle)
        cls = torch.maximum(cls, 0.1 * patches)  # before the first block it is the same for all pictures
    error = _squares(state, target)
    return error[0] / cls + error[1] / patches


def attention_divergence(log_student, log_teacher):
    """KL(teacher || student) per row, in nats, mean over rows."""
    return F.kl_div(log_student, log_teacher, log_target=True, reduction="sum") / log_student[..., 0].numel()
