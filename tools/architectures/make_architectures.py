#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes core/model/architectures_*.inc: what the names in a config.json tell that no tensor does, and which of them name
networks that Vitrine cannot compute, with the reason."""
import argparse
import textwrap
from pathlib import Path

import families_huggingface
import families_timm

TARGET = Path(__file__).resolve().parents[2] / "core/model"
ACTIVATIONS = {"GELU": "Gelu", "GELUTanh": "GeluTanh", "QuickGELU": "QuickGelu"}
WIDTH = 118


def row(name, facts):
    pool = {"token": "Pool::Cls", "avg": "Pool::Mean", None: "{}"}[facts["pool"]]
    fields = [f'"{name}"', facts["width"], facts["heads"], f"Activation::{ACTIVATIONS[facts['activation']]}",
              f"{facts['eps']:g}", pool, str(facts["covers"]).lower(), *facts.get("tnt", ())]
    return "    {" + ", ".join(map(str, fields)) + "},"


def refused(reason, names):
    # Each line is a string of its own; the compiler joins them.
    lines = textwrap.wrap(" ".join(sorted(names)), WIDTH - 12, break_on_hyphens=False, break_long_words=False)
    body = "\n".join(f'     "{line} "' for line in lines)
    return f'    {{"{reason}",\n{body}}},'


def write(stem, source, runnable, refusals, containers=None):
    text = [f"// SPDX-License-Identifier: GPL-3.0-or-later",
            f"// Made by tools/architectures/make_architectures.py from {source}; not to be edited.",
            f"constexpr std::array {stem}Runnable{{std::to_array<NamedArchitecture>({{"]
    text += [row(name, facts) for name, facts in sorted(runnable.items())]
    text += ["})};", "", f"constexpr std::array {stem}Refused{{std::to_array<Refused>({{"]
    text += [refused(reason, names) for reason, names in sorted(refusals.items())]
    text += ["})};", ""]
    if containers:
        text.insert(-1, f"\nconstexpr std::array {stem}Containers{{std::to_array<ArchitectureKey>({{")
        text[-1:-1] = [f'    {{"{kind}", "{key}"}},' for kind, key in sorted(containers.items())] + ["})};"]
    path = TARGET / f"architectures_{stem.lower()}.inc"
    path.write_text("\n".join(text))
    print(f"{path.name}: {len(runnable)} run, {sum(map(len, refusals.values()))} do not")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["timm", "huggingface"])
    only = parser.parse_args().only
    if only != "huggingface":
        write("Timm", *families_timm.collect())
    if only != "timm":
        write("HuggingFace", *families_huggingface.collect())


if __name__ == "__main__":
    main()
