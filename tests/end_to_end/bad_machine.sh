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

# A file system on which a call is refused: $REFUSED of paths that have $REFUSED_IN in them.
cat > refuse.c << 'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
static int refused(const char* call, const char* path) {
  const char* calls = getenv("REFUSED");
  const char* in = getenv("REFUSED_IN");
  if (!calls || !in || strcmp(calls, call) != 0 || !strstr(path, in)) return 0;
  errno = EPERM;
  return 1;
}
#define REAL(name) ((__typeof__(name)*)dlsym(RTLD_NEXT, #name))
int symlink(const char* to, const char* path) { return refused("symlink", path) ? -1 : REAL(symlink)(to, path); }
int rename(const char* from, const char* to) { return refused("rename", to) ? -1 : REAL(rename)(from, to); }
int chmod(const char* path, mode_t mode) { return refused("chmod", path) ? -1 : REAL(chmod)(path, mode); }
int fchmodat(int folder, const char* path, mode_t mode, int flags) {
  return refused("chmod", path) ? -1 : REAL(fchmodat)(folder, path, mode, flags);
}
C
# refusing CALL IN COMMAND...: the command, and its stages, where the call is refused.
refusing() { REFUSED="$1" REFUSED_IN="$2" LD_PRELOAD="$work/refuse.so" "${@:3}"; }
if cc -shared -fPIC -o refuse.so refuse.c -ldl 2> /dev/null && LD_PRELOAD="$work/refuse.so" "$btx" version > /dev/null 2>&1; then
  expect 0 refusing symlink / "$btx" run tiny.toml run.name=unlinked
  said "no link $work/runs/unlinked/stages/finetune: Operation not permitted; the artifact is "
  not_said unexpected
  [ ! -e runs/unlinked/stages/finetune ] || fail "a link was made"
  expect 0 "$btx" compare runs/unlinked
  expect 0 refusing chmod / "$btx" run tiny.toml run.name=writable run.store=writable
  said "stay writable: Operation not permitted"
  not_said unexpected
  [ -n "$(find writable -name model.safetensors -perm -u+w)" ] || fail "files were made read-only"
  same_models runs/tiny runs/writable
  # An artifact, a checkpoint and a file of the run folder that cannot take their names.
  expect 1 refusing rename /store/tokenizer- "$btx" run tiny.toml run.name=renamed run.store=renamed/store
  said "cannot rename $work/renamed/store/work/tokenizer-"
  said " to $work/renamed/store/tokenizer-"
  said ": Operation not permitted"
  not_said unexpected
  expect 1 refusing rename /step- "$btx" run tiny.toml run.name=renamed run.store=renamed/store
  said "cannot rename $work/renamed/store/work/train-"
  said "/step-"
  not_said unexpected
  expect 1 refusing rename /state.json "$btx" run tiny.toml run.name=renamed run.store=renamed/store
  said "cannot write "
  said "/state.json: Operation not permitted"
  not_said unexpected
  expect 0 "$btx" run tiny.toml run.name=renamed run.store=renamed/store
  same_models runs/tiny runs/renamed
else
  echo "skipped: refused calls (no C compiler, or a program that takes no library before its own)"
fi

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
