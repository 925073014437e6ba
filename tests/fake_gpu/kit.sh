#!/usr/bin/env bash
# The folder that tests/gpu_kit.sh makes shows btx on a machine that has nothing of the build: rehearsed on the stand-in GPU.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
expect 0 bash "$here/../gpu_kit.sh" "$(dirname "$btx")" kit --no-data
mkdir elsewhere
mv kit elsewhere/kit
expect 0 env OUT="$work/report" bash elsewhere/kit/share/btx/gpu_check.sh
said "all that was run passed"
said "test cases:"
said "skipped: no pack of its data was named"
grep -q "4 experts: loss after 23 steps" report/gpu_check.txt || fail "the report has no losses"
