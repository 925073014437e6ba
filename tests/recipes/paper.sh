#!/usr/bin/env bash
# The plan of the published setting has the paper's numbers: sections 4.1.1 and 4.3, parameter counts
# by their closed form; recipes that are a row of its tables are balanced and warmed up as that row is.
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
# values RECIPE KEY: the values that the resolved recipe has under this expression for a key, each once.
values() { "$btx" config "$1" | sed -nE "s/^($2) = ([^ ]+).*/\2/p" | sort -u | paste -sd ' '; }
value() {
  local found
  found=$(values "recipes/$1.toml" "$2")
  [ "$found" = "$3" ] || { echo "FAILED: $1: $2: expected '$3', got '$found'"; exit 1; }
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
# Table 3's upcycling (CM) is given the device time of experts and finetuning, in tokens of a mixture:
# (453.01 / 7354 + 80 / 2896) x 2896 = 258.39 G, or 1032.7 GPU-days; the paper's 252 G took 1007.1.
expect "upcycling in device time" "$(stage baseline/upcycling_cm)" "19.72G 11.07G 258.39G"

# Tables 4 and 5 at their 10B tokens: active parameters in training 6.7, 11.1 and 19.7 G, Sample Top-1 with its
# soft first layer.
plan=$("$btx" plan recipes/paper/ablations.toml)
for row in finetune baseline/{unbalanced,frozen,blended}; do expect "$row" "$(stage "$row")" "19.72G 11.07G 10.00G"; done
expect "split, 2 of 8" "$(stage baseline/split_top_2)" "19.73G 6.74G 10.00G"
expect "split, 4 of 8" "$(stage baseline/split_top_4)" "19.73G 11.07G 10.00G"
expect "Switch" "$(stage baseline/switch)" "19.72G 6.74G 10.00G"
expect "Sample Top-1" "$(stage baseline/sample_top_1)" "19.72G 7.14G 10.00G"
expect "soft" "$(stage baseline/soft)" "19.72G 19.72G 10.00G"
value paper/ablations router.balance.btx.alpha 0.01
# Rows that are finetuned otherwise than the first one are named.
unlike=$("$btx" plan recipes/paper/ablations.toml 2>&1 > /dev/null)
[ -z "$unlike" ] || { echo "FAILED: $unlike"; exit 1; }
unlike=$("$btx" plan recipes/paper/ablations.toml finetune.lr=5e-5 2>&1 > /dev/null)
expect "another rate" "$unlike" "baseline 'soft' is made of the experts as the mixture is, but is not trained as the finetune stage is: lr 0.0001 against 5e-05"
for row in unbalanced frozen switch sample_top_1 soft; do value paper/ablations "baseline.$row.router.balance\..*" ""; done

# Tables 3, 5 and 8: Sample Top-1 is not balanced, top-2 is; of table 5 only two rows are "no LB".
value paper/btx router.balance.btx.alpha 0.01
value paper/btx_sample_top_1 router.balance.btx.alpha 0.0
value paper/baselines router.balance.btx.alpha 0.01
value paper/baselines 'baseline.sample_top_1.router.balance\..*' ""
for row in balanced blended split_top_2 split_top_4; do
  value "ablations/$row" router.balance.btx.alpha 0.01
done
for row in unbalanced frozen; do value "ablations/$row" router.balance.btx.alpha 0.0; done

# Section 4.1.1: every training is warmed up for 100 steps.
trained=(seed_model.train expert.{math,code,wikipedia}.train finetune)
for recipe in paper/btx paper/btx_sample_top_1 paper/baselines; do
  for stage in "${trained[@]}"; do value "$recipe" "$stage.warmup_steps" 100; done
  value "$recipe" '.*warmup_steps' 100
done
for baseline in dense upcycling_dm upcycling_cm sample_top_1; do
  value paper/baselines "baseline.$baseline.train.warmup_steps" 100
done
echo "the plans have the paper's numbers"
