#!/usr/bin/env bash
# An expert that was trained before is imported, without a training stage; a bad one is refused.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml
cp -rL runs/tiny/stages/expert+maths model
chmod -R u+w model
import=(tokenizer.import="$work/model/tokenizer.json" expert.maths.import="$work/model" run.name=imported)

expect 0 "$btx" plan tiny.toml "${import[@]}"
expect 0 "$btx" run tiny.toml "${import[@]}"
# The same seed and weights, so the same mixture.
trained_stages="expert+maths mix" same_models runs/tiny runs/imported
[ "$(grep -c '"kind": *"import"' runs/imported/stages/expert+maths.json)" = 1 ] || fail "it was not imported"
expect 0 "$btx" run tiny.toml "${import[@]}"
said "nothing to do"

# Names with blanks, quotation marks and letters beyond ASCII, in a recipe and a change; the model as
# the cache of Hugging Face keeps it, each file a link to a blob. The same text and weights, so the
# same models.
odd="$work/Meine Läufe (neu) 'a' \"b\" 東京"
hub="$odd/models--a--b"
mkdir -p "$hub/blobs" "$hub/snapshots/0123abcd"
for file in model/*; do
  blob=$(sha256sum "$file" | cut -c1-40)
  cp "$file" "$hub/blobs/$blob"
  ln -s "../../blobs/$blob" "$hub/snapshots/0123abcd/$(basename "$file")"
done
cp -r text "$odd/Tex te"
sed -e "s#\"text/\([a-z]*.txt\)\"#'''$odd/Tex te/\1'''#" \
  -e "s#^name = \"maths\"#&\nimport = '''$hub/snapshots/0123abcd'''#" tiny.toml > "$odd/rezépt.toml"
expect 0 "$btx" run "$odd/rezépt.toml" tokenizer.import="$hub/snapshots/0123abcd/tokenizer.json"
same_models runs/imported "$odd/runs/tiny"
expect 0 "$btx" export hf "$odd/runs/tiny" "$odd/aus fuhr" --model mixture
expect 0 "$btx" inspect "$odd/aus fuhr"
expect 0 "$btx" generate "$hub/snapshots/0123abcd" "let x" --max-tokens 8 --dtype float32
mv out.txt linked.txt
expect 0 "$btx" generate model "let x" --max-tokens 8 --dtype float32
cmp linked.txt out.txt || fail "a model of links writes something else"

# bad CODE: with what the model folder is now, validate and run refuse it by name and nothing is made.
bad() {
  for verb in validate plan run; do
    expect "$1" "$btx" "$verb" tiny.toml "${import[@]}"
    one_error
    said "$work/model"
  done
}
sound() { rm -rf model; cp -rL runs/tiny/stages/expert+maths model; chmod -R u+w model; }

truncate -s -100 model/model.safetensors
bad 1
said "cut short?"
sound
truncate -s 100 model/model.safetensors
bad 1
sound
head -c 40 model/config.json > cut.json && mv cut.json model/config.json
bad 2
said "config.json"
sound
rm model/model.safetensors
bad 1
said "no model*.safetensors in it"
sound
head -c 300 model/tokenizer.json > cut.json && mv cut.json model/tokenizer.json
for verb in validate run; do
  expect 2 "$btx" "$verb" tiny.toml "${import[@]}"
  one_error
  said "tokenizer.json"
done

# Experts of different shapes: named with the first field that differs.
sound
expect 2 "$btx" validate tiny.toml "${import[@]}" model.ffn_size=96
one_error
said "the models to be mixed differ: ffn_size is 96 in 'code' and 64 in 'maths'"
expect 2 "$btx" run tiny.toml "${import[@]}" model.ffn_size=96
one_error

# A model made with another tokenizer cannot be mixed in.
expect 0 "$btx" run tiny.toml run.name=other tokenizer.vocab_size=310
expect 2 "$btx" validate tiny.toml "${import[@]}" tokenizer.import="$work/runs/other/stages/tokenizer/tokenizer.json"
said "is not the run's tokenizer"
# One that says nothing of its tokenizer is known by its vocabulary.
mv model/tokenizer.json model/tokenizer.away
expect 2 "$btx" validate tiny.toml "${import[@]}" tokenizer.import="$work/runs/other/stages/tokenizer/tokenizer.json" \
  tokenizer.vocab_size=310
mv model/tokenizer.away model/tokenizer.json

# What an import leaves unread is warned of, and still has to be right.
expect 0 "$btx" validate tiny.toml "${import[@]}"
said "expert.maths.train is ignored because expert.maths.import is set"
expect 2 "$btx" validate tiny.toml "${import[@]}" expert.maths.train.nonsense=3
said "unknown key 'nonsense'"
