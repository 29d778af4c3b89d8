#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""From exec to the window and to its first result: seconds, on a screen of its own (Xvfb).

The screen is a file that is looked at every few milliseconds. "window": most of the window is painted; "result": the
last change, when the bundled model's maps of the picture are there.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SIZE = (1280, 800)
HEADER = 4096


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("Xvfb did not start; install xvfb.")
        time.sleep(0.01)


def measure(program, picture, screen, environment):
    empty = screen.read_bytes()[HEADER:]
    start = time.monotonic()
    process = subprocess.Popen([program, picture], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    window = result = None
    last = empty
    while time.monotonic() - start < 3:
        pixels, now = screen.read_bytes()[HEADER:], time.monotonic() - start
        if pixels != last:
            last, result = pixels, now
            changed = sum(a != b for a, b in zip(pixels[::4001], empty[::4001])) / len(empty[::4001])
            if window is None and changed > 0.5:
                window = now
        time.sleep(0.002)
    process.kill()
    process.wait()
    wait_for(lambda: screen.read_bytes()[HEADER:] == empty)
    return window, result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the vitrine that was built")
    parser.add_argument("picture")
    parser.add_argument("--display", default=":97")
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(["Xvfb", arguments.display, "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-fbdir", folder],
                                  stderr=subprocess.DEVNULL)
        try:
            screen = Path(folder, "Xvfb_screen0")
            wait_for(screen.exists)
            time.sleep(1)
            environment = {**os.environ, "DISPLAY": arguments.display, "XDG_CONFIG_HOME": folder}
            measure(arguments.program, arguments.picture, screen, environment)  # fills the page cache
            runs = [measure(arguments.program, arguments.picture, screen, environment) for _ in range(arguments.runs)]
        finally:
            server.terminate()
            server.wait()
    for name, times in zip(("window", "result"), zip(*runs)):
        print(f"{name} {statistics.median(times):.3f} s ({min(times):.3f} to {max(times):.3f})")


if __name__ == "__main__":
    main()
