# Part 1 of gpu_check.sh: the tests, the GPU's numbers beside the CPU's, the quickstart. Sourced, never run.

gpu_tests() {
  part "gpu tests"
  local installed
  installed="$(dirname "$btx")/gpu_test"
  if [ -n "$build" ]; then
    check ctest --test-dir "$build" -L gpu --output-on-failure
  elif [ -x "$installed" ]; then
    check env "BTX_TEST_PLUGIN_DIR=$(realpath "$here/../../lib/btx/plugins")" \
      "LD_LIBRARY_PATH=$BTX_TORCH_DIR/lib:${LD_LIBRARY_PATH:-}" "$installed" --no-intro=true
  else
    skip "this installed folder holds no tests; tests/gpu_kit.sh makes one that does"
  fi
}

# last_loss ARGUMENT...: of some steps on random tokens, the same ones everywhere; at a rate at which roundings do not grow.
last_loss() {
  timeout 540 "$btx" --quiet bench step "$root/recipes/quickstart.toml" train.lr=1e-4 "$@" |
    sed -nE 's/.*"last_loss": *([0-9.e+-]+).*/\1/p'
}

# The GPU's loss is the CPU's within 1e-3 in float32, and the same bits twice in bfloat16.
agreement() {
  part "the GPU against the CPU, and against itself"
  local experts cpu gpu again steps="${STEPS:-20}"
  for experts in 0 4; do
    cpu=$(last_loss --steps "$steps" --experts "$experts" engine.device=cpu engine.dtype=float32)
    gpu=$(last_loss --steps "$steps" --experts "$experts" engine.device=cuda engine.dtype=float32)
    echo "$experts experts: loss after $((steps + 3)) steps $cpu on the CPU, $gpu on the GPU"
    awk -v a="$cpu" -v b="$gpu" 'BEGIN { exit !(a > 0 && b > 0 && a - b < 1e-3 && b - a < 1e-3) }' || { echo "FAILED: they differ"; failed=1; }
    gpu=$(last_loss --steps $(((steps + 3) / 4)) --experts "$experts" engine.device=cuda engine.dtype=bfloat16)
    again=$(last_loss --steps $(((steps + 3) / 4)) --experts "$experts" engine.device=cuda engine.dtype=bfloat16)
    [ -n "$gpu" ] && [ "$gpu" = "$again" ] || { echo "FAILED: in bfloat16 $gpu, then $again"; failed=1; }
  done
}

quickstart() {
  part "quickstart on the GPU"
  [ -n "$pack" ] || { skip "no pack of its data was named"; return; }
  check "$btx" run "$root/recipes/quickstart.toml" engine.device=cuda "run.pack=$pack"
}

# A run that is killed goes on, to the bits of one that was not.
killed_run() {
  part "killed and continued"
  [ -n "$pack" ] || { skip "no pack of its data was named"; return; }
  local run=("$btx" --quiet run "$root/recipes/quickstart.toml" engine.device=cuda "run.pack=$pack" seed_model.train.tokens=200K
    expert.code.train.tokens=20K expert.maths.train.tokens=20K expert.reference.train.tokens=20K train.checkpoint_every=10)
  rm -rf "$out/killed" "$out/whole"
  timeout -s KILL "${KILL_AFTER:-8}" "${run[@]}" "run.dir=$out/killed" "run.store=$out/killed/store"
  [ $? = 137 ] || { echo "FAILED: the run had ended before it was killed; set KILL_AFTER to fewer seconds"; failed=1; }
  check "${run[@]}" "run.dir=$out/killed" "run.store=$out/killed/store"
  check "${run[@]}" "run.dir=$out/whole" "run.store=$out/whole/store"
  check cmp "$out/killed/quickstart/stages/finetune/model.safetensors" "$out/whole/quickstart/stages/finetune/model.safetensors"
}

# Memory errors and races of every kernel, where the toolkit's checker is.
sanitized() {
  part "compute-sanitizer"
  local checker tool
  checker=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
  [ -n "$checker" ] && [ -x "$(dirname "$btx")/gpu_test" ] || { skip "compute-sanitizer or gpu_test is not here"; return; }
  for tool in memcheck racecheck; do
    # Without LibTorch's cache every tensor is an allocation of its own, whose ends the checker knows.
    check env PYTORCH_NO_CUDA_MEMORY_CACHING=1 "BTX_TEST_PLUGIN_DIR=$(realpath "$here/../../lib/btx/plugins")" \
      "LD_LIBRARY_PATH=$BTX_TORCH_DIR/lib:${LD_LIBRARY_PATH:-}" "$checker" --tool "$tool" --error-exitcode 9 "$(dirname "$btx")/gpu_test" --no-intro=true '--test-case=*equals its reference*'
  done
}

does_it_run() {
  gpu_tests
  agreement
  quickstart
  killed_run
  sanitized
}
