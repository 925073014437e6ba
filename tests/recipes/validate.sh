#!/usr/bin/env bash
# Every recipe is good, and so is its plan. One whose packages are out of reach is skipped by name.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
failed=0 good=0 skipped=0
while read -r recipe; do
  if ! grep -q '^schema' "$recipe"; then  # a fragment that recipes extend
    echo "fragment  $recipe"
  elif output=$("$btx" validate "$recipe" 2>&1); then
    echo "good      $recipe"
    good=$((good + 1))
  elif grep -q 'Debian registry' <<< "$output"; then
    echo "skipped   $recipe: no Debian registry and no packages in its store"
    skipped=$((skipped + 1))
  else
    printf 'BAD       %s\n%s\n' "$recipe" "$output"
    failed=$((failed + 1))
  fi
done < <(find recipes -name '*.toml' | sort)
[ "$failed" = 0 ] || exit 1
[ "$((good + skipped))" -gt 0 ] || { echo "there is no recipe"; exit 1; }
[ "$good" -gt 0 ] || exit 77
