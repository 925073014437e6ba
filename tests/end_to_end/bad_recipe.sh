#!/usr/bin/env bash
# A recipe that is wrong: one message that says where, exit code 2 (a plugin: 3), nothing written.
. "$(dirname "$0")/common.sh" "$1"

verbs="validate plan run config"
refused() {
  local code="$1" verb
  shift
  for verb in $verbs; do
    expect "$code" "$btx" "$verb" "$@"
    one_error
  done
  [ -z "$(find . -name 'documents-*')" ] || fail "a stage was run"
}

refused 2 nowhere.toml
said "nowhere.toml"
mkdir folder.toml
refused 2 folder.toml
said "folder.toml"
echo 'run = {' > broken.toml
refused 2 broken.toml
said "broken.toml:1:"
printf 'a = "\377"\n' > bytes.toml
refused 2 bytes.toml
said "bytes.toml:1:"
: > empty.toml
refused 2 empty.toml
said "empty.toml"
echo 'extends = "b.toml"' > a.toml
echo 'extends = "a.toml"' > b.toml
refused 2 a.toml
said "b.toml:1:11: a recipe extends itself: a.toml -> b.toml -> a.toml"
echo 'extends = "self.toml"' > self.toml
refused 2 self.toml
said "self.toml:1:"

sed 's/^hidden_size/hiden_size/' tiny.toml > key.toml
refused 2 key.toml
said "key.toml:$(grep -n hiden_size key.toml | cut -d: -f1):1: unknown key 'hiden_size'"
said "did you mean 'hidden_size'?"
sed 's/^layers = 2/layers = "two"/' tiny.toml > type.toml
refused 2 type.toml
said "type.toml:$(grep -n '^layers' type.toml | cut -d: -f1):10:"
sed 's/^layers = 2/layers = 0/' tiny.toml > range.toml
refused 2 range.toml
said "range.toml:$(grep -n '^layers' range.toml | cut -d: -f1):10:"
refused 2 tiny.toml router.params.kk=2
said "'kk'"
said "did you mean 'k'?"
[ ! -e runs ] || fail "it wrote runs/"
verbs="validate plan run"  # what only the plan of the stages shows
refused 2 tiny.toml router.params.k=4
said "k is 4, but there are 3 experts"
refused 2 tiny.toml expert.code.domain=cod
said "did you mean 'code'?"
refused 2 tiny.toml model.kv_heads=3
said "num_kv_heads"
# What a stage would refuse is refused before any, with its place.
sed 's/^batch_tokens = 256/batch_tokens = 250/' tiny.toml > batch.toml
refused 2 batch.toml
said "batch.toml:$(grep -n '^batch_tokens' batch.toml | cut -d: -f1):16: seed_model.train.batch_tokens: 250 is not a multiple"
refused 2 tiny.toml train.micro_batch=3
said "command line: train.micro_batch=3: seed_model.train.micro_batch: 3 does not divide the 8 sequences"
refused 2 tiny.toml 'finetune.frozen=["nothing*"]'
said "finetune.frozen: 'nothing*' matches no tensor of the model; names look like"
refused 2 tiny.toml 'expert.code.train.group=[{name="g", match=["gate*"]}]'
said "expert.code.train.group: 'gate*' matches no tensor"
refused 2 tiny.toml seed_model.train.tokens=0
said "seed_model.train.tokens: needs at least 1"
refused 2 tiny.toml finetune.tokens=9223372036854775807
said "finetune.tokens: needs"
refused 2 tiny.toml finetune.data.code=-1
said "finetune.data.code: needs a number >= 0"
refused 2 tiny.toml finetune.data.code=0
said "[finetune] data: every weight is 0"
refused 2 tiny.toml 'eval.tasks=["choices"]'
said "eval.tasks: 'choices' cannot score a domain's held-out text"
refused 2 tiny.toml 'router.layers=[1,1]'
said "router.layers: '1' is given twice"
refused 2 tiny.toml 'router.layers=[2]'
said "router.layers: there is no layer 2; the models have 2"
refused 2 tiny.toml 'eval.tasks=[]'
said "eval.tasks: needs at least one task"
refused 2 tiny.toml 'eval.tasks=["bits_per_byte","bits_per_byte"]'
said "eval.tasks: 'bits_per_byte' is given twice"
refused 2 tiny.toml 'data.code.params.paths=[""]'
said "paths[0]: needs a path"
refused 2 tiny.toml model.heads=5 model.kv_heads=1
said "model.heads: 5 does not divide hidden_size 32"
refused 3 tiny.toml router.init.type=normall
said "command line: router.init.type=normall: no gate_init is called 'normall'"
sed 's/^params = { k = 2 }/params = { k = 9 }/' tiny.toml > k9.toml
refused 2 k9.toml
said "k9.toml:$(grep -n 'k = 9' k9.toml | cut -d: -f1):10: "
said "k is 9, but there are 3 experts"
refused 2 tiny.toml router.params.k=two
said "error: command line: router.params.k=two: "
refused 2 tiny.toml eval.window=64
said "eval.window: needs 2 to 32 tokens, the models' context, or 0 for all of it; got 64"
refused 2 tiny.toml eval.window=1
refused 2 tiny.toml run.dir=
said "run.dir: needs a folder"
refused 2 tiny.toml 'data.code.params.paths=[]'
said "paths is empty"
refused 3 tiny.toml 'run.plugin_paths=["nowhere"]'
said "nowhere: no such folder"
refused 2 tiny.toml nonsense
said "nonsense"

sed 's/name = "maths"/name = "seed"/' tiny.toml > named.toml
refused 2 named.toml expert.seed.domain=maths
said "expert 'seed': another model has that name"

refused 3 tiny.toml router.type=top_kk
said "no router is called 'top_kk'; did you mean 'top_k'?"
refused 3 tiny.toml mix.strategy=none_such
said "no merge is called 'none_such'"
refused 3 tiny.toml data.code.source=none_such
said "no source is called 'none_such'"

rm -rf runs
expect 2 "$btx" no_such_verb
expect 2 "$btx" run
expect 2 "$btx" run tiny.toml --no-such-flag
[ ! -e runs ] || fail "it wrote runs/"

# The command line itself.
expect 2 "$btx" frob
one_error
said "error: no verb is called 'frob'"
expect 2 "$btx" vaildate tiny.toml
said "did you mean 'validate'?"
expect 2 "$btx" run tiny.toml --jobs 0
one_error
expect 3 "$btx" plugin info topk
said "no component is called 'topk'; did you mean 'top_k'?"
expect 1 "$btx" tokenizer train "$btx" --output t.json --vocab-size 300
said "is not UTF-8 text"
expect 2 "$btx" tokenizer train tiny.toml --output t.json --vocab-size 10
said "--vocab-size"
[ ! -e t.json ] || fail "a tokenizer was written"

# Numbers of the command line are in their range, and are numbers.
expect 2 "$btx" compare runs/none --level nan
said "--level: needs a number from 0.5 to 0.9999, got 'nan'"
expect 2 "$btx" bench step tiny.toml --steps 1e3
said "--steps: needs a whole number from 1 to 100000, got '1e3'"
