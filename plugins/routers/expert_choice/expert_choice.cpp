// Experts choose tokens: each takes the same number of those that want it most, so that load is
// always even and a token gets as many experts as find it worth it. It looks ahead.
// Source: Zhou et al. 2022, arXiv:2202.09368, section 3.2.
#include "common/experts.hpp"
#include "common/groups.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace {

class ExpertChoice final : public btx::Router {
 public:
  struct Config {
    double capacity_factor = 2;
    std::string scope = "sequence";
    std::string causal_substitute = "none";

    void fields(btx::Fields& f) {
      f("capacity_factor", capacity_factor,
        "experts a token gets on average: an expert takes ceil(factor * tokens / experts)",
        {.min = 0.01});
      f("scope", scope, "where experts choose: in one sequence, or in the whole micro_batch",
        {.choices = {"sequence", "micro_batch"}});
      f("causal_substitute", causal_substitute,
        "outside training: none, experts choose there too, and the model cannot be scored; top_k, "
        "each token takes its round(capacity_factor) most probable experts",
        {.choices = {"none", "top_k"}});
    }
  };

  explicit ExpertChoice(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t num_experts) const override {
    if (config_.capacity_factor > static_cast<double>(num_experts)) {
      throw btx::Error(btx::ExitCode::usage, "capacity_factor is more experts a token than the " +
                                                 std::to_string(num_experts) +
                                                 " there are; give at most as many");
    }
    btx::RouterTraits traits;
    traits.causal = false;
    traits.independent = config_.scope == "sequence";
    traits.experts_per_token = config_.capacity_factor;
    if (config_.causal_substitute == "top_k") {
      traits.causal_substitute = "top_k with k = " + std::to_string(substitute_k());
    }
    return traits;
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    btx::Routing routing;
    routing.probabilities = at::softmax(logits, 1);
    if (!context.training && config_.causal_substitute == "top_k") {
      routing.slots = context.choose(routing.probabilities, substitute_k());
      routing.weights = routing.probabilities.gather(1, routing.slots);
    } else {
      // A selection bias would raise all tokens of an expert alike, and change no choice.
      const at::Tensor taken = take(routing.probabilities.detach(), context);
      routing.slots = routers::all_experts(logits).masked_fill(~taken, -1);
      routing.weights = routing.probabilities;
    }
    return routing;
  }

 private:
  std::int64_t substitute_k() const {
    return std::max<std::int64_t>(1, std::llround(config_.capacity_factor));
  }

  /// [N, E] bool: whether the expert takes the token. Of equal tokens the earlier is taken.
  at::Tensor take(const at::Tensor& scores, const btx::RouterContext& context) const {
    const at::Tensor groups = routers::groups_of(context, config_.scope == "sequence");
    const at::Tensor capacity =
        routers::capacity_of(groups, context.mask, config_.capacity_factor, scores.size(1));
    // Padding comes last in its group, behind as many tokens as anybody could take.
    const at::Tensor wish = scores.t().masked_fill(~context.mask, -1);
    const at::Tensor order = std::get<1>(at::sort(wish, /*stable=*/true, 1, /*descending=*/true));
    const at::Tensor place_in_order =
        routers::rank_within(groups.expand_as(order).gather(1, order));
    const at::Tensor place = at::empty_like(order).scatter(1, order, place_in_order);
    return ((place < capacity) & context.mask).t();
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("expert_choice", "0.1.0", registrar) {
  registrar.add<btx::Router, ExpertChoice>("expert_choice",
                                           "each expert takes its best tokens (not causal)");
}
