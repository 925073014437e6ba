#!/usr/bin/env bash
# Every recipe is good, and so is its plan. One whose packages are out of reach is skipped by name;
# those in recipes/paper need data that nobody has here, and are planned without it.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
results=$(mktemp)
trap 'rm -f "$results"' EXIT

check() {
  local recipe="$1" verb=validate output
  [[ "$recipe" != recipes/paper/* ]] || verb=plan
  if output=$("$btx" "$verb" "$recipe" 2>&1); then
    echo "good      $recipe"
  elif grep -q 'Debian registry' <<< "$output"; then
    echo "skipped   $recipe: no Debian registry and no packages in its store"
  elif grep -q 'has not been fetched into' <<< "$output"; then
    echo "skipped   $recipe: its packages have not been fetched"
  else
    printf 'BAD       %s\n%s\n' "$recipe" "$output"
  fi
}
export -f check
export btx
# recipes/base holds fragments that recipes extend.
find recipes -name '*.toml' -not -path 'recipes/base/*' | sort |
  xargs -P "$(nproc)" -I{} bash -c 'check {}' > "$results"
cat "$results"
! grep -q '^BAD' "$results" || exit 1
grep -q '^good\|^skipped' "$results" || { echo "there is no recipe"; exit 1; }
grep -q '^good' "$results" || exit 77
