# SPDX-License-Identifier: GPL-3.0-or-later
"""Distil a ViT-Ti/16 teacher at 224 px into a ViT and a TNT at 112 px, both on the same pictures, free from end to end.

    python train.py --teacher vit_tiny.safetensors --pictures caltech101.zip=0.3 imagenette-train.zip=0.3 \\
        tiny-imagenet-train.zip=0.4 --tests imagenet-one-per-class.zip --out run --minutes 8

README.md describes the recipe and the log.
"""
import argparse
import json
import math
import os
import time

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import networks
from networks import DEPTH, PATCHES
from pictures import UNLABELLED, TrainingSet, mixed, read_test

SHIPPED = os.path.join(os.path.dirname(__file__), "../../resources/models")


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", required=True, help="safetensors file of timm's vit_tiny_patch16_224")
    parser.add_argument("--pictures", required=True, nargs="+", metavar="PATH[=SHARE]",
                        help="folders or zips to train on, and their shares of a batch (equal ones if not said)")
    parser.add_argument("--tests", nargs="*", default=[], help="folders or zips to measure accuracy on; never trained on")
    parser.add_argument("--test-pictures", type=int, help="that many of each test set (all if not said)")
    parser.add_argument("--start", default=SHIPPED,
                        help='folder with KIND.safetensors or KIND/model.safetensors (the shipped ones), or "nothing"')
    parser.add_argument("--out", required=True, help="folder for the weights and log.jsonl")
    parser.add_argument("--students", nargs="+", default=["vit", "tnt"], choices=("vit", "tnt"))
    parser.add_argument("--minutes", type=float, default=8, help="of training; the rates follow the time")
    parser.add_argument("--steps", type=int, help="that many steps instead; the rates follow the steps")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=1e-3, help="peak rate of AdamW; Muon has twice that. 3e-4 for batches of 32")
    parser.add_argument("--keep", type=int, default=98, help="patches per step, of 196, in the first 40 % of the time")
    parser.add_argument("--rows", type=int, default=16, help="queries whose attention is compared, CLS among them")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile; pays from some minutes on")
    parser.add_argument("--every", type=float, default=10, help="seconds between two lines of the log")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(words)


class Log:
    def __init__(self, folder):
        self._path = os.path.join(folder, "log.jsonl")
        self._start = time.time()

    def __call__(self, **entry):
        line = json.dumps(dict(seconds=round(time.time() - self._start, 1), **entry))
        with open(self._path, "a", encoding="utf-8") as file:
            print(line, file=file)
        print(line, flush=True)


def squared(a, b):
    """Mean squared difference of CLS and of the patches, [2]."""
    square = (a.float() - b.float()).square().mean(-1)
    return torch.stack([square[:, 0].mean(), square[:, 1:].mean()])


def spread(state):
    """Variance over the pictures (and patches) of CLS and of the patches, [2]: what an error is compared with."""
    state = state.float()
    cls = (state[:, 0] - state[:, 0].mean(0)).square().mean()
    patches = (state[:, 1:] - state[:, 1:].mean((0, 1))).square().mean()
    return torch.stack([torch.maximum(cls, 0.1 * patches), patches])  # before block 0 CLS is the same in all pictures


def divergence(log_own, log_teacher):
    """KL(teacher || student): of the first row, CLS, and of the others."""
    rows = (log_teacher.exp() * (log_teacher - log_own)).sum(-1)
    return rows[:, :, 0].mean() + rows[:, :, 1:].mean()


def soft_loss(logits, teacher):
    total = 0
    for temperature, share in ((1, 1), (2.5, 0.5)):
        own, target = F.log_softmax(logits / temperature, -1), F.log_softmax(teacher / temperature, -1)
        total = total + share * temperature * (target.exp() * (target - own)).sum(-1).mean()
    return total


def hard_loss(logits, labels, others, share):
    """Cross entropy with the labels there are, smoothed by 0.1."""
    logs, total = F.log_softmax(logits, -1), 0
    for target, part in ((labels, share), (others, 1 - share)):
        known = (target != UNLABELLED).float() * part
        picked = logs.gather(1, target.clamp(min=0)[:, None])[:, 0]
        total = total - (known * (0.9 * picked + 0.1 * logs.mean(-1))).mean()
    return total


class Student:
    def __init__(self, kind, start, device):
        self.kind, self.step_count = kind, 0
        self.model = (networks.make(kind) if start == "nothing" else networks.load(kind, weights_of(start, kind))).to(device)
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.parameters = list(self.model.parameters())
        groups = {"matrices": [], "pixels": [], "stem": [], "weights": [], "vectors": []}
        for name, value in self.model.named_parameters():
            groups[self._group(name, value)].append(value)
        rates = {"pixels": 1.5, "stem": 0.3}  # all patches of all blocks hang on the stem
        adam = torch.optim.AdamW([dict(params=values, ratio=rates.get(name, 1), weight_decay=0.02 if name == "weights" else 0)
                                  for name, values in groups.items() if values and name != "matrices"], betas=(0.9, 0.98))
        muon = torch.optim.Muon([dict(params=groups["matrices"], ratio=2)], weight_decay=0.02, adjust_lr_fn="match_rms_adamw")
        self.optimizers = (adam, muon)

    def _group(self, name, value):
        if name.startswith("blocks.") and value.ndim == 2 and min(value.shape) >= 64:
            return "matrices"
        if self.kind == "tnt" and any(part in name for part in ("_in.", "norm1_proj", "norm2_proj")):
            return "pixels"
        return "stem" if name.startswith("pixel_") else "weights" if value.ndim > 1 else "vectors"

    def loss(self, pictures, keep, rows, teacher, targets, part):
        """`teacher`: its states, attentions and logits for the same patches. Returns the loss and its parts."""
        states, attentions, logits = teacher
        state = attention = 0
        for index, (own, log_own) in enumerate(networks.steps(self.model, pictures, keep, rows)):
            error = squared(own, states[index]) / spread(states[index])
            if index == 0:
                state = error[1] / DEPTH
                continue
            state = state + self._trust(index - 1) * error.sum() / DEPTH
            attention = attention + divergence(log_own, attentions[index]) / DEPTH
        own = networks.classify(self.model, own)
        parts = dict(state=state, attention=attention, soft=soft_loss(own, logits), hard=hard_loss(own, *targets))
        weights = dict(state=2 - part, attention=1, soft=1 + 0.5 * part, hard=0.35 * min(1, 0.3 + part))
        return sum(weights[name] * value for name, value in parts.items()), {k: round(v.item(), 4) for k, v in parts.items()}

    def _trust(self, block):
        """How much the teacher's state after a block counts: in the late blocks of a TNT less, for the pixels' sake."""
        if self.kind == "vit":
            return 1
        return 0.7 if block == DEPTH - 1 else 1 - 0.6 * max(0, block / (DEPTH - 1) - 0.3) / 0.7

    def step(self, loss, rate):
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * group["ratio"]
        self.model.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1)
        if not torch.isfinite(norm):
            raise SystemExit(f"{self.kind}: the gradients are not finite after {self.step_count} steps; a smaller --rate may help.")
        for optimizer in self.optimizers:
            optimizer.step()
        self.step_count += 1
        state = self.model.state_dict()
        torch._foreach_lerp_(list(self.average.values()), [state[name] for name in self.average],
                             1 / max(10, 0.06 * self.step_count))

    def save(self, folder):
        path = os.path.join(folder, f"{self.kind}.safetensors")
        save_file({name: value.half().cpu().contiguous() for name, value in self.average.items()}, path + ".part",
                  metadata={"format": "pt"})
        os.replace(path + ".part", path)


def weights_of(folder, kind):
    for name in (f"{kind}.safetensors", f"{kind}/model.safetensors"):
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    raise SystemExit(f"{folder}: neither {kind}.safetensors nor {kind}/model.safetensors is in it.")


@torch.no_grad()
def accuracy(kind, weights, crops, labels, device):
    """Top-1 and top-5 in percent."""
    model, hits = networks.make(kind).to(device), []
    model.load_state_dict(weights)
    for start in range(0, len(labels), 100):
        best = model.eval()(crops[start:start + 100].to(device)).topk(5).indices.cpu()
        hits.append(best == labels[start:start + 100, None])
    hits = torch.cat(hits).float()
    return [round(100 * hits[:, :count].sum(1).mean().item(), 1) for count in (1, 5)]


def batch_of(sets, size):
    shares = [share for _, share in sets]
    counts = [round(share / sum(shares) * size) for share in shares]
    counts[-1] = size - sum(counts[:-1])
    views = [chosen.views(count) for (chosen, _), count in zip(sets, counts) if count > 0]
    order = torch.randperm(size, device=views[0][2].device)
    return mixed(*(torch.cat(parts)[order] for parts in zip(*views)))


def one_step(students, teacher, sets, options, part):
    """One batch for all students; returns the parts of their losses."""
    device = torch.device(options.device)
    large, small, *targets = batch_of(sets, options.batch)
    kept = options.keep if part < 0.4 else PATCHES
    keep = torch.randperm(PATCHES, device=device)[:kept].sort().values
    rows = torch.cat([torch.zeros(1, dtype=torch.long, device=device),
                      1 + torch.randperm(kept, device=device)[:min(options.rows - 1, kept)]])
    rate = options.rate * min(1, (part + 1e-3) / 0.02) * (0.005 + 0.995 * 0.5 * (1 + math.cos(math.pi * part)))
    half = torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
    with torch.no_grad(), half:
        states, attentions = zip(*networks.steps(teacher, large, keep, rows))
        knowledge = states, attentions, networks.classify(teacher, states[-1])
    shown = {}
    for student in students:
        with half:
            loss, shown[student.kind] = student.loss(small, keep, rows, knowledge, targets, part)
        student.step(loss, rate)
    return dict(patches=kept, rate=rate, **shown)


def train(options):
    torch.manual_seed(options.seed)
    os.makedirs(options.out, exist_ok=True)
    log = Log(options.out)
    sets = []
    for text in options.pictures:
        path, _, share = text.partition("=")
        sets.append((TrainingSet(path, options.device), float(share or 1)))
    tests = {os.path.basename(path): read_test(path, options.test_pictures) for path in options.tests}
    teacher = networks.load("teacher", options.teacher).to(options.device).eval().requires_grad_(False)
    students = [Student(kind, options.start, options.device) for kind in options.students]
    if options.compile:
        networks.inner, networks.outer = torch.compile(networks.inner), torch.compile(networks.outer)
    log(torch=torch.__version__, device=torch.cuda.get_device_name() if options.device != "cpu" else "cpu",
        pictures=[len(chosen) for chosen, _ in sets], options=vars(options))
    start, shown = time.time(), 0
    step = 0
    while True:
        part = step / options.steps if options.steps else (time.time() - start) / (60 * options.minutes)
        if part >= 1:
            break
        entry = one_step(students, teacher, sets, options, part)
        step += 1
        if time.time() - shown > options.every or step == options.steps:
            shown = time.time()
            log(step=step, part=round(part, 4), **entry)
    for student in students:
        student.save(options.out)
        for name, (crops, labels) in tests.items():
            log(student=student.kind, test=name, accuracy=accuracy(student.kind, student.average, crops, labels, options.device))
    log(steps=step, crops=step * options.batch, trained=round(time.time() - start, 1))


if __name__ == "__main__":
    train(arguments())
