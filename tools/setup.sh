#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what Vitrine is built from, once: Debian packages and LibTorch (PyPI's torch wheel) into .deps/.
# Does nothing, without a network, where all of it is there. usage: tools/setup.sh [build|test]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
purpose=${1:-build}

torch_version=2.15.0
cuda_runtime_version=13.2.86  # libtorch_cpu.so links libcudart and libcupti, a driver is not needed

packages=(g++ cmake ninja-build python3 python3-pip ca-certificates
          qt6-base-dev qt6-charts-dev libqt6opengl6-dev qt6-svg-dev libgl-dev libxkbcommon-dev
          qt6-image-formats-plugins fonts-dejavu-core
          libcli11-dev nlohmann-json3-dev libspectra-dev libpng-dev libtiff-dev libzip-dev zipcmp zipmerge ziptool)
if [[ $purpose == test ]]; then
    packages+=(libgtest-dev libgmock-dev)
fi

say() { printf 'vitrine setup: %s\n' "$*" >&2; }

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || { say "these Debian packages are missing; install them as root: ${missing[*]}"; exit 1; }
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

install_torch() {
    local folder=$root/.deps/libtorch kind=cpu
    [[ -e /proc/driver/nvidia/version ]] && kind=cuda
    local wanted="torch $torch_version $kind"
    [[ -f $folder/.installed && $(<"$folder/.installed") == "$wanted" ]] && return 0
    say "taking LibTorch $torch_version ($kind) from PyPI into .deps/"
    rm -rf "$folder"
    mkdir -p "$folder"
    local requirements=("torch==$torch_version")
    if [[ $kind == cpu ]]; then
        requirements=(--no-deps "torch==$torch_version" "nvidia-cuda-runtime==$cuda_runtime_version"
                      "nvidia-cuda-cupti==$cuda_runtime_version")
    fi
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --no-compile \
        --root-user-action=ignore --target "$folder" "${requirements[@]}" >&2
    printf '%s' "$wanted" >"$folder/.installed"
}

if command -v dpkg-query >/dev/null; then
    install_packages
else
    say "not a Debian system: install the equivalents of ${packages[*]} yourself"
fi
install_torch
