#!/usr/bin/env bash
# A machine that is too small or in use: said in time, and nothing is lost.
. "$(dirname "$0")/common.sh" "$1"

# Too little memory: refused before anything starts, by the plan's estimate.
huge=(seed_model.train.batch_tokens=8589934592 seed_model.train.micro_batch=268435456)
expect 1 "$btx" run tiny.toml "${huge[@]}"
said "error: seed: needs about "
said "of memory"
[ -z "$(find runs/store -maxdepth 1 -name 'documents-*')" ] || fail "the run was started"
[ -z "$(find runs/store -maxdepth 2 -name 'train-*')" ] || fail "the stage was started"

# A run folder that another process uses.
setsid "$btx" run tiny.toml > first.txt 2>&1 &
pid=$!
for _ in $(seq 1000); do
  grep -q '"running"' runs/tiny/state.json 2> /dev/null && break
  sleep 0.005
done
expect 2 "$btx" run tiny.toml
said "runs/tiny is in use by another process"
one_error
code=0
wait "$pid" || code=$?
pid=""
[ "$code" = 0 ] || fail "the first run ended with code $code"

# A disk that is too small from the start, and one that fills up on the way.
mkdir disk
if ! mount -t tmpfs -o size=1m none disk 2> /dev/null; then
  echo "skipped: a full disk (this user cannot mount a tmpfs)"
  exit 0
fi
trap 'umount -l "$work/disk"; clean_up' EXIT
expect 1 "$btx" run tiny.toml run.store=disk/store
said "of disk in"
one_error
mount -o remount,size=40m disk
setsid "$btx" run tiny.toml run.name=full run.store=disk/store > out.txt 2>&1 &
pid=$!
for _ in $(seq 1000); do
  [ -z "$(find disk/store -maxdepth 1 -name 'tokenizer-*' 2> /dev/null)" ] || break
  sleep 0.005
done
head -c 60M /dev/zero > disk/filler 2> /dev/null || true
code=0
wait "$pid" || code=$?
pid=""
[ "$code" = 1 ] || fail "exit code $code instead of 1 on a full disk"
said "disk full; free some space and run again"
said "error: failed: "
rm disk/filler
expect 0 "$btx" run tiny.toml run.name=full run.store=disk/store
same_models runs/tiny runs/full
