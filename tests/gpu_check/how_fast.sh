# Part 2 of gpu_check.sh: training steps beside the card's own ceilings and transformers' steps of the same shapes. Sourced.

# ceiling NAME: measured once, by python3's torch; empty without one that sees the GPU.
ceilings() {
  part "ceilings of this card"
  measured=$(timeout 120 python3 "$here/gpu_check/ceilings.py" 2> /dev/null) || { measured=""; skip "python3's torch sees no GPU"; return; }
  echo "$measured"
}

# share_of PART WHOLE: in percent.
share_of() { awk -v a="$1" -v b="$2" 'BEGIN { printf b > 0 ? "%.1f %%" : "-", 100 * a / (b > 0 ? b : 1) }'; }

# transformers_step SHAPE VARIANT: tokens a second and peak bytes.
transformers_step() {
  local json
  json=$(timeout 300 python3 "$here/gpu_check/transformers_step.py" "$2" "$experts" "${settings[@]}" 2> "$out/transformers.log") ||
    { echo "transformers, $2: not run ($(tail -1 "$out/transformers.log"))"; return; }
  echo "transformers, $2: $(value tokens_per_s <<< "$json") tokens/s, $(value peak_bytes <<< "$json") bytes"
}

speed_of() {
  local json plan
  shape "$1" || { failed=1; return; }
  part "training step: $1"
  json=$(timed) || { echo "FAILED: bench step"; failed=1; return; }
  plan=$(planned)
  echo "btx: $(value tokens_per_s <<< "$json") tokens/s, $(value flops_per_s <<< "$json") FLOP/s of active parameters," \
    "$(share_of "$(value flops_per_s <<< "$json")" "$(value flops_per_s <<< "$measured")") of the card's product"
  echo "btx: peak $(value peak_device_bytes <<< "$json") bytes, planned $plan: $(share_of "$plan" "$(value peak_device_bytes <<< "$json")")"
  transformers_step "$1" eager
  transformers_step "$1" compiled
}

how_fast() {
  local one
  ceilings
  for one in ${SHAPES:-quickstart quickstart-4 135m 135m-4 1.1b 1.1b-4}; do speed_of "$one"; done
}
