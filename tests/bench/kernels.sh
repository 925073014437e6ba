#!/usr/bin/env bash
# The fast kernels are faster than the plain reference, dense and as a mixture, measured side by side
# in turns. Prints tokens a second of both.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
unset BTX_PLUGIN_PATH

# rate KERNELS EXPERTS: tokens a second.
rate() {
  "$btx" bench step recipes/quickstart.toml --steps 4 --experts "$2" "engine.kernels=$1" |
    sed -nE 's/.*"tokens_per_s":([0-9.]+).*/\1/p'
}

for experts in 0 4; do
  for turn in 1 2; do
    fast=$(rate fast "$experts")
    reference=$(rate reference "$experts")
    echo "experts $experts, turn $turn: fast $fast tokens/s, reference $reference tokens/s"
    awk -v f="$fast" -v r="$reference" 'BEGIN { exit !(f > 1.1 * r) }' && break
    [ "$turn" = 1 ] || { echo "FAILED: the fast kernels are not faster with $experts experts"; exit 1; }
  done
done
