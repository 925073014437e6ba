#!/usr/bin/env bash
# Makes a folder that shows btx on a GPU where there is no network and nothing but NVIDIA's driver and LibTorch 2.11.0 with CUDA
# (python3's torch will do):
#
#   bash tests/gpu_kit.sh BUILD DIR            makes DIR of a build, with the quickstart's data in it
#   bash tests/gpu_kit.sh BUILD DIR --no-data  the same without data, which is fetched and tokenized else
#   bash DIR/share/btx/gpu_check.sh            there
set -euo pipefail
build=$(realpath "$1") dir="$2"
[ ! -e "$dir" ] || { echo "$dir is there; give another folder"; exit 2; }
cmake --install "$build" --prefix "$dir" > /dev/null
cmake --install "$build" --prefix "$dir" --component gpu_kit > /dev/null
if [ "${3:-}" != --no-data ]; then
  "$build/btx" data pack "$dir/share/btx/recipes/quickstart.toml" --output "$dir/share/btx/quickstart.pack"
fi
size=$(du -sm "$dir" | cut -f1)
[ "$size" -le 40 ] || { echo "$dir has $size MiB, more than the 40 that travel"; exit 1; }
echo "$dir: $size MiB"
