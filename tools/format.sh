#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Formats the tree by .clang-format; with --check names what differs (exit code 1, or 77 without clang-format 14: others
# format differently). usage: tools/format.sh [--check]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tool=$(command -v clang-format-14 || command -v clang-format || true)
if [[ -z $tool || $("$tool" --version) != *"version 14."* ]]; then
    echo "clang-format 14 is needed (Debian's package clang-format)" >&2
    exit 77
fi
how=(-i)
[[ ${1:-} == --check ]] && how=(--dry-run --Werror)
find app core ui tests -name '*.h' -o -name '*.cpp' | xargs "$tool" "${how[@]}"
