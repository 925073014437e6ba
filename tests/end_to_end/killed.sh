#!/usr/bin/env bash
# A run that is killed again and again, at any moment, and started again ends with the same bits.
. "$(dirname "$0")/common.sh" "$1"

changes=(train.checkpoint_every=2 eval.max_bytes=1KB)
expect 0 "$btx" run tiny.toml "${changes[@]}"

start() {
  setsid "$btx" run tiny.toml "${changes[@]}" run.dir=killed > killed.txt 2>&1 &
  pid=$!
}
# The group is all of it: the run and its stages. True if there was something left to kill.
kill_all() {
  kill -9 -- "-$pid" 2> /dev/null || { wait "$pid" || true; return 1; }
  wait "$pid" 2> /dev/null || true
  while pgrep -g "$pid" > /dev/null; do sleep 0.01; done
}

newest_checkpoint() { find killed/store/work -name 'step-*' 2> /dev/null | sort | tail -1 || true; }

# In the middle of each training stage: once its first checkpoint is there, after a while.
hits=0
for pause in 0 0.05 0.1 0.02 0.15 0.07; do
  start
  before=$(newest_checkpoint)
  for _ in $(seq 2000); do
    [ "$(newest_checkpoint)" = "$before" ] || break
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.005
  done
  sleep "$pause"
  kill_all || break
  [ -z "$(newest_checkpoint)" ] || hits=$((hits + 1))
done
[ "$hits" -ge 3 ] || fail "only $hits kills hit a training stage with a checkpoint"

# And at moments that have nothing to do with training.
for pause in 0.15 0.9; do
  start
  sleep "$pause"
  kill_all || break
done
pid=""
expect 0 "$btx" run tiny.toml "${changes[@]}" run.dir=killed
same_models runs/tiny killed/tiny
[ -z "$(newest_checkpoint)" ] || fail "checkpoints of finished stages were left"
echo "$hits kills during training"
