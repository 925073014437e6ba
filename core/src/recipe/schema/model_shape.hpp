#pragma once
// [model]: the shape of a seed that is trained.

#include <btx/params.hpp>

#include <cstdint>

namespace btx {

/// The shape of a dense model; the vocabulary comes from the tokenizer.
struct ModelShape {
  std::int64_t hidden_size = 192;
  std::int64_t layers = 6;
  std::int64_t heads = 6;
  std::int64_t kv_heads = 6;
  std::int64_t head_dim = 0;
  std::int64_t ffn_size = 512;
  std::int64_t context = 256;
  double rope_theta = 10000;
  double rms_norm_eps = 1e-5;
  bool tie_embeddings = true;
  double init_std = 0.02;

  void fields(Fields& f) {
    f("hidden_size", hidden_size, "width of the residual stream", {.min = 1, .max = 1e6});
    f("layers", layers, "decoder layers", {.min = 1, .max = 4096});
    f("heads", heads, "query heads", {.min = 1, .max = 65536});
    f("kv_heads", kv_heads, "key and value heads; divides heads", {.min = 1, .max = 65536});
    f("head_dim", head_dim, "width of a head, even; 0: hidden_size / heads",
      {.min = 0, .max = 65536});
    f("ffn_size", ffn_size, "inner width of a feed-forward layer", {.min = 1, .max = 1e7});
    f("context", context, "longest sequence, in tokens",
      {.min = 2, .max = 1e7, .unit = Unit::tokens});
    f("rope_theta", rope_theta, "base of the rotary embedding", {.min = 1});
    f("rms_norm_eps", rms_norm_eps, "added under the root of RMSNorm", {.min = 0});
    f("tie_embeddings", tie_embeddings, "input and output embedding are one matrix");
    f("init_std", init_std,
      "deviation of new weights; projections into the residual stream get it / sqrt(2 layers)",
      {.min = 0});
  }
};

}  // namespace btx
