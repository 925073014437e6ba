#pragma once
// What a router is told of the place where it decides.

#include "model/batch.hpp"
#include "model_spec/routing_sites.hpp"

#include <btx/model_config.hpp>

#include <cstdint>
#include <string_view>

namespace btx {

/// The context that the model gives to routers: where they are, and random numbers. What depends on
/// tokens is filled in by the caller.
class HostContext final : public RouterContext {
 public:
  /// `config` must outlive the context.
  HostContext(const RoutingSite& place, const ForwardPass& pass, const ModelConfig& config);

  at::Tensor uniform(std::string_view purpose, std::int64_t columns) const override;

 private:
  std::uint64_t seed_;
};

}  // namespace btx
