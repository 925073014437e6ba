#!/usr/bin/env bash
# Shows btx on a machine that has a GPU and LibTorch 2.11.0 and no network.
#
#   bash tests/gpu_check.sh [PACK]                  in a source folder: builds, then checks
#   bash share/btx/gpu_check.sh [PACK]              in an installed folder, best one that tests/gpu_kit.sh made
#
# PACK is the quickstart's tokenized data, made where there is a network; a kit has it:
#   build/btx data pack recipes/quickstart.toml --output PACK
# BTX_TORCH_DIR names LibTorch if it is not python3's. What is not here is skipped, with a reason; every check has nine
# minutes, and those after one that failed are run. The report goes to $OUT/gpu_check.txt (default: the current folder).
set -uo pipefail

pack="${1:+$(realpath "$1")}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
out="${OUT:-$PWD}"
failed=0

part() { printf '\n===== %s\n' "$*"; }
skip() { echo "skipped: $*"; }
check() { echo "+ $*"; timeout 540 "$@" || { echo "FAILED ($?): $*"; failed=1; }; }

find_torch() {
  [ -n "${BTX_TORCH_DIR:-}" ] || BTX_TORCH_DIR=$(python3 -c \
    'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null)
  export BTX_TORCH_DIR
  [ -e "$BTX_TORCH_DIR/lib/libtorch_cuda.so" ] || { echo "LibTorch with CUDA was not found; set BTX_TORCH_DIR"; exit 2; }
}

machine() {
  part "machine, $(date -u +%Y-%m-%d)"
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv || skip "nvidia-smi is not here"
  nvcc --version | tail -2 || skip "nvcc is not here"
  echo "LibTorch: $BTX_TORCH_DIR; $(nproc) processors"
}

# Sets btx, root and, where there is a build, build.
find_or_build() {
  build=""
  if [ -x "$here/../../bin/btx" ]; then
    root="$here"
    btx=$(realpath "$here/../../bin/btx")
    [ -n "$pack" ] || [ ! -e "$here/quickstart.pack" ] || pack="$here/quickstart.pack"
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
  local installed
  installed="$(dirname "$btx")/gpu_test"
  if [ -n "$build" ]; then
    check ctest --test-dir "$build" -L gpu --output-on-failure
  elif [ -x "$installed" ]; then
    check env "BTX_TEST_PLUGIN_DIR=$(realpath "$here/../../lib/btx/plugins")" \
      "LD_LIBRARY_PATH=$BTX_TORCH_DIR/lib:${LD_LIBRARY_PATH:-}" "$installed" --no-intro=true
  else
    skip "this installed folder holds no tests; tests/gpu_kit.sh makes one that does"
  fi
}

# last_loss ARGUMENT...: of some steps on random tokens, the same ones everywhere; at a rate at which roundings do not grow.
last_loss() {
  timeout 540 "$btx" --quiet bench step "$root/recipes/quickstart.toml" train.lr=1e-4 "$@" |
    sed -nE 's/.*"last_loss": *([0-9.e+-]+).*/\1/p'
}

# The GPU's loss is the CPU's within 1e-3 in float32, and the same bits twice in bfloat16.
agreement() {
  part "the GPU against the CPU, and against itself"
  local experts cpu gpu again
  for experts in 0 4; do
    cpu=$(last_loss --steps 20 --experts "$experts" engine.device=cpu engine.dtype=float32)
    gpu=$(last_loss --steps 20 --experts "$experts" engine.device=cuda engine.dtype=float32)
    echo "$experts experts: loss after 23 steps $cpu on the CPU, $gpu on the GPU"
    awk -v a="$cpu" -v b="$gpu" 'BEGIN { exit !(a > 0 && b > 0 && a - b < 1e-3 && b - a < 1e-3) }' || { echo "FAILED: they differ"; failed=1; }
    gpu=$(last_loss --steps 5 --experts "$experts" engine.device=cuda engine.dtype=bfloat16)
    again=$(last_loss --steps 5 --experts "$experts" engine.device=cuda engine.dtype=bfloat16)
    [ -n "$gpu" ] && [ "$gpu" = "$again" ] || { echo "FAILED: in bfloat16 $gpu, then $again"; failed=1; }
  done
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
  agreement
  quickstart
  step_benchmark
  part "$([ "$failed" = 0 ] && echo "all that was run passed" || echo "something FAILED")"
  return "$failed"
}

mkdir -p "$out"
main 2>&1 | tee "$out/gpu_check.txt"
exit "${PIPESTATUS[0]}"
