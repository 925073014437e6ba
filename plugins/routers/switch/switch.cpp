// The most probable expert, weighted by its probability; what does not fit into an expert's
// capacity is dropped and passes the layer by.
// Source: Fedus et al. 2022, arXiv:2101.03961, section 2.1; arXiv:2403.07816, section 3.3.
#include "common/experts.hpp"
#include "common/groups.hpp"

#include <btx/plugin.hpp>
#include <btx/router.hpp>

#include <ATen/ops/softmax.h>

#include <string>

namespace {

class Switch final : public btx::Router {
 public:
  struct Config {
    double capacity_factor = 1.5;
    std::string capacity_scope = "sequence";
    bool capacity_in_evaluation = false;

    void fields(btx::Fields& f) {
      f("capacity_factor", capacity_factor,
        "an expert takes at most ceil(factor * tokens / experts); 0: as many as there are",
        {.min = 0});
      f("capacity_scope", capacity_scope, "whose tokens compete: of one sequence, or micro_batch",
        {.choices = {"sequence", "micro_batch"}});
      f("capacity_in_evaluation", capacity_in_evaluation,
        "drop tokens outside training, too; such a model cannot be scored");
    }
  };

  explicit Switch(const Config& config) : config_(config) {}

  btx::RouterTraits traits(std::int64_t /*num_experts*/) const override {
    btx::RouterTraits traits;
    traits.experts_per_token = 1;
    const bool whole = config_.capacity_scope == "micro_batch";
    if (config_.capacity_factor > 0 && (whole || config_.capacity_in_evaluation)) {
      // A sequence's later tokens come before the next sequence's early ones. Outside training a
      // call holds a part of a sequence, or several texts in one: what is full depends on them.
      traits.causal = false;
      traits.independent = !whole;
      if (!config_.capacity_in_evaluation) traits.causal_substitute = "no capacity limit";
    }
    return traits;
  }

  btx::Routing route(const at::Tensor& logits, const btx::RouterContext& context) const override {
    btx::Routing routing;
    routing.probabilities = at::softmax(logits, 1);
    routing.slots = context.choose(routing.probabilities, 1);
    routing.weights = routing.probabilities.gather(1, routing.slots);
    if (limited(context)) {
      routing.chosen = routing.slots;
      routing.slots = drop(routing.chosen, logits.size(1), context);
    }
    return routing;
  }

 private:
  bool limited(const btx::RouterContext& context) const {
    return config_.capacity_factor > 0 && (context.training || config_.capacity_in_evaluation);
  }

  /// `chosen` [N, 1], -1 where the expert has enough earlier tokens of the group. Padding takes no
  /// place.
  at::Tensor drop(const at::Tensor& chosen, std::int64_t experts,
                  const btx::RouterContext& context) const {
    const at::Tensor groups = routers::groups_of(context, config_.capacity_scope == "sequence");
    const at::Tensor capacity =
        routers::capacity_of(groups, context.mask, config_.capacity_factor, experts);
    // One queue for each group and expert; `experts` itself is the queue of padding.
    const at::Tensor expert = chosen.squeeze(1).masked_fill(~context.mask, experts);
    const at::Tensor queue = groups * (experts + 1) + expert;
    const at::Tensor place = routers::rank_within(queue.unsqueeze(0)).squeeze(0);
    const at::Tensor full = (place >= capacity) & context.mask;
    return chosen.masked_fill(full.unsqueeze(1), -1);
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("router_switch", "0.2.0", registrar) {
  registrar.add<btx::Router, Switch>("switch",
                                     "the most probable expert, with a capacity (Switch)");
}
