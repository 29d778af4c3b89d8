# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/train end to end in a minute, on pictures and a teacher made here. Exit code 77: skipped."""
import importlib.util
import json
import os
import sys
import tempfile
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/train")
SHIPPED = os.path.join(TOOLS, "../../resources/models")
MISSING = [name for name in ("torch", "timm", "safetensors", "numpy", "PIL") if importlib.util.find_spec(name) is None]
if MISSING:
    print(f"Skipped: {sys.executable} has no {', '.join(MISSING)}; see tools/train/requirements.txt.")
    sys.exit(77)

sys.path.insert(0, TOOLS)
os.environ["OMP_NUM_THREADS"] = "1"
import numpy  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

import networks  # noqa: E402
import pictures  # noqa: E402
import train  # noqa: E402
import vitality  # noqa: E402


def make_pictures(folder):
    """Six noisy pictures of two ImageNet classes and three of none, of several sizes."""
    random = numpy.random.default_rng(0)
    for index, (name, size) in enumerate([("n01440764", (40, 30)), ("n02102040", (64, 64)), ("else", (30, 50))] * 3):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        noise = random.integers(0, 255, (4, 4, 3), dtype=numpy.uint8)
        Image.fromarray(noise).resize(size, Image.BICUBIC).save(os.path.join(folder, name, f"{index}.png"))


class Networks(unittest.TestCase):
    def test_steps_end_in_the_logits_of_timm(self):
        torch.manual_seed(1)
        for kind in ("teacher", "vit", "tnt"):
            model, picture = networks.make(kind).eval(), torch.randn(2, 3, networks.SIDE[kind], networks.SIDE[kind])
            with torch.no_grad():
                states = [state for state, _ in networks.steps(model, picture, torch.arange(networks.PATCHES))]
                self.assertEqual(len(states), 1 + networks.DEPTH)
                difference = (networks.classify(model, states[-1]) - model(picture)).abs().max().item()
            self.assertLess(difference, 1e-4, kind)


class Pictures(unittest.TestCase):
    def test_both_views_show_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            make_pictures(folder)
            chosen = pictures.TrainingSet(folder, "cpu")
            self.assertEqual(sorted(chosen.labels.tolist()), [-1] * 3 + [0] * 3 + [217] * 3)
            large, small, _ = chosen.views(8)
            shrunk = torch.nn.functional.avg_pool2d(large, 2)
            self.assertLess((shrunk - small).abs().mean().item(), 0.02)
            mixed = pictures.mixed(large, small, torch.arange(8))
            self.assertLess((torch.nn.functional.avg_pool2d(mixed[0], 2) - mixed[1]).abs().mean().item(), 0.02)
            self.assertTrue(((mixed[4] > 0) & (mixed[4] <= 1)).all())


class Vitality(unittest.TestCase):
    def test_what_is_added_to_all_alike_does_not_vary(self):
        torch.manual_seed(2)
        model, crops = networks.make("tnt").eval(), torch.randn(2, 3, 112, 112)
        blocks = vitality.measure(model, crops, torch.zeros(2, dtype=torch.long))["blocks"]
        self.assertTrue(all(block["varying"] > 0.5 for block in blocks), "random weights: what is added is the patch's own")
        torch.nn.init.zeros_(model.blocks[3].norm2_proj.weight)
        torch.nn.init.ones_(model.blocks[3].norm2_proj.bias)
        torch.nn.init.zeros_(model.blocks[4].attn_in.qk.weight)
        dead = vitality.measure(model, crops, torch.zeros(2, dtype=torch.long))["blocks"]
        self.assertEqual(dead[3]["varying"], 0)
        self.assertAlmostEqual(dead[4]["entropy"], numpy.log(16), places=3)
        self.assertAlmostEqual(dead[4]["query"], 0, places=3)


class Training(unittest.TestCase):
    def run_it(self, folder, name, *options):
        out = os.path.join(folder, name)
        train.train(train.arguments([
            "--teacher", os.path.join(folder, "teacher.safetensors"), "--pictures", os.path.join(folder, "set"), "--out", out,
            "--steps", "2", "--batch", "4", "--keep", "20", "--rows", "4", "--every", "0", "--device", "cpu", *options]))
        with open(os.path.join(out, "log.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_two_steps_from_the_shipped_weights_and_from_nothing(self):
        torch.manual_seed(3)
        with tempfile.TemporaryDirectory() as folder:
            make_pictures(os.path.join(folder, "set"))
            save_file(networks.make("teacher").state_dict(), os.path.join(folder, "teacher.safetensors"))
            log = self.run_it(folder, "run", "--tests", os.path.join(folder, "set"))
            self.assertEqual(log[0]["pictures"], [9])
            self.assertEqual([entry["step"] for entry in log if "step" in entry], [1, 2])
            self.assertEqual([entry["patches"] for entry in log if "step" in entry], [20, networks.PATCHES])
            for kind in ("vit", "tnt"):
                for entry in log[1:3]:
                    self.assertTrue(numpy.isfinite(list(entry[kind].values())).all())
                written = load_file(os.path.join(folder, "run", f"{kind}.safetensors"))
                shipped = load_file(os.path.join(SHIPPED, kind, "model.safetensors"))
                self.assertEqual({n: (v.shape, v.dtype) for n, v in written.items()},
                                 {n: (v.shape, v.dtype) for n, v in shipped.items()})
                self.assertTrue(any((written[name] != shipped[name]).any() for name in shipped))
            again = self.run_it(folder, "again")
            self.assertEqual(again[1]["vit"], log[1]["vit"], "the same seed, the same numbers")
            fresh = self.run_it(folder, "fresh", "--start", "nothing", "--students", "tnt")
            self.assertNotEqual(fresh[1]["tnt"], log[1]["tnt"])
            self.assertEqual(os.listdir(os.path.join(folder, "fresh")).count("vit.safetensors"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
