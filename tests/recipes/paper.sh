#!/usr/bin/env bash
# The plan of the published setting has the paper's numbers: sections 4.1.1 and 4.3, parameter counts
# by their closed form.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"

# stage NAME: that row of the plan.
stage() { grep -E "^$1 " <<< "$plan" | tr -s ' '; }
expect() {
  case "$2" in
    *"$3"*) ;;
    *) echo "FAILED: $1: expected '$3' in: $2"; exit 1 ;;
  esac
}

plan=$("$btx" plan recipes/paper/btx.toml)
expect "an expert" "$(stage expert/math)" "6.74G 6.74G 201.00G"
expect "an expert" "$(stage expert/code)" "210.00G"
expect "an expert" "$(stage expert/wikipedia)" "42.00G"
expect "top-2, in all and active" "$(stage finetune)" "19.72G 11.07G 80.00G"
expect "tokens" "$plan" "533.01G beyond the seed's"

plan=$("$btx" plan recipes/paper/btx_sample_top_1.toml)
expect "sample top-1 with its soft first layer" "$(stage finetune)" "19.72G 7.14G 160.00G"
expect "tokens" "$plan" "613.01G beyond the seed's"

plan=$("$btx" plan recipes/paper/btx_sample_top_1.toml router.params.first_layer_soft=false)
expect "sample top-1 without it" "$(stage finetune)" "19.72G 6.74G 160.00G"
plan=$("$btx" plan recipes/paper/baselines.toml)
expect "both routers in one recipe" "$(stage baseline/sample_top_1)" "19.72G 7.14G 160.00G"
expect "both routers in one recipe" "$(stage finetune)" "19.72G 11.07G 80.00G"
echo "the plans have the paper's numbers"
