#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends the program at random moments while it writes; exit code 1 where anything but the old or the new file is left.

usage: kills.py PROGRAM PICTURE [--kills 200] [--signals 100] [--seed 1]
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
OLD = b"what was here before"


def is_whole(path):
    data = path.read_bytes()
    if data == OLD:
        return True
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    return data.endswith(b"IEND\xaeB`\x82") if path.suffix == ".png" else data.endswith(b"</svg>\n")


class Program:
    def __init__(self, program, picture, folder):
        self.folder = folder
        self.commands = [[program, "trace", picture, "--image-size", "448", "-o", folder / "a.npz"],
                         [program, "attention", picture, "--layer", "all", "--head", "all", "-o", folder / "b.png"],
                         [program, "attention", picture, "-o", folder / "c.svg"]]
        self.seconds = [self.time(command) for command in self.commands]

    @staticmethod
    def start(command):
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def time(self, command):
        start = time.monotonic()
        if self.start(command).wait() != 0:
            raise SystemExit(f"{command} does not work")
        return time.monotonic() - start

    def temporaries(self):
        return [name for name in os.listdir(self.folder) if name.startswith(".")]

    def end(self, number, how):
        """Starts one command and ends it with `how`: half the times at any moment, else once a file is being written."""
        command, seconds = self.commands[number % 3], self.seconds[number % 3]
        for other in self.commands:
            Path(other[-1]).write_bytes(OLD)
        before = self.temporaries()
        process = self.start(command)
        if number % 2:
            time.sleep(random.uniform(0, 1.2 * seconds))
        else:
            while process.poll() is None and self.temporaries() == before:
                pass
            time.sleep(random.uniform(0, 0.02))
        process.send_signal(how)
        process.wait()
        if not all(is_whole(Path(other[-1])) for other in self.commands):
            raise SystemExit(f"half a file after {how} in {command}")
        return process.returncode < 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("picture")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--signals", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    folder = Path(tempfile.mkdtemp())
    try:
        program = Program(arguments.program, arguments.picture, folder)
        ended = left = 0
        for number in range(arguments.signals):
            ended += program.end(number, SIGNALS[number % len(SIGNALS)])
            left += len(program.temporaries())
            subprocess.run(["rm", "-f", *(folder / name for name in program.temporaries())], check=True)
        print(f"{arguments.signals} signals, {ended} before the end: {left} temporary files left at once, 0 half files")
        bad = left
        ended = most = 0
        for number in range(arguments.kills):
            ended += program.end(number, signal.SIGKILL)
            most = max(most, len(program.temporaries()))
        program.time(program.commands[2])
        left = len(program.temporaries())
        print(f"{arguments.kills} kills, {ended} before the end: at most {most} temporary files at a time, {left} after the "
              "next start, 0 half files")
        raise SystemExit(1 if bad + left else 0)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
