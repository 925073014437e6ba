#!/usr/bin/env bash
# commands.sh BUILD: prints the name of a compile_commands.json in which each file is compiled alone, without
# precompiled headers. (BUILD itself compiles several files as one.)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "$1")
[ -f "$build/CMakeCache.txt" ] || { echo "$build: build first (bash third_party/setup.sh build)" >&2; exit 2; }
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
cmake -S "$root" -B "$build/alone" -G Ninja "-DCMAKE_BUILD_TYPE=$(cached CMAKE_BUILD_TYPE)" -DCMAKE_UNITY_BUILD=OFF \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON "-DBTX_TORCH_DIR=$(cached BTX_TORCH_DIR)" "-DBTX_NVCC=$(cached BTX_NVCC)" > "$build/alone.txt" 2>&1 ||
  { cat "$build/alone.txt" >&2; exit 2; }
echo "$build/alone/compile_commands.json"
