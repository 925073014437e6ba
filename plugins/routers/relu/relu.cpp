// A token runs through every expert with a positive logit, weighted by it. A penalty on the
// weights, whose strength follows the mean number of active experts, brings that number to k.
// Source: Wang et al. 2024, ReMoE, arXiv:2412.14711, sections 3.2 to 3.4.
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/amax.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/where.h>

#include <vector>

namespace {

constexpr double kLeastSum = 1e-9;  // of weights that make a distribution

class Relu final : public btx::Router {
 public:
  struct Config {
    std::int64_t k = 2;
    double lambda0 = 1e-8;
    double alpha = 1.2;
    double revive = 0.01;

    void fields(btx::Fields& f) {
      f("k", k, "experts a token should run through on average", {.min = 1});
      f("lambda0", lambda0, "strength of the penalty at first", {.min = 0});
      f("alpha", alpha, "what the strength is multiplied or divided by in a step", {.min = 1});
      f("revive", revive,
        "strength with which the largest logit of a token without an expert is pulled up; 0: not "
        "at all, as in the paper",
        {.min = 0});
    }
  };

  explicit Relu(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    routers::check_k(config_.k, num_experts);
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(config_.k);
    traits.adaptive = true;
    return traits;
  }

  std::vector<btx::RouterTensor> tensors(const btx::ModelConfig& /*config*/,
                                         std::int64_t /*layer*/) const override {
    return {{.name = "lambda", .shape = {1}, .mean = config_.lambda0, .state = true}};
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    btx::Routing routing;
    // The bias can keep an expert from running; it cannot make one run, whose weight would be 0.
    const at::Tensor active = (logits > 0) & (logits.detach() + context.selection_bias > 0);
    const at::Tensor kept = at::relu(logits) * active;
    routing.slots = routers::all_experts(logits).masked_fill(~active, -1);
    routing.weights = kept;
    routing.probabilities = distribution(at::relu(logits));
    routing.losses.push_back({"sparsity", sparsity(kept, active, context)});
    if (config_.revive > 0) {
      routing.losses.push_back({"revive", revive(logits, context)});
    }
    return routing;
  }

  void after_step(const at::Tensor& counts, btx::RouterContext& context) const override {
    if (context.step_tokens <= 0) return;
    const double active = counts.sum().item<double>() / context.step_tokens;
    const auto target = static_cast<double>(config_.k);
    at::Tensor& lambda = context.tensors.at("lambda");
    if (active > target) lambda.mul_(config_.alpha);
    if (active < target) lambda.div_(config_.alpha);
  }

 private:
  /// Weights as shares of their sum; the even distribution where there are none.
  static at::Tensor distribution(const at::Tensor& weights) {
    const at::Tensor sum = weights.sum(1, /*keepdim=*/true);
    const at::Tensor even = at::full_like(weights, 1.0 / static_cast<double>(weights.size(1)));
    return at::where(sum > kLeastSum, weights / sum.clamp_min(kLeastSum), even);
  }

  /// lambda sum_t sum_e f_e w_te, with f_e the load of expert e relative to k/E: heavy ones pay
  /// more. f is of this micro-batch and carries no gradient.
  at::Tensor sparsity(const at::Tensor& weights, const at::Tensor& active,
                      const btx::RouterContext& context) const {
    const at::Tensor mask = context.mask.unsqueeze(1);
    const at::Tensor counts = (active & mask).sum(0).to(weights.scalar_type());
    const at::Tensor tokens = context.mask.sum().clamp_min(1);
    const double share = static_cast<double>(weights.size(1)) / static_cast<double>(config_.k);
    const at::Tensor f = counts * share / tokens;
    return context.tensors.at("lambda").squeeze() * (weights * mask * f).sum();
  }

  /// A token whose logits are all negative gives its gate no gradient, so that a layer could die
  /// for good; this pulls the largest of them back to 0.
  at::Tensor revive(const at::Tensor& logits, const btx::RouterContext& context) const {
    const at::Tensor largest = at::amax(logits, 1);
    return (largest.clamp_max(0) * context.mask).sum() * -config_.revive;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("relu", "0.1.0", registrar) {
  registrar.add<btx::Router, Relu>("relu",
                                   "every expert with a positive logit, k on average (ReMoE)");
}
