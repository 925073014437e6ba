#!/usr/bin/env bash
# The folder that tests/gpu_kit.sh makes shows btx on a machine that has nothing of the build: rehearsed on the stand-in GPU.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
expect 0 bash "$here/../gpu_kit.sh" "$(dirname "$btx")" kit --no-data
mkdir elsewhere
mv kit elsewhere/kit
expect 0 env OUT="$work/report" STEPS=4 bash elsewhere/kit/share/btx/gpu_check.sh 1
said "all that was run passed"
said "test cases:"
said "skipped: no pack of its data was named"
grep -q "4 experts: loss after 7 steps" report/gpu_check.txt || fail "the report has no losses"
# Parts 2 and 3 on shapes that a CPU computes.
expect 0 env OUT="$work/report" STEPS=2 SHAPES="tiny tiny-4" bash elsewhere/kit/share/btx/gpu_check.sh "2 3"
said "all that was run passed"
said "training step: tiny-4"
[ "$(grep -c "^btx: peak [1-9][0-9]* bytes, planned [1-9]" report/gpu_check.txt)" = 2 ] || fail "memory beside the plan's is missing"
[ "$(grep -c "LibTorch's operators *[0-9.e+]* tokens/s, peak [1-9]" report/gpu_check.txt)" = 2 ] || fail "choices are missing"
# A shape that there is not is an error, and the rest goes on.
expect 1 env OUT="$work/report" SHAPES="huge" bash elsewhere/kit/share/btx/gpu_check.sh 2
said "huge is not a shape"
