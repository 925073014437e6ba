#!/usr/bin/env bash
# README's commands that take minutes ("# minutes"), and those of the pages with more of them, work on the
# tests' small recipe in the quickstart's place.
. "$(dirname "$0")/common.sh" "$1"

mkdir recipes
{
  sed -e 's#"runs"#"../runs"#' -e 's#"tiny"#"quickstart"#' -e 's#"text/#"../text/#' tiny.toml
  printf '[[baseline]]\nname = "dense"\nfrom = "seed"\nmatch = "data"\n'
} > recipes/quickstart.toml

count=0
while read -r -u 3 line; do
  command=${line//build\/btx/$btx}
  expect 0 bash -euo pipefail -c "${command%%# minutes*}"
  count=$((count + 1))
done 3< <(bash "$here/../recipes/readme_commands.sh" | grep '# minutes$')
[ "$count" -ge 5 ] || fail "there are $count commands of minutes"
