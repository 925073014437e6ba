#!/usr/bin/env bash
# What is done is not done again; a change does again only what depends on it.
. "$(dirname "$0")/common.sh" "$1"

keys() { "$btx" plan --json "$@" | grep -oE '"(name|key)": ?"[^"]*"'; }
listing() { find . -type f -o -type d | grep -v '^./out.txt$' | sort; }

: > before.txt
listing > before.txt
expect 0 "$btx" validate tiny.toml
said "tiny.toml: good, "
expect 0 "$btx" plan tiny.toml
said "to do: not made before"
expect 0 "$btx" plan --json tiny.toml
expect 0 "$btx" config tiny.toml
said "tiny.toml:"
listing | diff before.txt - || fail "validate, plan or config wrote something"

keys tiny.toml > keys.txt
expect 0 "$btx" run tiny.toml
said "reused 0"
said "mixture"
stages=$(grep -c '"name"' keys.txt)

start=$(date +%s%N)
expect 0 "$btx" run tiny.toml
took=$((($(date +%s%N) - start) / 1000000))
said "nothing to do: all $stages stages were there"
expect 0 "$btx" runs
said "tiny"
said "$stages of $stages stages done"
expect 2 "$btx" runs nowhere
said "nowhere: is not a folder"
[ "$took" -lt 2000 ] || fail "a run with nothing to do took $took ms"

# The resolved recipe is a recipe, and the same one.
keys tiny.toml | diff keys.txt - || fail "keys changed by running"
keys runs/tiny/resolved.toml | diff keys.txt - || fail "resolved.toml gives other keys"
expect 0 "$btx" run runs/tiny/resolved.toml
said "nothing to do"

# Only what depends on a change is made again. A stage that is made says why.
listing > before.txt
expect 0 "$btx" plan tiny.toml router.params.k=1
listing | diff before.txt - || fail "plan wrote something"
not_reused() { grep -E '^info: [a-z/]+: ' out.txt | sed -E 's/^info: ([a-z/]+): .*/\1/' | sort -u | tr '\n' ' '; }
expect 0 "$btx" run tiny.toml router.params.k=1
[ "$(not_reused)" = "evaluate/mix evaluate/mixture finetune mix report " ] || fail "made again: $(not_reused)"
said "mix: router.params.k changed 2 -> 1"
expect 0 "$btx" run tiny.toml finetune.lr=1e-4
[ "$(not_reused)" = "evaluate/mixture finetune report " ] || fail "made again: $(not_reused)"
said "made 3 stages, reused $((stages - 3))"

# Back to the first: all of it is still there.
expect 0 "$btx" run tiny.toml
said "nothing to do"

# A changed artifact is found when one asks.
seed=$(realpath runs/tiny/stages/seed)
chmod u+w "$seed/model.safetensors"
printf x | dd of="$seed/model.safetensors" bs=1 seek=2000 conv=notrunc status=none
expect 1 "$btx" run --verify tiny.toml
said "$seed/model.safetensors has changed"
said "remove $seed to make it again"
