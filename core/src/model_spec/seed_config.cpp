#include "model_spec/seed_config.hpp"

namespace btx {

ModelConfig seed_config(const ModelShape& shape, std::int64_t vocab_size) {
  ModelConfig c;
  c.vocab_size = vocab_size;
  c.hidden_size = shape.hidden_size;
  c.num_layers = shape.layers;
  c.num_heads = shape.heads;
  c.num_kv_heads = shape.kv_heads;
  c.head_dim = shape.head_dim;
  c.ffn_size = shape.ffn_size;
  c.context = shape.context;
  c.rope_theta = shape.rope_theta;
  c.rms_norm_eps = shape.rms_norm_eps;
  c.tie_embeddings = shape.tie_embeddings;
  return c;
}

}  // namespace btx
