# SPDX-License-Identifier: GPL-3.0-or-later
"""Top-1 and top-5 accuracy of a student on the three evaluation sets, none of which is trained on.

    python evaluate.py --shared ../../../shared vit run/vit.safetensors
"""
import argparse
import json
import os

import numpy as np
import torch
from safetensors.torch import load_file

import networks
from pictures import PictureZip, evaluation_crop, normalise, read_classes

SETS = ("imagenet-one-per-class", "imagenette-val", "tiny-imagenet-val")


@torch.no_grad()
def accuracy(model, pictures, indices, device, batch=100):
    """(top-1, top-5) over the pictures with these indices, as fractions."""
    first = fifth = 0
    for start in range(0, len(indices), batch):
        chosen = indices[start:start + batch]
        crops = np.stack([evaluation_crop(pictures.picture(k)) for k in chosen])
        best = model(normalise(torch.from_numpy(crops), device)).topk(5).indices.cpu()
        truth = torch.tensor([pictures.labels[k] for k in chosen])[:, None]
        first += (best[:, :1] == truth).sum().item()
        fifth += (best == truth).any(1).sum().item()
    return round(first / len(indices), 4), round(fifth / len(indices), 4)


def load(kind, weights, device):
    model = networks.make_student(kind)
    model.load_state_dict({k: v.float() for k, v in weights.items()})
    return model.to(device).eval()


def _evaluate(kind, weights, shared, device, most):
    model = load(kind, weights, device)
    class_of, _ = read_classes(os.path.join(shared, "labels/imagenet1k.tsv"))
    figures = {}
    for name in SETS:
        pictures = PictureZip(os.path.join(shared, "data", name + ".zip"), class_of)
        step = max(1, len(pictures) // most) if most else 1
        figures[name] = accuracy(model, pictures, list(range(0, len(pictures), step)), device)
    return figures


def quick(kind, weights, shared, device):
    """On every so manieth picture only: a look while training."""
    return _evaluate(kind, weights, shared, device, most=250)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("vit", "tnt"))
    parser.add_argument("weights")
    parser.add_argument("--shared", required=True, help="folder with data/ and labels/")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    print(json.dumps(_evaluate(options.kind, load_file(options.weights), options.shared, options.device, most=None)))


if __name__ == "__main__":
    main()
