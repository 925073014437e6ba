// Sparse upcycling: the experts are copies of one dense model's FFNs, whole or cut into shards.
// Source: arXiv:2212.05055; shards, virtual groups and weight scaling: arXiv:2410.07524.
#include "common/copies.hpp"

#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>

#include <cmath>

namespace {

double standard_deviation(std::span<const float> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  return std::sqrt(square / static_cast<double>(values.size()));
}

class Upcycle final : public btx::MergeStrategy {
 public:
  struct Config {
    std::int64_t experts = 4;
    std::int64_t granularity = 1;
    std::string weight_scaling = "none";
    std::int64_t top_k = 0;
    double noise = 0;
    void fields(btx::Fields& f) {
      f("experts", experts, "copies of each FFN", {.min = 1});
      f("granularity", granularity, "experts each copy is cut into", {.min = 1});
      f("weight_scaling", weight_scaling, "which matrices make up for the smaller gates of shards",
        {.choices = {"none", "down", "cube_root"}});
      f("top_k", top_k, "cube_root: experts a token runs through", {.min = 0});
      f("noise", noise, "deviation of normal noise on experts / that of the matrix", {.min = 0});
    }
  };

  explicit Upcycle(const Config& config) : config_(config) {}

  btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
    merges::require_shards("granularity", config_.granularity, inputs);
    if (config_.weight_scaling == "cube_root" && config_.top_k == 0) {
      throw btx::Error(btx::ExitCode::usage,
                       "top_k: weight_scaling = \"cube_root\" needs it, the number of experts a "
                       "token runs through; give the router's k");
    }
    btx::MixPlan plan = merges::plan_copies(
        inputs, config_.experts, config_.granularity,
        [&](const merges::ExpertMatrix& matrix) { return origin(matrix, inputs.seed); });
    // With one gate row for all shards of a copy, the largest logits are those of whole copies.
    plan.gate_rows_by_group = config_.granularity > 1;
    return plan;
  }

 private:
  btx::Origin origin(const merges::ExpertMatrix& matrix, std::uint64_t seed) const {
    const double scale = scale_of(matrix.part);
    const btx::TensorRef from{0, matrix.source.name};
    if (config_.noise == 0) {
      return merges::shard_origin(from, matrix.source.shape, matrix.part, matrix.shard, scale);
    }
    btx::FunctionOrigin noisy;
    noisy.from = {from};
    noisy.elementwise = false;  // it needs the whole matrix's deviation
    noisy.apply = [scale, noise = config_.noise, shape = matrix.source.shape, part = matrix.part,
                   shard = matrix.shard, key = btx::random_key(seed, "noise/" + matrix.name)](
                      auto inputs, std::uint64_t index, std::span<float> output) {
      merges::copy_shard(inputs[0], shape, part, shard, output);
      const double deviation = noise * standard_deviation(inputs[0]);
      for (std::size_t i = 0; i < output.size(); ++i) {
        const double added = deviation * btx::random_normal(key, index + i);
        output[i] = static_cast<float>(scale * (output[i] + added));
      }
    };
    return noisy;
  }

  double scale_of(const std::string& part) const {
    const auto granularity = static_cast<double>(config_.granularity);
    if (config_.weight_scaling == "down") return part == "down_proj" ? granularity : 1;
    if (config_.weight_scaling != "cube_root") return 1;
    return std::cbrt(static_cast<double>(config_.experts) * granularity * granularity /
                     static_cast<double>(config_.top_k));
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("upcycle", "0.1.0", registrar) {
  registrar.add<btx::MergeStrategy, Upcycle>(
      "upcycle", "copies of one model's feed-forward layers become experts (sparse upcycling)");
}
