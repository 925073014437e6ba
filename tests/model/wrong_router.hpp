#pragma once
// A router that breaks its contract.

#include "plugin/component.hpp"

#include <btx/router.hpp>

#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <memory>
#include <string>

namespace btx_test {

using namespace btx;

/// Sends the first token of every call to `expert`, which need not exist, and all others to expert
/// 0.
class WrongRouter final : public Router {
 public:
  /// `in_chosen`: the index stands in Routing::chosen, while slots are good.
  WrongRouter(std::int64_t expert, bool in_chosen) : expert_(expert), in_chosen_(in_chosen) {}

  RouterTraits traits(std::int64_t /*num_experts*/) const override { return {}; }

  Routing route(const at::Tensor& logits, const RouterContext& context) const override {
    const at::Tensor good = at::zeros({logits.size(0), 1}, logits.options().dtype(at::kLong));
    const at::Tensor bad = good.clone();
    if (context.mixture_index == 0) bad[0].fill_(expert_);
    Routing routing;
    routing.slots = in_chosen_ ? good : bad;
    if (in_chosen_) routing.chosen = bad;
    routing.weights = at::ones({logits.size(0), 1}, logits.options());
    routing.probabilities = at::softmax(logits, 1);
    return routing;
  }

 private:
  std::int64_t expert_;
  bool in_chosen_;
};

/// Such a router as models take it; messages call it "router:wrong".
inline Component<Router> wrong_router(std::int64_t expert, bool in_chosen = false) {
  return {std::make_shared<WrongRouter>(expert, in_chosen), "router:wrong"};
}

}  // namespace btx_test
