#!/usr/bin/env bash
# Checks the form of every C++ file; with --fix, corrects it.
set -euo pipefail
cd "$(dirname "$0")/.."

clang-format --version | grep -q 'version 14\.' ||
  { echo "format: clang-format 14 is needed, $(clang-format --version) is here" >&2; exit 2; }
mode=(--dry-run -Werror)
[ "${1:-}" != --fix ] || mode=(-i)
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.hpp' |
  xargs -0 --no-run-if-empty clang-format "${mode[@]}"
