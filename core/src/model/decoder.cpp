#include "model/decoder.hpp"

#include <btx/error.hpp>
#include <btx/merge_strategy.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <fmt/format.h>

namespace btx {
namespace {

/// The gate (0) or up (1) projections of all experts out of [E, 2F, D].
Weight half(const Weight& both, std::int64_t index) {
  const auto& shape = both.master.sizes();
  const std::vector<std::int64_t> halves = {shape[0], 2, shape[1] / 2, shape[2]};
  return {both.master.view(halves).select(1, index), both.compute.view(halves).select(1, index)};
}

}  // namespace

Decoder::Decoder(const ModelConfig& config, Parameters& parameters, const Ops& ops,
                 const LayerRouters& routers)
    : config_(config), ops_(ops), rotary_(config_, parameters.master().options()) {
  parameters.refresh();
  if (config_.num_experts() > 0) {
    host_ = std::make_unique<RouterHost>(config_, routers, parameters, ops_);
  }
  embedding_ = parameters.weight("model.embed_tokens.weight");
  norm_ = parameters.weight("model.norm.weight");
  head_ = config_.tie_embeddings ? embedding_ : parameters.weight("lm_head.weight");
  for (std::int64_t i = 0; i < config_.num_layers; ++i)
    layers_.push_back(make_layer(i, parameters));
}

Decoder::Layer Decoder::make_layer(std::int64_t index, const Parameters& parameters) const {
  const std::string prefix = fmt::format("model.layers.{}.", index);
  const std::int64_t d = config_.hidden_size;
  const std::int64_t f = config_.ffn_size;
  const std::int64_t heads = config_.num_heads + 2 * config_.num_kv_heads;
  Layer layer;
  layer.attention_norm = parameters.weight(prefix + "input_layernorm.weight");
  layer.qkv =
      parameters.weight(prefix + "self_attn.q_proj.weight", 3, {heads * config_.head_dim, d});
  layer.out = parameters.weight(prefix + "self_attn.o_proj.weight");
  layer.ffn_norm = parameters.weight(prefix + "post_attention_layernorm.weight");
  if (!config_.is_mixture(index)) {
    layer.gate_up = parameters.weight(prefix + "mlp.gate_proj.weight", 2, {2 * f, d});
    layer.down = parameters.weight(prefix + "mlp.down_proj.weight");
    return layer;
  }
  layer.site = host_->first_site(index);
  const auto experts = static_cast<std::size_t>(config_.num_experts());
  layer.gate_up = parameters.weight(tensor_names::expert_ffn(index, 0, "gate_proj"), 2 * experts,
                                    {config_.num_experts(), 2 * f, d});
  layer.down = parameters.weight(tensor_names::expert_ffn(index, 0, "down_proj"), experts,
                                 {config_.num_experts(), d, f});
  return layer;
}

at::Tensor Decoder::mixture(const at::Tensor& x, const Batch& batch, const Layer& layer,
                            ForwardPass& pass) const {
  const auto route = [&](std::size_t site, const at::Tensor& input) {
    return host_->route(site, input, batch, pass);
  };
  if (config_.router.granularity != Granularity::linear) {
    return ops_.expert_ffn(x, layer.gate_up, layer.down, route(layer.site, x));
  }
  const at::Tensor a = ops_.expert_linear(x, half(layer.gate_up, 0), route(layer.site, x));
  const at::Tensor b = ops_.expert_linear(x, half(layer.gate_up, 1), route(layer.site + 1, x));
  const at::Tensor h = ops_.swiglu(at::cat({a, b}, -1));
  return ops_.expert_linear(h, layer.down, route(layer.site + 2, h));
}

/// attention(qkv [N, (H+2G)d], layer) gives [N, Hd].
template <class Attention>
at::Tensor Decoder::run_layers(const Batch& batch, ForwardPass& pass, Attention attention) const {
  pass.sites.clear();
  if (host_ != nullptr) host_->begin(batch, pass);
  at::Tensor x = at::embedding(embedding_.master, batch.tokens.reshape(-1))
                     .to(embedding_.compute.scalar_type());
  // The norm in front of layer i, or of the head.
  const auto norm_before = [&](std::int64_t i) -> const Weight& {
    return i < config_.num_layers ? layers_[static_cast<std::size_t>(i)].attention_norm : norm_;
  };
  at::Tensor y = ops_.rms_norm(x, norm_before(0), config_.rms_norm_eps);
  const auto add = [&](const at::Tensor& block, const Weight& norm) {
    const NormedSum both = ops_.add_rms_norm(x, block, norm, config_.rms_norm_eps);
    x = both.sum;
    y = both.normed;
  };
  for (std::int64_t i = 0; i < config_.num_layers; ++i) {
    const Layer& w = layers_[static_cast<std::size_t>(i)];
    add(ops_.linear(attention(ops_.linear(y, w.qkv), i), w.out), w.ffn_norm);
    add(config_.is_mixture(i) ? mixture(y, batch, w, pass)
                              : ops_.linear(ops_.swiglu(ops_.linear(y, w.gate_up)), w.down),
        norm_before(i + 1));
  }
  return y;
}

at::Tensor Decoder::hidden(const Batch& batch, ForwardPass& pass) const {
  const std::int64_t tokens = batch.tokens.size(1);
  if (tokens > config_.context) {
    throw Error(fmt::format("a sequence of {} tokens is longer than the model's context of {}",
                            tokens, config_.context));
  }
  const AttentionShape shape{batch.tokens.size(0), config_.num_heads, config_.num_kv_heads,
                             config_.head_dim};
  const RotaryTables rotary = rotary_.at_least(tokens);
  const at::Tensor cosine = rotary.cosine.narrow(0, 0, tokens);
  const at::Tensor sine = rotary.sine.narrow(0, 0, tokens);
  return run_layers(batch, pass, [&](const at::Tensor& qkv, std::int64_t /*layer*/) {
    return ops_.attention(qkv, shape, cosine, sine);
  });
}

at::Tensor Decoder::extend(const Batch& batch, const at::Tensor& visible, KeyValueCache& cache,
                           ForwardPass& pass) const {
  const std::int64_t rows = batch.tokens.size(0);
  const std::int64_t tokens = batch.tokens.size(1);
  const at::Tensor place = batch.positions.reshape(-1);
  const std::vector<std::int64_t> angles = {rows, tokens, config_.head_dim / 2};
  // A token stands no further than the columns that it could see.
  const RotaryTables rotary = rotary_.at_least(std::min(visible.size(2), config_.context));
  const at::Tensor cosine = rotary.cosine.index_select(0, place).view(angles);
  const at::Tensor sine = rotary.sine.index_select(0, place).view(angles);
  return run_layers(batch, pass, [&](const at::Tensor& qkv, std::int64_t layer) {
    const at::Tensor all = qkv.view({rows, tokens, -1, config_.head_dim});
    const at::Tensor q = ops_.rotate(all.narrow(2, 0, config_.num_heads), cosine, sine);
    const at::Tensor k =
        ops_.rotate(all.narrow(2, config_.num_heads, config_.num_kv_heads), cosine, sine);
    const at::Tensor v =
        all.narrow(2, config_.num_heads + config_.num_kv_heads, config_.num_kv_heads);
    const auto [keys, values] = cache.append(layer, k.transpose(1, 2), v.transpose(1, 2));
    return ops_.attend(q, keys, values, visible);
  });
}

void Decoder::check_routing(const ForwardPass& pass) const {
  if (host_ != nullptr) host_->check(pass);
}

at::Tensor Decoder::routing_sums(const Batch& batch, const ForwardPass& pass) const {
  return host_ != nullptr ? host_->routing_sums(batch, pass) : at::Tensor();
}

std::vector<at::Tensor> Decoder::selection_biases() const {
  return host_ != nullptr ? host_->selection_biases() : std::vector<at::Tensor>();
}

void Decoder::after_step(const std::vector<std::vector<double>>& load,
                         const ForwardPass& step) const {
  if (host_ != nullptr) host_->after_step(load, step);
}

at::Tensor Decoder::loss(const Batch& batch, ForwardPass& pass) const {
  const at::Tensor h = hidden(batch, pass);
  const at::Tensor losses = ops_.cross_entropy(h, head_, batch.targets.reshape(-1));
  return losses.view(batch.targets.sizes());
}

at::Tensor Decoder::loss_of(const at::Tensor& hidden, const at::Tensor& targets) const {
  const Weight exact{head_.master, head_.master};
  return ops_.cross_entropy(hidden.to(exact.compute.scalar_type()), exact, targets);
}

at::Tensor Decoder::logits(const at::Tensor& hidden) const {
  const Weight exact{head_.master, head_.master};
  return ops_.linear(hidden.to(exact.compute.scalar_type()), exact).to(at::kFloat);
}

}  // namespace btx
