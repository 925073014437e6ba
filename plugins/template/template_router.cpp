// A router to start from: copy this folder, rename it, change what route() decides. This one sends
// every token to all experts with equal weights, so that the mixture is the plain mean of its
// experts.
#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/softmax.h>

namespace {

class TemplateRouter final : public btx::Router {
 public:
  struct Config {
    double scale = 1.0;
    void fields(btx::Fields& f) {
      f("scale", scale, "what the mean of the experts is multiplied by", {.min = 0});
    }
  };

  explicit TemplateRouter(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(num_experts);
    return traits;
  }

  btx::Routing route(const at::Tensor& logits,
                     const btx::RouterContext& /*context*/) const override {
    const std::int64_t experts = logits.size(1);
    btx::Routing routing;
    routing.slots = at::arange(experts, logits.options().dtype(at::kLong)).expand_as(logits);
    routing.weights = at::full_like(logits, config_.scale / static_cast<double>(experts));
    routing.probabilities = at::softmax(logits, 1);
    return routing;
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("template_router", "0.1.0", registrar) {
  registrar.add<btx::Router, TemplateRouter>("template",
                                             "the mean of all experts: a start for a "
                                             "router of your own");
}
