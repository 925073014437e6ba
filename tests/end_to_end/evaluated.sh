#!/usr/bin/env bash
# btx eval: a set of request files on a trained model, whatever the batch size; what is wrong with a
# file or the command is said with its place, and nothing is written.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml
model=runs/tiny/stages/finetune
# line ITEM CHOICE CONTEXT CONTINUATION LABEL
line() {
  printf '{"doc_id": %s, "idx": %s, "request": {"context": "%s", "continuation": "%s"}, "label": %s}\n' "$@"
}
write_set() {
  line 1 0 "if x else" " return" 0
  line 1 1 "if x else" " garden evening" 0
  line 2 0 "let prove that" " house" 2
  line 2 1 "let prove that" " y" 2
  line 2 2 "let prove that" " theorem lemma" 2
  line 3 0 "she said" " the house was quiet and old" 0
  line 3 1 "she said" " the sum" 0
}
write_set > items.jsonl
cat > sets.toml << 'TOML'
schema = 1
[engine]
device = "cpu"
dtype = "float32"
threads = 1
[eval]
window = 32
[[eval.set]]
name = "choose"
requests = "items.jsonl"
task = "choices"
shots = 2
split = "test"
licence = "none"
[[eval.set]]
name = "passage"
text = "passage.txt"
task = "perplexity"
TOML
head -c 4000 text/prose.txt > passage.txt

# Scores with their standard errors, and where the items came from.
expect 0 "$btx" eval "$model" --sets sets.toml --output all
said "choose"
said "perplexity"
grep -q '^choose .* ± ' out.txt || fail "no standard error"
said "Scored in float32 on the CPU."
grep -qE '^choose: task choices, 2-shot, 3 items, split test, licence none, digest [0-9a-f]{32}\.$' out.txt ||
  fail "no word on the set"
[ "$(grep -c '"choose"' all/answers.jsonl)" = 7 ] || fail "not an answer for each of seven choices"
"$btx" --quiet eval "$model" --sets sets.toml --json > printed.json 2> out.txt || fail "--json"
cmp printed.json all/scores.json || fail "--json prints another result than --output keeps"

# Neither the batch size nor what else is scored changes a bit.
expect 0 "$btx" eval "$model" --sets sets.toml --set eval.batch_size=1 --only choose --output one
cmp <(grep '"choose"' all/answers.jsonl) one/answers.jsonl || fail "the batch size changes answers"
expect 0 "$btx" eval "$model" --sets sets.toml --only choose --output again --set eval.batch_size=1
cmp again/scores.json one/scores.json

# A part of a recipe may say where packages lie and what routers draw with, and need not name a run.
expect 0 "$btx" eval "$model" --sets sets.toml --only choose --set run.store=elsewhere --set run.seeds.finetune=3 --out seeded
cmp seeded/scores.json one/scores.json || fail "a seed changes what a dense model says"
expect 2 "$btx" eval "$model" --sets sets.toml --only choose --set run.sed=3
said "run.sed"

# refused NUMBER-OF-LINE TEXT WHAT...: the set with one line in another's place.
refused() {
  local at="$1" text="$2"
  shift 2
  write_set | awk -v at="$at" -v text="$text" 'NR == at { print text; next } { print }' > items.jsonl
  expect 2 "$btx" eval "$model" --sets sets.toml --only choose --output bad
  one_error
  for what in "$@"; do said "$what"; done
  [ ! -e bad ] || fail "something was written"
}
refused 2 '{"doc_id": 1, "idx": 1, "label": 0}' "items.jsonl:2: 'request' is missing"
refused 2 '{"doc_id": 1, "request": {"context": "x", "continuation": " y"}}' "items.jsonl:2: 'idx' is missing"
refused 2 "$(line 1 1 x ' y' '"A"')" "items.jsonl:2: 'label' needs the idx of the right choice, an integer"
refused 2 "$(line 1 '"1"' x ' y' 0)" "items.jsonl:2: 'idx' needs an integer, got string"
refused 2 "$(line 1 1 '' ' y' 0)" "items.jsonl:2: 'request.context' is empty"
refused 2 "$(line 1 1 x '' 0)" "items.jsonl:2: 'request.continuation' is missing"
refused 2 '{"doc_id": 1, "idx": 1' "items.jsonl:2:23: the line is not JSON"
refused 2 '[1]' "items.jsonl:2: a line must be a JSON object, got array"
refused 3 "$(line 1 1 x ' y' 0)" "items.jsonl:3: choice 1 (idx) of item '1' is there twice"
refused 7 "$(line 1 5 x ' y' 0)" "items.jsonl:7: item '1' (doc_id) came before"
refused 7 "$(line 4 0 x ' y' 0)" "items.jsonl:6: an item needs two choices"
refused 7 "$(line 3 1 x "$(printf 'house %.0s' {1..60})" 0)" "items.jsonl:7" "window"

# A file that ends in its middle, one without items, one that is not there.
write_set | gzip | head -c 100 > items.jsonl
expect 2 "$btx" eval "$model" --sets sets.toml
said "items.jsonl"
one_error
: > items.jsonl
expect 2 "$btx" eval "$model" --sets sets.toml
said "items.jsonl: has no items"
rm items.jsonl
expect 2 "$btx" eval "$model" --sets sets.toml
said "items.jsonl"
one_error

# An earlier result in the folder goes, and one that cannot be written is refused before the work.
expect 0 "$btx" eval "$model" --sets sets.toml --only passage --output all --set eval.set.choose.requests=sets.toml
[ ! -e all/answers.jsonl ] || fail "answers of another evaluation are left"
expect 2 "$btx" eval "$model" --sets sets.toml --only passage --output sets.toml/in
said "is not a folder"
if [ -e /dev/full ]; then
  expect 1 bash -c "'$btx' eval '$model' --sets sets.toml --only passage > /dev/full"
  said "cannot write to standard output"
fi

# What the command line says wrong.
write_set > items.jsonl
expect 2 "$btx" eval "$model" --sets sets.toml --only chose
said "no evaluation set is called 'chose'; did you mean 'choose'?"
expect 2 "$btx" eval "$model" --sets sets.toml --set eval.set.choose.items=9
said "items.jsonl: has 3 items, and 9 are asked for"
expect 3 "$btx" eval "$model" --sets sets.toml --set 'eval.set.choose.task="chooses"'
said "did you mean"
expect 2 "$btx" eval "$model" --sets tiny.toml
said "has no evaluation set"
expect 2 "$btx" eval nowhere --sets sets.toml
said "nowhere"

# A run says it before the first stage begins, and so does validate.
{ cat tiny.toml; sed -n '/eval.set/,$p' sets.toml; } > whole.toml
sed -i '2s/.*/not JSON/' items.jsonl
for verb in run validate; do
  expect 2 "$btx" "$verb" whole.toml run.name=whole run.store=empty
  said "items.jsonl:2:2: the line is not JSON"
done
[ -z "$(find empty -maxdepth 1 -name 'documents-*' 2> /dev/null)" ] || fail "the run was started"
write_set > items.jsonl
expect 0 "$btx" run whole.toml run.name=whole
grep -qE 'digest [0-9a-f]{32}' runs/whole/report/report.md || fail "no digest in the report"
grep -qF "perplexity" runs/whole/report/report.md || fail "no perplexity in the report"
expect 0 "$btx" compare runs/whole
said "choices/accuracy on evaluation sets"
not_said "mean of"

# With a group there are means, which are compared as metrics are; three items are too few for a verdict.
expect 0 "$btx" run whole.toml run.name=grouped 'eval.set.choose.groups=["reasoning"]'
expect 0 "$btx" compare runs/grouped
said "mean of reasoning on evaluation sets (higher is better)"
said "mean of all sets: mean over sets against"
grep -A 9 '^mean of all sets: ' out.txt | grep -q "too few documents" || fail "a verdict on three items"
