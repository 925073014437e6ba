#!/usr/bin/env bash
# Installs what btx needs and is not here yet, then builds, tests or runs it.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash third_party/setup.sh build | test | quickstart | bundle DIR  [--cuda]

  build       install what is missing, build into build/
  test        build, then run every test
  quickstart  build, then run recipes/quickstart.toml
  bundle DIR  download all packages into DIR, for BTX_OFFLINE_DIR on a machine with no network
  --cuda      with LibTorch's CUDA part and a CUDA compiler, even if no GPU is seen here

  BTX_TORCH_DIR=DIR    take this LibTorch 2.11.0 (folder with include/ and lib/) and download none
  BTX_OFFLINE_DIR=DIR  take every package from DIR and use no network
  CMAKE_BUILD_PARALLEL_LEVEL=N  compile N files at a time (default: one a processor)
TEXT
}

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
DOWNLOADS="$ROOT/third_party/.downloads"
LIBTORCH="$ROOT/third_party/.libtorch"
[ -z "${BTX_OFFLINE_DIR:-}" ] || BTX_OFFLINE_DIR="$(realpath "$BTX_OFFLINE_DIR")"
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
source "$ROOT/third_party/versions.sh"
source "$ROOT/third_party/packages.sh"
source "$ROOT/third_party/libtorch.sh"
source "$ROOT/third_party/nvcc.sh"
source "$ROOT/third_party/bundle.sh"

gpu_seen() { [ -e /dev/nvidia0 ] || nvidia-smi -L 2>/dev/null | grep -q '^GPU'; }

parse_arguments() {
  VERB="" BUNDLE="" WITH_CUDA=no
  while [ $# -gt 0 ]; do
    case "$1" in
      build | test | quickstart) VERB="$1" ;;
      bundle) VERB=bundle BUNDLE="${2:-}"; shift ;;
      --cuda) WITH_CUDA=yes ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; die "'$1' is not a verb or an option" 2 ;;
    esac
    shift || true
  done
  [ -n "$VERB" ] || { usage >&2; die "a verb is needed" 2; }
  [ "$VERB" != bundle ] || [ -n "$BUNDLE" ] || { usage >&2; die "bundle needs a folder" 2; }
  ! gpu_seen || WITH_CUDA=yes
}

# Whether build/ was configured for this LibTorch and CUDA compiler; ninja sees to all other changes.
configured() {
  local cache="$ROOT/build/CMakeCache.txt"
  [ -f "$ROOT/build/build.ninja" ] && grep -qxF "BTX_TORCH_DIR:PATH=$TORCH_DIR" "$cache" &&
    { [ "$WITH_CUDA" = no ] || grep -qxF "BTX_NVCC:FILEPATH=$NVCC" "$cache"; }
}

build() {
  [ "$(uname -m)" = x86_64 ] || die "the pinned LibTorch is for x86_64, this machine is $(uname -m)" 2
  need_packages "${BUILD_PACKAGES[@]}"
  need_torch
  local options=("-DBTX_TORCH_DIR=$TORCH_DIR")
  if [ "$WITH_CUDA" = yes ]; then
    need_nvcc
    options+=("-DBTX_NVCC=$NVCC")
  fi
  configured || (cd "$ROOT" && cmake --preset release "${options[@]}")
  cmake --build "$ROOT/build"
}

run_tests() { ctest --test-dir "$ROOT/build" --output-on-failure -j "$(nproc)"; }

run_quickstart() {
  [ -z "${BTX_OFFLINE_DIR:-}" ] || offline_quickstart_data
  cd "$ROOT"
  build/btx run recipes/quickstart.toml
}

parse_arguments "$@"
case "$VERB" in
  build) build ;;
  test) build; run_tests ;;
  quickstart) build; run_quickstart ;;
  bundle) bundle "$BUNDLE" ;;
esac
