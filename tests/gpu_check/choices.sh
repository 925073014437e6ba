# Part 3 of gpu_check.sh: which of two ways is faster on this card. Sourced.

# beside NAME SETTING...: tokens a second with these settings.
beside() {
  local json
  json=$(timed "${@:2}") || { echo "FAILED: $1"; failed=1; return; }
  printf '%-28s %s tokens/s, peak %s bytes\n' "$1" "$(value tokens_per_s <<< "$json")" "$(value peak_device_bytes <<< "$json")"
}

choices_of() {
  shape "$1" || { failed=1; return; }
  part "choices: $1"
  beside "kernels of our own" engine.kernels=fast
  beside "LibTorch's operators" engine.kernels=aten
  beside "kernels of our own, again" engine.kernels=fast
  beside "half the micro-batch" "train.micro_batch=$(($(printf '%s\n' "${settings[@]}" | sed -n 's/^train.micro_batch=//p' | tail -1) / 2))"
}

choices() {
  local one
  for one in ${SHAPES:-quickstart-4 135m 1.1b-4}; do choices_of "$one"; done
}
