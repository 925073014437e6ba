#include "model/router_context.hpp"

#include "model/device_random.hpp"

#include <btx/random.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <fmt/format.h>

namespace btx {

RouterContext::~RouterContext() = default;

HostContext::HostContext(const RoutingSite& place, const ForwardPass& pass,
                         const ModelConfig& config)
    : seed_(pass.random_seed) {
  training = pass.training;
  layer = place.layer;
  mixture_index = place.mixture_index;
  part = place.part;
  step = pass.step;
  total_steps = pass.total_steps;
  step_tokens = pass.step_tokens;
  experts = &config.experts;
}

at::Tensor HostContext::uniform(std::string_view purpose, std::int64_t columns) const {
  const std::uint64_t key =
      random_key(seed_, fmt::format("router/{}/layer {}{}/step {}", purpose, layer, part, step));
  const at::Tensor column = at::arange(columns, token_index.options());
  return uniform_of(key, token_index.unsqueeze(1) * columns + column);
}

}  // namespace btx
