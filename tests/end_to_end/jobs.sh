#!/usr/bin/env bash
# Experts side by side: one that fails leaves the other to finish, and the run names it.
. "$(dirname "$0")/common.sh" "$1"

expect 1 "$btx" run tiny.toml --jobs 2 expert.maths.train.lr=1e30
said "error: failed: expert/maths; not started: "
grep '^error: ' out.txt | grep -v 'failed: ' | grep -qE "expert/maths: the (loss|gradient's norm|dev loss in [a-z]+) of step .* is " || fail "it did not say why"
[ -e runs/tiny/stages/expert+code/model.safetensors ] || fail "the other expert was not finished"
[ -e runs/tiny/stages/evaluate+code/scores.json ] || fail "the other expert was not evaluated"
[ ! -e runs/tiny/stages/expert+maths ] || fail "the failed expert has a result"
grep -q '"expert/maths": *{ *"state": *"failed"' runs/tiny/state.json || fail "state.json does not say it: $(cat runs/tiny/state.json)"

# Mending the recipe reuses the rest.
expect 0 "$btx" run tiny.toml --jobs 2
not_said "info: expert/code:"
not_said "info: seed:"

# Side by side or one after the other, the bits are the same.
expect 0 "$btx" run tiny.toml run.dir=one
same_models runs/tiny one/tiny

# Weights that only the last update spoilt: no training loss shows it, the dev loss does.
expect 1 "$btx" run tiny.toml run.name=last expert.maths.train.tokens=256 expert.maths.train.lr=1e300
said "expert/maths: the dev loss in "
[ ! -e runs/last/stages/expert+maths ] || fail "spoilt weights became a result"

# The good checkpoint that is named is one of weights that gave a finite loss.
expect 1 "$btx" run tiny.toml run.name=good expert.maths.train.lr=1e20 expert.maths.train.clip=0 \
  expert.maths.train.checkpoint_every=1 expert.maths.train.keep_checkpoints=9
said "set train.clip"
step=$(sed -nE 's/.* of step ([0-9]+) is -?(nan|inf);.*/\1/p' out.txt)
good=$(sed -nE 's/.*the last good checkpoint is (.*)\. Lower.*/\1/p' out.txt)
[ -n "$good" ] || said "there is no good checkpoint before it"
[ -z "$good" ] || { [ -e "$good/state.json" ] && [ "$((10#${good##*-}))" -lt "$((step - 1))" ]; } ||
  fail "step $step failed and $good is called good"
