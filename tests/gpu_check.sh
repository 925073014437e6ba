#!/usr/bin/env bash
# Shows btx on a machine that has a GPU and LibTorch 2.11.0 and no network.
#
#   bash tests/gpu_check.sh [PACK]                  in a source folder: builds, then checks
#   bash share/btx/gpu_check.sh [PACK]              in an installed folder: checks
#
# PACK is the quickstart's tokenized data, made where there is a network:
#   build/btx data pack recipes/quickstart.toml --output PACK
# BTX_TORCH_DIR names LibTorch if it is not python3's. What is not here is skipped, with a reason.
# The report goes to $OUT/gpu_check.txt (default: the current folder).
set -uo pipefail

pack="${1:+$(realpath "$1")}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
out="${OUT:-$PWD}"
failed=0

part() { printf '\n===== %s\n' "$*"; }
skip() { echo "skipped: $*"; }
check() { echo "+ $*"; "$@" || { echo "FAILED ($?): $*"; failed=1; }; }

find_torch() {
  [ -n "${BTX_TORCH_DIR:-}" ] || BTX_TORCH_DIR=$(python3 -c \
    'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null)
  export BTX_TORCH_DIR
  [ -e "$BTX_TORCH_DIR/lib/libtorch_cuda.so" ] || { echo "LibTorch with CUDA was not found; set BTX_TORCH_DIR"; exit 2; }
}

machine() {
  part "machine, $(date -u +%Y-%m-%d)"
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv || { echo "no GPU is seen here"; exit 2; }
  nvcc --version | tail -2 || skip "nvcc is not here"
  echo "LibTorch: $BTX_TORCH_DIR; $(nproc) processors"
}

# Sets btx, root and, where there is a build, build.
find_or_build() {
  build=""
  if [ -x "$here/../../bin/btx" ]; then
    root="$here/../../share/btx"
    btx="$here/../../bin/btx"
    return
  fi
  part build
  root="$here/.."
  build="$root/build-gpu"
  check cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release "-DBTX_TORCH_DIR=$BTX_TORCH_DIR"
  check cmake --build "$build"
  btx="$build/btx"
  [ -x "$btx" ] || exit 1
}

gpu_tests() {
  part "gpu tests"
  if [ -n "$build" ]; then
    check ctest --test-dir "$build" -L gpu --output-on-failure
  else
    skip "an installed folder holds no tests; run this script in a source folder"
  fi
}

quickstart() {
  part "quickstart on the GPU"
  [ -n "$pack" ] || { skip "no pack of its data was named"; return; }
  check "$btx" run "$root/recipes/quickstart.toml" engine.device=cuda "run.pack=$pack"
}

step_benchmark() {
  part "step benchmark"
  check "$btx" bench step "$root/recipes/quickstart.toml" engine.device=cuda
}

main() {
  find_torch
  machine
  find_or_build
  part version
  check "$btx" version
  gpu_tests
  quickstart
  step_benchmark
  part "$([ "$failed" = 0 ] && echo "all that was run passed" || echo "something FAILED")"
  return "$failed"
}

mkdir -p "$out"
main 2>&1 | tee "$out/gpu_check.txt"
exit "${PIPESTATUS[0]}"
