#include "mix/expert_data.hpp"

#include "mix/check_plan.hpp"
#include "model_spec/tensor_names.hpp"

#include <btx/merge_strategy.hpp>

#include <cmath>

namespace btx {
namespace {

using Weights = std::map<std::string, double>;

/// Adds how much of a tensor comes from each model.
void add_models(const Origin& origin, std::map<std::size_t, double>& models) {
  const auto refs = references(origin);
  const auto* sum = std::get_if<WeightedSumOrigin>(&origin);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    models[refs[i].model] += sum == nullptr ? 1.0 : std::abs(sum->weights[i]);
  }
}

Weights mean_of(const std::map<std::size_t, double>& parts, const std::vector<Weights>& models) {
  if (parts.size() == 1) return models.at(parts.begin()->first);
  Weights mean;
  for (const auto& [model, part] : parts) {
    double total = 0;
    for (const auto& [domain, weight] : models.at(model)) total += weight;
    for (const auto& [domain, weight] : models.at(model)) mean[domain] += part * weight / total;
  }
  return mean;
}

}  // namespace

std::vector<Weights> expert_data(const MixPlan& plan, const std::vector<Weights>& models) {
  std::map<std::string, std::size_t> expert_of;  // by tensor
  for (std::int64_t layer = 0; layer < plan.config.num_layers; ++layer) {
    for (std::int64_t e = 0; e < plan.config.num_experts(); ++e) {
      for (const char* part : kFfnParts) {
        expert_of[tensor_names::expert_ffn(layer, e, part)] = static_cast<std::size_t>(e);
      }
    }
  }
  std::vector<std::map<std::size_t, double>> parts(plan.config.experts.size());
  for (const auto& tensor : plan.tensors) {
    const auto expert = expert_of.find(tensor.info.name);
    if (expert != expert_of.end()) add_models(tensor.origin, parts[expert->second]);
  }
  std::vector<Weights> data;
  for (const auto& mine : parts) data.push_back(mean_of(mine, models));
  return data;
}

}  // namespace btx
