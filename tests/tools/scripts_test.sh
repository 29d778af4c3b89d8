#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh and tools/setup.sh in a copy, with stand-ins for pip, dpkg, cmake and the program: which sentence, which exit
# code, what is left in .deps/. usage: scripts_test.sh
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

check() {
    local name=$1
    shift
    "$@" && return 0
    echo "FAILED: $name (exit code $code)" >&2
    sed 's/^/    /' "$work/out" >&2
    failures=$((failures + 1))
}

says() { grep -qF -- "$1" "$work/out"; }

# A fresh checkout, with the stand-ins first in PATH.
prepare() {
    rm -rf "$work/checkout" "$work/bin"
    mkdir -p "$work/checkout/build/release/app" "$work/bin"
    cp -r "$source/tools" "$source/run.sh" "$work/checkout"
    local name
    for name in dpkg-query cmake; do
        printf '#!/bin/sh\nprintf installed\n' >"$work/bin/$name"
    done
    printf '#!/bin/sh\necho "program $*"\n' >"$work/checkout/build/release/app/vitrine"
    chmod +x "$work/bin"/* "$work/checkout/build/release/app/vitrine"
    pip 'mkdir -p "$target"; echo new >"$target/lib"'
}

# What `python3 -m pip install ... --target FOLDER ...` does.
pip() {
    printf '#!/bin/bash\necho "$*" >>"%s"\nwhile [[ $1 != --target ]]; do shift; done\ntarget=$2\n%s\n' "$work/pip-arguments" "$1" >"$work/bin/python3"
    chmod +x "$work/bin/python3"
}

code=0
run() {
    code=0
    env PATH="$work/bin:$PATH" DISPLAY= WAYLAND_DISPLAY= QT_QPA_PLATFORM= "${@:2}" "$work/checkout/$1" >"$work/out" 2>&1 || code=$?
}

deps() { (cd "$work/checkout/.deps" && find . -mindepth 1 ! -name .lock ! -name pip.log | sort | tr '\n' ' '); }
old_torch() {
    mkdir -p "$work/checkout/.deps/libtorch"
    echo old >"$work/checkout/.deps/libtorch/lib"
    printf 'torch 2.14.0 cpu' >"$work/checkout/.deps/libtorch/.installed"
}
offline='echo "connection broken by NewConnectionError: no" >&2; mkdir -p "$target"; echo half >"$target/lib"; exit 1'

prepare
run tools/setup.sh
check "it is taken" test "$code" = 0
check "it is whole" test "$(deps)" = "./libtorch ./libtorch/.installed ./libtorch/lib "
check "hashes are asked for" grep -q -- "--require-hashes .*requirements-" "$work/pip-arguments"
pip 'exit 9'
run tools/setup.sh
check "a second call takes nothing" test "$code" = 0

prepare
pip "$offline"
run tools/setup.sh
check "without a network it fails" test "$code" = 1
check "without a network it says so" says "there is no connection to PyPI"
check "in one line" test "$(wc -l <"$work/out")" = 2
check "nothing half is left" test "$(deps)" = ""

old_torch
run tools/setup.sh
check "the old one is used" test "$code" = 0
check "and it is said" says "going on with the LibTorch that is there (torch 2.14.0 cpu)"
check "the old one stays" test "$(cat "$work/checkout/.deps/libtorch/lib")" = old
check "nothing lies beside it" test "$(deps)" = "./libtorch ./libtorch/.installed ./libtorch/lib "

pip 'echo "THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1'
run tools/setup.sh
check "a wrong hash is said" says "DO NOT MATCH THE HASHES"
check "a wrong hash keeps the old one" test "$(cat "$work/checkout/.deps/libtorch/lib")" = old

# Killed while pip runs: the old one is there and the half one is thrown away.
pip 'mkdir -p "$target"; echo half >"$target/half"; kill -9 $PPID; sleep 1'
run tools/setup.sh
check "a kill keeps the old one" test "$(cat "$work/checkout/.deps/libtorch/lib")" = old
pip 'mkdir -p "$target"; echo new >"$target/lib"'
run tools/setup.sh
check "then the new one comes" test "$code" = 0
check "whole and alone" test "$(deps)" = "./libtorch ./libtorch/.installed ./libtorch/lib "
check "and new" test "$(cat "$work/checkout/.deps/libtorch/lib")" = new

# Killed between the removal of the old one and the renaming of the new one.
mv "$work/checkout/.deps/libtorch" "$work/checkout/.deps/libtorch.new"
pip "$offline"
run tools/setup.sh
check "a whole one is taken without a network" test "$code" = 0
check "under its name" test "$(deps)" = "./libtorch ./libtorch/.installed ./libtorch/lib "

program() {
    printf '#!/bin/sh\necho "program $*"\n%s\n' "$1" >"$work/checkout/build/release/app/vitrine"
}
prepare
run run.sh
check "without a display the sample is classified" says "program classify"
check "and no window was tried" test "$(grep -c program "$work/out")" = 1
run run.sh DISPLAY=:5
check "with a display the window opens" test "$(cat "$work/out" | grep program)" = "program "
program '[ -n "$*" ] || { echo "vitrine: No window can be opened" >&2; exit 1; }'
run run.sh DISPLAY=:5
check "with a broken display the sample is classified" says "program classify"
check "and that is said" says "No window can be opened: classifying"
check "successfully" test "$code" = 0
program 'exit 139'
run run.sh DISPLAY=:5
check "a crash is a crash" test "$code" = 139

if [[ $EUID == 0 ]] && command -v setpriv >/dev/null; then
    prepare
    run tools/setup.sh
    chmod 755 "$work" "$work/checkout"
    touch "$work/checkout/build/release.log"
    code=0
    env PATH="$work/bin:$PATH" DISPLAY= setpriv --reuid 65534 --regid 65534 --clear-groups "$work/checkout/run.sh" >"$work/out" 2>&1 || code=$?
    check "another user's checkout is refused" test "$code" = 1
    check "in one sentence" says "you may not write into"
    check "and nothing else" test "$(wc -l <"$work/out")" = 1
fi

((failures == 0)) || exit 1
echo "all as it should be"
