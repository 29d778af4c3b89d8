# SPDX-License-Identifier: GPL-3.0-or-later
"""Random weights, what a pass records, and how a case is written."""
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2] / "tests/golden/models"
CLASSES = 10


def randomise(model, seed):
    """Every parameter random (LayerNorms and biases too), exactly representable in float16."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            last = name.split(".")[-1]
            if value.ndim >= 2 and last in ("weight", "in_proj_weight"):
                noise *= 1.5 / value[0].numel() ** 0.5
            elif last == "weight" or "gamma" in last or "lambda" in last:
                noise = 1 + 0.3 * noise
            elif "bias" in last:
                noise *= 0.2
            else:
                noise *= 0.5
            value.copy_(noise.half().float())
    return model.eval()


def picture(height, width, seed=7):
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed)).half().float()


class Recorder:
    """Hooks that keep the tokens before and after each block, and the probabilities that enter `dropouts`."""

    def __init__(self, blocks, dropouts=()):
        self.tokens, self.attention, self.handles = [], [], []
        self.handles.append(blocks[0].register_forward_pre_hook(lambda _, args: self.tokens.append(args[0].clone())))
        for block in blocks:
            self.handles.append(block.register_forward_hook(self._after))
        for dropout in dropouts:
            self.handles.append(dropout.register_forward_pre_hook(lambda _, args: self.attention.append(args[0].clone())))

    def _after(self, _, __, output):
        self.tokens.append((output[0] if isinstance(output, tuple) else output).clone())

    def close(self):
        for handle in self.handles:
            handle.remove()

    def arrays(self):
        result = {"tokens": torch.stack([t[0] for t in self.tokens])}
        if self.attention:
            result["attention"] = torch.stack([a[0] for a in self.attention])
        return result


def fresh(name):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def half(state):
    return {k: v.detach().half().contiguous() if v.is_floating_point() else v for k, v in state.items()}


def write_safetensors(path, state, metadata=None):
    save_file(half(state), path, metadata=metadata)


def write_torch(path, content, legacy=False):
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)


def write_case(name, checkpoint, image, arrays, expect, reference, overrides=None):
    """Adds a case to the index, in place of an older one of that name."""
    arrays = {k: v.detach().contiguous().float() for k, v in arrays.items() if v is not None}
    arrays["input"] = image[0].half().contiguous()
    save_file(arrays, ROOT / reference)
    index = ROOT / "index.json"
    cases = json.loads(index.read_text()) if index.exists() else []
    cases = [case for case in cases if case["name"] != name]
    cases.append({"name": name, "checkpoint": checkpoint, "overrides": overrides or {}, "reference": reference,
                  "expect": expect})
    cases.sort(key=lambda case: case["name"])
    index.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
