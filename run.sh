#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and starts Vitrine with these arguments: without any, the window on a sample
# picture; where no window can be opened, the classification of it. A second call starts in seconds and needs no network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$root/build/release/app/vitrine
"$root/tools/setup.sh" build
log=$root/build/release.log
mkdir -p "$root/build"
if ! (cd "$root" && { [[ -f build/release/build.ninja ]] || cmake --preset release; } && cmake --build --preset release) >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "vitrine: the build failed; the whole log is in $log" >&2
    exit 1
fi
if (($# == 0)); then
    code=1
    [[ -z ${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-} ]] || { code=0; "$program" || code=$?; }
    ((code == 1)) || exit "$code"
    echo "No window can be opened: classifying the sample picture instead." >&2
    set -- classify "$root/resources/samples/red_panda.jpg"
fi
exec "$program" "$@"
