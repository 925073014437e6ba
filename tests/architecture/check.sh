#!/usr/bin/env bash
# The rules of the house that grep can hold. Prints every breach; fails when there is one.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
breaches=0

# breach "RULE" < lines: counts and prints the lines, if any.
breach() {
  local lines
  lines=$(cat)
  [ -n "$lines" ] || return 0
  printf '%s:\n%s\n' "$1" "$(sed 's/^/  /' <<< "$lines")"
  breaches=$((breaches + 1))
}

tracked() { git ls-files --cached --others --exclude-standard "$@" | while read -r f; do [ ! -e "$f" ] || echo "$f"; done; }

plugin_folders() { find plugins -mindepth 2 -maxdepth 2 -type d -not -name common; }

# Comments may name one. A component called like the program itself ("btx") is only found with its
# kind in front.
core_names_no_plugin() {
  local folder kind name words='#include [<"].*plugins/'
  while read -r folder; do
    kind=$(basename "$(dirname "$folder")")
    name=$(basename "$folder")
    words+="|\"${kind%s}:$name\""
    [ "$name" = btx ] || words+="|\"$name\""
  done < <(plugin_folders)
  tracked 'core/*.cpp' 'core/*.hpp' | xargs awk -v words="$words" '
    { code = $0; sub(/\/\/.*/, "", code); if (code ~ words) print FILENAME ":" FNR ": " $0 }'
}

# The order of the rooms stands in core/src/CMakeLists.txt alone.
rooms_up() {
  local order
  order=$(sed -n '/^foreach(room /,/)/p' core/src/CMakeLists.txt | tr -d '()' | sed 's/^foreachroom//' | tr '\n' ' ')
  tracked 'core/src/*.cpp' 'core/src/*.hpp' 'core/src/*.cu' | xargs awk -v order="$order" '
    BEGIN { n = split(order, room, " "); for (i = 1; i <= n; ++i) rank[room[i]] = i }
    /^#include "/ { split($2, to, /["\/]/); split(FILENAME, here, "/")
      if (!(here[3] in rank)) { if (split(FILENAME, parts, "/") > 3 && here[3] != "main.cpp") print FILENAME ": its room has no place in the order" }
      else if ((to[2] in rank) && rank[to[2]] > rank[here[3]]) print FILENAME ": " $2 }'
}

# The pipeline runs any stages: what kinds there are, and what runs call theirs, it does not know.
pipeline_names_stages() {
  local kinds
  kinds=$(sed -nE 's/.*kKind = "([a-z_]+)".*/\1/p' $(tracked 'core/src/stages/*.hpp') | sort -u | paste -sd '|')
  tracked 'core/src/pipeline/*' | xargs awk -v words="\"($kinds|seed|finetune|mixture)[\"/]|stages/|stage_names" '
    { code = $0; sub(/\/\/.*/, "", code); if (code ~ words && code !~ /"stages"/) print FILENAME ":" FNR ": " $0 }'
}

large_rooms() {
  local room
  for room in core/src/*/; do
    tracked "$room*.cpp" "$room*.cu" "$room*.hpp" | xargs cat | wc -l |
      awk -v room="$room" '$1 > (room ~ /pipeline/ ? 1500 : 3500) { print room ": " $1 " lines" }'
  done
}

crowded_folders() {
  tracked 'core/src/*.cpp' 'core/src/*.hpp' 'core/src/*.cu' | xargs -n 1 dirname | sort | uniq -c |
    awk '$1 > 30 { print $2 ": " $1 " files" }'
}

long_files() {
  tracked '*.cpp' '*.hpp' '*.cu' | xargs wc -l | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 " lines" }'
}

top_level() {
  tracked | cut -d/ -f1 | sort -u | grep -v '^\.' |
    grep -vxE 'CMakeLists\.txt|CMakePresets\.json|README\.md|core|plugins|recipes|tests|third_party' || true
}

# Hosts of package registries, and folders of one machine. (A dot in brackets keeps this file out.)
local_names() {
  tracked | xargs -d '\n' grep -nIE \
    'py[p]i\.org|python[h]osted|debian[.]org|pkg[.]dev|(^|[" =:(])/(root|home|work)/' || true
}

full_folders() {
  plugin_folders | while read -r folder; do
    count=$(find "$folder" -type f -not -name README.md | wc -l)
    [ "$count" -le 5 ] || echo "$folder: $count files"
  done
}

pages_missing() {
  plugin_folders | while read -r folder; do
    [ -s "$folder/README.md" ] || echo "$folder"
  done
}

# What nothing names is forgotten: a recipe stands in a test, in README.md or in recipes/README.md, a
# fragment is extended by a recipe. (tests/recipes/validate.sh plans every recipe.)
idle_recipes() {
  [ -d recipes ] || return 0
  local file
  find recipes -name '*.toml' | while read -r file; do
    case "$file" in
      recipes/base/*) grep -rqF "base/$(basename "$file")" recipes --include='*.toml' || echo "$file: no recipe extends it" ;;
      *) grep -rqF "${file#recipes/}" tests README.md 2>/dev/null ||
        grep -qF "\`$(basename "$file")\`" recipes/README.md 2>/dev/null || echo "$file: no test and no README.md names it" ;;
    esac
  done
}

# core/docs/numerics.md ends each kind with the version that the tree has.
old_numerics() {
  local file kind version written
  grep -lE 'kNumerics = [0-9]+;' core/src/stages/*/*.hpp 2>/dev/null | while read -r file; do
    kind=$(sed -nE 's/.*kKind = "([a-z_]+)";.*/\1/p' "$file")
    version=$(sed -nE 's/.*kNumerics = ([0-9]+);.*/\1/p' "$file")
    written=$(sed -nE "s/^\| $kind \| ([0-9]+) \|.*/\1/p" core/docs/numerics.md | tail -1)
    [ "${written:-1}" = "$version" ] || echo "$kind: version $version in $file, ${written:-none} in core/docs/numerics.md"
  done
}

breach "core names a plugin" < <(core_names_no_plugin)
breach "an include runs against the order of the rooms" < <(rooms_up)
breach "the pipeline names a stage" < <(pipeline_names_stages)
breach "a room is too large (3,500 lines; the pipeline 1,500)" < <(large_rooms)
breach "a folder of core/src holds more than 30 files" < <(crowded_folders)
breach "a file is over 500 lines" < <(long_files)
breach "the top level holds something else" < <(top_level)
breach "a registry's host or a folder of one machine is named" < <(local_names)
breach "a plugin's folder holds more than five files" < <(full_folders)
breach "a plugin has no page (README.md)" < <(pages_missing)
breach "core/docs/numerics.md does not have a stage's version" < <(old_numerics)
breach "nothing uses a recipe" < <(idle_recipes)
[ "$breaches" = 0 ] && echo "all rules hold"
