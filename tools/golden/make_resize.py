#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/resize: what Pillow's resize() and the evaluation transforms of timm and torchvision make of two
small pictures, as binary PPM, and index.json. Needs Pillow, numpy, timm and torchvision."""
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from timm.data import create_transform
from torchvision import transforms

OUT = Path(__file__).resolve().parents[2] / "tests/golden/resize"
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def sample(width, height, seed):
    """Smooth colours, hard edges and noise: all that a filter can get wrong."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([255 * x / (width - 1), 255 * y / (height - 1), 127 + 120 * np.sin(x * y / 40)], -1)
    rgb[height // 4:height // 2, width // 3:width // 2] = (255, 0, 255)
    noise = np.random.default_rng(seed).integers(0, 256, rgb.shape)
    rgb[height // 2:, : width // 3] = noise[height // 2:, : width // 3]
    return Image.fromarray(rgb.round().astype(np.uint8))


def ppm(image, name):
    (OUT / name).write_bytes(b"P6\n%d %d\n255\n" % image.size + image.tobytes())
    return name


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    pictures = {"wide": sample(53, 31, 1), "tall": sample(22, 57, 2)}
    index = {"resize": [], "prepare": []}
    for name, image in pictures.items():
        ppm(image, f"{name}.ppm")
        for kind, resample in FILTERS.items():
            for size in ((24, 24), (60, 37), (image.width, 20), (13, image.height), (1, 1), (image.width, image.height)):
                to = image.resize(size, resample)
                index["resize"].append({"picture": f"{name}.ppm", "interpolation": kind, "width": size[0], "height": size[1],
                                        "expected": ppm(to, f"{name}-{kind}-{size[0]}x{size[1]}.ppm")})
        for fit, mode in (("crop", "center"), ("squash", "squash"), ("letterbox", "border")):
            for size in ((24, 24), (16, 26)):
                for fraction in (0.9, 1.0):
                    chain = create_transform((3, *size), crop_pct=fraction, crop_mode=mode, interpolation="bicubic",
                                             mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
                    view = transforms.Compose(chain.transforms[:2])(image)
                    index["prepare"].append({"picture": f"{name}.ppm", "fit": fit, "interpolation": "bicubic",
                                             "crop_fraction": fraction, "resize_shorter": 0, "width": size[1], "height": size[0],
                                             "expected": ppm(view, f"{name}-{fit}-{size[0]}-{fraction}.ppm")})
        for shorter in (27, 20):  # 20 is smaller than the crop: black bars
            view = transforms.Compose([transforms.Resize(shorter), transforms.CenterCrop(24)])(image)
            index["prepare"].append({"picture": f"{name}.ppm", "fit": "crop", "interpolation": "bilinear", "crop_fraction": 1,
                                     "resize_shorter": shorter, "width": 24, "height": 24,
                                     "expected": ppm(view, f"{name}-shorter-{shorter}.ppm")})
    lists = {key: "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]" for key, cases in index.items()}
    (OUT / "index.json").write_text("{" + ",\n".join(f'"{key}": {text}' for key, text in lists.items()) + "}\n")


if __name__ == "__main__":
    main()
