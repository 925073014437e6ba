#include "contract/routers.hpp"
#include "contract/perturb.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/topk.h>
#include <cmath>
#include <map>
#include <set>

using namespace btx;
using namespace btx_test;

TEST_CASE("a routing has the shapes and types of the interface, and no token an expert twice") {
  for_each_router([](const RouterUnderTest& router, std::int64_t experts) {
    const Routing r = router.route(router.input("x"));
    REQUIRE(r.slots.dim() == 2);
    CHECK(r.slots.size(0) == kTokens);
    CHECK((r.slots.scalar_type() == at::kLong));
    CHECK(r.weights.sizes() == r.slots.sizes());
    CHECK((r.weights.scalar_type() == at::kFloat));
    CHECK(r.probabilities.sizes() == at::IntArrayRef({kTokens, experts}));
    CHECK((r.probabilities.scalar_type() == at::kFloat));
    for (std::int64_t n = 0; n < kTokens; ++n) {
      std::set<std::int64_t> seen;
      for (std::int64_t k = 0; k < r.slots.size(1); ++k) {
        const auto slot = number<std::int64_t>(r.slots, n, k);
        REQUIRE(slot >= -1);
        REQUIRE(slot < experts);
        if (slot < 0) continue;
        REQUIRE(seen.insert(slot).second);
        REQUIRE(std::isfinite(number<float>(r.weights, n, k)));
      }
      for (std::int64_t e = 0; e < experts; ++e) {
        const float p = number<float>(r.probabilities, n, e);
        REQUIRE((p >= 0 && p <= 1 + 1e-5F));
      }
    }
  });
}

TEST_CASE("what was chosen before any slot was dropped has the shape of the slots") {
  bool any = false;
  for_each_router([&](const RouterUnderTest& router, std::int64_t experts) {
    const Routing r = router.route(router.input("x"));
    if (!r.chosen.defined()) return;
    any = true;
    CHECK((r.chosen.scalar_type() == at::kLong));
    REQUIRE(r.chosen.sizes() == r.slots.sizes());
    CHECK((r.chosen >= -1).all().item<bool>());
    CHECK((r.chosen < experts).all().item<bool>());
    CHECK(((r.slots == r.chosen) | (r.slots == -1)).all().item<bool>());
  });
  CHECK(any);
}

TEST_CASE("a token runs through as many experts as the router says, on average") {
  for_each_router([](RouterUnderTest& router, std::int64_t experts) {
    for (const std::int64_t index : {0, 1}) {
      router.context.mixture_index = index;
      const double said = router.component.call(
          [&](const Router& r) { return r.experts_per_token(experts, index); });
      const Routing r = router.route(router.input("x"));
      const double slots = (r.slots >= 0).sum().item<double>() / kTokens;
      CHECK(said > 0);
      CHECK(said <= static_cast<double>(experts));
      // What an adaptive one says is a target; what it runs is counted, and that is what costs say.
      if (!router.traits.adaptive) CHECK(slots == doctest::Approx(said).epsilon(0.15));
    }
    CHECK(router.traits.experts_per_token > 0);
    CHECK(router.traits.experts_per_token <= static_cast<double>(experts));
  });
}

TEST_CASE("a router that says so computes Mixtral's weights, and names the parameters for it") {
  bool any = false;
  for_each_router([&](const RouterUnderTest& router, std::int64_t) {
    const auto kept = static_cast<std::int64_t>(router.traits.experts_per_token);
    const std::string params =
        router.component.call([&](const Router& r) { return r.mixtral_params(kept); });
    CHECK(params.empty() == !router.traits.mixtral);
    if (!router.traits.mixtral) return;
    any = true;
    CHECK(from_json(params, "mixtral_params").is<Table>());
    const RouterInput x = router.input("x");
    const Routing r = router.route(x);
    const auto [largest, chosen] = at::topk(at::softmax(x.logits, 1), kept, 1);
    CHECK(r.slots.equal(chosen));
    const at::Tensor wanted = largest / largest.sum(1, true);
    CHECK((r.weights - wanted).abs().max().item<float>() < 1e-6F);
  });
  CHECK(any);
}

TEST_CASE("routing is pure: the same call gives the same bits and leaves its arguments alone") {
  for_each_router([](const RouterUnderTest& router, std::int64_t) {
    const RouterInput x = router.input("x");
    const RouterInput copy = {x.logits.clone(), x.hidden.clone()};
    std::map<std::string, at::Tensor> tensors;
    for (const auto& [name, tensor] : router.context.tensors) tensors[name] = tensor.clone();
    const Routing first = router.route(x);
    const Routing second = router.route(x);
    CHECK(x.logits.equal(copy.logits));
    CHECK(x.hidden.equal(copy.hidden));
    for (const auto& [name, tensor] : tensors) CHECK(tensor.equal(router.context.tensors.at(name)));
    CHECK(first.slots.equal(second.slots));
    CHECK(first.weights.equal(second.weights));
    CHECK(first.probabilities.equal(second.probabilities));
    REQUIRE(first.losses.size() == second.losses.size());
    for (std::size_t i = 0; i < first.losses.size(); ++i) {
      CHECK(first.losses[i].sum.equal(second.losses[i].sum));
    }
  });
}

TEST_CASE("gradients come through probabilities, weights and losses, finite") {
  for_each_router([](const RouterUnderTest& router, std::int64_t experts) {
    RouterInput x = router.input("x");
    x.logits.requires_grad_(true);
    x.hidden.requires_grad_(true);
    const Routing r = router.route(x);
    at::Tensor total = (r.probabilities * normal_tensor({kTokens, experts}, "push")).sum();
    CHECK(r.probabilities.requires_grad());
    if (r.weights.requires_grad()) {
      total = total + (r.weights * normal_tensor(r.weights.sizes().vec(), "pull"))
                          .masked_fill(r.slots < 0, 0)
                          .sum();
    }
    for (const auto& loss : r.losses) {
      CHECK(!loss.name.empty());
      REQUIRE(loss.sum.numel() == 1);
      total = total + loss.sum;
    }
    total.backward();
    REQUIRE(x.logits.grad().defined());
    CHECK(x.logits.grad().isfinite().all().item<bool>());
    CHECK(x.logits.grad().abs().sum().item<float>() > 0);
    if (x.hidden.grad().defined()) CHECK(x.hidden.grad().isfinite().all().item<bool>());
  });
}

TEST_CASE("a selection bias chooses and never weighs") {
  for_each_router([](RouterUnderTest& router, std::int64_t experts) {
    const RouterInput x = router.input("x");
    const Routing plain = router.route(x);
    router.context.selection_bias[0] = 0.3;
    const Routing biased = router.route(x);
    CHECK(biased.probabilities.equal(plain.probabilities));
    const auto times_first = [](const Routing& r) { return (r.slots == 0).sum().item<double>(); };
    CHECK(times_first(biased) >= times_first(plain));
    std::int64_t alike = 0;
    for (std::int64_t n = 0; n < kTokens; ++n) {
      if (experts_of(biased, n) != experts_of(plain, n)) continue;
      ++alike;
      REQUIRE(row(biased, n, experts) == row(plain, n, experts));
    }
    CHECK(alike > 0);
  });
}

TEST_CASE("what stands in the place of padding changes nothing for the tokens") {
  for_each_router([](RouterUnderTest& router, std::int64_t experts) {
    const auto real = [](std::int64_t n) { return n % kLength < kLength - 16; };
    for (std::int64_t n = 0; n < kTokens; ++n) router.context.mask[n] = real(n);
    check_unmoved(router, experts, real);
    const RouterInput x = router.input("x");
    RouterInput other = {x.logits.clone(), x.hidden.clone()};
    other.logits.masked_fill_(~router.context.mask.unsqueeze(1), 0.5);
    const Routing a = router.route(x);
    const Routing b = router.route(other);
    REQUIRE(a.losses.size() == b.losses.size());
    for (std::size_t i = 0; i < a.losses.size(); ++i) {
      CHECK(a.losses[i].sum.equal(b.losses[i].sum));
    }
  });
}

TEST_CASE("what lies ahead and the batch's other sequences matter only where a router says so") {
  for_each_router([](const RouterUnderTest& router, std::int64_t experts) {
    check_independence(router, experts);
  });
}

TEST_CASE("a router's own tensors are named once and take a step") {
  for_each_router([](RouterUnderTest& router, std::int64_t experts) {
    const auto own =
        router.component.call([&](const Router& r) { return r.tensors(router.config, 1); });
    std::set<std::string> names;
    for (const auto& tensor : own) {
      CHECK(!tensor.name.empty());
      CHECK(names.insert(tensor.name).second);
      CHECK(tensor.normal_std >= 0);
    }
    const at::Tensor counts = at::ones({experts}, at::kDouble) * kTokens;
    router.component.call([&](const Router& r) { r.after_step(counts, router.context); });
    for (const auto& [name, tensor] : router.context.tensors) {
      CHECK(tensor.isfinite().all().item<bool>());
    }
  });
}
