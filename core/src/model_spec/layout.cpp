#include "model_spec/layout.hpp"

#include "model_spec/rope.hpp"
#include "model_spec/routing_sites.hpp"
#include "model_spec/sizes.hpp"

#include <btx/error.hpp>
#include <btx/merge_strategy.hpp>

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace btx {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::int64_t kLargestSize = std::int64_t{1} << 24;
constexpr std::int64_t kLongestContext = 10'000'000;

void require(bool good, const std::string& message) {
  if (!good) throw Error(ExitCode::usage, message);
}

class Layout {
 public:
  explicit Layout(const ModelConfig& config) : c_(config), sites_(routing_sites(config)) {}

  std::vector<TensorInfo> build() {
    add("model.embed_tokens.weight", {c_.vocab_size, c_.hidden_size});
    for (std::int64_t layer = 0; layer < c_.num_layers; ++layer) add_layer(layer);
    add("model.norm.weight", {c_.hidden_size});
    if (!c_.tie_embeddings) add("lm_head.weight", {c_.vocab_size, c_.hidden_size});
    return std::move(tensors_);
  }

 private:
  void add(std::string name, Shape shape) {
    tensors_.push_back({std::move(name), DType::float32, std::move(shape)});
  }

  void add_layer(std::int64_t layer) {
    const std::string at = fmt::format("model.layers.{}.", layer);
    const std::int64_t q = c_.num_heads * c_.head_dim;
    const std::int64_t kv = c_.num_kv_heads * c_.head_dim;
    add(at + "input_layernorm.weight", {c_.hidden_size});
    add(at + "self_attn.q_proj.weight", {q, c_.hidden_size});
    add(at + "self_attn.k_proj.weight", {kv, c_.hidden_size});
    add(at + "self_attn.v_proj.weight", {kv, c_.hidden_size});
    add(at + "self_attn.o_proj.weight", {c_.hidden_size, q});
    add(at + "post_attention_layernorm.weight", {c_.hidden_size});
    if (c_.is_mixture(layer)) {
      add_mixture(layer);
    } else {
      add(at + "mlp.gate_proj.weight", {c_.ffn_size, c_.hidden_size});
      add(at + "mlp.up_proj.weight", {c_.ffn_size, c_.hidden_size});
      add(at + "mlp.down_proj.weight", {c_.hidden_size, c_.ffn_size});
    }
  }

  void add_mixture(std::int64_t layer) {
    const std::int64_t experts = c_.num_experts();
    for (const auto& site : sites_) {
      if (site.layer == layer) add(site.gate, {experts, site.width});
    }
    for (std::int64_t e = 0; e < experts; ++e) {
      add(tensor_names::expert_ffn(layer, e, "gate_proj"), {c_.ffn_size, c_.hidden_size});
      add(tensor_names::expert_ffn(layer, e, "up_proj"), {c_.ffn_size, c_.hidden_size});
    }
    for (std::int64_t e = 0; e < experts; ++e) {
      add(tensor_names::expert_ffn(layer, e, "down_proj"), {c_.hidden_size, c_.ffn_size});
    }
  }

  const ModelConfig& c_;
  std::vector<RoutingSite> sites_;
  std::vector<TensorInfo> tensors_;
};

}  // namespace

void check_model_config(const ModelConfig& c) {
  // The upper limit keeps products of sizes within 64 bits.
  const auto positive = [](const char* name, std::int64_t value) {
    require(value > 0 && value <= kLargestSize,
            fmt::format("model: {} must be from 1 to {}, got {}", name, kLargestSize, value));
  };
  for_each_size(c, [&](const SizeName& size, std::int64_t value) { positive(size.name, value); });
  // Rotary tables have a row a position.
  require(c.context <= kLongestContext,
          fmt::format("model: context must be at most {}, got {}", kLongestContext, c.context));
  positive("num_heads x head_dim", c.num_heads * c.head_dim);
  require(
      c.num_heads % c.num_kv_heads == 0,
      fmt::format("model: num_kv_heads {} must divide num_heads {}", c.num_kv_heads, c.num_heads));
  require(c.head_dim % 2 == 0, fmt::format("model: head_dim must be even, got {}", c.head_dim));
  require(std::isfinite(c.rope_theta) && c.rope_theta > 0,
          fmt::format("model: rope_theta must be above 0, got {}", c.rope_theta));
  require(std::isfinite(c.rms_norm_eps) && c.rms_norm_eps >= 0,
          fmt::format("model: rms_norm_eps must be 0 or more, got {}", c.rms_norm_eps));
  check_rope_scaling(c.rope_scaling);
  require(c.mixture.empty() || std::ssize(c.mixture) == c.num_layers,
          fmt::format("model: {} mixture flags for {} layers", c.mixture.size(), c.num_layers));
  require(mixture_layers(c) == 0 || c.num_experts() > 0, "model: mixture layers need experts");
  require(c.num_experts() <= kMostExperts,
          fmt::format("model: {} experts, at most {}", c.num_experts(), kMostExperts));
}

std::vector<TensorInfo> tensor_layout(const ModelConfig& config) {
  check_model_config(config);
  return Layout(config).build();
}

std::int64_t layout_size(const ModelConfig& config) {
  const std::int64_t mixtures = mixture_layers(config);
  const std::int64_t gates = config.router.granularity == Granularity::linear ? 3 : 1;
  const std::int64_t dense = config.num_layers - mixtures;
  return 9 * dense + mixtures * (6 + gates + 3 * config.num_experts()) + 3;
}

}  // namespace btx
