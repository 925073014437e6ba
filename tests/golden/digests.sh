#!/usr/bin/env bash
# The config of every quickstart stage is the one that is written down here: its kind, numerics
# version and resolved config, so that no default changes unnoticed. After a change on purpose:
#   bash tests/golden/digests.sh build/btx --write
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
golden="$here/../golden/quickstart_digests.txt"
recipe="$here/../../recipes/quickstart.toml"
engine=(engine.device=cpu engine.threads=2 engine.dtype=float32)

digests() {
  "$btx" plan --json "$@" "${engine[@]}" 2> plan.err |
    grep -oE '"(name|config_digest)": ?"[^"]*"' | sed -E 's/.*: ?"([^"]*)"$/\1/' | paste -d ' ' - -
}
checked="cat"
if ! digests "$recipe" > now.txt || [ ! -s now.txt ]; then
  # Without the packages every stage but those that read them can still be compared.
  grep -q 'Debian registry' plan.err || { cp plan.err out.txt; fail "btx plan"; }
  echo "no Debian registry: the documents stages are not compared"
  {
    echo "extends = [\"$recipe\"]"
    for domain in code maths reference literature; do
      printf '[data.%s]\nsource = "text_files"\nparams = { paths = ["text"] }\n' "$domain"
    done
  } > local.toml
  digests local.toml > now.txt || { cp plan.err out.txt; fail "btx plan"; }
  checked='grep -v ^documents/'
fi
[ -s now.txt ] || fail "no digests"

if [ "${2:-}" = --write ]; then
  [ "$checked" = cat ] || fail "the digests can only be written where the packages are"
  cp now.txt "$golden"
  echo "wrote $golden"
  exit 0
fi
$checked "$golden" > wanted.txt
$checked now.txt > got.txt
diff wanted.txt got.txt ||
  fail "stages of the quickstart changed (< before, > now); if on purpose: bash tests/golden/digests.sh build/btx --write"
