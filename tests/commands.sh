#!/usr/bin/env bash
# commands.sh BUILD: prints the name of a compile_commands.json in which each file is compiled alone, without
# precompiled headers. (BUILD itself compiles several files as one.)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "$1")
[ -f "$build/CMakeCache.txt" ] || { echo "$build: build first (bash third_party/setup.sh build)" >&2; exit 2; }
same=()
for name in CMAKE_BUILD_TYPE CMAKE_CXX_COMPILER CMAKE_CXX_FLAGS CMAKE_PREFIX_PATH BTX_TORCH_DIR BTX_NVCC BTX_SANITIZE; do
  value=$(sed -n "s/^$name:[A-Z]*=//p" "$build/CMakeCache.txt")
  [ -z "$value" ] || same+=("-D$name=$value")
done
cmake -S "$root" -B "$build/alone" -G Ninja "${same[@]}" -DCMAKE_UNITY_BUILD=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  > "$build/alone.txt" 2>&1 ||
  { cat "$build/alone.txt" >&2; exit 2; }
echo "$build/alone/compile_commands.json"
