// An expert that does not exist is an error, noticed at once on a CPU and where results are read on
// a GPU, whose way is taken here on the CPU.
#include "kernels/support.hpp"
#include "model/small_model.hpp"
#include "model/wrong_router.hpp"
#include "support.hpp"

#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

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

/// Lets the core choose, and yet returns what is no expert of the model.
class MisusedChoice final : public Router {
 public:
  explicit MisusedChoice(bool in_place) : in_place_(in_place) {}
  RouterTraits traits(std::int64_t /*num_experts*/) const override { return {}; }

  Routing route(const at::Tensor& logits, const RouterContext& context) const override {
    at::Tensor scores = at::zeros({logits.size(0), logits.size(1) + (in_place_ ? 0 : 1)});
    scores.select(1, -1).fill_(1);
    Routing routing;
    routing.slots = context.choose(scores, 1);
    if (in_place_) routing.slots.add_(1);
    routing.weights = at::ones({logits.size(0), 1}, logits.options());
    routing.probabilities = at::softmax(logits, 1);
    return routing;
  }

 private:
  bool in_place_;
};

}  // namespace

TEST_CASE(
    "slots that the core chose are checked where the router asked for more, or changed them") {
  for (const bool in_place : {false, true}) {
    const Routed routed({std::make_shared<MisusedChoice>(in_place), "router:wrong"});
    ForwardPass pass;
    pass.check_late = true;
    routed.hidden(pass);
    check_refused(caught([&] { routed.decoder.check_routing(pass); }));
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
