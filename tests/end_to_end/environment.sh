#!/usr/bin/env bash
# Whoever starts btx may leave it anything: ignored signals, messages that lead nowhere, a terminal
# that closes, a lock that somebody holds, text that a terminal would obey.
. "$(dirname "$0")/common.sh" "$1"

# Ends of child processes are not reported (daemons, trap '' CHLD).
ignoring() {
  python3 -c 'import os, signal, sys
signal.signal(getattr(signal, sys.argv[1]), signal.SIG_IGN)
os.execvp(sys.argv[2], sys.argv[2:])' "$@"
}
expect 0 ignoring SIGCHLD "$btx" run tiny.toml

# Messages that cannot be written, and readers of messages that go away.
[ ! -e /dev/full ] || "$btx" run tiny.toml run.dir=full 2> /dev/full > out.txt || fail "a full standard error"
(exec 0<&- 1>&- 2>&-; exec "$btx" run tiny.toml run.dir=closed) || fail "closed streams"
same_models runs/tiny closed/tiny
{ "$btx" run tiny.toml run.dir=gone 2>&1 > out.txt || echo "code $?" >> code.txt; } | head -1 > /dev/null
[ ! -e code.txt ] || fail "a reader that goes away: $(cat code.txt)"

# A terminal that closes asks for a checkpoint, but not under nohup.
long=(seed_model.train.tokens=400K seed_model.train.checkpoint_every=100000)
training() {
  for _ in $(seq 2000); do
    grep -q '"train/lm_loss"' "$1/tiny/metrics.jsonl" 2> /dev/null && return
    sleep 0.005
  done
  fail "no training in $1"
}
setsid "$btx" run tiny.toml run.dir=hung "${long[@]}" > out.txt 2>&1 &
pid=$!
training hung
code=0
kill -HUP -- "-$pid"
wait "$pid" || code=$?
pid=""
[ "$code" = 4 ] || fail "exit code $code instead of 4 after HUP"
[ -n "$(find hung/store/work -name 'step-*')" ] || fail "no checkpoint after HUP"
setsid nohup "$btx" run tiny.toml run.dir=kept seed_model.train.tokens=60K > out.txt 2>&1 &
pid=$!
training kept
kill -HUP -- "-$pid"
wait "$pid" || fail "exit code $? after HUP under nohup"
pid=""

# Waiting is said, and can be stopped.
printf '[[package]]\nname = "p"\npypi = "p==1.0"\nsha256 = "%064d"\n' 0 | cat tiny.toml - |
  sed 's#text/code.txt#package:p/p/code.txt#' > packaged.toml
mkdir -p runs/store/packages
flock runs/store/packages/.lock sleep 20 &
holder=$!
sleep 0.3
"$btx" fetch packaged.toml > out.txt 2>&1 &
waiting=$!
for _ in $(seq 200); do
  [ ! -s out.txt ] || break
  sleep 0.02
done
said "waiting for another btx that holds"
kill -TERM "$waiting"
code=0
wait "$waiting" || code=$?
kill "$holder"
[ "$code" = 4 ] || fail "exit code $code instead of 4 while it waits"

# Programs that a model wrote are not waited for.
if command -v bwrap > /dev/null && bwrap --unshare-all --ro-bind / / true 2> /dev/null; then
  for item in $(seq 6); do
    printf '{"doc_id": %d, "idx": 0, "request": {"context": "def f", "continuation": "", "stop_sequences": ["\\n"], "generation_kwargs": {"max_gen_toks": 4}}, "label": null, "doc": {"prompt": "import time\\ndef f(): pass\\ntime.sleep(1000)\\n#", "test": "def check(f):\\n    pass\\n", "entry_point": "f"}}\n' "$item"
  done > sleep.jsonl
  printf '[engine]\ndevice = "cpu"\ndtype = "float32"\nthreads = 1\n[[eval.set]]\nname = "code"\nrequests = "sleep.jsonl"\ntask = "code"\nparams = { seconds = 60 }\n' > sleep.toml
  "$btx" eval runs/tiny/stages/finetune --sets sleep.toml > out.txt 2>&1 &
  evaluating=$!
  for _ in $(seq 400); do
    ! pgrep -P "$evaluating" bwrap > /dev/null || break
    sleep 0.05
  done
  sleep 0.5
  code=0
  start=$(date +%s)
  kill -INT "$evaluating"
  wait "$evaluating" || code=$?
  [ "$code" = 4 ] || fail "exit code $code instead of 4 while programs run"
  [ $(($(date +%s) - start)) -lt 20 ] || fail "programs were waited for"
fi

# What a terminal obeys is shown.
printf '"\\u001b]0;PWNED\\u0007\\nerror: injected\\n" = 1\n' | cat tiny.toml - > keys.toml
expect 2 "$btx" validate keys.toml
said '\u001b]0;PWNED\u0007'
one_error
mkdir named
printf 'x\377' > named/$'\e]0;PWNED\a\nerror: injected\n.txt'
expect 1 "$btx" run tiny.toml run.dir=escapes "data.code.params.paths=['$work/named']"
! grep -q $'\e' out.txt || fail "a file's name reaches the terminal"
! grep -q '^error: injected' out.txt || fail "a file's name looks like a message"
sed 's/name = "tiny"/name = "t"/' tiny.toml > licensed.toml
printf '{"doc_id": 1, "idx": %d, "request": {"context": "if", "continuation": " %s"}, "label": 0}\n' 0 x 1 y > items.jsonl
printf '[[eval.set]]\nname = "choose"\nrequests = "items.jsonl"\ntask = "choices"\nlicence = "<script>\\u001b|\\nfree"\n' >> licensed.toml
expect 0 "$btx" run licensed.toml
! grep -q $'\e' out.txt || fail "a licence reaches the terminal"
! grep -q -e '<script>' -e '^free' runs/t/report/report.md || fail "a licence is Markdown or HTML of its own"

# Numbers and texts are refused where they enter.
expect 2 "$btx" validate tiny.toml train.data.code=1e308 train.data.maths=1e308
said "the weights' sum is infinite"
mkdir $'lat\xe9in'
cp -r text tiny.toml $'lat\xe9in'
(cd $'lat\xe9in' && expect 2 "$btx" run tiny.toml && said 'is not UTF-8' && [ ! -e runs/tiny/stages ]) || fail "a folder that is no text"
mkfifo pipe
{ echo 'extends = ["pipe"]'; cat tiny.toml; } > piped.toml
expect 2 timeout 10 "$btx" validate piped.toml
said "an empty pipe"
