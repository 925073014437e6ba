#!/usr/bin/env bash
# links.sh TORCH_LIB FOLDER: puts LibTorch's own libraries beside the stand-in for its CUDA part.
set -euo pipefail
for file in "$1"/*; do
  name=$(basename "$file")
  [ "$name" = libtorch_cuda.so ] || ln -sfn "$file" "$2/$name"
done
