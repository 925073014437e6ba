#include "model/router_context.hpp"

#include <btx/random.hpp>

#include <ATen/ops/empty.h>
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
  const at::Tensor index = token_index.cpu();
  const at::Tensor out = at::empty({index.size(0), columns}, at::kFloat);
  auto* value = out.data_ptr<float>();
  for (std::int64_t n = 0; n < index.size(0); ++n) {
    const auto token = static_cast<std::uint64_t>(index.const_data_ptr<std::int64_t>()[n]);
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto counter = token * static_cast<std::uint64_t>(columns);
      *value++ = random_uniform(key, counter + static_cast<std::uint64_t>(c));
    }
  }
  return out.to(token_index.device());
}

}  // namespace btx
