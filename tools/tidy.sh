#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# clang-tidy by .clang-tidy over the sources in FOLDERs, as the build in BUILD compiles them. Exit code 1 where it finds
# something, 77 without clang-tidy. usage: tools/tidy.sh BUILD FOLDER...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v clang-tidy >/dev/null || { echo "clang-tidy is needed (Debian's package clang-tidy)" >&2; exit 77; }
build=$1
shift
find "$@" -name '*.cpp' -print0 | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet 2>/dev/null
