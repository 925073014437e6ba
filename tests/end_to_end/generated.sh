#!/usr/bin/env bash
# btx generate: the same text twice, drawn by a seed, from any model; experts' colours on a terminal
# and as a page; what cannot be asked for is refused.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml
cat >> tiny.toml << 'TOML'
[[baseline]]
name = "btm"
ensemble = { type = "tfidf", params = { top_k = 2 } }
TOML
expect 0 "$btx" run tiny.toml
mixture=runs/tiny/stages/finetune
dense=runs/tiny/stages/seed

# text NAME ARGUMENT...: what it writes, in a file; 24 tokens, or $tokens.
text() {
  local name="$1"
  shift
  "$btx" generate "$@" --max-tokens "${tokens:-24}" > "$name" 2> out.txt || fail "generate $*"
}
text greedy "$mixture" "the house was"
text again "$mixture" "the house was"
cmp greedy again || fail "not the same text twice"
echo -n "the house was" | text piped "$mixture" -
cmp greedy piped || fail "another text for a prompt from stdin"
[ "$(wc -c < greedy)" -gt 10 ] || fail "next to nothing was written"
text drawn "$mixture" "the house was" --temperature 1 --seed 7
text drawn_again "$mixture" "the house was" --temperature 1 --seed 7
text drawn_else "$mixture" "the house was" --temperature 1 --seed 8
cmp drawn drawn_again || fail "a seed gives two texts"
! cmp -s drawn drawn_else || fail "two seeds give one text"
text nucleus "$mixture" "the house was" --temperature 5 --top-p 1e-9 --seed 3
cmp greedy nucleus || fail "the likeliest token alone is not what greedy takes"

# It ends before a stop string, which begins in the middle of what it would write.
stop=$(cut -c6-8 greedy | head -1)
text stopped "$mixture" "the house was" --stop "$stop"
! grep -qF -- "$stop" stopped || fail "it wrote the stop string"
[ "$(wc -c < stopped)" -lt "$(wc -c < greedy)" ] || fail "it did not stop"

# Every kind of model; as JSON.
text of_dense "$dense" "the house was"
text of_average runs/tiny --model average "the house was"
text of_ensemble runs/tiny --model btm "the house was"
text of_run runs/tiny --model mixture "the house was"
cmp greedy of_run || fail "the run's model is another"
expect 0 "$btx" generate "$mixture" "the house was" --max-tokens 24 --json
python3 -c '
import json, sys
result = json.load(open("out.txt"))
assert result["text"] + "\n" == open("greedy").read(), result
assert 0 < result["tokens"] <= 24' || fail "--json says something else"
text empty "$mixture" ""
text bytes "$mixture" $'\xff\xfe'

# Colours: every character of prompt and text once, the legend with the experts' names.
tokens=6
text shown "$mixture" "the <b>house & was" --show-experts
grep -qF $'\033[' shown || fail "no colours"
for expert in code maths; do grep -qF "$expert" shown || fail "the legend lacks $expert"; done
sed 's/\x1b\[[0-9;]*m//g' shown | grep -qF "the <b>house & was" || fail "the prompt is not shown"
text none "$mixture" "the <b>house & was" --html page.html
grep -qF "the" page.html || fail "the page has no text"
! grep -qF "<b>house" page.html || fail "the prompt is markup in the page"
grep -q "&lt;" page.html || fail "the page escapes nothing"
grep -q "&amp;" page.html || fail "the page escapes nothing"

expect 2 "$btx" generate "$dense" "x" --show-experts
said "is dense; --show-experts and --html need a mixture"
expect 2 "$btx" generate runs/tiny --model btm "x" --show-experts
said "is an ensemble; --show-experts and --html need a mixture"
expect 2 "$btx" generate "$mixture" "x" --max-tokens 0
expect 2 "$btx" generate "$mixture" "x" --top-p 0
expect 2 "$btx" generate "$mixture" "x" --temperature=-1
expect 2 "$btx" generate "$mixture" "x" --show-experts --site 9
said "--site"
expect 2 "$btx" generate "$mixture" "x" --site 0
said "--show-experts"
expect 2 "$btx" generate "$mixture" "x" --max-tokens 33
one_error
