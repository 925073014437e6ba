#!/usr/bin/env bash
# The commands of README.md and of the pages with more of them work, run in the source folder; those of
# minutes are end_to_end/readme_minutes.sh's.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
[ -e README.md ] || { echo "skipped: there is no README.md"; exit 77; }

commands=$(bash tests/recipes/readme_commands.sh)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=0 run=0
while read -r -u 3 line; do
  case "$line" in
    *"# minutes") echo "not run   $line"; continue ;;
  esac
  command=${line//build\/btx/$btx}
  if bash -euo pipefail -c "$command" > "$out" 2>&1 < /dev/null; then
    echo "good      $line"
    run=$((run + 1))
  elif grep -q 'Debian registry' "$out"; then
    echo "skipped   $line: no Debian registry"
  else
    printf 'FAILED    %s\n%s\n' "$line" "$(tail -20 "$out")"
    failed=$((failed + 1))
  fi
done 3<<< "$commands"
[ "$failed" = 0 ] || exit 1
[ "$run" -gt 0 ] || { echo "no command was run"; exit 77; }
