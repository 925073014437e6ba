#include "model/router_context.hpp"

#include <btx/random.hpp>

#include <fmt/format.h>

namespace btx {

RouterContext::~RouterContext() = default;

HostContext::HostContext(const RoutingSite& place, const ForwardPass& pass,
                         const ModelConfig& config, const Ops& ops)
    : seed_(pass.random_seed), ops_(ops) {
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
  return ops_.uniform(key, token_index, columns);
}

at::Tensor HostContext::choose(const at::Tensor& scores, std::int64_t k) const {
  return noted(ops_.choose(scores, selection_bias, k), scores.size(1));
}

Routing HostContext::top_k(const at::Tensor& logits, std::int64_t k) const {
  const TopKRouting routing = ops_.top_k(logits, selection_bias, k);
  return {noted(routing.slots, logits.size(1)), routing.weights, routing.probabilities, {}, {}};
}

at::Tensor HostContext::noted(const at::Tensor& slots, std::int64_t columns) const {
  if (columns > std::ssize(*experts)) return slots;
  given_ = slots;
  version_ = slots._version();
  return slots;
}

bool HostContext::gave(const at::Tensor& slots) const {
  return given_.defined() && given_.is_same(slots) && slots._version() == version_;
}

}  // namespace btx
