#!/usr/bin/env bash
# A model that is larger than the memory it is given is imported, merged and exported in a stream,
# and comes out with the bits it had.
peak_rss=$(realpath "$2/../peak_rss")
. "$(dirname "$0")/common.sh" "$1"
limit=$((512 * 1024)) # KiB

needed=$((7 << 20)) # KiB of disk
[ "$(df --output=avail -k . | tail -1)" -gt "$needed" ] || { echo "needs $needed KiB of disk"; exit 77; }

width=2048 ffn=2048 vocab=139264 layers=1
# One tensor, the embedding, is larger than the limit by itself.
[ $((vocab * width * 2)) -gt $((limit * 1024)) ] || fail "the model is too small to show anything"

# NAME ROWS COLUMNS (1 row: a vector), in the order in which they lie.
tensors_of_layers() {
  local layer at
  for ((layer = 0; layer < layers; ++layer)); do
    at=model.layers.$layer
    echo "$at.input_layernorm.weight 1 $width"
    for part in q k v o; do echo "$at.self_attn.${part}_proj.weight $width $width"; done
    echo "$at.post_attention_layernorm.weight 1 $width"
    echo "$at.mlp.gate_proj.weight $ffn $width"
    echo "$at.mlp.up_proj.weight $ffn $width"
    echo "$at.mlp.down_proj.weight $width $ffn"
  done
  echo "model.norm.weight 1 $width"
}

# shard FILE < tensors: bfloat16 with random bits, none of them NaN, infinite or -0, which sums lose.
shard() {
  local header bytes
  header=$(awk '{ rows = $2; n = $2 * $3 * 2
    shape = rows == 1 ? $3 : rows "," $3
    printf "%s\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%.0f,%.0f]}", (NR == 1 ? "{" : ","), $1, shape, at, at + n
    at += n } END { printf "}" }')
  bytes=$(grep -oE '[0-9]+\]\}\}$' <<< "$header" | tr -d ']}')
  printf "$(printf '\\x%02x' $((${#header} & 255)) $((${#header} >> 8 & 255)) $((${#header} >> 16)) 0 0 0 0 0)" > "$1"
  printf '%s' "$header" >> "$1"
  head -c "$bytes" /dev/urandom | LC_ALL=C tr '\177\200\377' '\076\201\276' >> "$1"
}

mkdir model
tensors_of_layers | shard model/model-00002-of-00002.safetensors
echo "model.embed_tokens.weight $vocab $width" | shard model/model-00001-of-00002.safetensors
{
  printf '{"metadata": {}, "weight_map": {"model.embed_tokens.weight": "model-00001-of-00002.safetensors"'
  tensors_of_layers | awk '{ printf ", \"%s\": \"model-00002-of-00002.safetensors\"", $1 }'
  printf '}}\n'
} > model/model.safetensors.index.json
cat > model/config.json <<JSON
{"architectures": ["MistralForCausalLM"], "vocab_size": $vocab, "hidden_size": $width, "num_hidden_layers": $layers,
 "num_attention_heads": 16, "num_key_value_heads": 16, "intermediate_size": $ffn, "max_position_embeddings": 32,
 "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16"}
JSON

small() {
  expect 0 "$peak_rss" "$limit" "$@"
  printf '%-60s %s\n' "$(basename "$1") ${*:2:3}" "$(grep '^peak RSS' out.txt)"
}
big=(seed_model.import="$work/model" expert.code.import="$work/model" expert.maths.import="$work/model" train.micro_batch=1)

# Packing plans the whole run and prepares its data, which is all that these stages need.
for strategy in btm_average btx; do
  small "$btx" data pack tiny.toml "${big[@]}" mix.strategy="$strategy" --output "$strategy.pack"
  [ "$strategy" = btx ] || for stage in seed expert/code expert/maths; do small "$btx" stage runs/tiny "$stage"; done
  small "$btx" stage runs/tiny mix
  [ "$strategy" = btx ] || cmp runs/tiny/stages/seed/model.safetensors runs/tiny/stages/mix/model.safetensors ||
    fail "the average of a model with itself is another model"
  rm "$strategy.pack"
done

small "$btx" export hf runs/tiny exported --model seed --dtype bfloat16 --shard-size $((vocab * width * 2))
for shard in 1 2; do
  file="model-0000$shard-of-00002.safetensors"
  header=$(od -An -tu8 -N8 "model/$file")
  cmp <(tail -c +$((header + 9)) "model/$file") \
    <(tail -c +$(($(od -An -tu8 -N8 "exported/$file") + 9)) "exported/$file") || fail "$file came back with other bits"
done
small "$btx" export hf model again
expect 0 "$btx" inspect exported
