#!/usr/bin/env bash
# A GPU that is full ends a stage with what was wanted and what to make smaller, keeps what was trained, and the
# same command goes on where there is more memory.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
export BTX_FAKE_GPU_REPORT="$work/report.txt"
expect 0 "$btx" --quiet run tiny.toml run.name=roomy
peak() { awk '/^peak_bytes/ { if ($2 > most) most = $2 } END { print most + 0 }' report.txt; }
most=$(peak)
[ "$most" -gt 100000 ] || fail "the peak is said to be $most bytes"

# Where the plan already says that a stage will not fit, nothing is begun.
expect 1 env BTX_FAKE_GPU_SHOWN=100000 "$btx" run tiny.toml run.name=small run.store=small
said "of a GPU's memory, Stand-in GPU 0 has 97.7 KiB; make the model or train.micro_batch smaller"
[ -z "$(ls small 2> /dev/null | grep documents)" ] || fail "stages ran that nothing can come of"

# A little less than was held at most, while the driver says more: some stage does not fit.
export BTX_FAKE_GPU_BYTES=$((most * 9 / 10))
expect 1 "$btx" run tiny.toml run.name=narrow run.store=narrow
said "the GPU has no memory left (CUDA out of memory. Tried to allocate "
said "train.micro_batch or model.context smaller"
not_said "unexpected"
[ -z "$(find narrow -name '*.partial*' -print -quit)" ] || fail "a half-written artifact is left"

unset BTX_FAKE_GPU_BYTES
expect 0 "$btx" --quiet run tiny.toml run.name=narrow run.store=narrow
same_models runs/roomy runs/narrow

export BTX_FAKE_GPU_BYTES=$((most / 20))
expect 1 "$btx" bench step tiny.toml
said "bench step: the GPU has no memory left"
