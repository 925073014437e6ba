#pragma once
// What a router is told of the place where it decides.

#include "kernels/ops.hpp"
#include "model/batch.hpp"
#include "model_spec/routing_sites.hpp"

#include <btx/model_config.hpp>

#include <cstdint>
#include <string_view>

namespace btx {

/// The context that the model gives to routers: where they are, random numbers, and the choice of
/// experts by the model's operations. What depends on tokens is filled in by the caller.
class HostContext final : public RouterContext {
 public:
  /// `config` must outlive the context.
  HostContext(const RoutingSite& place, const ForwardPass& pass, const ModelConfig& config,
              const Ops& ops);

  at::Tensor hidden() const override;
  at::Tensor uniform(std::string_view purpose, std::int64_t columns) const override;
  at::Tensor choose(const at::Tensor& scores, std::int64_t k) const override;
  Routing top_k(const at::Tensor& logits, std::int64_t k) const override;

  at::Tensor input;  ///< [N, D], in the compute type: what hidden() widens

  /// Whether these slots are what choose() or top_k() gave last, unchanged: all are experts then.
  bool gave(const at::Tensor& slots) const;

 private:
  void check_choice(const char* function, const at::Tensor& scores, std::int64_t k) const;
  at::Tensor noted(const at::Tensor& slots) const;

  std::uint64_t seed_;
  const Ops& ops_;
  mutable at::Tensor hidden_;  ///< once it was asked for
  mutable at::Tensor given_;   ///< what choose() gave last, and its version then
  mutable std::uint32_t version_ = 0;
};

}  // namespace btx
