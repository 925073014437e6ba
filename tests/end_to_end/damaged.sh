#!/usr/bin/env bash
# Damaged files of the store and of a run folder: made again where that is possible, else named.
. "$(dirname "$0")/common.sh" "$1"

expect 0 "$btx" run tiny.toml
cp -rL runs/tiny before
seed=$(realpath runs/tiny/stages/seed)

# A manifest that is cut, no object, of another type, or gone: the artifact is made again, as it was.
for damage in 'truncate -s 100' 'sh -c "echo [] > \$0"' 'sh -c "echo {\\\"key\\\": 3} > \$0"' 'rm'; do
  chmod u+w "$seed/manifest.json"
  eval "$damage" "$seed/manifest.json"
  expect 0 "$btx" plan tiny.toml
  expect 0 "$btx" run tiny.toml
  said "made 1 stages, reused"
  cmp "$seed/model.safetensors" before/stages/seed/model.safetensors || fail "the seed is another after: $damage"
done
same_models before runs/tiny

# A result that is not JSON any more is named, with what to do.
scores=$(realpath runs/tiny/stages/evaluate+seed)/scores.json
chmod u+w "$scores"
echo '{"scores": [{}]}' > "$scores"
expect 1 "$btx" compare runs/tiny
said "runs/tiny/stages/evaluate+seed/scores.json: scores[0].task: needs a string, got nothing"
expect 0 "$btx" run tiny.toml
said "evaluate/seed: its artifact is damaged"
said "made 1 stages"
[ "$(grep -c 'counts as not made' out.txt)" -le 2 ] || fail "it was said again and again"

# An order of a run folder.
echo '{}' > runs/tiny/stages/seed.json
expect 1 "$btx" stage runs/tiny seed
said "runs/tiny/stages/seed.json: name: needs a string, got nothing"
expect 0 "$btx" run tiny.toml

# A checkpoint that is cut: the one before it is taken, and the bits are the same.
"$btx" run tiny.toml run.dir=stopped seed_model.train.tokens=10K > /dev/null 2>&1 &
pid=$!
for _ in $(seq 2000); do
  [ "$(find stopped/store/work -name 'step-*' 2> /dev/null | wc -l)" -lt 2 ] || break
  sleep 0.005
done
kill -TERM "$pid"
wait "$pid" || true
pid=""
newest=$(find stopped/store/work -name 'step-*' | sort | tail -1)
[ -n "$newest" ] || fail "no checkpoint was left to damage"
truncate -s 50 "$newest/state.json"
expect 0 "$btx" run tiny.toml run.dir=stopped
said "a checkpoint cannot be read: "
same_models runs/tiny stopped/tiny
[ -z "$(find stopped/store/work -name '*.lock')" ] || fail "locks were left"
