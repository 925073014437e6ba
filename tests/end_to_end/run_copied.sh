#!/usr/bin/env bash
# Run folders whose links are none: copies that followed links, disks without links.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml
expect 0 "$btx" --json compare runs/tiny
mv out.txt numbers.json

# A copy is compared as it is, where there is no store, and is no obstacle to another run.
mkdir copies
cp -rL runs/tiny copies/tiny
mv runs/store away
expect 0 "$btx" --json compare copies/tiny
sed 's#copies/tiny#runs/tiny#g' out.txt | cmp - numbers.json || fail "a copy has other numbers"
mv away runs/store
expect 0 "$btx" run tiny.toml run.dir=copies run.store=runs/store finetune.tokens=8K
said "copies/tiny/stages/finetune was a folder and no link to the store; it is now $work/copies/tiny/stages/finetune.1"
not_said "stages/seed was a folder"
cmp -s copies/tiny/stages/finetune/model.safetensors copies/tiny/stages/finetune.1/model.safetensors &&
  fail "the link leads to the earlier model"
expect 0 "$btx" --json compare copies/tiny
sed 's#copies/tiny#runs/tiny#g' out.txt | cmp -s - numbers.json && fail "the earlier numbers are shown"

# No links at all (their folder's disk cannot have any): the run's verbs read the store.
find runs/tiny/stages -type l -delete
expect 0 "$btx" --json compare runs/tiny
cmp out.txt numbers.json || fail "without links there are other numbers"
expect 0 "$btx" export hf runs/tiny exported --model mixture
