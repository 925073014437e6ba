#!/usr/bin/env bash
# A pack of prepared data gives the run that the text gives, bit for bit; what is not a pack is refused.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml
expect 0 "$btx" data pack tiny.toml --output tiny.pack
said "tiny.pack: "
[ "$(stat -c %s tiny.pack)" -lt 1000000 ] || fail "the pack has $(stat -c %s tiny.pack) bytes"
mkdir elsewhere
cp tiny.toml tiny.pack elsewhere
mv text text.away
(cd elsewhere && expect 0 "$btx" run tiny.toml run.pack=tiny.pack)
same_models runs/tiny elsewhere/runs/tiny
cmp <(sed 's/[0-9.]*s |//g' runs/tiny/report/report.md) \
  <(sed 's/[0-9.]*s |//g' elsewhere/runs/tiny/report/report.md) || fail "the reports differ"

# With a seed that brings its tokenizer, which has to be the pack's.
mv text.away text
sed -e '/^\[seed_model\]/,/^train/d' tiny.toml > seeded.toml
printf '[seed_model]\nimport = "runs/tiny/stages/seed"\n' >> seeded.toml
sed -i '/^\[tokenizer\]/,/^vocab_size/d; /^\[model\]/,/^context/d' seeded.toml
expect 0 "$btx" data pack seeded.toml --output seeded.pack run.name=seeded
mv text text.away
expect 0 "$btx" run seeded.toml run.name=seeded run.pack=seeded.pack
mv text.away text
sed 's/vocab_size = 320/vocab_size = 300/' tiny.toml > other.toml
expect 0 "$btx" data pack other.toml --output other.pack run.name=other
mv text text.away
expect 2 "$btx" plan seeded.toml run.name=seeded run.pack=other.pack
said "its tokenizer is not the run's tokenizer"

head -c 1000 tiny.pack > short.pack
expect 1 "$btx" plan tiny.toml run.pack=tiny.toml
said "tiny.toml: not a good pack"
expect 1 "$btx" plan tiny.toml run.pack=no_such.pack
said "no_such.pack"
if "$btx" run tiny.toml run.pack=short.pack run.dir=short > out.txt 2>&1; then fail "a short pack ran"; fi
said "short.pack"
