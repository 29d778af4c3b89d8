#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vitrine against every ViT-like network of timm and transformers, cut to two blocks, with random weights: opened with its
configuration and bare, each must be right or refused."""
import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import sweep_networks
from parity import TOLERANCE, randomise


@dataclass
class Outcome:
    verdict: str  # "right", "WRONG" or "refused"
    said: str     # what the program wrote to stderr
    difference: float = 0.0

    def cell(self):
        return self.verdict if self.verdict == "refused" else f"{self.verdict} {self.difference:.1e}"


def relative(ours, theirs):
    theirs = theirs.numpy()
    if ours.shape != theirs.shape:
        return float("inf")
    return float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-30))


def reference(network, x):
    """The tokens after the last block, and the logits of a classifier."""
    states = []
    hook = network.blocks[-1].register_forward_hook(
        lambda _, __, out: states.append(out[network.state] if isinstance(out, tuple) else out))
    with torch.inference_mode():
        logits = network.run(network.model, x)
    hook.remove()
    return states[-1][0], None if logits is None else logits[0]


def judge(binary, network, target, scratch):
    trace, picture = scratch / "trace.npz", scratch / "picture.png"
    trace.unlink(missing_ok=True)
    done = subprocess.run([binary, "trace", picture, "--model", target, "-o", trace, "--threads", "1", "--device", "cpu"],
                          capture_output=True, text=True)
    said = " ".join(done.stderr.replace(f"{target}/", "").replace(f"{target}: ", "").split()).removeprefix("vitrine: ").removeprefix("bare: ")
    if done.returncode == 1 and not trace.exists():
        return Outcome("refused", said)
    if done.returncode:
        return Outcome("WRONG", f"exit code {done.returncode}: {said}", float("inf"))
    ours = np.load(trace)
    x = torch.from_numpy(ours["input"])[None]
    missing = network.size[0] - x.shape[2], network.size[1] - x.shape[3]
    # Rows and columns that fill no patch are not looked at by the network; rotary positions alone take any size.
    if min(missing) >= 0 and max(missing) < 16:
        x = torch.nn.functional.pad(x, (0, missing[1], 0, missing[0]))
    try:
        tokens, logits = reference(network, x)
    except (AssertionError, RuntimeError, ValueError):  # a size that the network does not take
        return Outcome("WRONG", said, float("inf"))
    difference = relative(ours["tokens"][-1], tokens)
    if logits is not None:
        # What Vitrine takes for a projection it does not call logits.
        difference = max(difference, relative(ours["logits" if ours["logits"].size else "embedding"], logits))
    return Outcome("right" if difference <= TOLERANCE else "WRONG", said, difference)


def sweep(binary, network, scratch):
    """With the configuration, and the weights alone."""
    randomise(network.model)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*network.size, 3), dtype=np.uint8)).save(scratch / "picture.png")
    folder, bare = scratch / "network", scratch / "bare"
    network.save(folder)
    bare.mkdir()
    (weights,) = folder.glob("*.safetensors")
    shutil.move(weights, bare / weights.name)
    (folder / weights.name).symlink_to(bare / weights.name)
    outcomes = judge(binary, network, folder, scratch), judge(binary, network, bare / weights.name, scratch)
    shutil.rmtree(folder)
    shutil.rmtree(bare)
    return outcomes


def why(outcome):
    return "" if outcome.verdict == "right" else outcome.said[:240]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vitrine", type=Path, help="the program")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("sweep.tsv"))
    parser.add_argument("--only", nargs="*", default=[""], help="parts of names")
    parser.add_argument("--wide", action="store_true", help="also networks wider than 1024")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    count = Counter()
    with open(arguments.output, "w", newline="") as file, tempfile.TemporaryDirectory() as scratch:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["library", "network", "with its configuration", "why", "bare", "why"])
        for network in sweep_networks.all_networks(arguments.only, arguments.wide):
            told, bare = sweep(arguments.vitrine.resolve(), network, Path(scratch))
            table.writerow([network.library, network.name, told.cell(), why(told), bare.cell(), why(bare)])
            file.flush()
            count["with configuration", told.verdict] += 1
            count["bare", bare.verdict if bare.verdict != "WRONG" or bare.said else "WRONG and silent"] += 1
    print(", ".join(f"{mode} {verdict}: {number}" for (mode, verdict), number in sorted(count.items())))
    sys.exit(bool(count["with configuration", "WRONG"] or count["bare", "WRONG and silent"]))


if __name__ == "__main__":
    main()
