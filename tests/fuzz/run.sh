#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD_FOLDER SECONDS [TARGET...]: runs the fuzz targets one after the other.
set -eu
build=$1
seconds=$2
shift 2
seeds=$(dirname "$0")/../golden/checkpoints
[ $# -gt 0 ] || set -- safetensors torch_zip torch_legacy npz

for target in "$@"; do
    corpus=$build/corpus/$target
    mkdir -p "$corpus"
    case $target in
        safetensors) cp "$seeds"/*.safetensors "$seeds"/sharded/*.safetensors "$corpus" ;;
        torch_legacy) cp "$seeds"/legacy*.pth "$corpus" ;;
        torch_zip) cp "$seeds"/torch*.pth "$seeds"/protocol4.pth "$seeds"/views.pth "$seeds"/types.pth \
                      "$seeds"/deflated.pth "$seeds"/training.pth.tar "$corpus" ;;
        npz) cp "$seeds"/*.npz "$corpus" ;;
    esac
    "$build/tests/fuzz/${target}_fuzzer" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$build/" "$corpus"
done
