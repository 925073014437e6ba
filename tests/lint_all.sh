#!/usr/bin/env bash
# clang-tidy on every C++ file. When all pass, .ci/lint_base may name this commit.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp')
exec bash tests/lint.sh "${files[@]}"
