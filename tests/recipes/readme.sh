#!/usr/bin/env bash
# Every command in README.md works: each line of its ```sh blocks is run in the source folder, but
# those with setup.sh, git clone or cmake --install and those that end with "# minutes", which
# end_to_end/readme_minutes.sh runs.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
[ -e README.md ] || { echo "skipped: there is no README.md"; exit 77; }

# One command a line; a line that ends with a backslash goes on in the next.
commands() {
  awk '/^ *```/ { inside = !inside && $0 ~ /^ *```sh *$/; next } inside' README.md |
    sed -e ':a' -e '/\\$/N; s/\\\n//; ta' -e 's/^ *//' -e '/^$/d; /^#/d'
}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=0 run=0
while read -r -u 3 line; do
  case "$line" in
    *setup.sh* | *"git clone"* | *"cmake --install"* | *"# minutes") echo "not run   $line"; continue ;;
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
done 3< <(commands)
[ "$failed" = 0 ] || exit 1
[ "$run" -gt 0 ] || { echo "no command was run"; exit 77; }
