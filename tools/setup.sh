#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what Vitrine is built from, once: Debian packages and LibTorch (PyPI's torch wheel) into .deps/.
# Does nothing, without a network, where all of it is there. usage: tools/setup.sh [build|test]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
purpose=${1:-build}

packages=(g++ cmake ninja-build python3 python3-pip ca-certificates
          qt6-base-dev qt6-charts-dev libqt6opengl6-dev qt6-svg-dev libgl-dev libxkbcommon-dev
          qt6-wayland qt6-image-formats-plugins fonts-dejavu-core
          libcli11-dev nlohmann-json3-dev libspectra-dev libpng-dev libtiff-dev libzip-dev zipcmp zipmerge ziptool)
if [[ $purpose == test ]]; then
    packages+=(libgtest-dev libgmock-dev clang-format clang-tidy)
fi

say() { printf 'vitrine setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

may_write() { [[ -w $1 || ( ! -e $1 && -w $(dirname "$1") ) ]]; }
may_write "$root/build" \
    || fail "you may not write into $root/build, where Vitrine is built; make it yours (chown) or take a copy of $root"

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "these Debian packages are missing; install them as root: ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    { "${as_root[@]}" apt-get update -qq \
        && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } >&2 || fail "these Debian packages could not be installed: ${missing[*]}; is there a network?"
}

is_whole() { [[ -f $1/.installed && $(<"$1/.installed") == "$2" ]]; }

# The new LibTorch is taken into a folder beside the old one, which stays until the new one is whole.
install_torch() {
    local deps=$root/.deps kind=cpu
    [[ -e /proc/driver/nvidia/version ]] && kind=cuda
    local requirements=$root/tools/libtorch/requirements-$kind.txt wanted
    wanted="torch $(sed -n 's/^torch==\([^ ]*\).*/\1/p' "$requirements") $kind"
    is_whole "$deps/libtorch" "$wanted" && return 0
    may_write "$deps" || fail "LibTorch is missing, and you may not write into $deps; make it yours (chown)"
    mkdir -p "$deps"
    exec 9>"$deps/.lock"
    flock 9
    is_whole "$deps/libtorch" "$wanted" && return 0
    if ! is_whole "$deps/libtorch.new" "$wanted"; then
        say "taking LibTorch ($wanted) from PyPI into .deps/"
        rm -rf "$deps/libtorch.new"
        if ! take_torch "$requirements" "$deps/libtorch.new"; then
            rm -rf "$deps/libtorch.new"
            [[ -f $deps/libtorch/.installed ]] || exit 1
            say "going on with the LibTorch that is there ($(<"$deps/libtorch/.installed"))"
            return 0
        fi
        printf '%s' "$wanted" >"$deps/libtorch.new/.installed"
    fi
    rm -rf "$deps/libtorch"
    mv "$deps/libtorch.new" "$deps/libtorch"
}

# Says why not. Few retries: without a network the answer shall not take half a minute.
take_torch() {
    local log=$root/.deps/pip.log
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --no-compile \
        --root-user-action=ignore --retries 1 --require-hashes --no-deps --only-binary :all: \
        --target "$2" --requirement "$1" >"$log" 2>&1 && return 0
    if grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError' "$log"; then
        say "LibTorch could not be taken: there is no connection to PyPI; connect to a network and run this again"
    else
        tail -n 5 "$log" >&2
        say "LibTorch could not be taken; what pip said is in $log"
    fi
    return 1
}

if command -v dpkg-query >/dev/null; then
    install_packages
else
    say "not a Debian system: install the equivalents of ${packages[*]} yourself"
fi
install_torch
