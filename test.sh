#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds with AddressSanitizer and UBSan, and runs all tests. Arguments go to ctest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
tools/setup.sh test
cmake --preset asan
cmake --build --preset asan
export QT_QPA_PLATFORM=offscreen
# One more than processors: some tests wait.
ctest --preset asan -j "$(($(nproc) + 1))" "$@"
