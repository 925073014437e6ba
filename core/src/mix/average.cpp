#include <btx/error.hpp>
#include <btx/merge_strategy.hpp>

#include <fmt/format.h>

#include <cmath>

namespace btx {

std::vector<double> average_weights(const MergeInputs& inputs,
                                    const std::map<std::string, double>& given) {
  if (given.empty()) {
    return std::vector<double>(inputs.models.size(),
                               1.0 / static_cast<double>(inputs.models.size()));
  }
  std::map<std::string, double> rest = given;
  std::vector<double> weights;
  double sum = 0;
  for (const auto& model : inputs.models) {
    const auto found = rest.find(model.info.name);
    if (found == rest.end() || !(found->second >= 0) || std::isinf(found->second)) {
      throw Error(ExitCode::usage,
                  fmt::format("weights: model '{}' needs one, 0 or more", model.info.name));
    }
    weights.push_back(found->second);
    sum += found->second;
    rest.erase(found);
  }
  if (!rest.empty()) {
    throw Error(ExitCode::usage,
                fmt::format("weights: no model is called '{}'", rest.begin()->first));
  }
  if (sum == 0) throw Error(ExitCode::usage, "weights: they are all zero");
  if (std::isinf(sum)) throw Error(ExitCode::usage, "weights: their sum is infinite");
  for (auto& weight : weights) weight /= sum;
  return weights;
}

MixPlan average_plan(const MergeInputs& inputs, const std::vector<double>& weights) {
  MixPlan plan;
  plan.config = inputs.models.front().config;
  for (const auto& tensor : inputs.models.front().tensors) {
    WeightedSumOrigin mean;
    for (std::size_t model = 0; model < weights.size(); ++model) {
      mean.from.push_back({model, tensor.name});
    }
    mean.weights = weights;
    plan.tensors.push_back({{tensor.name, DType::float32, tensor.shape}, std::move(mean)});
  }
  return plan;
}

}  // namespace btx
