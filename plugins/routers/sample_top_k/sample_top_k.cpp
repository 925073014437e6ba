// A soft sample from the router's distribution, of which the largest entries are kept with their
// soft values. With k = 1 this is the paper's Sample Top-1.
// Source: arXiv:2403.07816, section 3.3; Jang et al. 2016, arXiv:1611.01144 (Gumbel-softmax).
#include "common/experts.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace {

class SampleTopK final : public btx::Router {
 public:
  struct Config {
    std::int64_t k = 1;
    double floor = 0.5;
    double rate = 0;
    double anneal_fraction = 0.18;
    bool first_layer_soft = true;
    std::string inference_choice = "argmax";
    std::string inference_weight = "one";

    void fields(btx::Fields& f) {
      f("k", k, "experts a token runs through", {.min = 1});
      f("floor", floor, "lowest temperature", {.min = 1e-3, .max = 1});
      f("rate", rate, "temperature is exp(-rate * step); 0: from anneal_fraction", {.min = 0});
      f("anneal_fraction", anneal_fraction,
        "where rate is 0: share of the stage after which the floor is reached",
        {.min = 0, .max = 1});
      f("first_layer_soft", first_layer_soft,
        "the first mixture layer runs all experts, weighted by the softmax");
      f("inference_choice", inference_choice,
        "outside training: argmax, the most probable experts; draw, a sample",
        {.choices = {"argmax", "draw"}});
      f("inference_weight", inference_weight,
        "outside training: one, weights sum to 1; soft, as in training at the lowest temperature",
        {.choices = {"one", "soft"}});
    }
  };

  explicit SampleTopK(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    routers::check_k(config_.k, num_experts);
    btx::RouterTraits traits;
    traits.experts_per_token = static_cast<double>(config_.k);
    traits.draws = config_.inference_choice == "draw";
    return traits;
  }

  double experts_per_token(std::int64_t num_experts, std::int64_t index) const override {
    return static_cast<double>(soft(index) ? num_experts : config_.k);
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    btx::Routing routing;
    routing.probabilities = at::softmax(logits, 1);
    if (soft(context.mixture_index)) {
      routing.slots = routers::all_experts(logits);
      routing.weights = routing.probabilities;
      return routing;
    }
    const bool draw = context.training || config_.inference_choice == "draw";
    const at::Tensor noisy = draw ? logits + gumbel(logits.size(1), context) : logits;
    routing.slots = context.choose(noisy, config_.k);
    if (context.training || config_.inference_weight == "soft") {
      routing.weights = at::softmax(noisy / temperature(context), 1).gather(1, routing.slots);
    } else {
      routing.weights = at::softmax(logits.gather(1, routing.slots), 1);
    }
    return routing;
  }

 private:
  bool soft(std::int64_t mixture_index) const {
    return config_.first_layer_soft && mixture_index == 0;
  }

  /// [N, columns]: -ln(-ln U).
  static at::Tensor gumbel(std::int64_t columns, const btx::RouterContext& context) {
    return -(-context.uniform("gumbel", columns).log()).log();
  }

  /// max(floor, exp(-r t)); the paper's text has lost the exponential (see README.md).
  double temperature(const btx::RouterContext& context) const {
    if (!context.training) return config_.floor;
    const auto step = static_cast<double>(context.step);
    if (config_.rate > 0) return std::max(config_.floor, std::exp(-config_.rate * step));
    // r = ln(1 / floor) / span, hence exp(-r t) = floor^(t / span).
    const double span = config_.anneal_fraction * static_cast<double>(context.total_steps);
    if (step >= span) return config_.floor;
    return std::pow(config_.floor, step / span);
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("sample_top_k", "0.2.0", registrar) {
  registrar.add<btx::Router, SampleTopK>("sample_top_k",
                                         "a Gumbel-softmax sample (BTX's Sample Top-1 with k = 1)");
}
