#!/usr/bin/env bash
# What a training step in bfloat16 asks of a GPU may not grow: kernels and waits of a layer, bytes up and down, memory (within
# 1 %: blocks of experts are as large as routing makes them). Without --write the figures are held against
# budget.txt; with it, that file is made anew, and is to be looked at.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
budget="$here/../fake_gpu/budget.txt"

# figure FILE NAME: the last process's.
figure() { awk -v name="$2" '$1 == name { value = $2 } END { print value + 0 }' "$1"; }

# measured NAME LAYERS STEPS BENCH_ARGUMENT...
measured() {
  local file="$1-$2-$3.txt"
  BTX_FAKE_GPU_REPORT="$work/$file" "$btx" --quiet bench step tiny.toml engine.dtype=bfloat16 "model.layers=$2" --steps "$3" "${@:4}" > out.txt ||
    fail "bench step"
  echo "$file"
}

# figures NAME BENCH_ARGUMENT...: what one more step takes, and what one more layer adds to it.
figures() {
  local name="$1" small large small_less large_less figure step layer
  shift
  small=$(measured "$name" 2 3 "$@") small_less=$(measured "$name" 2 2 "$@")
  large=$(measured "$name" 4 3 "$@") large_less=$(measured "$name" 4 2 "$@")
  for figure in launches waits bytes_up bytes_down; do
    step=$(($(figure "$small" $figure) - $(figure "$small_less" $figure)))
    layer=$((($(figure "$large" $figure) - $(figure "$large_less" $figure) - step) / 2))
    echo "$name step $figure $step"
    echo "$name layer $figure $layer"
  done
  echo "$name memory peak_bytes $(figure "$small" peak_bytes)"
}

# Dry mode computes nothing large, and takes the same memory to the byte.
wide="model.hidden_size=512 model.ffn_size=2560 model.layers=1"
# shellcheck disable=SC2086
BTX_FAKE_GPU_REPORT="$work/full.txt" "$btx" --quiet bench step tiny.toml $wide --steps 2 > out.txt || fail "bench step"
# shellcheck disable=SC2086
BTX_FAKE_GPU_DRY=1 BTX_FAKE_GPU_REPORT="$work/dry.txt" "$btx" --quiet bench step tiny.toml $wide --steps 2 > out.txt || fail "a dry bench step"
[ "$(figure full.txt peak_bytes)" = "$(figure dry.txt peak_bytes)" ] ||
  fail "dry mode has a peak of $(figure dry.txt peak_bytes) bytes, a full run $(figure full.txt peak_bytes)"

{ figures dense; figures mixture --experts 4; } > now.txt
if [ "${2:-}" = --write ]; then
  cp now.txt "$budget"
  exit 0
fi
paste -d' ' "$budget" now.txt | while read -r model what figure allowed _ _ _ now; do
  [ "$what" != memory ] || now=$((now * 99 / 100))
  [ "$now" -le "$allowed" ] || fail "$model: a $what takes $now $figure, budget.txt allows $allowed"
  [ "$now" = "$allowed" ] || [ "$what" = memory ] || echo "$model: a $what takes $now $figure instead of $allowed: bash tests/fake_gpu/budget.sh BTX --write"
done
