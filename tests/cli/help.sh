#!/usr/bin/env bash
# The command line is the one that is written down in help.golden: every verb with its options.
# After a change on purpose:  bash tests/cli/help.sh build/btx --write
set -euo pipefail
btx=$(realpath "$1")
golden="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/help.golden"

# verbs WORD...: the verbs that a --help lists.
verbs() { "$btx" "$@" --help | sed -nE '/^Subcommands:/,$ s/^  ([a-z]+) .*/\1/p'; }

# show WORD...: a verb's --help, and those of the verbs below it.
show() {
  local verb
  printf '===== btx%s\n' "${*:+ $*}"
  "$btx" "$@" --help
  for verb in $(verbs "$@"); do show "$@" "$verb"; done
}

if [ "${2:-}" = --write ]; then
  show > "$golden"
  echo "wrote $golden"
  exit 0
fi
diff "$golden" <(show) || {
  echo "FAILED: the command line changed (< before, > now); if on purpose: bash tests/cli/help.sh build/btx --write" >&2
  exit 1
}
[ "$(grep -c '^=====' "$golden")" -gt 20 ] || { echo "FAILED: help.golden lists too few verbs" >&2; exit 1; }
