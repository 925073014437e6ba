#pragma once
// The list of ModelConfig's whole numbers, with the names that files give them.

#include <btx/model_config.hpp>

#include <cstdint>

namespace btx {

/// What one of them is called.
struct SizeName {
  const char* name;  ///< in ModelConfig and in messages
  const char* hf;    ///< in Hugging Face's config.json
};

/// Calls f(SizeName, value) for each size of a config, which may be const.   [any]
template <class Config, class F>
void for_each_size(Config& c, F f) {
  f(SizeName{"vocab_size", "vocab_size"}, c.vocab_size);
  f(SizeName{"hidden_size", "hidden_size"}, c.hidden_size);
  f(SizeName{"num_layers", "num_hidden_layers"}, c.num_layers);
  f(SizeName{"num_heads", "num_attention_heads"}, c.num_heads);
  f(SizeName{"num_kv_heads", "num_key_value_heads"}, c.num_kv_heads);
  f(SizeName{"head_dim", "head_dim"}, c.head_dim);
  f(SizeName{"ffn_size", "intermediate_size"}, c.ffn_size);
  f(SizeName{"context", "max_position_embeddings"}, c.context);
}

}  // namespace btx
