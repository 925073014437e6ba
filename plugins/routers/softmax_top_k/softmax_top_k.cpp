// Softmax first, then the k largest, not renormalised: the weights keep how sure the router is.
// Source: He et al. 2024, "Upcycling Large Language Models into Mixture of Experts",
// arXiv:2410.07524, section 2.1.2.
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/softmax.h>

#include <string>

namespace {

class SoftmaxTopK final : public btx::Router {
 public:
  struct Config {
    std::int64_t k = 2;
    std::string scale = "none";
    void fields(btx::Fields& f) {
      f("k", k, "experts a token runs through", {.min = 1});
      f("scale", scale,
        "what weights are multiplied by: none, or experts_over_k: E/k, so that they sum to 1 where "
        "the router knows nothing",
        {.choices = {"none", "experts_over_k"}});
    }
  };

  explicit SoftmaxTopK(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    routers::check_k(config_.k, num_experts);
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(config_.k);
    return traits;
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    btx::Routing routing;
    routing.probabilities = at::softmax(logits, 1);
    routing.slots = context.choose(routing.probabilities, config_.k);
    routing.weights = routing.probabilities.gather(1, routing.slots);
    if (config_.scale == "experts_over_k") {
      routing.weights =
          routing.weights * (static_cast<double>(logits.size(1)) / static_cast<double>(config_.k));
    }
    return routing;
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("softmax_top_k", "0.1.0", registrar) {
  registrar.add<btx::Router, SoftmaxTopK>("softmax_top_k",
                                          "the k largest of the softmax, not renormalised");
}
