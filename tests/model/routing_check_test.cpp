// An expert that does not exist is an error, noticed at once on a CPU and where results are read on
// a GPU, whose way is taken here on the CPU.
#include "kernels/support.hpp"
#include "model/small_model.hpp"
#include "model/wrong_router.hpp"
#include "support.hpp"

#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <tuple>

using namespace btx;
using namespace btx_test;
using btx_test::caught;

namespace {

constexpr const char* kMessage =
    "router:wrong: route() broke its contract: slots and chosen must be experts from 0 to 2, or -1";

/// The model of SmallModel with another router.
struct Routed {
  explicit Routed(Component<Router> router, Granularity granularity = Granularity::ffn)
      : model(3, at::kFloat, reference_ops(), 2, granularity),
        decoder(model.config, model.parameters, reference_ops(), std::move(router)) {}

  at::Tensor hidden(ForwardPass& pass) const {
    const at::NoGradGuard no_gradient;
    return decoder.hidden(small_batch(2), pass);
  }
  SmallModel model;
  Decoder decoder;
};

void check_refused(const btx_test::Caught& result) {
  CHECK(result.code == ExitCode::plugin);
  CHECK(result.message == kMessage);
}

/// Lets the core choose `k` of as many scores as there are experts and `more`, and adds `added`.
class AsksTheCore final : public Router {
 public:
  AsksTheCore(std::int64_t k, std::int64_t more, std::int64_t added)
      : k_(k), more_(more), added_(added) {}
  RouterTraits traits(std::int64_t /*num_experts*/) const override { return {}; }

  Routing route(const at::Tensor& logits, const RouterContext& context) const override {
    Routing routing;
    routing.slots = context.choose(at::zeros({logits.size(0), logits.size(1) + more_}), k_);
    if (added_ != 0) routing.slots.add_(added_);
    routing.weights = at::ones(routing.slots.sizes());
    routing.probabilities = at::softmax(logits, 1);
    return routing;
  }

 private:
  std::int64_t k_, more_, added_;
};

Component<Router> asks_the_core(std::int64_t k, std::int64_t more, std::int64_t added) {
  return {std::make_shared<AsksTheCore>(k, more, added), "router:wrong"};
}

}  // namespace

TEST_CASE("slots that the core chose are experts, and are checked where the router changed them") {
  ForwardPass pass;
  pass.check_late = true;
  const Routed good(asks_the_core(2, 0, 0)), bad(asks_the_core(2, 0, 2));
  good.hidden(pass);
  CHECK_FALSE(pass.missing_expert.defined());
  bad.hidden(pass);
  check_refused(caught([&] { bad.decoder.check_routing(pass); }));
}

TEST_CASE("the core chooses among its experts alone, and at least one of them") {
  for (const auto& [k, more, came] :
       {std::tuple{1, 1, "[14, 4] and 1"}, {4, 0, "[14, 3] and 4"}, {0, 0, "[14, 3] and 0"}}) {
    const Routed routed(asks_the_core(k, more, 0));
    ForwardPass pass;
    const auto result = caught([&] { routed.hidden(pass); });
    CHECK(result.code == ExitCode::plugin);
    CHECK(result.message ==
          std::string("router:wrong: choose() needs [N, 3] and a k from 1 to 3, got ") + came);
  }
}

TEST_CASE("on a CPU the pass itself refuses an expert that does not exist, naming the router") {
  for (const std::int64_t expert : {3, -2}) {
    const Routed routed(wrong_router(expert));
    ForwardPass pass;
    check_refused(caught([&] { routed.hidden(pass); }));
  }
  const Routed routed(wrong_router(3, true));
  ForwardPass pass;
  check_refused(caught([&] { routed.hidden(pass); }));
}

TEST_CASE("checked late, the pass runs and the check says the same") {
  for (const auto granularity : {Granularity::ffn, Granularity::linear, Granularity::model}) {
    for (const bool in_chosen : {false, true}) {
      const Routed routed(wrong_router(3, in_chosen), granularity);
      ForwardPass pass;
      pass.check_late = true;
      routed.hidden(pass);
      check_refused(caught([&] { routed.decoder.check_routing(pass); }));
    }
  }
}

TEST_CASE("checked late, a token of a missing expert goes to none") {
  const Routed bad(wrong_router(3)), none(wrong_router(-1));
  ForwardPass one, two;
  one.check_late = true;
  CHECK(bad.hidden(one).equal(none.hidden(two)));
  CHECK(one.sites[0].routing.slots[0].item<std::int64_t>() == -1);
}

TEST_CASE("checked late, good routing passes, also where a pass is used again") {
  const Routed bad(wrong_router(3)), good(wrong_router(2));
  ForwardPass pass;
  pass.check_late = true;
  bad.hidden(pass);
  good.hidden(pass);
  good.decoder.check_routing(pass);
  CHECK(pass.missing_expert.defined());
  CHECK_FALSE(pass.missing_expert.item<bool>());
}
