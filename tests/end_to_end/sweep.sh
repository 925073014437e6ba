#!/usr/bin/env bash
# A sweep: shared stages once, a kill in the middle, the comparison at the end, and bad axes.
. "$(dirname "$0")/common.sh" "$1"

refused() {
  expect 2 "$btx" sweep tiny.toml "$@"
  one_error
  [ ! -e runs ] || fail "it wrote runs/"
}
refused
said "nothing to sweep"
refused run.seed=
said "a value is missing"
refused run.seed=1,,2
said "a value is missing"
refused run.seed=3..1
said "3..1 runs backwards"
refused run.seed=1..3,2
said "run.seed has the value 2 twice"
refused run.seed=1,2 run.seed=3,4
said "run.seed is given twice"
refused run.seed=1..101 finetune.tokens=1..100
said "more than 10000 points"
refused run.seed=0..99999
said "more than 10000 values"
refused run.name=a,b
said "run.name cannot be varied"
refused finetune.lrr=1e-3,1e-4
said "did you mean 'lr'?"
refused router.params.k=1,2 router.type=top_k,switch
said "are the same recipe; one axis undoes another"
printf '[sweep]\n"run.seed" = 3\n' | cat tiny.toml - > bad.toml
for verb in sweep run validate; do
  expect 2 "$btx" "$verb" bad.toml
  said "bad.toml:$(wc -l < bad.toml):"
  said "[sweep] run.seed needs a list of values, got 3"
done

printf '[sweep]\n"finetune.lr" = [1e-3]\n"finetune.lrr" = [1e-3]\n' | cat tiny.toml - > bad.toml
for verb in sweep validate; do
  expect 2 "$btx" "$verb" bad.toml
  said "did you mean 'lr'?"
done

# A point that is a recipe, but has no plan.
printf '[sweep]\n"router.params.k" = [2, 9]\n' | cat tiny.toml - > bad.toml
for verb in sweep validate; do
  expect 2 "$btx" "$verb" bad.toml
  one_error
done

# The recipe's own [sweep]; the command line has the last word.
printf '[sweep]\n"run.seed" = [1, 2, 3]\n"finetune.lr" = [1.0]\n' | cat tiny.toml - > swept.toml
expect 0 "$btx" config swept.toml
said "sweep.run.seed = [1, 2, 3]"
expect 0 "$btx" config --schema
grep -q '^sweep ' out.txt || fail "the schema does not have it"
expect 0 "$btx" plan swept.toml
said "'btx sweep' runs its points"
changes=('~expert.maths' '~baseline.average' router.params.k=1 eval.max_bytes=3KB)

# Killed once there is a point: what is done is kept, the same command goes on.
axes=("${changes[@]}" finetune.lr=5e-3,1e-3)
setsid "$btx" sweep swept.toml "${axes[@]}" > killed.txt 2>&1 &
pid=$!
for _ in $(seq 3000); do
  [ ! -e runs/tiny-sweep/run.seed-1--finetune.lr-1e-3/report/report.json ] || break
  sleep 0.01
done
kill -9 -- "-$pid"
wait "$pid" 2> /dev/null || true
while pgrep -g "$pid" > /dev/null; do sleep 0.01; done
pid=""
made=$(find runs/store -name manifest.json | wc -l)
[ "$made" -ge 15 ] || fail "killed too early: $made stages"
expect 0 "$btx" sweep swept.toml "${axes[@]}"
said "info: 6 points in $work/runs/tiny-sweep: "
said "info: point 6 of 6: run.seed=3, finetune.lr=1e-3"
said "$(find runs/store -name manifest.json | wc -l) of them different"
not_said "run.seed=1, finetune.lr=5e-3: "
trained=$(find runs/store -name train.json | wc -l)
[ "$trained" = 12 ] || fail "$trained training stages instead of a seed, an expert and two finetunings a seed"
made=$(find runs/store -name manifest.json | wc -l)

# Every point is a run of its own, without a [sweep].
point="runs/tiny-sweep/run.seed-2--finetune.lr-1e-3"
grep -q '^seed = 2' "$point/resolved.toml" || fail "the point has another seed"
! grep -q 'sweep\."' "$point/resolved.toml" || fail "the point has a [sweep]"
expect 0 "$btx" run "$point/resolved.toml"
said "nothing to do"
expect 0 "$btx" run swept.toml "${changes[@]}" finetune.lr=5e-3
said "'btx sweep' runs its points"
said "made 1 stages"
made=$((made + 1))

# The comparison: two points of three seeds; models that both have stand there once.
expect 0 "$btx" compare runs/tiny-sweep/run.*
said "seed model's training (1, 2, 3)"
said "from the same stages: 3."
[ "$(grep -cE '^finetune.lr = 0.005 ' out.txt)" = 2 ] || fail "rows that repeat others"
grep -qE '^finetune.lr = 0.005 +mixture .*(better|worse|no difference resolved)$' out.txt || fail "no verdict"
expect 0 "$btx" --json sweep swept.toml "${axes[@]}" --quiet
cmp out.txt runs/tiny-sweep/compare.json || fail "--json is not what is written"
[ "$(grep -o '"pairs":3' out.txt | wc -l)" = 4 ] || fail "not every row has three pairs"
[ "$(find runs/store -name manifest.json | wc -l)" = "$made" ] || fail "something was made again"
grep -q '^| finetune.lr = 0.005 | mixture |' runs/tiny-sweep/compare.md || fail "compare.md has no mixture"

# Compared by hand: one run, a baseline, a level, other documents.
expect 0 "$btx" compare "$point" --baseline code --level 0.9 --output compared
said "paired bootstrap over documents, 90 %"
said "mean over domains against code"
[ -s compared/compare.md ] && [ -s compared/compare.json ] || fail "nothing in compared/"
expect 2 "$btx" compare "$point" --baseline cod
said "no model 'cod' to be the baseline; did you mean 'code'?"
expect 2 "$btx" compare "$point" "$point"
said "have the same recipe and the same seeds"
expect 2 "$btx" compare nowhere
said "nowhere is not a run folder"
expect 0 "$btx" run tiny.toml "${changes[@]}" eval.max_bytes=1KB
expect 2 "$btx" compare "$point" runs/tiny
said "test documents against"

# A point that fails is named, and the others are finished and compared.
expect 1 "$btx" sweep tiny.toml "${changes[@]}" finetune.lr=1e-3,1e30
said "error: 1 of 2 points failed: finetune.lr=1e30; the same command tries them again"
said "comparison: $work/runs/tiny-sweep/compare.md"

# Stopped: exit code 4.
setsid "$btx" sweep tiny.toml "${changes[@]}" run.seed=7..9 > stopped.txt 2>&1 &
pid=$!
for _ in $(seq 3000); do
  ! grep -q 'point 1 of 3' stopped.txt || break
  sleep 0.01
done
kill -INT "$pid"
code=0
wait "$pid" || code=$?
pid=""
[ "$code" = 4 ] || fail "exit code $code instead of 4: $(cat stopped.txt)"
grep -q 'interrupted; the same command goes on from here' stopped.txt || fail "it did not say that it goes on"
