#!/usr/bin/env bash
# Documents that share a run of words with an evaluation set are in no split, the report says how many
# they were, and without the setting not a bit is another.
. "$(dirname "$0")/common.sh" "$1"

# Three paragraphs of prose are in the sets: one as a text, two as an item's context and continuation.
paragraph() { awk -v n="$1" 'BEGIN { RS = "" } NR == n' text/prose.txt; }
paragraph 3 > planted.txt
first=$(paragraph 40 | tr '\n' ' ' | tr 'a-z' 'A-Z')
# item NUMBER CONTEXT: two choices.
item() {
  for choice in 0 1; do
    printf '{"doc_id": %s, "idx": %s, "request": {"context": "%s", "continuation": " choice %s"}, "label": 0}\n' \
      "$1" "$choice" "$2" "$choice"
  done
}
{ item 1 "Question: ${first% }"; item 2 "He said: $(paragraph 81 | head -2 | tr '\n' ' ')so"; } > items.jsonl
cat tiny.toml - > sets.toml << 'TOML'
[[eval.set]]
name = "planted"
text = "planted.txt"
task = "bits_per_byte"
[[eval.set]]
name = "items"
requests = "items.jsonl"
task = "choices"
TOML

expect 0 "$btx" run sets.toml run.name=off
not_said "in common with"
expect 0 "$btx" run sets.toml run.name=on split.decontaminate=13
report=runs/on/report/report.md
cp "$report" out.txt
said "3 documents of prose ("
said "were dropped, as they have 13 words in a row in common with an evaluation set; by the set met first: "
grep -qE 'first: (planted 1, items 2|items 2, planted 1)\.' out.txt || fail "not one of planted and two of items"
said "No document of code has 13 words in a row in common with an evaluation set."
grep -qF "3 documents of prose (" runs/on/report/report.html || fail "the HTML report does not say so"

# What is left are the other documents, each where it was.
for split in train dev test; do
  cat "runs/off/stages/documents+prose/$split.jsonl"
done | sort > before.txt
for split in train dev test; do
  comm -13 <(sort "runs/off/stages/documents+prose/$split.jsonl") <(sort "runs/on/stages/documents+prose/$split.jsonl") > more.txt
  [ ! -s more.txt ] || fail "a document went to $split"
  cmp "runs/off/stages/documents+code/$split.jsonl" "runs/on/stages/documents+code/$split.jsonl"
  cat "runs/on/stages/documents+prose/$split.jsonl"
done | sort > after.txt
[ "$(comm -23 before.txt after.txt | wc -l)" = 3 ] || fail "not three documents went"

# Off, the documents' keys and files are those of a recipe without sets.
expect 0 "$btx" run tiny.toml run.name=plain
for domain in code maths prose; do
  [ "$(realpath "runs/plain/stages/documents+$domain")" = "$(realpath "runs/off/stages/documents+$domain")" ] ||
    fail "the documents of $domain are others"
done
! grep -q decontaminated runs/off/stages/documents+prose/documents.json || fail "off, and it says so"

# Another set, other documents; a set in another place, the same ones.
expect 0 "$btx" run sets.toml run.name=on split.decontaminate=13
said "nothing to do"
mkdir elsewhere && mv planted.txt elsewhere
expect 0 "$btx" plan sets.toml run.name=on split.decontaminate=13 eval.set.planted.text=elsewhere/planted.txt
grep -qE '^documents/prose .* cached' out.txt || fail "the place of a set is in the key"
echo "more" >> elsewhere/planted.txt
expect 0 "$btx" plan sets.toml run.name=on split.decontaminate=13 eval.set.planted.text=elsewhere/planted.txt
grep -qE '^documents/prose .* to do' out.txt || fail "the content of a set is not in the key"

# A pack has the documents it was made with, and what was dropped of them.
cp elsewhere/planted.txt .
sed -i '$d' planted.txt
expect 0 "$btx" data pack sets.toml --output clean.pack split.decontaminate=13
expect 0 "$btx" run sets.toml run.name=packed run.pack=clean.pack
grep -qF "3 documents of prose (" runs/packed/report/report.md || fail "a pack does not say what was dropped"
expect 0 "$btx" validate sets.toml run.pack=clean.pack split.decontaminate=13
said "split.decontaminate is ignored because run.pack is set"

# What cannot be is refused, with the place.
expect 2 "$btx" validate sets.toml split.decontaminate=7
one_error
said "split.decontaminate: needs at least 8 words"
printf '[split]\ndecontaminate = 13\n' >> tiny.toml
expect 2 "$btx" validate tiny.toml
one_error
said "tiny.toml:$(wc -l < tiny.toml):"
said "there is no evaluation set to keep the documents apart from"
