#!/usr/bin/env bash
# Held-out text stays held out: it changes neither tokenizer nor any trained weight, and no stage but
# evaluate opens it.
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

# With the test shards gone, every stage but evaluate still does the same.
mkdir kept
for stage in $("$btx" plan --json tiny.toml run.name=changed | grep -oE '"name": ?"[^"]*"' | sed -E 's/.*"([^"]*)"$/\1/'); do
  link="runs/changed/stages/${stage//\//+}"
  folder=$(realpath "$link")
  chmod -R u+w "$folder"
  case "$stage" in
    documents/*) rm "$folder/test.jsonl" ;;
    evaluate/*) ;;
    *)
      mv "$folder" "kept/${stage//\//+}"
      expect 0 "$btx" stage runs/changed "$stage"
      ;;
  esac
done
for stage in $trained_stages mix; do
  cmp "kept/$stage/model.safetensors" "runs/changed/stages/$stage/model.safetensors"
done
cmp kept/tokenizer/tokenizer.json runs/changed/stages/tokenizer/tokenizer.json
rm -rf "$(realpath runs/changed/stages/evaluate+seed)"
expect 1 "$btx" stage runs/changed evaluate/seed
said "test.jsonl"

# Text that another domain trains on is not scored as held out, and the report says so.
cp text/code.txt text/copy.txt
expect 0 "$btx" run tiny.toml run.name=both 'data.maths.params.paths=["text/maths.txt", "text/copy.txt"]'
said "test documents of code were left out, as another domain trains on their text."
