#include "model_spec/costs.hpp"

#include "base/text.hpp"
#include "model_spec/layout.hpp"
#include "model_spec/routing_sites.hpp"
#include "model_spec/tensor_names.hpp"

#include <algorithm>
#include <set>

namespace btx {

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

namespace {

/// The layer of a tensor; -1 before the first one, num_layers behind the last one.
std::int64_t layer_of(const std::string& tensor, const ModelConfig& config) {
  const std::string head = "model.layers.";
  if (tensor.starts_with(head)) return std::stoll(tensor.substr(head.size()));
  return tensor == "model.embed_tokens.weight" ? -1 : config.num_layers;
}

/// How many of a tensor's parameters multiply a token.
double multiplied(const TensorInfo& tensor, const ModelConfig& config, double experts_per_token) {
  // A tied embedding multiplies once, as the output head; an untied one never does.
  if (tensor.name == "model.embed_tokens.weight" && !config.tie_embeddings) return 0;
  const bool expert = tensor.name.find(".experts.") != std::string::npos;
  const double share = expert ? experts_per_token / static_cast<double>(config.num_experts()) : 1.0;
  return share * static_cast<double>(tensor.elements());
}

/// Names of fused groups (fused_with()) that have a trained tensor.
std::set<std::string> trained_groups(const ModelConfig& config,
                                     const std::vector<std::string>& frozen) {
  std::set<std::string> groups;
  for (const auto& tensor : tensor_layout(config)) {
    const auto matches = [&](const std::string& glob) { return glob_match(glob, tensor.name); };
    if (std::ranges::none_of(frozen, matches)) groups.insert(fused_with(tensor.name));
  }
  return groups;
}

}  // namespace

double training_flops_per_token(const ModelConfig& config, double experts_per_token,
                                std::int64_t sequence_length, const TrainingPasses& passes) {
  const double attention =
      4.0 * static_cast<double>(config.num_heads * config.head_dim * sequence_length);
  const auto trained = trained_groups(config, passes.frozen);
  std::int64_t first = config.num_layers;
  double head = 0;
  for (const auto& tensor : tensor_layout(config)) {
    const std::int64_t layer = layer_of(tensor.name, config);
    if (trained.count(fused_with(tensor.name)) > 0) first = std::min(first, layer);
    const bool output = layer == config.num_layers || (layer == -1 && config.tie_embeddings);
    if (output) head += 2 * multiplied(tensor, config, experts_per_token);
  }
  double forward = static_cast<double>(config.num_layers) * attention;
  double backward =
      2 * attention * static_cast<double>(config.num_layers - std::max<std::int64_t>(0, first));
  for (const auto& tensor : tensor_layout(config)) {
    const double product = 2 * multiplied(tensor, config, experts_per_token);
    const std::int64_t layer = layer_of(tensor.name, config);
    forward += product;
    if (layer >= first || layer == -1) backward += product;
    if (trained.count(fused_with(tensor.name)) > 0) backward += product;
  }
  return forward + backward + (passes.first_pass ? forward - head : 0);
}

}  // namespace btx
