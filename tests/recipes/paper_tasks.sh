#!/usr/bin/env bash
# The paper's evaluation sets: the fragment is read with its recipe, each of the paper's twelve is there
# with its shots, every set lies in the package, and the script that makes some of them does.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"

settings=$("$btx" config recipes/paper/btx.toml 2> /dev/null)
value() { sed -n "s|^$1 = \(.*[^ ]\) *# .*|\1|p" <<< "$settings"; }
# expect SET SHOTS GROUPS
expect() {
  [ "$(value "eval.set.$1.shots")" = "$2" ] || { echo "FAILED: $1: not $2 shots"; exit 1; }
  [ "$(value "eval.set.$1.groups")" = "[$3]" ] || { echo "FAILED: $1: not of groups $3"; exit 1; }
  case "$(value "eval.set.$1.requests")" in
    '"package:paper_tasks/'*'.jsonl.gz"') ;;
    *) echo "FAILED: $1: not out of the package: $(value "eval.set.$1.requests")"; exit 1 ;;
  esac
}
five=', "ablation"'  # tables 4 and 5 have their mean
expect gsm8k 8 "\"math\"$five"
expect math 4 '"math"'
expect humaneval 0 "\"code\"$five"
expect mbpp 3 '"code"'
expect naturalqs 5 "\"knowledge\"$five"
expect triviaqa 5 '"knowledge"'
for name in arc_easy siqa piqa winogrande; do expect "$name" 0 '"reasoning"'; done
expect arc_challenge 0 "\"reasoning\"$five"
expect mmlu 5 "\"general\"$five"
expect hellaswag 0 ""
[ "$(grep -c '^eval\.set\..*\.requests = ' <<< "$settings")" = 13 ] || { echo "FAILED: not 13 sets"; exit 1; }

command -v python3 > /dev/null || { echo "skipped: no python3 to run the script with"; exit 77; }
python3 tests/recipes/paper_tasks_test.py recipes/base/paper_tasks/convert.py
