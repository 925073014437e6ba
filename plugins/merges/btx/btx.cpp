// Branch-Train-MiX: every model's feed-forward layers become the experts of one mixture, copied as
// they are, split, or blended; everything else is averaged. Layers that stay dense are averaged
// whole.
// Source: arXiv:2403.07816, sections 3.2 and 3.3.
#include "blend.hpp"
#include "common/ffn.hpp"
#include "common/task_vectors.hpp"

#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

#include <map>

namespace {

using merges::as_float32;

class BtxMerge final : public btx::MergeStrategy {
 public:
  struct Config {
    std::map<std::string, double> weights;
    std::string average = "mean";
    double density = 0.2;
    double drop = 0.5;
    double lambda = 1;
    std::int64_t split = 1;
    bool split_scale = false;
    bool blend = false;
    void fields(btx::Fields& f) {
      f("weights", weights, "of each model in the averages, by name; empty: all alike");
      f("average", average, "how tensors outside the experts become one",
        {.choices = {"mean", "ties", "dare"}});
      f("density", density, "ties: share of a task vector's elements that is kept",
        {.min = 0, .max = 1});
      f("drop", drop, "dare: probability that an element of a task vector is dropped",
        {.min = 0, .max = 0.999});
      f("lambda", lambda, "ties, dare: factor of the combined task vector", {.min = 0});
      f("split", split, "experts each FFN is cut into", {.min = 1});
      f("split_scale", split_scale,
        "multiply the down matrices by `split`, against the smaller gates");
      f("blend", blend, "expert n takes the n-th part of every model's FFN");
    }
  };

  explicit BtxMerge(const Config& config) : config_(config) {}

  btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
    check(inputs);
    btx::MixPlan plan;
    plan.config = inputs.models.front().config;
    plan.config.ffn_size /= config_.split;
    plan.config.mixture = inputs.layers;
    plan.config.router = inputs.router;
    plan.config.experts = experts(inputs);
    const merges::TaskVectors average = task_vectors(inputs);
    merges::for_each_tensor(
        inputs,
        [&](const btx::TensorInfo& tensor, std::int64_t layer, const std::string& part) {
          for (std::int64_t expert = 0; expert < plan.config.num_experts(); ++expert) {
            plan.tensors.push_back(
                {as_float32(btx::tensor_names::expert_ffn(layer, expert, part),
                            merges::shard_shape(part, tensor.shape, config_.split)),
                 expert_origin(tensor, part, expert, inputs)});
          }
        },
        [&](const btx::TensorInfo& tensor) {
          plan.tensors.push_back({as_float32(tensor.name, tensor.shape),
                                  average_origin(tensor.name, average, inputs)});
        });
    return plan;
  }

 private:
  void check(const btx::MergeInputs& inputs) const {
    merges::require_dense(inputs);
    merges::require_shards("split", config_.split, inputs);
    if (!config_.blend) return;
    if (config_.split != 1) {
      throw btx::Error(
          btx::ExitCode::usage,
          fmt::format("blend: it needs split = 1, got {}; choose one of the two", config_.split));
    }
    const auto models = static_cast<std::int64_t>(inputs.models.size());
    const std::int64_t ffn = inputs.models.front().config.ffn_size;
    if (ffn % models == 0) return;
    throw btx::Error(btx::ExitCode::usage,
                     fmt::format("blend: {} models need an ffn_size that is a multiple of {}, but "
                                 "it is {}; mix another number of models",
                                 models, models, ffn));
  }

  std::vector<btx::ExpertInfo> experts(const btx::MergeInputs& inputs) const {
    std::vector<btx::ExpertInfo> experts;
    for (std::size_t model = 0; model < inputs.models.size(); ++model) {
      const btx::ExpertInfo& info = inputs.models[model].info;
      if (config_.blend) {
        const std::string name = fmt::format("blend{}", model);
        experts.push_back({name, "", name});
      } else if (config_.split == 1) {
        experts.push_back(info);
      } else {
        for (std::int64_t shard = 0; shard < config_.split; ++shard) {
          experts.push_back({fmt::format("{}.{}", info.name, shard), info.domain, info.name});
        }
      }
    }
    return experts;
  }

  btx::Origin expert_origin(const btx::TensorInfo& tensor, const std::string& part,
                            std::int64_t expert, const btx::MergeInputs& inputs) const {
    if (config_.blend) {
      return merges::blended(tensor, part, expert, static_cast<std::int64_t>(inputs.models.size()));
    }
    const bool scaled = config_.split_scale && part == "down_proj";
    return merges::shard_origin({static_cast<std::size_t>(expert / config_.split), tensor.name},
                                tensor.shape, part, {expert % config_.split, config_.split},
                                scaled ? static_cast<double>(config_.split) : 1.0);
  }

  merges::TaskVectors task_vectors(const btx::MergeInputs& inputs) const {
    const std::size_t base = config_.average == "mean" ? 0 : merges::find_base(inputs);
    return {base, btx::average_weights(inputs, config_.weights), config_.lambda};
  }

  btx::Origin average_origin(const std::string& tensor, const merges::TaskVectors& average,
                             const btx::MergeInputs& inputs) const {
    if (config_.average == "ties") return merges::ties(tensor, average, config_.density);
    if (config_.average == "dare") return merges::dare(tensor, average, config_.drop, inputs);
    btx::WeightedSumOrigin mean;
    mean.weights = average.weights;
    for (std::size_t model = 0; model < average.weights.size(); ++model) {
      mean.from.push_back({model, tensor});
    }
    return mean;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("merge_btx", "0.2.0", registrar) {
  registrar.add<btx::MergeStrategy, BtxMerge>(
      "btx", "feed-forward layers become experts, the rest is averaged (Branch-Train-MiX)");
}
