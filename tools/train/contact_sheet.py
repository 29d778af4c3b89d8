# SPDX-License-Identifier: GPL-3.0-or-later
"""A sheet to judge a student by eye: each picture, the CLS attention of the last layers, and the attention rollout.

    python contact_sheet.py vit run/vit.safetensors sheet.png cat.jpg dog.jpg ...
"""
import argparse

import numpy as np
import torch
from PIL import Image, ImageDraw

import networks
from pictures import evaluation_crop, read_classes

LAYERS = (9, 10, 11)
CELL, TEXT, GAP = 168, 16, 6


def rollout(attentions):
    """Abnar & Zuidema 2020: product over the layers of (A + I) / 2, heads averaged; the row of CLS."""
    total = None
    for attention in attentions:
        step = (attention.mean(0) + torch.eye(attention.shape[-1])) / 2
        total = step if total is None else step @ total
    return total[0, 1:]


def over(picture, values):
    """The picture, bright where the values are high: bilinear between the patches, full at the 97th percentile (a few
    patches without content may draw most of the attention)."""
    grid = (values / values.quantile(0.97)).clip(0, 1).reshape(networks.GRID, networks.GRID).numpy()
    share = Image.fromarray((255 * grid).astype(np.uint8)).resize((CELL, CELL), Image.BILINEAR)
    share = np.asarray(share)[..., None] / 255
    return Image.fromarray((picture * (0.15 + 0.85 * share) + 60 * share * (1, 0.6, 0)).clip(0, 255).astype(np.uint8))


@torch.no_grad()
def panels(model, picture, names):
    crop = evaluation_crop(picture)
    everything = torch.arange(networks.PATCHES + 1)
    states, attentions = zip(*networks.steps(model, torch.tensor(crop[None]).float() / 127.5 - 1, everything[:-1], everything))
    attentions, logits = [a[0].exp() for a in attentions[1:]], networks.classify(model, states[-1])
    shown = np.asarray(Image.fromarray(crop.transpose(1, 2, 0)).resize((CELL, CELL), Image.BICUBIC))
    best = logits[0].softmax(0)
    top = best.argmax().item()
    maps = [attentions[layer].mean(0)[0, 1:] for layer in LAYERS] + [rollout(attentions)]
    return ([(f"{names[top]} {best[top]:.0%}", Image.fromarray(shown))]
            + [(f"layer {layer}", over(shown, values)) for layer, values in zip(LAYERS, maps)]
            + [("rollout", over(shown, maps[-1]))])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("vit", "tnt"))
    parser.add_argument("weights")
    parser.add_argument("sheet")
    parser.add_argument("pictures", nargs="+")
    options = parser.parse_args()
    model = networks.load(options.kind, options.weights).eval()
    _, names = read_classes()
    rows = [panels(model, Image.open(path).convert("RGB"), names) for path in options.pictures]
    across = 2  # pictures beside each other
    wide, high = across * len(rows[0]) * (CELL + GAP) + GAP, -(-len(rows) // across) * (CELL + TEXT + GAP) + GAP
    sheet = Image.new("RGB", (wide, high), "white")
    draw = ImageDraw.Draw(sheet)
    for index, row in enumerate(rows):
        for column, (text, panel) in enumerate(row):
            x = GAP + (index % across * len(row) + column) * (CELL + GAP)
            y = GAP + index // across * (CELL + TEXT + GAP)
            draw.text((x, y), text[:28], fill="black")
            sheet.paste(panel, (x, y + TEXT))
    sheet.save(options.sheet)


if __name__ == "__main__":
    main()
