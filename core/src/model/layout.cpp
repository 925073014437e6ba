#include "model/layout.hpp"

#include "model/rope.hpp"

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

std::int64_t mixture_layers(const ModelConfig& config) {
  std::int64_t count = 0;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer)
    count += config.is_mixture(layer);
  return count;
}

}  // namespace

void check_model_config(const ModelConfig& c) {
  // The upper limit keeps products of sizes within 64 bits.
  const auto positive = [](const char* name, std::int64_t value) {
    require(value > 0 && value <= kLargestSize,
            fmt::format("model: {} must be from 1 to {}, got {}", name, kLargestSize, value));
  };
  positive("vocab_size", c.vocab_size);
  positive("hidden_size", c.hidden_size);
  positive("num_layers", c.num_layers);
  positive("num_heads", c.num_heads);
  positive("num_kv_heads", c.num_kv_heads);
  positive("head_dim", c.head_dim);
  positive("ffn_size", c.ffn_size);
  positive("context", c.context);
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
  const std::string& granularity = c.router.granularity;
  require(
      granularity == "ffn" || granularity == "linear" || granularity == "model",
      fmt::format("model: router granularity must be ffn, linear or model, got '{}'", granularity));
}

std::vector<TensorInfo> tensor_layout(const ModelConfig& config) {
  check_model_config(config);
  return Layout(config).build();
}

std::int64_t layout_size(const ModelConfig& config) {
  const std::int64_t mixtures = mixture_layers(config);
  const std::int64_t gates = config.router.granularity == "linear" ? 3 : 1;
  const std::int64_t dense = config.num_layers - mixtures;
  return 9 * dense + mixtures * (6 + gates + 3 * config.num_experts()) + 3;
}

std::string RoutingSite::name() const {
  return part.empty() ? std::to_string(layer) : fmt::format("{} {}", layer, part);
}

std::vector<RoutingSite> routing_sites(const ModelConfig& c) {
  std::vector<RoutingSite> sites;
  std::int64_t index = 0;
  for (std::int64_t layer = 0; layer < c.num_layers; ++layer) {
    if (!c.is_mixture(layer)) continue;
    if (c.router.granularity == "linear") {
      for (const char* part : {"gate_proj", "up_proj", "down_proj"}) {
        const bool down = std::string(part) == "down_proj";
        sites.push_back({layer, index, part, down ? c.ffn_size : c.hidden_size,
                         tensor_names::gate(layer, part)});
      }
    } else if (c.router.granularity == "ffn" || sites.empty()) {
      sites.push_back({layer, index, "", c.hidden_size, tensor_names::gate(layer)});
    }
    ++index;
  }
  return sites;
}

std::string fused_with(const std::string& name) {
  const auto head = [&](const char* mark) { return name.substr(0, name.find(mark)); };
  const auto ends = [&](const char* tail) { return name.ends_with(tail); };
  if (ends("q_proj.weight") || ends("k_proj.weight") || ends("v_proj.weight")) {
    return head(".self_attn.") + " qkv";
  }
  const bool experts = name.find(".experts.") != std::string::npos;
  if (experts) return head(".experts.") + (ends("w2.weight") ? " down" : " gate and up");
  if (ends("mlp.gate_proj.weight") || ends("mlp.up_proj.weight")) {
    return head(".mlp.") + " gate and up";
  }
  return name;
}

std::string router_tensor_name(std::int64_t layer, const std::string& name) {
  return fmt::format("model.layers.{}.block_sparse_moe.router.{}", layer, name);
}

std::int64_t count_parameters(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const auto& tensor : tensor_layout(config)) count += tensor.elements();
  return count;
}

double count_active_parameters(const ModelConfig& config, double experts_per_token) {
  const double idle = static_cast<double>(config.num_experts()) - experts_per_token;
  const double ffn = 3.0 * static_cast<double>(config.hidden_size * config.ffn_size);
  return static_cast<double>(count_parameters(config)) -
         idle * ffn * static_cast<double>(mixture_layers(config));
}

double training_flops_per_token(const ModelConfig& config, double experts_per_token,
                                std::int64_t sequence_length) {
  // A tied embedding multiplies once, as the output head; an untied one never does.
  const double lookup =
      config.tie_embeddings ? 0 : static_cast<double>(config.vocab_size * config.hidden_size);
  const double attention = 12.0 * static_cast<double>(config.num_layers * config.num_heads *
                                                      config.head_dim * sequence_length);
  return 6.0 * (count_active_parameters(config, experts_per_token) - lookup) + attention;
}

namespace tensor_names {

bool parse_dense_ffn(const std::string& name, std::int64_t& layer, std::string& part) {
  const std::string head = "model.layers.";
  const std::string tail = ".weight";
  if (!name.starts_with(head) || !name.ends_with(tail)) return false;
  const std::size_t dot = name.find('.', head.size());
  if (dot == std::string::npos || name.compare(dot, 5, ".mlp.") != 0) return false;
  part = name.substr(dot + 5, name.size() - dot - 5 - tail.size());
  if (part != "gate_proj" && part != "up_proj" && part != "down_proj") return false;
  layer = std::stoll(name.substr(head.size(), dot - head.size()));
  return true;
}

namespace {
const char* mixtral_part(const std::string& part) {
  return part == "gate_proj" ? "w1" : part == "up_proj" ? "w3" : "w2";
}
}  // namespace

std::string expert_ffn(std::int64_t layer, std::int64_t expert, const std::string& part) {
  return fmt::format("model.layers.{}.block_sparse_moe.experts.{}.{}.weight", layer, expert,
                     mixtral_part(part));
}

std::string gate(std::int64_t layer) {
  return fmt::format("model.layers.{}.block_sparse_moe.gate.weight", layer);
}

std::string gate(std::int64_t layer, const std::string& part) {
  return fmt::format("model.layers.{}.block_sparse_moe.gate.{}.weight", layer, mixtral_part(part));
}

}  // namespace tensor_names
}  // namespace btx
