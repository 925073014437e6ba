#!/usr/bin/env bash
# Held-out text stays held out: it changes neither tokenizer nor any trained weight.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml

# Another text of the same length in one test document of each domain.
for domain in code maths prose; do
  line=$(head -1 "runs/tiny/stages/documents+$domain/test.jsonl" | sed -E 's/.*"text": ?"([^\\]*)\\n.*/\1/')
  [ "$(grep -cxF -- "$line" "text/$domain.txt")" = 1 ] || fail "not one line is '$line'"
  other=$(tr 'a-z' 'n-za-m' <<< "$line")
  awk -v line="$line" -v other="$other" '{ print $0 == line ? other : $0 }' "text/$domain.txt" > changed.txt
  ! cmp -s changed.txt "text/$domain.txt" || fail "nothing changed"
  mv changed.txt "text/$domain.txt"
done
expect 0 "$btx" run tiny.toml run.name=changed
said "reused 0"
same_models runs/tiny runs/changed
cmp runs/tiny/stages/tokenizer/tokenizer.json runs/changed/stages/tokenizer/tokenizer.json || fail "the tokenizer differs"
for domain in code maths prose; do
  a="runs/tiny/stages/documents+$domain" b="runs/changed/stages/documents+$domain"
  ! cmp -s "$a/test.jsonl" "$b/test.jsonl" || fail "the test text of $domain is the same"
  cmp "$a/train.jsonl" "$b/train.jsonl"
  cmp "$a/dev.jsonl" "$b/dev.jsonl"
done
for model in seed mixture; do
  ! cmp -s "runs/tiny/stages/evaluate+$model/scores.json" "runs/changed/stages/evaluate+$model/scores.json" ||
    fail "the scores of $model do not depend on the test text"
done

# A stage whose input has lost a file is refused, and says which.
folder=$(realpath runs/changed/stages/documents+code)
chmod -R u+w "$folder" && rm "$folder/test.jsonl"
rm -rf "$(realpath runs/changed/stages/evaluate+seed)"
expect 1 "$btx" stage runs/changed evaluate/seed
said "test.jsonl"

# Text that another domain trains on is not scored as held out, and the report says so.
cp text/code.txt text/copy.txt
expect 0 "$btx" run tiny.toml run.name=both 'data.maths.params.paths=["text/maths.txt", "text/copy.txt"]'
said "more were left out, as another domain trains on their text."

# Where nothing is held out, that is said as soon as the documents are there, before any training.
cp text/code.txt text/again.txt
everywhere=('data.maths.params.paths=["text/maths.txt", "text/copy.txt"]'
  'data.prose.params.paths=["text/prose.txt", "text/again.txt"]' run.store=nothing run.name=nothing split.seed=1)
expect 1 "$btx" run tiny.toml "${everywhere[@]}"
said "tiny.toml:$(grep -n '^\[data.code' tiny.toml | cut -d: -f1)"
said "so that nothing is held out"
one_error
ls nothing | grep -q '^documents-' || fail "there are no documents"
[ -z "$(find nothing -maxdepth 1 -name 'tok*' -o -maxdepth 1 -name 'train-*')" ] || fail "it went on"
expect 1 "$btx" validate tiny.toml "${everywhere[@]}"
said "so that nothing is held out"
