#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vitrine against timm, transformers and torchvision: full-size models, random weights, one random picture."""
import argparse
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
import transformers
from PIL import Image
from safetensors.torch import save_file

TOLERANCE = 1e-4


def randomise(model, seed=0):
    """Weights of unit gain, LayerNorms and biases random too: attention far from uniform, no channel at rest."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            last = name.split(".")[-1]
            if "gamma" in last or "lambda" in last:
                value.copy_(0.5 + 0.1 * noise)
            elif value.ndim >= 2 and "weight" in last:
                value.copy_(noise / value[0].numel() ** 0.5)
            elif last == "weight":
                value.copy_(1 + 0.2 * noise)
            else:
                value.copy_(0.2 * noise)
    return model.eval()


class Timm:
    def __init__(self, name, **options):
        self.model = randomise(timm.create_model(name, **options))

    def save(self, folder):
        path = folder / "model.safetensors"
        save_file({k: v.contiguous() for k, v in self.model.state_dict().items()}, path)
        return path

    def run(self, x):
        outer, inner = [], []
        for block in self.model.blocks:
            if hasattr(block, "attn_in"):
                block.attn_in.attn_drop.register_forward_pre_hook(lambda _, a: inner.append(a[0].clone()))
                block.attn_out.attn_drop.register_forward_pre_hook(lambda _, a: outer.append(a[0].clone()))
            else:
                block.attn.fused_attn = False
                block.attn.attn_drop.register_forward_pre_hook(lambda _, a: outer.append(a[0].clone()))
        output = self.model(x)[0]
        result = {"attention": torch.stack([a[0] for a in outer])}
        if inner:
            result["inner_attention"] = torch.stack(inner)
        return result | ({"logits": output} if self.model.num_classes else {})


class Ijepa(Timm):
    """A training checkpoint as its authors write it; their encoder is timm's without CLS."""

    def save(self, folder):
        path = folder / "jepa-ep300.pth.tar"
        encoder = {f"module.{name}": value for name, value in self.model.state_dict().items()}
        predictor = {"module.predictor_embed.weight": torch.zeros(384, self.model.embed_dim), "module.mask_token": torch.zeros(1, 1, 384)}
        torch.save({"encoder": encoder, "predictor": predictor, "target_encoder": encoder, "opt": None, "epoch": 300}, path)
        return path


class MaeOfAuthors(Timm):
    """With a decoder; their encoder is timm's."""

    def save(self, folder):
        path = folder / "mae_visualize.pth"
        decoder = timm.create_model("vit_base_patch16_224", embed_dim=512, depth=8, num_heads=16, num_classes=0).state_dict()
        state = {name if name == "mask_token" else f"decoder_{name}": value for name, value in decoder.items()}
        torch.save({"model": self.model.state_dict() | state | {"mask_token": torch.zeros(1, 1, 512)}}, path)
        return path


class HuggingFace:
    def __init__(self, kind, config):
        config._attn_implementation = "eager"
        self.model = randomise(kind(config))

    def save(self, folder):
        self.model.save_pretrained(folder)
        return folder

    def run(self, x):
        output = self.model(x, output_attentions=True)
        result = {"attention": torch.stack([a[0] for a in output.attentions])}
        if hasattr(output, "image_embeds"):
            return result | {"embedding": output.image_embeds[0]}
        return result | ({"logits": output.logits[0]} if hasattr(output, "logits") else {"pooled": output.pooler_output[0]})


class Tower(HuggingFace):
    """Whose pooled output is the picture's embedding."""

    def run(self, x):
        result = super().run(x)
        return {"attention": result["attention"], "embedding": result["pooled"]}


class Naflex(Tower):
    """Whose model takes rows of pixels, row, column and channel of a patch."""

    def run(self, x):
        model, side = self.model, self.model.config.patch_size
        rows, columns = x.shape[2] // side, x.shape[3] // side
        patches = x.reshape(3, rows, side, columns, side).permute(1, 3, 2, 4, 0).reshape(1, rows * columns, -1)
        output = model(patches, torch.ones(1, rows * columns), torch.tensor([[rows, columns]]), output_attentions=True)
        return {"attention": torch.stack([a[0] for a in output.attentions]), "embedding": output.pooler_output[0]}


class Encoder(HuggingFace):
    """Without a head or a pooled output."""

    def run(self, x):
        return {"attention": torch.stack([a[0] for a in self.model(x, output_attentions=True).attentions])}


class Mae(HuggingFace):
    """Sees the whole picture, its patches in their order."""

    def run(self, x):
        in_order = torch.arange((x.shape[2] // 16) * (x.shape[3] // 16))[None].float()
        output = self.model.vit(x, noise=in_order, output_attentions=True)
        return {"attention": torch.stack([a[0] for a in output.attentions])}


class Headless(HuggingFace):
    """Of which attention alone is compared, and the tokens that it follows from."""

    def run(self, x):
        return {"attention": super().run(x)["attention"]}


class Torchvision:
    def __init__(self, make):
        self.model = randomise(make(weights=None))

    def save(self, folder):
        path = folder / "vit_b_16.pth"
        torch.save(self.model.state_dict(), path)
        return path

    def run(self, x):
        kept = []
        for layer in self.model.encoder.layers:
            attention = layer.self_attention

            def forward(*inputs, own=attention.forward, **options):
                output, weights = own(*inputs, need_weights=True, average_attn_weights=False)
                kept.append(weights[0])
                return output, weights
            attention.forward = forward
        return {"logits": self.model(x)[0], "attention": torch.stack(kept)}


def dinov2_config():
    return transformers.Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14, num_labels=1000)


MODELS = {
    "ViT-Ti": lambda: Timm("vit_tiny_patch16_224"),
    "ViT-S": lambda: Timm("vit_small_patch16_224"),
    "ViT-B": lambda: Timm("vit_base_patch16_224"),
    "DeiT-B distilled": lambda: Timm("deit_base_distilled_patch16_224"),
    "DeiT-III-B": lambda: Timm("deit3_base_patch16_224"),
    "DINOv2-S reg4": lambda: Timm("vit_small_patch14_reg4_dinov2"),
    "TNT-S": lambda: Timm("tnt_s_patch16_224"),
    "TNT-B": lambda: Timm("tnt_b_patch16_224"),
    "TNT-S legacy": lambda: Timm("tnt_s_legacy_patch16_224"),
    "HF ViT-B": lambda: HuggingFace(transformers.ViTForImageClassification, transformers.ViTConfig(num_labels=1000)),
    "HF Dinov2-S": lambda: HuggingFace(transformers.Dinov2ForImageClassification, dinov2_config()),
    "HF CLIP-B/32": lambda: HuggingFace(transformers.CLIPVisionModelWithProjection, transformers.CLIPVisionConfig()),
    "HF CLIP-L/14": lambda: HuggingFace(transformers.CLIPVisionModelWithProjection, transformers.CLIPVisionConfig(
        hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14, projection_dim=768)),
    "HF SigLIP-B/16": lambda: Tower(transformers.SiglipVisionModel, transformers.SiglipVisionConfig()),
    "HF DINOv3-S/16": lambda: Headless(transformers.DINOv3ViTModel, transformers.DINOv3ViTConfig(num_register_tokens=4)),
    "timm DINOv3-B/16": lambda: Timm("vit_base_patch16_dinov3"),
    "timm EVA-02-S/14": lambda: Timm("eva02_small_patch14_224"),
    "timm RoPE-ViT-S/16 mixed": lambda: Timm("vit_small_patch16_rope_mixed_224"),
    "timm BEiT-B/16": lambda: Timm("beit_base_patch16_224"),
    "HF SigLIP 2 NaFlex-B/16": lambda: Naflex(transformers.Siglip2VisionModel, transformers.Siglip2VisionConfig()),
    "HF AIMv2-L/14, 12 layers": lambda: Tower(transformers.Aimv2VisionModel, transformers.Aimv2VisionConfig(num_hidden_layers=12)),
    "HF I-JEPA-B/16": lambda: HuggingFace(transformers.IJepaForImageClassification, transformers.IJepaConfig(num_labels=1000)),
    "HF MAE-B/16": lambda: Mae(transformers.ViTMAEForPreTraining, transformers.ViTMAEConfig(mask_ratio=0.0)),
    "HF C-RADIO-B/16": lambda: Encoder(transformers.RadioModel, transformers.RadioConfig(
        hidden_size=768, num_hidden_layers=12, num_attention_heads=12)),
    "authors' I-JEPA-H/14": lambda: Ijepa("vit_huge_patch14_gap_224", num_classes=0),
    "authors' MAE-B/16": lambda: MaeOfAuthors("vit_base_patch16_224", num_classes=0),
    "HF BLIP-B/16": lambda: Encoder(transformers.BlipVisionModel, transformers.BlipVisionConfig()),
    "timm NaFlex ViT-B/16": lambda: Timm("naflexvit_base_patch16_gap"),
    "torchvision ViT-B/16": lambda: Torchvision(torchvision.models.vit_b_16),
}


def compare(label, binary, folder):
    reference = MODELS[label]()
    picture, trace = folder / "picture.png", folder / "trace.npz"
    small = np.random.default_rng(3).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(small).resize((640, 480), Image.BICUBIC).save(picture)
    subprocess.run([binary, "trace", picture, "--model", reference.save(folder), "-o", trace, "--device", "cpu"],
                   check=True, stdout=subprocess.DEVNULL)
    ours = np.load(trace)
    with torch.inference_mode():
        theirs = reference.run(torch.from_numpy(ours["input"])[None])
    differences = {}
    for name, expected in theirs.items():
        actual = torch.from_numpy(ours[name])
        if actual.shape != expected.shape:
            sys.exit(f"{label}: {name} is {tuple(actual.shape)}, expected {tuple(expected.shape)}")
        differences[name] = (actual - expected).abs().max().item()
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vitrine", type=Path, help="the program")
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    columns = ["logits", "attention", "inner_attention", "embedding"]
    print("| model | logits | attention | inner attention | embedding |\n|---|---|---|---|---|")
    worst = 0.0
    for label in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            found = compare(label, arguments.vitrine.resolve(), Path(folder))
        worst = max(worst, *found.values())
        print(f"| {label} | " + " | ".join(f"{found[c]:.1e}" if c in found else "-" for c in columns) + " |", flush=True)
    if not worst <= TOLERANCE:
        sys.exit(f"The largest difference is {worst:.1e}, more than {TOLERANCE:.0e}.")


if __name__ == "__main__":
    main()
