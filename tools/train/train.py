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
import tempfile
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F
from safetensors.torch import save_file

import evaluate
import networks
from pictures import UNLABELLED, Feeder, PictureZip, normalise, read_classes

PATCHES = networks.GRID * networks.GRID
WARM_UP = 60  # steps
# Share of a batch that comes from each set: sharp pictures first, the 64-pixel ones for their classes.
SOURCES = {"imagenette-train": 0.25, "caltech101": 0.25, "tiny-imagenet-train": 0.5}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with models/, data/ and labels/")
    parser.add_argument("--out", required=True, help="folder for weights, log and the checkpoint")
    parser.add_argument("--students", default="vit,tnt")
    parser.add_argument("--minutes", type=float, default=130)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-3, help="peak learning rate")
    parser.add_argument("--keep", type=int, default=72, help="patches that take part in a step, of 196")
    parser.add_argument("--whole", type=float, default=0.06, help="part of the time, at the end, with all patches")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--processes", type=int, default=1, help="each with its share of a batch; on a CPU one per core "
                        "is faster than threads")
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


def same_everywhere(value):
    """The first process's value, in all of them."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(shared, 0)
    return shared.item()


def mean_gradients(parameters):
    """The mean of the processes' gradients, in place of each one's own."""
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in parameters]
    flat = torch._utils._flatten_dense_tensors(gradients)
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, mean in zip(gradients, torch._utils._unflatten_dense_tensors(flat, gradients)):
        gradient.copy_(mean)


class Student:
    def __init__(self, kind, device):
        self.kind = kind
        self.model = networks.make_student(kind).to(device).train()
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.parameters = list(self.model.parameters())
        matrices = [p for name, p in self.model.named_parameters()
                    if name.startswith("blocks.") and p.ndim == 2 and min(p.shape) >= 64]
        inside = set(map(id, matrices))
        others = [p for p in self.parameters if id(p) not in inside]
        adam = torch.optim.AdamW([dict(params=[p for p in others if p.ndim > 1], weight_decay=0.02),
                                  dict(params=[p for p in others if p.ndim <= 1], weight_decay=0)],
                                 betas=(0.9, 0.98), fused=True)
        muon = torch.optim.Muon(matrices, weight_decay=0.02, adjust_lr_fn="match_rms_adamw")
        self.optimizers = {adam: 1, muon: 2}  # to their learning rates' ratio

    def loss(self, pictures, keep, teacher, labels, forced, free, hard_weight):
        """`teacher`: what networks.run gave for it on the same patches. The first `free` pictures run on the student's
        own states alone. Returns (loss, its parts for the log)."""
        _, states, attentions, logits = teacher
        starts, own, own_attentions, own_logits = networks.run(self.model, pictures, keep, states, forced)
        zero = own_logits.new_zeros(())
        steps = networks.state_error(own[0], states[0])
        for k in range(2 * networks.DEPTH if free < len(pictures) else 0):
            steps = steps + networks.step_error(own[k + 1][free:], states[k + 1][free:], starts[k][free:], states[k][free:])
        steps = steps / (2 * networks.DEPTH + 1)
        drift = sum((networks.state_error(own[k][:free], states[k][:free]) for k in range(2, 2 * networks.DEPTH + 1, 2)),
                    zero) / networks.DEPTH if free > 1 else zero
        attention = sum(map(networks.attention_divergence, own_attentions, attentions)) / networks.DEPTH
        soft = F.kl_div(F.log_softmax(own_logits, -1), F.softmax(logits, -1), reduction="none").sum(-1)
        hard = hard_loss(own_logits, *labels)
        total = 3 * steps + drift + attention + soft.mean() + hard_weight * hard
        return total, dict(steps=steps.item(), drift=drift.item(), attention=attention.item(),
                           soft=soft[:free].mean().item() if free else None, hard=hard.item())

    def step(self, loss, rate, step):
        for optimizer, ratio in self.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = ratio * rate
        self.model.zero_grad()
        loss.backward()
        mean_gradients(self.parameters)
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        decay = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            state = self.model.state_dict()
            torch._foreach_lerp_(list(self.average.values()), [state[k] for k in self.average], 1 - decay)

    def state(self):
        return dict(model=self.model.state_dict(), average=self.average, optimizers=[o.state_dict() for o in self.optimizers])

    def restore(self, state):
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)


def save(students, progress, out):
    for student in students:
        weights = {k: v.half().contiguous() for k, v in student.average.items()}
        path = os.path.join(out, f"{student.kind}.safetensors")
        save_file(weights, path + ".part")
        os.replace(path + ".part", path)
    path = os.path.join(out, "checkpoint.pt")
    torch.save(dict(progress=progress, students={s.kind: s.state() for s in students}), path + ".part")
    os.replace(path + ".part", path)


def schedule(part):
    """At this part of the time: (learning rate as a fraction of the peak, share of teacher forcing, share of the
    pictures that run freely, weight of the labels)."""
    def ramp(start, end):
        return min(1, max(0, (part - start) / (end - start)))

    forced = 1 - 0.5 * ramp(0.15, 0.3) - 0.2 * ramp(0.3, 0.7)
    free = 0.5 * ramp(0.65, 0.85)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)), forced, free, 1.6 * free


def train(rank, options):
    torch.set_num_threads(max(1, torch.get_num_threads() // options.processes))
    if options.processes > 1:
        dist.init_process_group("gloo", f"file://{options.meeting}", rank=rank, world_size=options.processes)
    torch.manual_seed(options.seed)
    device = options.device
    class_of, _ = read_classes(os.path.join(options.shared, "labels/imagenet1k.tsv"))
    zips = {name: PictureZip(os.path.join(options.shared, "data", name + ".zip"), class_of) for name in SOURCES}
    teacher = networks.make_teacher(os.path.join(options.shared, "models/vit_tiny_patch16_224.safetensors")).to(device)
    students = [Student(kind, device) for kind in options.students.split(",")]
    progress = dict(seconds=0.0, step=0, pictures=0)
    checkpoint = os.path.join(options.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        progress = saved["progress"]
        for student in students:
            student.restore(saved["students"][student.kind])
    batch = options.batch // options.processes
    feeder = Feeder([(zips[name], share) for name, share in SOURCES.items()], batch,
                    options.seed + progress["step"] * options.processes + rank, options.feeders, scale=(0.15, 1.0))
    rng = random.Random(options.seed + progress["step"])  # the same in every process
    log = open(os.path.join(options.out, "log.jsonl"), "a", encoding="utf-8") if rank == 0 else None
    last_save, tick = progress["seconds"], time.time()
    while True:
        part = progress["seconds"] / (options.minutes * 60)
        if part >= 1:
            break
        rate, forced_share, free_share, hard_weight = schedule(part)
        rate *= options.rate * min(1, (progress["step"] + 1) / WARM_UP)
        large, small, labels = feeder.next()
        large, small, labels = normalise(large, device), normalise(small, device), labels.to(device)
        targets = (labels, labels, 1.0)
        if rng.random() < 0.3:
            large, small, *targets = cut_mix(large, small, labels, rng)
        count = PATCHES if part >= 1 - options.whole else options.keep
        keep = torch.tensor(sorted(rng.sample(range(PATCHES), count)), device=device)
        free = round(free_share * batch)
        forced = torch.rand(2 * networks.DEPTH + 1, batch, 1, 1, device=device) < forced_share
        forced[:, :free] = False
        with torch.no_grad(), torch.autocast(device, torch.bfloat16):
            knowledge = networks.run(teacher, large, keep)
        parts = {}
        for student in students:
            with torch.autocast(device, torch.bfloat16):
                loss, parts[student.kind] = student.loss(small, keep, knowledge, targets, forced, free, hard_weight)
            student.step(loss, rate, progress["step"])
        progress["step"] += 1
        progress["pictures"] += options.batch
        progress["seconds"] = same_everywhere(progress["seconds"] + time.time() - tick)
        tick = time.time()
        if rank == 0 and progress["step"] % 50 == 0:
            print(json.dumps(dict(progress, rate=rate, forced=forced_share, free=free_share, **parts)), file=log, flush=True)
        if rank == 0 and progress["seconds"] - last_save > 600:
            last_save = progress["seconds"]
            save(students, progress, options.out)
            for student in students:
                figures = evaluate.quick(student.kind, student.average, options.shared, device)
                print(json.dumps(dict(progress, student=student.kind, accuracy=figures)), file=log, flush=True)
    if rank == 0:
        save(students, progress, options.out)


def main():
    options = arguments()
    os.makedirs(options.out, exist_ok=True)
    if options.processes == 1:
        train(0, options)
        return
    with tempfile.TemporaryDirectory() as folder:
        options.meeting = os.path.join(folder, "meeting")
        torch.multiprocessing.spawn(train, (options,), options.processes)


if __name__ == "__main__":
    main()
