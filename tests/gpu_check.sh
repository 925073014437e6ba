#!/usr/bin/env bash
# Shows btx on a machine that has a GPU and LibTorch 2.11.0 and no network.
#
#   bash tests/gpu_check.sh [PART] [PACK]           in a source folder: builds, then checks
#   bash share/btx/gpu_check.sh [PART] [PACK]       in an installed folder, best one that tests/gpu_kit.sh made
#
# PART is 1 (does it run), 2 (how fast, beside the card's own ceilings and transformers), 3 (which of two ways is faster), or
# a list "1 2"; all three if it is left out. SHAPES names the shapes of parts 2 and 3 (gpu_check/shapes.sh), STEPS how many are timed or compared. PACK is the quickstart's tokenized data, made where there is a network; a kit has it:
#   build/btx data pack recipes/quickstart.toml --output PACK
# BTX_TORCH_DIR names LibTorch if it is not python3's. What is not here is skipped, with a reason; every check has nine
# minutes, and those after one that failed are run. The report goes to $OUT/gpu_check.txt (default: the current folder).
set -uo pipefail

parts="1 2 3"
if [[ "${1:-}" =~ ^[123\ ]+$ ]]; then
  parts="$1"
  shift
fi
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

main() {
  find_torch
  machine
  find_or_build
  part version
  check "$btx" version
  "$btx" version | grep -q 'gpu_kernels *"..*"' || { echo "FAILED: there is no libbtx_cuda.so; build it where nvcc of CUDA 13 is"; failed=1; }
  local one
  for one in $parts; do
    case "$one" in
      1) does_it_run ;;
      2) how_fast ;;
      3) choices ;;
    esac
  done
  part "$([ "$failed" = 0 ] && echo "all that was run passed" || echo "something FAILED")"
  return "$failed"
}

for name in does_it_run shapes how_fast choices; do
  source "$here/gpu_check/$name.sh"
done
mkdir -p "$out"
main 2>&1 | tee "$out/gpu_check.txt"
exit "${PIPESTATUS[0]}"
