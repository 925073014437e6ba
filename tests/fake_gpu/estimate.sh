#!/usr/bin/env bash
# What `btx plan` says of a GPU's memory is within 10 % of what training takes there, for shapes up to four experts of 1.1B:
# the dry mode of the stand-in takes the memory and computes nothing. Of deep models one and two layers are measured, as each
# further one adds the same.
. "$(dirname "$0")/../end_to_end/common.sh" "$1"
export BTX_FAKE_GPU_DRY=1
printf '[[expert]]\nname = "prose"\ntrain = { tokens = "5K" }\n' >> tiny.toml  # the fourth, with the seed

# taken EXPERTS CHANGE...: bytes of GPU memory at the peak of a training step.
taken() {
  "$btx" --quiet bench step tiny.toml --steps 1 --experts "$@" > out.txt 2> err.txt || { cat err.txt >> out.txt; fail "bench step"; }
  sed -nE 's/.*"peak_device_bytes": *([0-9]+).*/\1/p' out.txt
}
# said_of STAGE CHANGE...: bytes that the plan says of it.
said_of() {
  "$btx" plan tiny.toml --json "${@:2}" > plan.txt 2> err.txt || { cat err.txt > out.txt; fail "plan"; }
  tr '{' '\n' < plan.txt | sed -nE "s/.*\"name\": *\"$1\".*\"device_bytes\": *([0-9.e+]+).*/\1/p"
}
# shape NAME EXPERTS LAYERS CHANGE...: a mixture of four experts, or a dense model for 0.
shape() {
  local name="$1" experts="$2" layers="$3" one two
  shift 3
  one=$(taken "$experts" model.layers=1 "$@") two=$(taken "$experts" model.layers=2 "$@")
  awk -v name="$name" -v one="$one" -v two="$two" -v layers="$layers" \
    -v said="$(said_of "$([ "$experts" = 0 ] && echo seed || echo finetune)" "model.layers=$layers" "$@")" '
    BEGIN { peak = one + (layers - 1) * (two - one); off = said / peak - 1
            printf "%-28s peak %7.3f GB, plan %7.3f GB, %+5.1f %%\n", name, peak / 1e9, said / 1e9, 100 * off
            exit off < -0.1 || off > 0.1 }' | tee -a table.txt
  [ "${PIPESTATUS[0]}" = 0 ] || { cp table.txt out.txt; fail "the plan's memory is off"; }
}

small=(model.hidden_size=192 model.heads=6 model.kv_heads=2 model.ffn_size=512 model.context=256
  tokenizer.vocab_size=4096 train.batch_tokens=4096 train.micro_batch=16)
medium=(model.hidden_size=576 model.heads=9 model.kv_heads=3 model.ffn_size=1536 model.context=2048
  tokenizer.vocab_size=49152 train.batch_tokens=16384 train.micro_batch=8)
# Its vocabulary is small: numbers that the host draws are most of what this test takes.
large=(model.hidden_size=2048 model.heads=32 model.kv_heads=4 model.ffn_size=5632 model.context=2048
  tokenizer.vocab_size=8192 train.batch_tokens=8192 train.micro_batch=4)
bf16=(engine.dtype=bfloat16)
shape "quickstart, dense" 0 6 "${small[@]}" "${bf16[@]}"
shape "quickstart, mixture" 4 6 "${small[@]}" "${bf16[@]}"
shape "quickstart, float32" 0 6 "${small[@]}" engine.dtype=float32
shape "135M, dense" 0 30 "${medium[@]}" "${bf16[@]}"
shape "4 x 135M, top-2" 4 30 "${medium[@]}" "${bf16[@]}"
shape "1.1B, dense" 0 22 "${large[@]}" "${bf16[@]}"
shape "4 x 1.1B, top-2" 4 22 "${large[@]}" "${bf16[@]}"
shape "quickstart, aten" 0 6 "${small[@]}" "${bf16[@]}" engine.kernels=aten
