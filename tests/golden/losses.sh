#!/usr/bin/env bash
# A tiny run gives the losses that are written down here, to 1e-5, step by step. Its rate is low: at the
# tiny recipe's own, processors that round otherwise end 1e-2 apart. After a change of numerics on
# purpose:
#   bash tests/golden/losses.sh build/btx --write
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
golden="$here/../golden/tiny_losses.txt"

expect 0 "$btx" run tiny.toml train.lr=1e-3 engine.kernels=reference
# "STAGE STEP LOSS" of what every stage logs while training.
sed -nE 's/.*"stage":"([^"]*)","step":([0-9]+),.*"split":"train".*"train\/lm_loss":([0-9.e+-]+).*/\1 \2 \3/p' \
  runs/tiny/metrics.jsonl > now.txt
[ "$(wc -l < now.txt)" = 100 ] || fail "$(wc -l < now.txt) logged steps instead of 100"

if [ "${2:-}" = --write ]; then
  cp now.txt "$golden"
  echo "wrote $golden"
  exit 0
fi
# The largest difference to what is written down.
largest() {
  paste -d ' ' "$golden" now.txt | awk '
    $1 != $4 || $2 != $5 { print "another step: " $0; exit }
    { d = $3 - $6; if (d < 0) d = -d; if (d > largest) largest = d }
    END { print largest + 0 }'
}
found=$(largest)
echo "largest difference with the reference kernels: $found"
awk -v d="$found" 'BEGIN { exit !(d ~ /^[0-9.e+-]+$/ && d + 0 <= 1e-5) }' || fail "losses differ by $found"
