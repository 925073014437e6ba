// Each expert has a score of its own, the sigmoid of its logit; the k best are weighted by their
// share of the chosen scores. Made for balancing by a selection bias.
// Source: DeepSeek-V3, arXiv:2412.19437, section 2.1.2; without its limit on nodes.
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/sigmoid.h>

namespace {

constexpr double kLeastSum = 1e-20;  // of scores that all underflowed

class SigmoidTopK final : public btx::Router {
 public:
  struct Config {
    std::int64_t k = 2;
    bool normalise = true;
    double scale = 1.0;
    void fields(btx::Fields& f) {
      f("k", k, "experts a token runs through", {.min = 1});
      f("normalise", normalise, "weights are divided by their sum");
      f("scale", scale, "what weights are multiplied by", {.min = 0});
    }
  };

  explicit SigmoidTopK(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    routers::check_k(config_.k, num_experts);
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(config_.k);
    return traits;
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    const at::Tensor scores = at::sigmoid(logits);
    btx::Routing routing;
    routing.slots = context.choose(scores, config_.k);
    const at::Tensor chosen = scores.gather(1, routing.slots);
    routing.weights = (config_.normalise ? share(chosen) : chosen) * config_.scale;
    routing.probabilities = share(scores);
    return routing;
  }

 private:
  static at::Tensor share(const at::Tensor& scores) {
    return scores / scores.sum(1, /*keepdim=*/true).clamp_min(kLeastSum);
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("sigmoid_top_k", "0.1.0", registrar) {
  registrar.add<btx::Router, SigmoidTopK>(
      "sigmoid_top_k", "the k largest sigmoid scores, normalised (as DeepSeek-V3)");
}
