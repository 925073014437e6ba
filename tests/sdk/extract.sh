#!/usr/bin/env bash
# extract.sh HEADER FILE: the example in a header's comments as a source file.
set -euo pipefail
{
  printf '#include <btx/%s>\n#include <btx/plugin.hpp>\n' "$(basename "$1")"
  sed -nE 's#^///     (.*)#\1#p; s#^///$##p' "$1"
} > "$2"
grep -q BTX_PLUGIN "$2" || { echo "$1 has no example" >&2; exit 1; }
