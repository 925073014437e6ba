#include "common/task_vectors.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <span>

namespace merges {
namespace {

using Inputs = std::span<const std::span<const float>>;  // the base, then every other model

/// The inputs of an origin, base first, and the weights of those after it.
std::vector<btx::TensorRef> references(const std::string& tensor, const TaskVectors& vectors,
                                       std::vector<double>& weights) {
  std::vector<btx::TensorRef> from = {{vectors.base, tensor}};
  for (std::size_t model = 0; model < vectors.weights.size(); ++model) {
    if (model == vectors.base) continue;
    from.push_back({model, tensor});
    weights.push_back(vectors.weights[model]);
  }
  return from;
}

/// The smallest magnitude of a task vector that is kept.
float smallest_kept(std::span<const float> base, std::span<const float> model, double density) {
  std::vector<float> sizes(base.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = std::abs(model[i] - base[i]);
  const auto share = static_cast<std::size_t>(density * static_cast<double>(sizes.size()));
  const auto last =
      sizes.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(share, 1)) - 1;
  std::nth_element(sizes.begin(), last, sizes.end(), std::greater<>());
  return *last;
}

/// The combined task vector at one element.
double elect(Inputs inputs, const std::vector<double>& weights, const std::vector<float>& kept_from,
             std::size_t at) {
  const auto task = [&](std::size_t model) {
    const float difference = inputs[model + 1][at] - inputs[0][at];
    return std::abs(difference) >= kept_from[model] ? static_cast<double>(difference) : 0.0;
  };
  double sign = 0;
  for (std::size_t model = 0; model < weights.size(); ++model) sign += weights[model] * task(model);
  double sum = 0;
  double share = 0;
  for (std::size_t model = 0; model < weights.size(); ++model) {
    const double value = task(model);
    if (value * sign <= 0) continue;
    sum += weights[model] * value;
    share += weights[model];
  }
  return share > 0 ? sum / share : 0;
}

}  // namespace

std::size_t find_base(const btx::MergeInputs& inputs) {
  std::optional<std::size_t> base;
  for (std::size_t model = 0; model < inputs.models.size(); ++model) {
    if (!inputs.models[model].info.domain.empty()) continue;
    if (base) {
      throw btx::Error(btx::ExitCode::usage,
                       fmt::format("task vectors need one base, but '{}' and '{}' both have no "
                                   "domain; mix one seed",
                                   inputs.models[*base].info.name, inputs.models[model].info.name));
    }
    base = model;
  }
  if (base) return *base;
  throw btx::Error(
      btx::ExitCode::usage,
      "task vectors need the seed as their base, but every model has a domain; mix the "
      "seed too, or set average = \"mean\"");
}

btx::FunctionOrigin ties(const std::string& tensor, const TaskVectors& vectors, double density) {
  btx::FunctionOrigin origin;
  std::vector<double> weights;
  origin.from = references(tensor, vectors, weights);
  origin.elementwise = false;  // what is trimmed depends on the whole tensor
  origin.apply = [weights, density, lambda = vectors.lambda](Inputs inputs, std::uint64_t /*index*/,
                                                             std::span<float> output) {
    std::vector<float> kept_from;
    for (std::size_t model = 0; model < weights.size(); ++model) {
      kept_from.push_back(smallest_kept(inputs[0], inputs[model + 1], density));
    }
    for (std::size_t i = 0; i < output.size(); ++i) {
      output[i] = static_cast<float>(inputs[0][i] + lambda * elect(inputs, weights, kept_from, i));
    }
  };
  return origin;
}

btx::FunctionOrigin dare(const std::string& tensor, const TaskVectors& vectors, double drop,
                         const btx::MergeInputs& inputs) {
  btx::FunctionOrigin origin;
  std::vector<double> weights;
  origin.from = references(tensor, vectors, weights);
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 1; i < origin.from.size(); ++i) {
    const std::string& name = inputs.models[origin.from[i].model].info.name;
    keys.push_back(btx::random_key(inputs.seed, fmt::format("dare/{}/{}", name, tensor)));
  }
  origin.apply = [weights, keys, drop, factor = vectors.lambda / (1 - drop)](
                     Inputs inputs, std::uint64_t index, std::span<float> output) {
    for (std::size_t i = 0; i < output.size(); ++i) {
      double sum = 0;
      for (std::size_t model = 0; model < weights.size(); ++model) {
        if (btx::random_uniform(keys[model], index + i) < drop) continue;
        sum += weights[model] * (static_cast<double>(inputs[model + 1][i]) - inputs[0][i]);
      }
      output[i] = static_cast<float>(inputs[0][i] + factor * sum);
    }
  };
  return origin;
}

}  // namespace merges
