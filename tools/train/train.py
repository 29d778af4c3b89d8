# SPDX-License-Identifier: GPL-3.0-or-later
"""Distil a ViT-Ti/16 teacher at 224 px into a ViT and a TNT at 112 px, both on the same pictures at once.

    python train.py --shared ../../../shared --out run --minutes 140

Stops after --minutes of training and can be started again with the same --out: it goes on from the last checkpoint.
"""
import argparse
import json
import math
import os
import random
import time

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import evaluate
import networks
from pictures import UNLABELLED, Feeder, PictureZip, normalise, read_classes

PATCHES = networks.GRID * networks.GRID
WARM_UP = 60  # steps
# Share of a batch that comes from each set: sharp pictures first, the 64-pixel ones for their classes.
SOURCES = {"imagenette-train": 0.3, "caltech101": 0.3, "tiny-imagenet-train": 0.4}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with models/, data/ and labels/")
    parser.add_argument("--out", required=True, help="folder for weights, log and the checkpoint")
    parser.add_argument("--students", default="vit,tnt")
    parser.add_argument("--minutes", type=float, default=140)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--keep", type=int, default=72, help="patches that take part in a step, of 196")
    parser.add_argument("--forced", type=float, default=0.75, help="part of the time with teacher forcing")
    parser.add_argument("--whole", type=float, default=0.2, help="part of the time, at the end, with all patches")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--feeders", type=int, default=1, help="threads that decode pictures")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def cut_mix(large, small, labels, rng):
    """Paste a box of the reversed batch, on the patch grid, so that both sizes agree. Returns the labels' weights."""
    share = rng.betavariate(1, 1)
    side = max(1, round(networks.GRID * math.sqrt(1 - share)))
    if side >= networks.GRID:
        return large, small, labels, labels, 1.0
    row, column = rng.randrange(networks.GRID - side + 1), rng.randrange(networks.GRID - side + 1)
    mixed = []
    for pictures, patch in ((large, 16), (small, 8)):
        pictures, other = pictures.clone(), pictures.flip(0)
        box = (slice(None), slice(None), slice(row * patch, (row + side) * patch),
               slice(column * patch, (column + side) * patch))
        pictures[box] = other[box]
        mixed.append(pictures)
    return mixed[0], mixed[1], labels, labels.flip(0), 1 - side * side / PATCHES


def hard_loss(logits, labels, others, weight):
    """Cross entropy with the labels there are; caltech101's pictures have none."""
    total = logits.new_zeros(())
    for target, share in ((labels, weight), (others, 1 - weight)):
        known = target != UNLABELLED
        if share > 0 and known.any():
            total = total + share * F.cross_entropy(logits[known], target[known], label_smoothing=0.1)
    return total


class Student:
    def __init__(self, kind, rate, device):
        self.kind = kind
        self.model = networks.make_student(kind).to(device).train()
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        matrices = [p for p in self.model.parameters() if p.ndim > 1]
        vectors = [p for p in self.model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW([dict(params=matrices, weight_decay=0.02),
                                            dict(params=vectors, weight_decay=0)], lr=rate, betas=(0.9, 0.98))

    def loss(self, pictures, keep, teacher, labels, forced):
        """`teacher`: (states, log attentions, logits) on the same patches. Returns (loss, its parts for the log)."""
        states, attentions, logits = teacher
        own, own_attentions, own_logits = networks.run(self.model, pictures, keep, states if forced else None)
        middle = states[0].mean((0, 1))
        features = networks.relative_error(own[0], states[0], middle)
        for index in range(networks.DEPTH):
            features = features + networks.relative_error(own[index + 1], states[index + 1], states[index])
        features = features / (networks.DEPTH + 1)
        attention = sum(map(networks.attention_divergence, own_attentions, attentions)) / networks.DEPTH
        soft = F.kl_div(F.log_softmax(own_logits, -1), F.softmax(logits, -1), reduction="batchmean")
        hard = hard_loss(own_logits, *labels)
        total = 3 * features + attention + soft + (0 if forced else 0.1 * hard)
        return total, dict(features=features.item(), attention=attention.item(), soft=soft.item(), hard=hard.item())

    def step(self, loss, rate, step):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        decay = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, 1 - decay)

    def state(self):
        return dict(model=self.model.state_dict(), average=self.average, optimizer=self.optimizer.state_dict())

    def restore(self, state):
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])


def save(students, progress, out):
    for student in students:
        weights = {k: v.half().contiguous() for k, v in student.average.items()}
        path = os.path.join(out, f"{student.kind}.safetensors")
        save_file(weights, path + ".part")
        os.replace(path + ".part", path)
    path = os.path.join(out, "checkpoint.pt")
    torch.save(dict(progress=progress, students={s.kind: s.state() for s in students}), path + ".part")
    os.replace(path + ".part", path)


def main():
    options = arguments()
    os.makedirs(options.out, exist_ok=True)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    device = options.device
    class_of, _ = read_classes(os.path.join(options.shared, "labels/imagenet1k.tsv"))
    zips = {name: PictureZip(os.path.join(options.shared, "data", name + ".zip"), class_of) for name in SOURCES}
    teacher = networks.make_teacher(os.path.join(options.shared, "models/vit_tiny_patch16_224.safetensors")).to(device)
    students = [Student(kind, options.rate, device) for kind in options.students.split(",")]
    progress = dict(seconds=0.0, step=0, pictures=0)
    checkpoint = os.path.join(options.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        progress = saved["progress"]
        for student in students:
            student.restore(saved["students"][student.kind])
    feeder = Feeder([(zips[name], share) for name, share in SOURCES.items()], options.batch,
                    options.seed + progress["step"], options.feeders, scale=(0.15, 1.0))
    log = open(os.path.join(options.out, "log.jsonl"), "a", encoding="utf-8")
    total, last_save, tick = options.minutes * 60, progress["seconds"], time.time()
    while progress["seconds"] < total:
        part = progress["seconds"] / total
        forced = part < options.forced
        rate = options.rate * min(1, (progress["step"] + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))
        if not forced:
            rate *= 0.1  # at the full rate one minute of this undoes what the blocks have learnt
        large, small, labels = feeder.next()
        large, small, labels = normalise(large, device), normalise(small, device), labels.to(device)
        targets = (labels, labels, 1.0)
        if rng.random() < 0.3:
            large, small, *targets = cut_mix(large, small, labels, rng)
        whole = part >= 1 - options.whole
        count = PATCHES if whole else options.keep
        keep = torch.randperm(PATCHES, device=device)[:count].sort().values
        with torch.no_grad(), torch.autocast(device, torch.bfloat16):
            knowledge = networks.run(teacher, large, keep)
        parts = {}
        for student in students:
            with torch.autocast(device, torch.bfloat16):
                loss, parts[student.kind] = student.loss(small, keep, knowledge, targets, forced)
            student.step(loss, rate, progress["step"])
        progress["step"] += 1
        progress["pictures"] += len(small)
        now = time.time()
        progress["seconds"] += now - tick
        tick = now
        if progress["step"] % 50 == 0:
            line = dict(progress, rate=rate, forced=forced, **parts)
            print(json.dumps(line), file=log, flush=True)
        if progress["seconds"] - last_save > 900:
            last_save = progress["seconds"]
            save(students, progress, options.out)
            for student in students:
                print(json.dumps(dict(progress, student=student.kind,
                                      accuracy=evaluate.quick(student.kind, student.average, options.shared, device))),
                      file=log, flush=True)
            tick = time.time()
    save(students, progress, options.out)


if __name__ == "__main__":
    main()
