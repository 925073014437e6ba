#!/usr/bin/env bash
# What changes while a run goes, or rots in the store, fails the stage that reads it; what is made
# afterwards is what an undisturbed run makes.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml run.dir=calm

# disturbed DIR COMMAND...: a run during which the command changes a file before it is read.
disturbed() {
  local dir="$1" code=0
  shift
  setsid "$btx" run tiny.toml run.dir="$dir" > out.txt 2>&1 &
  pid=$!
  for _ in $(seq 2000); do
    [ ! -e "$dir/tiny/stages/documents+prose.json" ] || break
    sleep 0.002
  done
  "$@"
  wait "$pid" || code=$?
  pid=""
  [ "$code" = 1 ] || fail "exit code $code instead of 1 after: $*"
}

# A text that is another one for a moment, and one that comes into a folder that is read.
mv text/prose.txt prose.txt
mkdir text/prose.txt.d && cp prose.txt text/prose.txt.d/a.txt
sed -i 's#text/prose.txt#text/prose.txt.d#' tiny.toml
disturbed swapped cp text/maths.txt text/prose.txt.d/a.txt
said "text/prose.txt.d/a.txt was changed "
cp prose.txt text/prose.txt.d/a.txt
disturbed added cp text/maths.txt text/prose.txt.d/b.txt
said "gives other files than when the run was planned"
rm text/prose.txt.d/b.txt
for dir in swapped added; do
  expect 0 "$btx" run tiny.toml run.dir="$dir"
  cmp "$dir/tiny/stages/seed/model.safetensors" swapped/tiny/stages/seed/model.safetensors ||
    fail "$dir: what was read while it changed has stayed"
done

# One bit of an expert: the merge that reads it fails, and works when it has been made again.
model=$(realpath calm/tiny/stages/expert+code/model.safetensors)
chmod u+w "$model"
cp "$model" sound
printf '\x7f' | dd of="$model" bs=1 seek=$(($(stat -c %s "$model") - 5000)) conv=notrunc 2> /dev/null
! cmp -s "$model" sound || fail "nothing was damaged"
cp prose.txt text/prose.txt
sed -i 's#text/prose.txt.d#text/prose.txt#' tiny.toml
expect 1 "$btx" run tiny.toml run.dir=calm run.seeds.finetune=7 mix.include_seed_expert=false
said "expert/code: $model has changed; remove $(dirname "$model") to make it again"
rm -rf "$(dirname "$model")"
expect 0 "$btx" run tiny.toml run.dir=calm
cmp "$(realpath calm/tiny/stages/expert+code/model.safetensors)" sound || fail "the expert is another"
