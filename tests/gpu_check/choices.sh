# Part 3 of gpu_check.sh: which of two ways is faster on this card. Sourced.

# beside NAME SETTING...: tokens a second with these settings.
beside() { printf '%-28s %s tokens/s, peak %s bytes\n' "$1" $(timed "${@:2}" | sed -nE 's/.*"tokens_per_s": *([0-9.e+]+).*"peak_device_bytes": *([0-9]+).*/\1 \2/p'); }

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
