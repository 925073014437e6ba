// Every expert runs for every token, weighted by the softmax: the paper's soft routing, its upper
// bound for what choosing can reach.
// Source: arXiv:2403.07816, section 3.3.
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/softmax.h>

namespace {

class Soft final : public btx::Router {
 public:
  struct Config {
    void fields(btx::Fields& /*f*/) {}
  };

  explicit Soft(const Config& /*config*/) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(num_experts);
    traits.linear = true;
    return traits;
  }

  btx::Routing route(const at::Tensor& logits,
                     const btx::RouterContext& /*context*/) const override {
    btx::Routing routing;
    routing.slots = routers::all_experts(logits);
    routing.probabilities = at::softmax(logits, 1);
    routing.weights = routing.probabilities;
    return routing;
  }
};

}  // namespace

BTX_PLUGIN("soft", "0.1.0", registrar) {
  registrar.add<btx::Router, Soft>("soft", "all experts, weighted by the softmax of the logits");
}
