#!/usr/bin/env bash
# core/docs/recipe-reference.md is what the schema and the plugins it names say; a plugin that is new
# need not stand there. After a change, or to add one:
#   bash tests/recipes/reference.sh build/btx . --write
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
unset BTX_PLUGIN_PATH
page=core/docs/recipe-reference.md
mode="${3:-}"

# With --write all there are, else those of the page.
components() {
  if [ "$mode" = --write ]; then
    "$btx" plugin ls | awk '/^[a-z_]+:/ { print $1 }' | sort
  else
    sed -n '/^## Components/,$p' "$page" | awk '/^[a-z_]+:[a-z]/ { print $1 }'
  fi
}

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
  components | while read -r component; do
    "$btx" plugin info "$component" | grep -v '^  plugin '
  done
  echo '```'
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
write_page | sed 's/ *$//' > "$new"
if [ "$mode" = --write ]; then
  cp "$new" "$page"
  echo "wrote $page"
  exit 0
fi
diff "$page" "$new" || { echo "FAILED: $page is not what the program says"; exit 1; }
echo "$page is up to date"
