#!/usr/bin/env bash
# What papers did beyond one router and one finetune stage, in one recipe, from the data to the table.
. "$(dirname "$0")/common.sh" "$1"
cat > foreign.toml << 'TOML'
extends = "tiny.toml"
[run]
name = "foreign"
[model]
hidden_size = 16
heads = 1
context = 64
[tokenizer]
vocab_size = 280
TOML
cat > methods.toml << 'TOML'
extends = "tiny.toml"
[run]
name = "methods"
[router]
by_layer = [{ name = "narrow", layers = [1], params = { k = 1 } }]
[finetune]
phase = [
  { name = "router", tokens = 1024, frozen = ["*embed_tokens*", "*norm*", "*_proj*", "*.experts.*"] },
  { name = "all" },
]
[[expert]]
name = "proofs"
from = { maths = 1 }
train = { tokens = 1024, data = { maths = 1, prose = 1 } }
[[expert]]
name = "both"
from = { code = 1, maths = 1, seed = 2 }
train = { flops = 1e9, data = { code = 1, maths = 1 } }
[[baseline]]
name = "sampled"
mix = { strategy = "btx" }
router = { type = "sample_top_k", params = { k = 1, inference_choice = "draw" }, by_layer = [], init = { type = "domain_mean" }, balance = {} }
match = "flops"
[[baseline]]
name = "split"
mix = { strategy = "btx", params = { split = 2 } }
router = { init = { type = "ridge" }, by_layer = [] }
match = "data"
[[baseline]]
name = "other"
import = "other"
[eval]
draws = 3
TOML

# Another shape, another tokenizer.
expect 0 "$btx" run foreign.toml
cp -rL runs/foreign/stages/seed other
expect 0 "$btx" run methods.toml
for model in proofs both sampled split other mixture; do
  grep -qE "^$model " out.txt || fail "no row of $model"
done
said "sampled is matched with experts and finetuning by flops: "
said "split is matched with experts and finetuning by data: "
grep -qE "100\.[0-9] %|99\.[0-9] %" out.txt || fail "not matched"
said "The cost of other leaves out what was imported"
expect 0 "$btx" run methods.toml
said "nothing to do"
# As resolved it is the same run.
expect 0 "$btx" run runs/methods/resolved.toml
said "nothing to do"

# 'btx eval' draws as often as the run does, and knows the run's domains.
cat >> methods.toml << 'TOML'
[[baseline]]
name = "bayes"
ensemble = { type = "posterior", params = { prior = "cached" } }
[[eval.set]]
name = "choose"
requests = "items.jsonl"
task = "choices"
prior_from = "code"
TOML
for item in 1 2 3 4; do
  for choice in 0 1; do
    printf '{"doc_id": %s, "idx": %s, "request": {"context": "if x", "continuation": " %s"}, "label": 0}\n' \
      "$item" "$choice" "$([ $choice = 0 ] && echo "return $item" || echo "garden evening $item")"
  done
done > items.jsonl
expect 0 "$btx" run methods.toml
for model in sampled bayes; do
  expect 0 "$btx" eval runs/methods --model "$model" --sets methods.toml --output "$model"
done
python3 - << 'PYTHON' || fail "btx eval scores otherwise than the run"
import json
def score(folder, model):
    rows = json.load(open(folder + "/scores.json"))["scores"]
    mine = [r for r in rows if r.get("set") == "choose" and r["metric"] == "bits_per_byte"]
    return [(r["value"], r.get("draw_error")) for r in mine]
for model in ["sampled", "bayes"]:
    here, there = score(model, model), score("runs/methods/stages/evaluate+" + model, model)
    assert here and here == there, (here, there)
    assert (here[0][1] is not None) == (model == "sampled"), here
PYTHON

# Texts longer than a context are refused before anything is trained.
cat >> methods.toml << 'TOML'
[[eval.set]]
name = "sums"
requests = "sums.jsonl"
task = "gsm8k"
TOML
echo '{"doc_id": 1, "idx": 0, "request": {"context": "x", "continuation": " 5", "generation_kwargs": {"max_gen_toks": 100}}, "label": null, "doc": {"answer": "#### 5"}}' > sums.jsonl
expect 2 "$btx" validate methods.toml
said "100 tokens are to be generated, and the model's context has 32"
