#include "model/router_context.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

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

at::Tensor HostContext::hidden() const {
  if (!hidden_.defined() && input.defined()) {
    const at::AutoGradMode with_gradients(input.requires_grad());  // whoever asks first
    hidden_ = input.scalar_type() == at::kBFloat16 ? input.to(at::kFloat) : input;
  }
  return hidden_;
}

at::Tensor HostContext::uniform(std::string_view purpose, std::int64_t columns) const {
  const std::uint64_t key =
      random_key(seed_, fmt::format("router/{}/layer {}{}/step {}", purpose, layer, part, step));
  return ops_.uniform(key, token_index, columns);
}

at::Tensor HostContext::choose(const at::Tensor& scores, std::int64_t k) const {
  check_choice(__func__, scores, k);
  return noted(ops_.choose(scores, selection_bias, k));
}

Routing HostContext::top_k(const at::Tensor& logits, std::int64_t k) const {
  check_choice(__func__, logits, k);
  const TopKRouting routing = ops_.top_k(logits, selection_bias, k);
  return {noted(routing.slots), routing.weights, routing.probabilities, {}, {}};
}

void HostContext::check_choice(const char* function, const at::Tensor& scores,
                               std::int64_t k) const {
  const std::int64_t count = std::ssize(*experts);
  if (scores.dim() == 2 && scores.size(1) == count && k >= 1 && k <= count) return;
  throw Error(ExitCode::plugin,
              fmt::format("{}() needs [N, {}] and a k from 1 to {}, got [{}] and {}", function,
                          count, count, fmt::join(scores.sizes(), ", "), k));
}

at::Tensor HostContext::noted(const at::Tensor& slots) const {
  given_ = slots;
  version_ = slots._version();
  return slots;
}

bool HostContext::gave(const at::Tensor& slots) const {
  return given_.defined() && given_.is_same(slots) && slots._version() == version_;
}

}  // namespace btx
