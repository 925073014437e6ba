#!/usr/bin/env bash
# Every component runs on the GPU, and comes to what it comes to on the CPU: routers, granularities, balances, gate
# initialisations, merges, ensembles. A mixture may end a little elsewhere, as its kernels sum in another order and
# a token's choice may flip.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"

# score RUN MODEL: mean bits per byte of its report.
score() { awk -F' *[|] *' -v model="$2" '$2 == model { print $6 + 0; exit }' "runs/$1/report/report.md"; }
# near A B LIMIT
near() { awk -v a="$1" -v b="$2" -v limit="$3" 'BEGIN { d = a - b; exit !(a > 0 && d < limit && d > -limit) }'; }

# both NAME LIMIT MODEL...: runs NAME.toml on either device; the models' means differ by less than LIMIT.
both() {
  local name="$1" limit="$2" model device
  shift 2
  for device in cuda cpu; do
    expect 0 "$btx" --quiet run "$name.toml" "run.name=$name-$device" "engine.device=$device"
  done
  for model in "$@"; do
    near "$(score "$name-cuda" "$model")" "$(score "$name-cpu" "$model")" "$limit" ||
      fail "$name: $model has $(score "$name-cuda" "$model") on the GPU, $(score "$name-cpu" "$model") on the CPU"
  done
}

# variant NAME SED: tiny.toml changed.
variant() { sed -E "$2" tiny.toml > "$1.toml"; }

cat >> tiny.toml <<'TOML'
[[baseline]]
name = "dense"
from = "seed"
match = "data"
[[baseline]]
name = "nearest"
ensemble = { type = "tfidf", params = { top_k = 1 } }
[[baseline]]
name = "bayes"
ensemble = { type = "posterior" }
[[baseline]]
name = "upcycled"
from = "seed"
mix = { strategy = "upcycle", params = { experts = 2 } }
match = "data"
TOML
cp tiny.toml all.toml
both all 0.05 seed code average dense nearest bayes mix mixture upcycled
near "$(score all-cuda seed)" "$(score all-cpu seed)" 0.0005 || fail "the seed differs"

# What follows has one model more than the stages that are there already.
sed -i '/^\[\[baseline\]\]/,$d' tiny.toml
sed -i '/^\[finetune\]/,/^tokens/s/"5K"/"1K"/' tiny.toml
printf '[eval]\ntasks = ["bits_per_byte"]\nmax_bytes = "4KB"\n' >> tiny.toml
routers=0
for router in $("$btx" plugin ls | grep -o 'router:[a-z_]*' | sed 's/router://' | grep -vx template); do
  variant "$router" "s/^type = \"top_k\"/type = \"$router\"/; s/^params = \{ k = 2 \}/params = {}/; s/^balance = .*/balance = {}/"
  if ! "$btx" validate "$router.toml" > out.txt 2>&1; then
    grep -q "cannot be scored" out.txt || fail "$router is not valid"
    continue
  fi
  both "$router" 0.1 mixture
  routers=$((routers + 1))
done
[ "$routers" -ge 6 ] || fail "only $routers routers ran"
for granularity in linear model; do
  variant "$granularity" "s/^type = \"top_k\"/type = \"top_k\"\ngranularity = \"$granularity\"/"
  both "$granularity" 0.1 mixture
done
for init in $("$btx" plugin ls | grep -o 'gate_init:[a-z_]*' | sed 's/gate_init://'); do
  variant "$init" "s/^init = .*/init = { type = \"$init\" }/"
  both "$init" 0.1 mixture
done
for balance in $("$btx" plugin ls | grep -o 'balance:[a-z_]*' | sed 's/balance://'); do
  variant "$balance" "s/^balance = .*/balance = { $balance = {} }/"
  both "$balance" 0.1 mixture
done
variant drop "s/^strategy = .*/strategy = \"btx\"\nparams = { split = 2 }/"
both drop 0.1 mixture
