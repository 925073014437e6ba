# The models of parts 2 and 3, and how a step of one is timed. Sourced by gpu_check.sh, never run.

# shape NAME: sets settings (of a recipe), experts, steps.
shape() {
  experts=0 steps="${STEPS:-10}"
  case "$1" in
    tiny | tiny-4) settings=(model.layers=1 model.context=64 train.batch_tokens=256 train.micro_batch=4) ;;  # for a stand-in
    quickstart | quickstart-4) settings=(train.batch_tokens=4096 train.micro_batch=16) ;;
    135m | 135m-4)
      settings=(model.layers=30 model.hidden_size=576 model.heads=9 model.kv_heads=3 model.ffn_size=1536 model.context=2048
        tokenizer.vocab_size=49152 train.batch_tokens=32768 train.micro_batch=16) ;;
    1.1b | 1.1b-4)
      settings=(model.layers=22 model.hidden_size=2048 model.heads=32 model.kv_heads=4 model.ffn_size=5632 model.context=2048
        tokenizer.vocab_size=32000 train.batch_tokens=16384 train.micro_batch=8) ;;
    *) echo "$1 is not a shape: quickstart 135m 1.1b, each also with -4 for a mixture of four experts, top-2"; return 1 ;;
  esac
  [[ "$1" != *-4 ]] || experts=4
  [[ "$1" != 1.1b-4 ]] || settings=("${settings[@]/train.micro_batch=8/train.micro_batch=4}")
  settings+=(engine.device=cuda engine.dtype=bfloat16)
}

# value NAME: of the JSON on standard input.
value() { grep -oE "\"$1\": *[0-9.e+-]+" | head -1 | sed 's/.*: *//'; }

# timed SETTING...: the JSON of a step of the shape that was named last.
timed() {
  timeout 300 "$btx" --quiet bench step "$root/recipes/quickstart.toml" --steps "$steps" --experts "$experts" "${settings[@]}" "$@"
}

# planned: bytes of GPU memory that the plan says of the shape's training.
planned() {
  local stage=seed
  [ "$experts" = 0 ] || stage=finetune
  "$btx" plan "$root/recipes/quickstart.toml" --json "${settings[@]}" | tr '{' '\n' | grep "\"name\": *\"$stage\"" | value device_bytes
}
