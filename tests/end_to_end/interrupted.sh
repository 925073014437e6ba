#!/usr/bin/env bash
# Ctrl-C finishes the step, saves and leaves with code 4; the same command goes on to the same bits.
. "$(dirname "$0")/common.sh" "$1"

# Long enough that the signal comes in the middle; no checkpoint but the one the signal asks for.
changes=(seed_model.train.tokens=60K seed_model.train.checkpoint_every=1000 eval.max_bytes=1KB)
expect 0 "$btx" run tiny.toml "${changes[@]}" seed_model.train.checkpoint_every=5

# SIGNAL TARGET: sends it once the seed trains; the target is the run alone or, as a terminal does,
# every process of its group.
interrupt() {
  setsid "$btx" run tiny.toml run.dir="$1" "${changes[@]}" > out.txt 2>&1 &
  pid=$!
  local code=0
  for _ in $(seq 2000); do
    grep -q '"train/lm_loss"' "$1/tiny/metrics.jsonl" 2> /dev/null && break
    sleep 0.005
  done
  if [ "$3" = group ]; then kill "-$2" -- "-$pid"; else kill "-$2" "$pid"; fi
  wait "$pid" || code=$?
  pid=""
  [ "$code" = 4 ] || fail "exit code $code instead of 4 after $2 to the $3"
  said "interrupted; the same command goes on from here"
  [ -n "$(find "$1/store/work" -name 'step-*')" ] || fail "no checkpoint after $2 to the $3"
}

interrupt ints INT group
expect 0 "$btx" run tiny.toml run.dir=ints "${changes[@]}"
same_models runs/tiny ints/tiny
interrupt terms TERM run
expect 0 "$btx" run tiny.toml run.dir=terms "${changes[@]}"
same_models runs/tiny terms/tiny

# At any moment before training, too: what was asked to stop does not begin a stage.
for pause in 0.05 0.15 0.25 0.35 0.5 0.7; do
  setsid "$btx" run tiny.toml run.dir="early$pause" seed_model.train.tokens=20M > out.txt 2>&1 &
  pid=$!
  sleep "$pause"
  code=0
  start=$(date +%s%N)
  kill -TERM "$pid"
  wait "$pid" || code=$?
  pid=""
  took=$((($(date +%s%N) - start) / 1000000))
  [ "$took" -lt 4000 ] || fail "it went on for $took ms after a signal at $pause s"
  [ "$code" = 4 ] || [ "$code" = 143 ] || fail "exit code $code after a signal at $pause s"
done
