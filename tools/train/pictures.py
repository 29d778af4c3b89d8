# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures out of folders and zip files, kept as squares on the device, and random views of them."""
import io
import math
import os
import pathlib
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from networks import GRID

ENDINGS = (".webp", ".png", ".jpg", ".jpeg")
TABLE = os.path.join(os.path.dirname(__file__), "../../resources/labels/imagenet1k.tsv")
UNLABELLED = -1


def read_classes(path=TABLE):
    """WordNet id -> class index, and the short names, from the tab-separated label table."""
    with open(path, encoding="utf-8") as table:
        rows = [line.split("\t") for line in table.read().splitlines()[1:]]
    return {row[1]: int(row[0]) for row in rows}, [row[2] for row in rows]


def _files(path):
    """(name relative to `path`, function that reads it) of every picture in a folder or zip, sorted by name."""
    if os.path.isdir(path):
        found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        return sorted((os.path.relpath(file, path), pathlib.Path(file).read_bytes)
                      for file in found if file.lower().endswith(ENDINGS))
    archive = zipfile.ZipFile(io.BytesIO(pathlib.Path(path).read_bytes()))  # in memory: threads share no file position
    names = sorted(name for name in archive.namelist() if name.lower().endswith(ENDINGS))
    return [(name, lambda name=name: archive.read(name)) for name in names]


def read_pictures(path, prepare, most=None):
    """(list of what `prepare` makes of each picture, labels [N]) of a folder or zip. The WordNet id is the folder's name or
    begins the file's; everything else is unlabelled. `most`: that many at even distances."""
    class_of, _ = read_classes()
    files = _files(path)
    if most and most < len(files):
        files = [files[i * len(files) // most] for i in range(most)]
    if not files:
        raise SystemExit(f"{path}: no pictures in it ({', '.join(ENDINGS)}).")
    labels = [next((class_of[part[:9]] for part in name.replace("\\", "/").split("/")[::-1] if part[:9] in class_of),
                   UNLABELLED) for name, _ in files]
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda file: prepare(Image.open(io.BytesIO(file[1]())).convert("RGB")), files))
    return made, torch.tensor(labels)


def evaluation_crop(picture):
    """Shorter side to 128, centre crop 112: what the models' config.json asks for. uint8 [3, 112, 112]"""
    scale = 128 / min(picture.size)
    picture = picture.resize((int(picture.width * scale), int(picture.height * scale)), Image.BICUBIC)
    x, y = round((picture.width - 112) / 2), round((picture.height - 112) / 2)
    return np.asarray(picture.crop((x, y, x + 112, y + 112))).transpose(2, 0, 1)


def read_test(path, most=None):
    """Crops [N, 3, 112, 112] in -1 .. 1 and labels."""
    crops, labels = read_pictures(path, evaluation_crop, most)
    return torch.from_numpy(np.stack(crops)).float() / 127.5 - 1, labels


class TrainingSet:
    """Pictures squeezed to squares [N, 3, side, side] uint8; their true proportions come back when a view is cut out."""

    def __init__(self, path, device, most=None):
        with Image.open(io.BytesIO(_files(path)[0][1]())) as first:
            side = min(128, *first.size)
        square = lambda picture: (np.asarray(picture.resize((side, side), Image.BICUBIC)).transpose(2, 0, 1),
                                  picture.width / picture.height)
        made, labels = read_pictures(path, square, most)
        self.pictures = torch.from_numpy(np.stack([picture for picture, _ in made])).to(device)
        self.aspects = torch.tensor([aspect for _, aspect in made], device=device)
        self.labels, self.device = labels.to(device), device
        self._order = torch.empty(0, dtype=torch.long, device=device)

    def __len__(self):
        return len(self.labels)

    def _draw(self, count):
        """Indices without repetition within a round."""
        while len(self._order) < count:
            self._order = torch.cat([self._order, torch.randperm(len(self), device=self.device)])
        drawn, self._order = self._order[:count], self._order[count:]
        return drawn

    def views(self, count):
        """The same random crops at 224 and 112 pixels, in -1 .. 1, and their labels."""
        index = self._draw(count)
        pictures = _recoloured(self.pictures[index].float() / 127.5 - 1)
        where = _boxes(self.aspects[index])
        crops = [F.grid_sample(pictures, F.affine_grid(where, (count, 3, side, side), align_corners=False), mode="bicubic",
                               padding_mode="reflection", align_corners=False).clamp(-1, 1) for side in (224, 112)]
        return crops[0], crops[1], self.labels[index]


def _between(like, low, high):
    return torch.rand(len(like), device=like.device) * (high - low) + low


def _recoloured(pictures):
    """Sharper or softer, brighter or darker, more or less contrast and colour, tinted: 7 of 10; 1 of 20 grey."""
    column = lambda values: values.view(-1, 1, 1, 1)
    some = lambda part: (torch.rand(len(pictures), device=pictures.device) < part).float()
    soft = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
    pictures = pictures + column(some(0.7) * _between(pictures, -0.35, 1)) * (pictures - soft)
    jitter = some(0.7)
    pictures = pictures * column(1 + jitter * _between(pictures, -0.3, 0.3)) + column(jitter * _between(pictures, -0.25, 0.25))
    grey = pictures.mean(1, keepdim=True)
    colour = (1 + jitter * _between(pictures, -0.35, 0.35)) * (1 - some(0.05))
    tint = (torch.rand(len(pictures), 3, 1, 1, device=pictures.device) - 0.5) * 0.16
    return (grey + (pictures - grey) * column(colour) + column(jitter) * tint).clamp(-1, 1)


def _boxes(aspects):
    """Affine maps [N, 2, 3] to random boxes inside the squares: half of them 60 to 100 % of the area, half 15 to 70 %,
    aspect 3/4 to 4/3 of the real picture, every other one mirrored."""
    large = torch.rand_like(aspects) < 0.5
    area = torch.where(large, _between(aspects, 0.6, 1), _between(aspects, 0.15, 0.7))
    shape = torch.exp(_between(aspects, math.log(3 / 4), math.log(4 / 3)))
    width, height = (area * shape / aspects).sqrt(), (area * aspects / shape).sqrt()
    fit = torch.maximum(width, height).clamp(min=1)
    width, height = width / fit, height / fit
    maps = torch.zeros(len(aspects), 2, 3, device=aspects.device)
    maps[:, 0, 0] = width * torch.where(torch.rand_like(aspects) < 0.5, -1.0, 1.0)
    maps[:, 1, 1] = height
    maps[:, 0, 2] = (1 - width) * _between(aspects, -1, 1)
    maps[:, 1, 2] = (1 - height) * _between(aspects, -1, 1)
    return maps


def mixed(large, small, labels):
    """CutMix on the patch grid (30 %) or MixUp (12 %) with the next picture: (large, small, labels, the other labels, weight
    of the first)."""
    size, device = len(labels), labels.device
    kind, axis = torch.rand(size, device=device), torch.arange(GRID, device=device)
    side = (GRID * torch.rand(size, device=device).sqrt()).round().clamp(1, GRID - 2)
    inside = []
    for _ in range(2):
        start = (torch.rand(size, device=device) * (GRID - side + 1)).floor()[:, None]
        inside.append((axis >= start) & (axis < start + side[:, None]))
    box = (inside[0][:, :, None] & inside[1][:, None, :]).float() * (kind < 0.3).view(-1, 1, 1)
    blend = (0.1 + 0.35 * torch.rand(size, 1, 1, device=device)) * (kind > 0.88).view(-1, 1, 1)
    share = (box + blend)[:, None]
    pair = [torch.lerp(pictures, pictures.roll(1, 0), share.repeat_interleave(patch, 2).repeat_interleave(patch, 3))
            for pictures, patch in ((large, 16), (small, 8))]
    return pair[0], pair[1], labels, labels.roll(1), 1 - share.mean((1, 2, 3))
