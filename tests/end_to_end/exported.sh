#!/usr/bin/env bash
# Models go out as transformers loads them and come back with the same bits; what no architecture of
# transformers computes stays, and says why.
. "$(dirname "$0")/common.sh" "$1"

has() { grep -qF -- "$2" "$1" || fail "$1 does not have $2"; }
lacks() { ! grep -qF -- "$2" "$1" || fail "$1 has $2"; }
same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }

expect 0 "$btx" run tiny.toml
expect 0 "$btx" export hf runs/tiny out/mixture --model mixture
said "MixtralForCausalLM"
said "left out: the experts' names and domains (code, maths, seed)"
has out/mixture/config.json '"MixtralForCausalLM"'
has out/mixture/config.json '"num_experts_per_tok": 2'
lacks out/mixture/config.json '"btx"'
same out/mixture/tokenizer.json runs/tiny/stages/finetune/tokenizer.json
has out/mixture/tokenizer_config.json '<|endoftext|>'

# A checkpoint by its folder, in another type, in several files.
expect 0 "$btx" --json export hf runs/tiny/stages/seed out/seed --dtype bfloat16 --shard-size 20KB
said '"architecture":"LlamaForCausalLM"'
has out/seed/config.json '"torch_dtype": "bfloat16"'
has out/seed/model.safetensors.index.json '"model.norm.weight"'
[ "$(ls out/seed/model-*.safetensors | wc -l)" -gt 1 ] || fail "one shard"

# Both come back as another run's models, and go out again: the same files, bit for bit.
expect 0 "$btx" run tiny.toml run.name=again tokenizer.import="$work/out/mixture/tokenizer.json" \
  seed_model.import="$work/out/mixture" mix.strategy=btm_average finetune.tokens=0 '~baseline.average'
said "evaluate/seed"
for file in config.json model.safetensors tokenizer.json tokenizer_config.json; do
  [ -e out/back ] || expect 0 "$btx" export hf runs/again out/back --model seed
  same "out/mixture/$file" "out/back/$file"
done
echo '{{ messages }}' > out/seed/chat_template.jinja
expect 0 "$btx" run tiny.toml run.name=dense tokenizer.import="$work/out/seed/tokenizer.json" seed_model.import="$work/out/seed"
expect 0 "$btx" export hf runs/dense out/seed-back --model seed --dtype bfloat16 --shard-size 20KB
for file in out/seed/*; do same "$file" "out/seed-back/$(basename "$file")"; done
expect 0 "$btx" export hf runs/dense out/dense --model mixture
same out/seed/chat_template.jinja out/dense/chat_template.jinja
same out/seed/tokenizer_config.json out/dense/tokenizer_config.json

# What cannot be: each is refused with its reason, and nothing is written.
refused() {
  local reason="$1"
  shift
  expect 2 "$btx" export hf "$@"
  one_error
  said "$reason"
}
refused "runs/tiny is a run; --model says which of its models: seed, code, maths, average, mix, mixture" runs/tiny out/no
refused "no model 'mixtur'; did you mean 'mixture'?" runs/tiny out/no --model mixtur
refused "--model goes with a run folder" out/seed out/no --model seed
refused "is there and not empty" out/seed out/mixture
refused "needs bytes, as 5GB or 500MiB, got '5 apples'" out/seed out/no --shard-size "5 apples"
refused "float64" out/seed out/no --dtype float64
mkdir ensemble
echo '{}' > ensemble/ensemble.json
refused "ensemble is an ensemble" ensemble out/no
expect 0 "$btx" run tiny.toml run.name=other router.type=softmax_top_k 'router.layers=[1]' finetune.tokens=0 '~baseline.average'
refused "router 'softmax_top_k' weighs experts in another way than Mixtral" runs/other out/no --model mix
said "layers 0 are dense, Mixtral has experts in every layer"
[ ! -e out/no ] || fail "something was written"
[ -z "$(find out -maxdepth 1 -name '.*' -not -name .)" ] || fail "something was left behind"

# Mixing mixtures into a mixture has no meaning.
expect 2 "$btx" validate tiny.toml tokenizer.import="$work/out/mixture/tokenizer.json" seed_model.import="$work/out/mixture"
one_error
said "dense models are merged, but 'code' is a mixture of 3 experts"

# bad FOLDER CODE: as a seed it is refused by name, and nothing is made.
bad() {
  expect "$2" "$btx" run tiny.toml run.name=bad tokenizer.import="$work/out/seed/tokenizer.json" seed_model.import="$work/$1"
  one_error
  said "$work/$1"
  [ ! -e runs/bad/stages/seed ] || fail "a seed was made"
}
cp -r out/seed gone
rm gone/model-00002-of-*.safetensors
bad gone 1
said "files that model.safetensors.index.json names are missing: model-00002-of-"
cp -r out/seed words
sed -i 's/"vocab_size": 320/"vocab_size": 352/' words/config.json
bad words 1
said "tensor 'model.embed_tokens.weight' is [320, 32], config.json asks for [352, 32]"
cp -r out/seed short
sed -i 's/"rope_theta": .*/"sliding_window": 16, "rope_theta": 10000.0,/' short/config.json
bad short 2
said "'sliding_window' is shorter than the context: 16 of 32 tokens"
