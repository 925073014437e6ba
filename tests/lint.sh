#!/usr/bin/env bash
# clang-tidy on the C++ files that differ from the commit in .ci/lint_base, up to which every file has
# passed (tests/lint_all.sh checks all); or on the files that are given. Needs a build.
set -euo pipefail
cd "$(dirname "$0")/.."

changed_files() {
  local base
  base=$(cat .ci/lint_base)
  if git rev-parse -q --verify "$base^{commit}" >/dev/null; then
    git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp'
    git ls-files --others --exclude-standard '*.cpp' '*.hpp'
  else
    echo "lint: .ci/lint_base names $base, which this clone does not have; checking every file" >&2
    git ls-files '*.cpp'
  fi
}

# The first file of the kind "$2" that includes the header "$1".
includer_of() {
  local include
  include=$(sed -E 's#^(core/include|core/src|plugins/[^/]+|tests)/##' <<< "$1")
  grep -rlE --include="$2" "[<\"]${include}[>\"]" core plugins tests | sort | head -1 || true
}

# A header is checked through its own .cpp, else through the first file that includes it, if need be
# by way of another header.
source_of() {
  local file="$1" includer
  while [[ "$file" == *.hpp ]]; do
    [ ! -f "${file%.hpp}.cpp" ] || { echo "${file%.hpp}.cpp"; return; }
    includer=$(includer_of "$file" '*.cpp')
    file=${includer:-$(includer_of "$file" '*.hpp')}
  done
  echo "$file"
}

# A few flags that only g++ understands are taken out.
write_commands() {
  local commands
  commands=$(bash tests/commands.sh build)
  mkdir -p build/lint
  sed -E 's# -fopenmp # #; s# -fno-trapping-math##; s# -mprefer-vector-width=[0-9]+##' "$commands" > build/lint/compile_commands.json
}

write_commands
if [ $# -gt 0 ]; then files=("$@"); else mapfile -t files < <(changed_files); fi
[ "${#files[@]}" -gt 0 ] || { echo "lint: nothing changed"; exit 0; }
mapfile -t sources < <(for file in "${files[@]}"; do source_of "$file"; done | sort -u |
  while read -r file; do [ -z "$file" ] || ! grep -qF "/$file\"" build/lint/compile_commands.json || echo "$file"; done)
echo "lint: ${#sources[@]} files"
[ "${#sources[@]}" -gt 0 ] || exit 0
# Path analysis is half of the time and too much for the whole tree; files see it as they change.
less=""
[ "${#sources[@]}" -lt 60 ] || less="-clang-analyzer-*"

# tidy CHECKS < files: clang-tidy with CHECKS added to those of the file's folder.
tidy() {
  xargs -d '\n' --no-run-if-empty -P "$(nproc)" -n 1 \
    clang-tidy -p build/lint --quiet "--checks=$1" --extra-arg=-Wno-unknown-warning-option 2>&1 |
    { grep -vE '^[0-9]+ warnings? generated' || true; }
}

# A test that lies beside its plugin is checked as those in tests/ are.
beside='^plugins/.*_test\.cpp$'
of_tests=$(sed -n "s/^Checks: '\(.*\)'/\1/p" tests/.clang-tidy)
failed=0
printf '%s\n' "${sources[@]}" | { grep -vE "$beside" || true; } | tidy "$less" || failed=1
printf '%s\n' "${sources[@]}" | { grep -E "$beside" || true; } | tidy "$less,$of_tests" || failed=1
exit "$failed"
