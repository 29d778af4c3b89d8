#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vitrine with everything recorded, beside the programs people would use instead: same weights, same picture size.

All peers are loaded first and then take turns, so that a busy machine is busy for all of them; the table shows medians
in milliseconds and, in brackets, Vitrine's median divided by the peer's. Recorded by Vitrine: all attention, all token
states, everything in Trace, on the host. By the others: nothing, but for "timm, maps kept" (every attention matrix; on a
GPU it stays there). Float32 is float32: no TF32.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file

MODELS = {
    "ViT-Ti/16 224": ("vit_tiny_patch16_224", {}),
    "ViT-S/16 224": ("vit_small_patch16_224", {}),
    "ViT-B/16 224": ("vit_base_patch16_224", {}),
    "ViT-B/16 384": ("vit_base_patch16_384", {}),
    "DINOv2-S/14 518": ("vit_small_patch14_dinov2", {"num_classes": 1000}),
    "TNT-S/16 224": ("tnt_s_patch16_224", {}),
    "TNT-B/16 224": ("tnt_b_patch16_224", {}),
}


class Vitrine:
    """The engine in a process of its own; it measures itself, so the pipe does not count."""

    def __init__(self, checkpoint, precision, arguments):
        command = [arguments.bench, str(checkpoint), precision, str(arguments.threads), str(arguments.batch),
                   "cpu" if arguments.cpu_time else "wall", arguments.device]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline().startswith("ready"):
            sys.exit(f"{' '.join(command)} did not start")

    def __call__(self, runs):
        print(runs, file=self.process.stdin, flush=True)
        return [float(word) for word in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Function:
    clock = time.perf_counter

    def __init__(self, call, device="cpu"):
        self.call, self.device = call, device

    def __call__(self, runs):
        times = []
        with torch.inference_mode():
            for _ in range(runs):
                start = Function.clock()
                self.call()
                if self.device == "cuda":
                    torch.cuda.synchronize()
                times.append((Function.clock() - start) * 1e3)
        return times

    def close(self):
        pass


def keeps_maps(name, options):
    """A second timm model that computes explicit probabilities and keeps them all."""
    model = timm.create_model(name, **options).eval()
    kept = []
    for module in model.modules():
        if hasattr(module, "attn_drop"):
            if hasattr(module, "fused_attn"):
                module.fused_attn = False
            module.attn_drop.inplace = False
            module.attn_drop.register_forward_hook(lambda _, __, output: kept.append(output))

    def call(x):
        kept.clear()
        return model(x)
    return model, call


def onnx_peers(model, x, folder, threads):
    import onnxruntime
    import openvino
    file = str(folder / "model.onnx")
    torch.onnx.export(model, (x,), file, dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name, array = session.get_inputs()[0].name, x.numpy()
    core = openvino.Core()
    read = core.read_model(file)
    exact = core.compile_model(read, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads})
    default = core.compile_model(read, "CPU", {"INFERENCE_NUM_THREADS": threads})
    return {"ONNX Runtime": Function(lambda: session.run(None, {name: array})),
            "OpenVINO f32": Function(lambda: exact(array)),
            "OpenVINO default": Function(lambda: default(array))}


def peers_of(label, arguments, folder):
    name, options = MODELS[label]
    torch.manual_seed(0)
    model = timm.create_model(name, **options).eval()
    checkpoint = folder / f"{name}.safetensors"
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, checkpoint)
    x = torch.randn(arguments.batch, 3, *model.pretrained_cfg["input_size"][1:])
    explicit, call = keeps_maps(name, options)
    explicit.load_state_dict(model.state_dict())
    peers = {"Vitrine": Vitrine(checkpoint, "float32", arguments),
             "Vitrine bfloat16": Vitrine(checkpoint, "bfloat16", arguments)}
    if arguments.device == "cpu":
        peers |= onnx_peers(model, x, folder, arguments.threads)
    model, explicit, x = (thing.to(arguments.device) for thing in (model, explicit, x))
    peers |= {"timm": Function(lambda: model(x), arguments.device),
              "timm, maps kept": Function(lambda: call(x), arguments.device)}
    if arguments.compile:
        compiled = torch.compile(model, mode="max-autotune" if arguments.device == "cuda" else "default")
        peers["timm, compiled"] = Function(lambda: compiled(x), arguments.device)
    return peers


def measure(peers, arguments):
    times = {name: [] for name in peers}
    for peer in peers.values():
        peer(2)
    for _ in range(arguments.rounds):
        for name, peer in peers.items():
            time.sleep(0.05)  # the threads of the one before still spin for a moment
            times[name] += peer(arguments.runs + 1)[1:]
    return times


def table(results):
    """Float32 beside float32, and the two that may round to bfloat16 beside each other."""
    rounding = ["Vitrine bfloat16", "OpenVINO default"]
    columns = list(next(iter(results.values())))
    columns = [c for c in columns if c not in rounding] + [c for c in rounding if c in columns]
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for label, times in results.items():
        cells = []
        for name in columns:
            own = statistics.median(times["Vitrine bfloat16" if name in rounding else "Vitrine"])
            median = statistics.median(times[name])
            cells.append(f"{median:.1f}" if name.startswith("Vitrine") else f"{median:.1f} ({own / median:.2f})")
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", help="the bench_engine that was built (-DVITRINE_BENCH=ON)")
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=8, help="how often the peers take turns")
    parser.add_argument("--runs", type=int, default=3, help="measured passes in each turn, after one that is not")
    parser.add_argument("--cpu-time", action="store_true",
                        help="processor time instead of the clock: with --threads 1 it holds on a busy machine")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well (minutes)")
    parser.add_argument("--json", type=Path, help="all times, in milliseconds")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(arguments.threads)
    if arguments.cpu_time:
        Function.clock = time.process_time
    results = {}
    for label in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            peers = peers_of(label, arguments, Path(folder))
            results[label] = measure(peers, arguments)
            for peer in peers.values():
                peer.close()
        spread = {n: f"{min(t):.1f}..{max(t):.1f}" for n, t in results[label].items()}
        print(label, spread, file=sys.stderr, flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))
    print(table(results))


if __name__ == "__main__":
    main()
