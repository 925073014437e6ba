#pragma once
// Merge strategies by themselves: inputs of which the first is the seed, plans with gates of the
// test's own, and what the merged models compute.

#include "mix/check_plan.hpp"
#include "mix/models.hpp"
#include "model_spec/routing_sites.hpp"
#include "plugins/load.hpp"
#include "plugins/numbers.hpp"

#include <btx/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// A tiny model whose FFNs can be cut in 2, 3, 4 and 6.
inline ModelConfig wide_config() {
  ModelConfig config = tiny_config();
  config.ffn_size = 12;
  return config;
}

/// Models "a" (the seed), "b", ...; with equal numbers if `equal`.
inline Models some_models(const std::string& name, std::size_t count, bool equal = false,
                          const ModelConfig& config = wide_config()) {
  std::vector<Numbers> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(random_numbers(equal ? 1 : i + 1));
  Models models("merges-" + name, config, numbers);
  models.inputs[0].info.domain = "";
  return models;
}

/// What a strategy is given to make mixtures of all layers with the router top_k.
inline MergeInputs inputs_of(const Models& models, std::int64_t k = 2) {
  MergeInputs inputs;
  inputs.models = models.inputs;
  inputs.router = {"top_k", "{\"k\":" + std::to_string(k) + "}"};
  inputs.layers.assign(static_cast<std::size_t>(models.inputs[0].config.num_layers), true);
  inputs.seed = 7;
  return inputs;
}

/// What the strategy alone plans: unchecked, and mostly without gates.
inline MixPlan plan_of(const std::string& strategy, const MergeInputs& inputs,
                       const std::string& params = "{}") {
  return component<MergeStrategy>(strategy, params).call([&](const MergeStrategy& s) {
    return s.plan(inputs);
  });
}

inline const PlannedTensor& tensor_of(const MixPlan& plan, const std::string& name) {
  const auto found = std::find_if(plan.tensors.begin(), plan.tensors.end(),
                                  [&](const auto& tensor) { return tensor.info.name == name; });
  REQUIRE(found != plan.tensors.end());
  return *found;
}

/// Rows of the gates that write_merged() adds: zeros, one of its own for each expert or each group.
enum class Gates { zero, random, random_by_group };

/// Adds gates as the core does, checks the whole, and writes a checkpoint.
inline ModelFolder write_merged(MixPlan plan, const Models& models, const std::string& name,
                                Gates gates = Gates::random) {
  for (const auto& site : routing_sites(plan.config)) {
    FunctionOrigin origin{{}, false, {}};
    origin.apply = [gates, site, experts = plan.config.experts](
                       const auto& /*inputs*/, std::uint64_t /*index*/, std::span<float> out) {
      const auto width = static_cast<std::size_t>(site.width);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const ExpertInfo& expert = experts[i / width];
        const std::string& row = gates == Gates::random ? expert.name : expert.group;
        out[i] =
            gates == Gates::zero ? 0 : random_normal(random_key(3, site.gate + row), i % width);
      }
    };
    plan.tensors.push_back(
        {{site.gate, DType::float32, {plan.config.num_experts(), site.width}}, std::move(origin)});
  }
  check_plan(plan, models.inputs, {});
  const auto file = execute(plan, models, "merges-" + name);
  const fs::path folder = file.path().parent_path();
  write_file(folder / "config.json", config_to_json(plan.config, {false, 1}));
  return ModelFolder(folder);
}

/// Largest difference of the final hidden states of two models, for a few tokens.
double difference(const ModelFolder& a, const ModelFolder& b);

/// The three matrices of an FFN.
struct Ffn {
  Values gate, up, down;
};

inline Ffn dense_ffn(const ModelFolder& folder, std::int64_t layer) {
  const std::string head = "model.layers." + std::to_string(layer) + ".mlp.";
  return {read_tensor(folder, head + "gate_proj.weight"),
          read_tensor(folder, head + "up_proj.weight"),
          read_tensor(folder, head + "down_proj.weight")};
}

inline Ffn expert(const ModelFolder& folder, std::int64_t layer, std::int64_t index) {
  const auto part = [&](const char* name) {
    return read_tensor(folder, tensor_names::expert_ffn(layer, index, name));
  };
  return {part("gate_proj"), part("up_proj"), part("down_proj")};
}

/// down (silu(gate x) * (up x)) for x = (1, -0.5, 0.25, 2), in float64.
inline std::vector<double> run(const Ffn& ffn) {
  const std::vector<double> x = {1, -0.5, 0.25, 2};
  const std::size_t width = ffn.gate.size() / x.size();
  std::vector<double> y(x.size(), 0.0);
  for (std::size_t f = 0; f < width; ++f) {
    double a = 0, b = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      a += ffn.gate[f * x.size() + i] * x[i];
      b += ffn.up[f * x.size() + i] * x[i];
    }
    const double inner = a / (1 + std::exp(-a)) * b;
    for (std::size_t i = 0; i < x.size(); ++i) y[i] += ffn.down[i * width + f] * inner;
  }
  return y;
}

/// y += factor x.
inline void add(std::vector<double>& y, const std::vector<double>& x, double factor = 1) {
  y.resize(x.size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) y[i] += factor * x[i];
}

inline void check_near(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-5);
}

/// The usage error of a plan; "" if there is none.
inline std::string refusal(const std::string& strategy, const MergeInputs& inputs,
                           const std::string& params = "{}") {
  return usage_error_of([&] { plan_of(strategy, inputs, params); });
}

}  // namespace btx_test
