#!/usr/bin/env bash
# Every way to make a baseline, matched in every way; what cannot be compared fairly is refused.
. "$(dirname "$0")/common.sh" "$1"
cat >> tiny.toml <<'TOML'
[[baseline]]
name = "dense"
from = "seed"
match = "data"
[[baseline]]
name = "upcycled"
from = "seed"
mix = { strategy = "upcycle", params = { experts = 3 } }
match = "flops"
[[baseline]]
name = "upcycled_time"
from = "seed"
mix = { strategy = "upcycle", params = { experts = 3 } }
match = "device_time"
[[baseline]]
name = "btm"
ensemble = { type = "tfidf", params = { top_k = 1 } }
[[baseline]]
name = "bayes"
ensemble = { type = "posterior", params = { prior = "cached" } }
[[baseline]]
name = "average_by_dev"
mix = { strategy = "btm_average", params = { weighting = "posterior" } }
TOML

expect 0 "$btx" plan tiny.toml
said "baseline/upcycled_time"
said "planned once the stages have run whose time it is to match"
expect 0 "$btx" run tiny.toml
said "dense is matched with experts and finetuning by data: 15.36K tokens against 15.36K (100.0 %)."
said "upcycled is matched with experts and finetuning by flops: "
said "upcycled_time is matched with experts and finetuning by device_time: "
said "but the seed's; the wall clock"
for model in btm bayes average_by_dev; do grep -qE "^$model " out.txt || fail "no row of $model"; done
# One member of three runs at a time for tf-idf, all of them for Bayes.
read -r all one < <(awk '$1 == "bayes" { a = $7 } $1 == "btm" { b = $7 } END { print a, b }' out.txt)
awk -v a="${all%K}" -v b="${one%K}" 'BEGIN { exit !(b < a) }' || fail "active: all $all, one $one"
expect 0 "$btx" run tiny.toml
said "nothing to do"

# Gates from a probe: another stage, the same experts.
expect 0 "$btx" run tiny.toml router.init.type=ridge run.name=ridge '~baseline.upcycled_time' \
  '~baseline.upcycled'
said "mix/merged: "
said "reused"
not_said "expert/code: "

# Frozen experts are the same before and after; what is not there cannot be frozen.
expect 0 "$btx" run tiny.toml 'finetune.frozen=["*.experts.*"]' run.name=frozen '~baseline.upcycled_time'
expect 2 "$btx" run tiny.toml 'finetune.frozen=["*.no_such_part.*"]' run.name=bad '~baseline.upcycled_time'
said "finetune.frozen: '*.no_such_part.*' matches no tensor of the model"

# A router that looks ahead is not scored as if it did not.
expect 2 "$btx" run tiny.toml router.type=expert_choice run.name=ahead
said "so that the model cannot be scored"
expect 0 "$btx" run tiny.toml router.type=expert_choice router.params.causal_substitute=top_k \
  run.name=ahead '~baseline.upcycled_time' '~baseline.upcycled'
said "mixture was scored with top_k with k = 2 in the place of its router, which looks at later tokens."

expect 2 "$btx" run tiny.toml baseline.dense.train.tokens=5K
said "train.tokens cannot be given together with match"
expect 2 "$btx" run tiny.toml 'baseline.btm.mix={strategy="btm_average"}'
said "has both mix and ensemble"
expect 2 "$btx" run tiny.toml router.granularity=linear router.type=switch
said "cannot route the matrices of an FFN one by one"
