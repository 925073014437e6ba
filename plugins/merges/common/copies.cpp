#include "common/copies.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace merges {
namespace {

void require_one_model(const btx::MergeInputs& inputs) {
  if (inputs.models.size() == 1) return;
  std::string names;
  for (const auto& model : inputs.models) {
    names += (names.empty() ? "'" : ", '") + model.info.name + "'";
  }
  throw btx::Error(btx::ExitCode::usage,
                   fmt::format("one model is copied, but {} are given ({}); mix the seed alone",
                               inputs.models.size(), names));
}

std::vector<btx::ExpertInfo> name_copies(const std::string& domain, std::int64_t copies,
                                         std::int64_t shards) {
  std::vector<btx::ExpertInfo> experts;
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    const std::string group = fmt::format("copy{}", copy);
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      experts.push_back({shards == 1 ? group : fmt::format("{}.{}", group, shard), domain, group});
    }
  }
  return experts;
}

}  // namespace

btx::MixPlan plan_copies(const btx::MergeInputs& inputs, std::int64_t copies, std::int64_t shards,
                         const std::function<btx::Origin(const ExpertMatrix&)>& origin) {
  require_one_model(inputs);
  require_dense(inputs);
  const btx::MergeInput& model = inputs.models.front();
  btx::MixPlan plan;
  plan.config = model.config;
  plan.config.ffn_size /= shards;
  plan.config.mixture = inputs.layers;
  plan.config.router = inputs.router;
  plan.config.experts = name_copies(model.info.domain, copies, shards);
  for_each_tensor(
      inputs,
      [&](const btx::TensorInfo& tensor, std::int64_t layer, const std::string& part) {
        for (std::int64_t expert = 0; expert < copies * shards; ++expert) {
          const std::string name = btx::tensor_names::expert_ffn(layer, expert, part);
          plan.tensors.push_back(
              {as_float32(name, shard_shape(part, tensor.shape, shards)),
               origin({name, tensor, layer, part, expert / shards, {expert % shards, shards}})});
        }
      },
      [&](const btx::TensorInfo& tensor) {
        plan.tensors.push_back(
            {as_float32(tensor.name, tensor.shape), btx::CopyOrigin{{0, tensor.name}}});
      });
  return plan;
}

}  // namespace merges
