#!/usr/bin/env bash
# core/docs/recipe-reference.md is what the schema and the plugins say. After a change of either:
#   bash tests/recipes/reference.sh build/btx . --write
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
unset BTX_PLUGIN_PATH
page=core/docs/recipe-reference.md

write_page() {
  cat <<'TEXT'
# Recipe reference

Every key of a recipe with its type, default and meaning, then the parameters of every component of
this tree. Written by `bash tests/recipes/reference.sh build/btx . --write`; `btx config --schema` and
`btx plugin info KIND:NAME` print the same of the program at hand.

```
TEXT
  "$btx" config --schema
  printf '```\n\n## Components\n\n```\n'
  "$btx" plugin ls | awk '/^[a-z_]+:/ { print $1 }' | sort | while read -r component; do
    "$btx" plugin info "$component" | grep -v '^  plugin '
  done
  echo '```'
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
write_page | sed 's/ *$//' > "$new"
if [ "${3:-}" = --write ]; then
  cp "$new" "$page"
  echo "wrote $page"
  exit 0
fi
diff "$page" "$new" || { echo "FAILED: $page is not what the program says"; exit 1; }
echo "$page is up to date"
