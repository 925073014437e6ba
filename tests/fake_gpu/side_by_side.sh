#!/usr/bin/env bash
# Stages side by side have a GPU each, and the same bits as one after the other; a run that is planned on a machine without
# a GPU, or with other threads, has the keys of the machine that computes it.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
export BTX_FAKE_GPU_COUNT=2
card() { sed -nE 's/.*"card":"([^"]*)".*/\1/p' "runs/$1/stages/$2/manifest.json"; }
has_card() { [ "$(card "$1" "$2")" = "$3" ] || fail "$1: $2 ran on '$(card "$1" "$2")', not on '$3'"; }

expect 0 "$btx" --quiet run tiny.toml --jobs 2
has_card tiny expert+code "Stand-in GPU 0"
has_card tiny expert+maths "Stand-in GPU 1"
expect 0 env CUDA_VISIBLE_DEVICES=1 "$btx" --quiet run tiny.toml --jobs 2 run.name=second run.store=second
has_card second expert+code "Stand-in GPU 1"
has_card second expert+maths "Stand-in GPU 1"
same_models runs/tiny runs/second

keys() { "$btx" plan tiny.toml --json "$@" 2> err.txt | tr '{' '\n' | sed -nE 's/.*"key": *"([^"]*)".*/\1/p'; }
keys engine.device=auto engine.dtype=auto engine.threads=0 > here.txt
[ "$(wc -l < here.txt)" -gt 10 ] || { cp err.txt out.txt; fail "the plan has too few keys"; }
LD_LIBRARY_PATH="" keys engine.device=auto engine.dtype=auto engine.threads=3 > elsewhere.txt
cmp -s here.txt elsewhere.txt || fail "the keys depend on the machine that plans"
LD_LIBRARY_PATH="" expect 0 "$btx" plan tiny.toml engine.device=cuda
said "on a GPU, which this machine has not"
LD_LIBRARY_PATH="" expect 2 "$btx" run tiny.toml engine.device=cuda run.name=none run.store=none
said 'engine.device = "cuda": no GPU was found'
[ -z "$(ls none 2> /dev/null | grep documents)" ] || fail "stages ran before the GPU was missed"
