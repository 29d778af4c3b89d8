# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures out of zip files, as pairs of crops: one for the teacher (224 px) and one for the students (112 px)."""
import io
import math
import queue
import random
import threading
import zipfile

import numpy as np
import torch
from PIL import Image

TEACHER_SIZE, STUDENT_SIZE = 224, 112
UNLABELLED = -1


class PictureZip:
    """A zip of WebP pictures named by their class; kept in memory, safe to read from several threads."""

    def __init__(self, path, class_of):
        self._bytes = open(path, "rb").read()
        with zipfile.ZipFile(io.BytesIO(self._bytes)) as archive:
            entries = [e for e in archive.infolist() if e.filename.endswith(".webp")]
        # The pictures are stored, not deflated: remember where the bytes are and read them without a lock.
        self._spans = [self._span(e) for e in entries]
        self.labels = [class_of.get(e.filename.split("/")[0].split(".")[0], UNLABELLED) for e in entries]

    def _span(self, entry):
        at = entry.header_offset
        name, extra = (int.from_bytes(self._bytes[at + k:at + k + 2], "little") for k in (26, 28))
        start = at + 30 + name + extra
        return start, start + entry.file_size

    def __len__(self):
        return len(self._spans)

    def picture(self, index):
        start, end = self._spans[index]
        return Image.open(io.BytesIO(self._bytes[start:end])).convert("RGB")


def read_classes(path):
    """WordNet id -> class index, and the short names, from the tab-separated label table."""
    rows = [line.split("\t") for line in open(path, encoding="utf-8").read().splitlines()[1:]]
    return {row[1]: int(row[0]) for row in rows}, [row[2] for row in rows]


def random_box(width, height, rng, scale):
    """A box of random area (a fraction in `scale`) and aspect 3/4 .. 4/3 inside the picture."""
    for _ in range(6):
        area, aspect = rng.uniform(*scale) * width * height, math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = math.sqrt(area * aspect), math.sqrt(area / aspect)
        if w <= width and h <= height:
            x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
            return x, y, x + w, y + h
    side = min(width, height)
    return (width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2


def crop_pair(picture, rng, scale):
    """The same random crop for teacher and student, uint8 [3, 224, 224] and [3, 112, 112]."""
    box = random_box(*picture.size, rng, scale)
    flip = rng.random() < 0.5
    pair = []
    for side in (TEACHER_SIZE, STUDENT_SIZE):
        crop = picture.resize((side, side), Image.BICUBIC, box=box)
        crop = crop.transpose(Image.FLIP_LEFT_RIGHT) if flip else crop
        pair.append(np.asarray(crop).transpose(2, 0, 1))
    return pair


def evaluation_crop(picture):
    """Shorter side to 128, centre crop 112: what the models' config.json asks for."""
    width, height = picture.size
    scale = 128 / min(width, height)
    picture = picture.resize((round(width * scale), round(height * scale)), Image.BICUBIC)
    x, y = (picture.width - STUDENT_SIZE) // 2, (picture.height - STUDENT_SIZE) // 2
    return np.asarray(picture.crop((x, y, x + STUDENT_SIZE, y + STUDENT_SIZE))).transpose(2, 0, 1)


class Feeder:
    """Batches from several zips, made on threads: (teacher crops, student crops, labels), uint8 and int64."""

    def __init__(self, sources, batch_size, seed, threads, scale):
        """sources: list of (PictureZip, share of a batch)."""
        self._zips, self._shares = [z for z, _ in sources], [share for _, share in sources]
        self._batch_size, self._scale = batch_size, scale
        self._queue = queue.Queue(6)
        for k in range(threads):
            threading.Thread(target=self._run, args=(random.Random(seed * 1000 + k),), daemon=True).start()

    def _run(self, rng):
        while True:
            large, small, labels = [], [], []
            for _ in range(self._batch_size):
                source = rng.choices(self._zips, self._shares)[0]
                index = rng.randrange(len(source))
                pair = crop_pair(source.picture(index), rng, self._scale)
                large.append(pair[0])
                small.append(pair[1])
                labels.append(source.labels[index])
            self._queue.put((torch.from_numpy(np.stack(large)), torch.from_numpy(np.stack(small)), torch.tensor(labels)))

    def next(self):
        return self._queue.get()


def normalise(pictures, device):
    return (pictures.to(device).float() / 255 - 0.5) / 0.5
