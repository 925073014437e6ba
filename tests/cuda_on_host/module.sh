#!/usr/bin/env bash
# module.sh LIBRARY LOGS: what can be seen of libbtx_cuda.so without a GPU. LOGS is the folder of what ptxas said
# of each object.
set -euo pipefail
library=$1 logs=$2
fail() { echo "module: $*" >&2; exit 1; }

# What kernels.hpp declares, and nothing else.
header="$(dirname "$0")/../../core/src/cuda/kernels.hpp"
declared=$(sed -nE 's/^(int|const char\*) (btx_cuda_[a-z_]+)\(.*/\2/p' "$header" | sort)
exported=$(nm -D --defined-only "$library" | awk '{print $3}' | sort)
[ "$exported" = "$declared" ] || fail "exports are not what kernels.hpp declares:"$'\n'"$(diff <(echo "$declared") <(echo "$exported"))"

dynamic=$(readelf -dW "$library")
grep -q 'NEEDED.*\[libcudart\.so\.[0-9]*\]' <<<"$dynamic" || fail "does not need libcudart.so"
! grep -qE 'RPATH|RUNPATH' <<<"$dynamic" || fail "has a path to libraries of the machine that built it"

# The fat binaries: a header (magic number, version, its own size, size) and entries, each with its kind (1 is PTX, 2
# a GPU's code), its header's size, its size, and its architecture as the number of 4 bytes at 28.
codes() {
  local binary
  binary=$(mktemp)
  objcopy -O binary --only-section=.nv_fatbin --set-section-flags .nv_fatbin=alloc "$library" "$binary"
  od -An -v -tu4 -w4 "$binary" | awk '
    { word[NR - 1] = $1 }
    END {
      for (at = 0; at < NR;) {
        if (word[at] != 3126193488) { ++at; continue }
        end = at + 4 + word[at + 2] / 4
        for (at += 4; at < end; at += (word[at + 1] + word[at + 2]) / 4)
          print (word[at] % 65536 == 1 ? "ptx" : "sm") "_" word[at + 7]
      }
    }'
  rm -f "$binary"
}
objects=$(ls "$logs"/*.log | wc -l)
with_code=$(grep -l 'Compiling entry' "$logs"/*.log | wc -l)
[ "$with_code" -ge 8 ] || fail "$with_code of $objects logs in $logs have kernels"
found=$(codes | sort | uniq -c)
for code in sm_80 sm_90 sm_100 ptx_100; do
  count=$(awk -v code=$code '$2 == code {print $1}' <<<"$found")
  [ "${count:-0}" -ge "$with_code" ] || fail "$code is in ${count:-0} of $with_code objects:"$'\n'"$found"
done
grep -q "for 'sm_90a'" "$logs"/*.log || fail "not compiled for sm_90a"

none='0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads'
spilled=$(grep -hE 'stack frame' "$logs"/*.log | grep -v " $none" || true)
[ -z "$spilled" ] || fail "kernels use a stack or spill registers: $spilled"
echo "module: $(cat "$logs"/*.log | grep -c 'Used') kernels, $(stat -c %s "$library") bytes"
