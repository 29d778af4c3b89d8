#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what tools/setup.sh installs, with a hash of every wheel: requirements-cpu.txt and requirements-cuda.txt.

usage: tools/libtorch/pin.py 2.15.0     (needs a network, downloads only what says which wheels there are)
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")  # of Debian 12 and later
# libtorch_cpu.so links these without a driver, too.
CPU = ("torch", "nvidia-cuda-runtime", "nvidia-cuda-cupti")


def platforms():
    names = [f"manylinux_2_{minor}" for minor in range(5, 37)] + ["manylinux1", "manylinux2010", "manylinux2014"]
    return [argument for name in names for argument in ("--platform", f"{name}_x86_64")]


def resolve(python, requirements):
    """name -> (version, hash of the wheel), as pip chooses today."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed",
                        "--only-binary", ":all:", "--python-version", python, *platforms(), "--target", folder,
                        "--report", report, *requirements], check=True)
        installs = json.loads(report.read_text())["install"]
    return {one["metadata"]["name"]: (one["metadata"]["version"], one["download_info"]["archive_info"]["hashes"]["sha256"])
            for one in installs}


def write(path, wheels):
    lines = ["# Written by tools/libtorch/pin.py."]
    for name, (version, hashes) in wheels.items():
        lines.append(" \\\n    ".join([f"{name}=={version}"] + [f"--hash=sha256:{one}" for one in hashes]))
    path.write_text("\n".join(lines) + "\n")


def main():
    torch = f"torch=={sys.argv[1]}"
    found = resolve(PYTHONS[0], [torch])
    # The rest of what torch asks for is Python: LibTorch needs none of it.
    wheels = {name: (version, [digest]) for name, (version, digest) in sorted(found.items()) if name.startswith("nvidia-")}
    hashes = [found["torch"][1]] + [resolve(python, ["--no-deps", torch])["torch"][1] for python in PYTHONS[1:]]
    wheels = {"torch": (sys.argv[1], hashes), **wheels}
    folder = Path(__file__).parent
    write(folder / "requirements-cpu.txt", {name: wheels[name] for name in CPU})
    write(folder / "requirements-cuda.txt", wheels)


if __name__ == "__main__":
    main()
