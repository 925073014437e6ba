#pragma once
// A small model with numbers of its own, dense or a mixture, for tests.

#include "base/file.hpp"
#include "model/decoder.hpp"
#include "model/gradient_of.hpp"
#include "model_spec/router_info.hpp"
#include "plugins/load.hpp"
#include "tiny_model.hpp"

#include <btx/random.hpp>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

namespace btx_test {

using namespace btx;

/// tiny_config() with an output matrix of its own; both layers are mixtures unless `experts` is 0.
inline ModelConfig small_config(std::int64_t experts, Granularity granularity = Granularity::ffn) {
  ModelConfig c = tiny_config();
  c.context = 7;  // odd, so that no block of a kernel fits
  c.tie_embeddings = false;
  for (std::int64_t e = 0; e < experts; ++e) {
    const std::string name = "e" + std::to_string(e);
    c.experts.push_back({name, name, name});
  }
  c.mixture.assign(2, experts > 0);
  c.router = {experts > 0 ? "top_k" : "", R"({"k": 2})", granularity};
  return c;
}

/// The plugin top_k, opened if need be.
inline Component<Router> top_k(std::int64_t k) {
  load_plugins_under_test();
  Value params;
  params.set("k", Value(k));
  return make_component<Router>("top_k", params);
}

/// The router that a configuration names, but top_k with this k.
inline Component<Router> small_router(const ModelConfig& config, std::int64_t k) {
  if (config.router.type == "top_k") return top_k(k);
  load_plugins_under_test();
  return make_component<Router>(config.router.type, from_json(config.router.params, "the test"));
}

/// Every tensor of such a model; loads the plugin of its router.
inline std::vector<TensorInfo> small_tensors(const ModelConfig& config) {
  if (config.num_experts() > 0) top_k(1);
  return all_tensors(config);
}

/// A model on the CPU with its parameters filled in.
struct SmallModel {
  SmallModel(
      std::int64_t experts, at::ScalarType type, const Ops& ops, std::int64_t k = 2,
      Granularity granularity = Granularity::ffn,
      const Parameters::Chosen& trained = [](const std::string& /*name*/) { return true; })
      : SmallModel(small_config(experts, granularity), type, ops, k, trained) {}

  SmallModel(const ModelConfig& shape, at::ScalarType type, const Ops& ops, std::int64_t k,
             const Parameters::Chosen& trained, std::uint64_t numbers = 5)
      : config(shape),
        parameters(small_tensors(config), type, at::kCPU, trained),
        decoder(config, parameters, ops,
                config.num_experts() > 0 ? small_router(config, k) : Component<Router>()) {
    at::set_num_threads(1);  // more would only wait for each other
    for (const auto& entry : parameters.entries()) fill(entry.info.name, numbers);
    parameters.refresh();
  }

  /// Numbers that depend on the tensor's name and `numbers` alone.
  void fill(const std::string& name, std::uint64_t numbers) {
    at::Tensor values = parameters.view(name);
    const at::Tensor flat = values.view(-1);
    const std::uint64_t key = random_key(numbers, name);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      flat[i].fill_(0.4 * random_normal(key, static_cast<std::uint64_t>(i)) +
                    (values.dim() == 1 ? 1.0 : 0.0));
    }
  }

  /// The gradient of one tensor, as a view of the buffer; undefined if it has none.
  at::Tensor gradient(const std::string& name) const { return gradient_of(parameters, name); }

  ModelConfig config;
  Parameters parameters;
  Decoder decoder;
};

/// Fixed tokens; the targets are those that come next.
inline Batch small_batch(std::int64_t sequences, std::int64_t tokens = 7) {
  Batch batch;
  const at::Tensor ids =
      (at::arange(sequences * (tokens + 1), at::kLong) * 7 % 11).view({sequences, tokens + 1});
  batch.tokens = ids.narrow(1, 0, tokens).clone();
  batch.targets = ids.narrow(1, 1, tokens).clone();
  return batch;
}

}  // namespace btx_test
