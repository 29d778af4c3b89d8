#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ui/picture/colour_tables.cpp. Needs matplotlib: python3 -m pip install matplotlib

magma, viridis, cividis and inferno are matplotlib's (CC0), turbo is Google's (Apache-2.0). The diverging table is made
here: blue - white - orange, linear in OKLab, so that both arms darken alike and stay apart for colour-blind eyes.
"""
from pathlib import Path

import matplotlib
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                   [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                   [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])


def oklab(colour):
    srgb = np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_LMS @ linear)


def srgb(lab):
    linear = np.linalg.inv(TO_LMS) @ (np.linalg.inv(TO_LAB) @ lab) ** 3
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def diverging():
    stops = [oklab(colour) for colour in ("#12366e", "#3f86cf", "#f4f3f0", "#d9772f", "#7a2c06")]
    positions = np.linspace(0, 1, len(stops))
    return [srgb(np.array([np.interp(x, positions, [stop[i] for stop in stops]) for i in range(3)]))
            for x in np.linspace(0, 1, 256)]


def table(name):
    if name == "Grey":
        return [(i / 255,) * 3 for i in range(256)]
    if name == "Diverging":
        return diverging()
    return [matplotlib.colormaps[name.lower()](i)[:3] for i in range(256)]


def main():
    lines = ["// SPDX-License-Identifier: GPL-3.0-or-later",
             "// Written by tools/colours/make_colour_tables.py: magma, viridis, cividis, inferno from matplotlib (CC0),",
             "// turbo from Google (Apache-2.0).",
             '#include "ui/picture/colour_tables.h"', "", "namespace vitrine {", "", "namespace {", "",
             "// clang-format off", ]
    names = ["Magma", "Viridis", "Cividis", "Inferno", "Turbo", "Grey", "Diverging"]
    for name in names:
        colours = ["0x" + "".join(f"{round(float(part) * 255):02x}" for part in colour) for colour in table(name)]
        lines.append(f"constexpr ColourTable {name.lower()}{{{{")
        lines += ["    " + ", ".join(colours[i:i + 12]) + "," for i in range(0, 256, 12)]
        lines.append("}};")
    lines += ["// clang-format on", "", "} // namespace", "", "const ColourTable& colourTable(ColourMap map)", "{",
              "    switch (map) {"]
    for name in names[1:]:
        lines += [f"    case ColourMap::{name}:", f"        return {name.lower()};"]
    lines += ["    case ColourMap::Magma:", "        break;", "    }", "    return magma;", "}", "",
              "} // namespace vitrine", ""]
    (ROOT / "ui/picture/colour_tables.cpp").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
