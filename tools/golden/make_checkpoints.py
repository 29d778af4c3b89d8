# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/checkpoints: one tiny file of every kind of container, and what is in it (expected.json).

Needs the packages of requirements.txt. All values are small multiples of 1/8, exact in every type they are stored in.
"""
import argparse
import collections
import json
import pathlib
import warnings
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "checkpoints"
WORDS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
         torch.uint16: "U16", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2"}
expected = []


def numbers(*shape):
    return (torch.arange(int(np.prod(shape)), dtype=torch.float32) / 8 - 1).reshape(shape)


def expect(file, container, tensors, notes=(), metadata=None):
    """`notes`: words that one of the notes must hold; `metadata`: safetensors' own."""
    rows = [{"name": name, "dtype": word, "shape": list(value.shape),
             "values": np.asarray(value, dtype=np.float64).reshape(-1).tolist()} for name, word, value in tensors]
    expected.append({"file": file, "container": container, "tensors": rows, "notes": list(notes),
                     "metadata": metadata or {}})


def expect_torch(file, container, tensors, notes=(), metadata=None):
    expect(file, container, [(n, WORDS[t.dtype], t.detach().double().numpy()) for n, t in tensors.items()], notes, metadata)


def state_dict():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    for parameter in model.parameters():
        parameter.data = numbers(*parameter.shape)
    return model.state_dict()


def views():
    base = numbers(3, 4)
    return {"base": base, "transposed": base.t(), "sliver": base[1:, 2:], "expanded": numbers(1).expand(2, 3),
            "scalar": torch.tensor(0.5), "empty": torch.empty(0, 3)}


def every_type():
    base = numbers(2, 4).abs()
    types = {str(t).removeprefix("torch."): base.to(t) for t in WORDS}
    return types | {"bool": torch.tensor([True, False])}


def repacked(source, target, compression, order=None, members=lambda name: True):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        new.mkdir("weights v1.é")
        for name in old.namelist():
            inside = name.split("/", 1)[1]
            if members(inside):
                new.writestr("weights v1.é/" + inside, order if inside == "byteorder" and order else old.read(name))


def torch_zip():
    torch.save(state_dict(), FOLDER / "torch2.pth")
    expect_torch("torch2.pth", "PyTorch zip", state_dict())
    torch.save(state_dict(), FOLDER / "protocol4.pth", pickle_protocol=4)
    expect_torch("protocol4.pth", "PyTorch zip", state_dict())
    torch.save(views(), FOLDER / "views.pth")
    expect_torch("views.pth", "PyTorch zip", views())
    torch.save(every_type(), FOLDER / "types.pth")
    expect_torch("types.pth", "PyTorch zip", every_type())
    # PyTorch 1.6 wrote neither the byte order nor the entries whose names begin with a dot.
    repacked(FOLDER / "torch2.pth", FOLDER / "torch1.6.pth", zipfile.ZIP_STORED,
             members=lambda name: name == "version" or name.startswith("data"))
    expect_torch("torch1.6.pth", "PyTorch zip", state_dict())
    repacked(FOLDER / "views.pth", FOLDER / "deflated.pth", zipfile.ZIP_DEFLATED)
    expect_torch("deflated.pth", "PyTorch zip", views())
    torch.serialization.set_crc32_options(False)
    torch.save(state_dict(), FOLDER / "unchecked.pth")
    torch.serialization.set_crc32_options(True)
    expect_torch("unchecked.pth", "PyTorch zip", state_dict(), ["without checksums"])


def torch_training():
    skipped = {"args": argparse.Namespace(lr=0.1, layers=[1, 2]), "best": np.float64(0.5), "epoch": 3, "name": "vit",
               "sparse": torch.eye(2).to_sparse(), "meta": torch.empty(2, device="meta"),
               "quantised": torch.quantize_per_tensor(numbers(2), 0.1, 0, torch.qint8)}
    kept = {"model": state_dict(), "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 0.1}]},
            "shadow": [numbers(2), torch.nn.Parameter(numbers(1, 2))], "counts": collections.defaultdict(int, seen=1)}
    torch.save(skipped | kept, FOLDER / "training.pth.tar")
    tensors = {f"model.{name}": value for name, value in state_dict().items()}
    tensors |= {"shadow.0": numbers(2), "shadow.1": numbers(1, 2)}
    expect_torch("training.pth.tar", "PyTorch zip", tensors,
                 ["argparse.Namespace", "scalar", "sparse", "meta", "quantised", "key is no text"])


def torch_legacy():
    old = {"_use_new_zipfile_serialization": False}
    torch.save(state_dict(), FOLDER / "legacy.pth", **old)
    expect_torch("legacy.pth", "PyTorch legacy", state_dict())
    torch.save(views() | {"half": numbers(4).half()}, FOLDER / "legacy_views.pth", **old)
    expect_torch("legacy_views.pth", "PyTorch legacy", views() | {"half": numbers(4).half()})
    torch.save(state_dict(), FOLDER / "legacy_protocol4.pth", pickle_protocol=4, **old)
    expect_torch("legacy_protocol4.pth", "PyTorch legacy", state_dict())


def safetensors():
    metadata = {"arch": "vit", "mean": "0.5"}
    tensors = {name: value.contiguous() for name, value in every_type().items()}
    save_file(tensors, FOLDER / "types.safetensors", metadata)
    expect_torch("types.safetensors", "safetensors", tensors, metadata=metadata)
    shards = {"one-00001-of-00002.safetensors": {"a": numbers(2, 2)}, "one-00002-of-00002.safetensors": {"b": numbers(3)}}
    folder = FOLDER / "sharded"
    folder.mkdir(exist_ok=True)
    for name, content in shards.items():
        save_file(content, folder / name, {"format": "pt"})
    weight_map = {tensor: name for name, content in shards.items() for tensor in content}
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": 28}, "weight_map": weight_map}, indent=2) + "\n")
    expect_torch("sharded", "safetensors", {"a": numbers(2, 2), "b": numbers(3)}, metadata={"format": "pt"})


def npz():
    base = numbers(2, 3).numpy()
    arrays = {"plain": base, "fortran": np.asfortranarray(base), "big": base.astype(">f4"), "half": base.astype("f2"),
              "double": base.astype("f8"), "scalar": np.float32(0.5), "flags": np.array([True, False]),
              "Transformer/encoder/kernel": base[:1]}
    words = {"half": "F16", "double": "F64", "flags": "BOOL"}
    rows = [(name, words.get(name, "F32"), np.asarray(value)) for name, value in arrays.items()]
    brain = torch.tensor([0.5, -2.0]).bfloat16().view(torch.int16).numpy().view("V2")
    np.savez(FOLDER / "plain.npz", **arrays, text=np.array("vit"), brain=brain)
    expect("plain.npz", "NumPy npz", rows + [("brain", "BF16", np.array([0.5, -2.0]))], ["not numeric", "bfloat16"])
    np.savez_compressed(FOLDER / "compressed.npz", **arrays, zeros=np.zeros((8, 64), np.float32))
    expect("compressed.npz", "NumPy npz", rows + [("zeros", "F32", np.zeros((8, 64)))])


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for write in (torch_zip, torch_training, torch_legacy, safetensors, npz):
        write()
    torch.save(torch.nn.Linear(2, 2), FOLDER / "module.pth")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), FOLDER / "script.pth")
    lines = ",\n".join(json.dumps(case) for case in expected)
    (FOLDER / "expected.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
