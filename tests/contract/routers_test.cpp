#include "contract/routers.hpp"

#include <ATen/TensorOperators.h>
#include <cmath>
#include <set>

using namespace btx;
using namespace btx_test;
using namespace contract_test;

namespace {

/// Element [n, k] of a tensor on the CPU.
template <class T>
T number(const at::Tensor& tensor, std::int64_t n, std::int64_t k) {
  return tensor.const_data_ptr<T>()[n * tensor.stride(0) + k * tensor.stride(1)];
}

/// Row n of a routing without the slots that are none: expert and weight, then the probabilities.
std::vector<float> row(const Routing& routing, std::int64_t n, std::int64_t experts) {
  std::vector<float> values;
  for (std::int64_t k = 0; k < routing.slots.size(1); ++k) {
    const auto slot = number<std::int64_t>(routing.slots, n, k);
    if (slot < 0) continue;
    values.push_back(static_cast<float>(slot));
    values.push_back(number<float>(routing.weights, n, k));
  }
  for (std::int64_t e = 0; e < experts; ++e) {
    values.push_back(number<float>(routing.probabilities, n, e));
  }
  return values;
}

/// Rows of `keep` must be routed alike when all other rows of the input change.
template <class Keep>
void check_unmoved(const RouterUnderTest& router, std::int64_t experts, Keep&& keep) {
  const at::Tensor before = router.input("before");
  const at::Tensor after = router.input("after").clone();
  for (std::int64_t n = 0; n < kTokens; ++n) {
    if (keep(n)) after.select(0, n).copy_(before.select(0, n));
  }
  const Routing a = router.route(before);
  const Routing b = router.route(after);
  std::int64_t kept = 0;
  for (std::int64_t n = 0; n < kTokens; ++n) {
    if (!keep(n)) continue;
    ++kept;
    REQUIRE(row(a, n, experts) == row(b, n, experts));
  }
  CHECK(kept > 0);
}

}  // namespace

TEST_CASE("a routing has the shapes and types of the interface, and no token an expert twice") {
  for_each_router([](const RouterUnderTest& router, std::int64_t experts) {
    const Routing r = router.route(router.input("x"));
    REQUIRE(r.slots.dim() == 2);
    CHECK(r.slots.size(0) == kTokens);
    CHECK(r.slots.scalar_type() == at::kLong);
    CHECK(r.weights.sizes() == r.slots.sizes());
    CHECK(r.weights.scalar_type() == at::kFloat);
    CHECK(r.probabilities.sizes() == at::IntArrayRef({kTokens, experts}));
    CHECK(r.probabilities.scalar_type() == at::kFloat);
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

TEST_CASE("a token runs through as many experts as the router says, on average") {
  for_each_router([](const RouterUnderTest& router, std::int64_t experts) {
    const Routing r = router.route(router.input("x"));
    const double slots = (r.slots >= 0).sum().item<double>() / kTokens;
    CHECK(router.traits.experts_per_token > 0);
    CHECK(router.traits.experts_per_token <= static_cast<double>(experts));
    CHECK(slots == doctest::Approx(router.traits.experts_per_token).epsilon(0.15));
  });
}

TEST_CASE("routing is pure: the same call gives the same bits and leaves its arguments alone") {
  for_each_router([](const RouterUnderTest& router, std::int64_t) {
    const at::Tensor x = router.input("x");
    const at::Tensor copy = x.clone();
    const Routing first = router.route(x);
    const Routing second = router.route(x);
    CHECK(x.equal(copy));
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
    const at::Tensor x = router.input("x").requires_grad_(true);
    const Routing r = router.route(x);
    const at::Tensor push = normal_tensor({kTokens, experts}, "push");
    at::Tensor total = (r.probabilities * push).sum();
    CHECK((experts == 1 || r.probabilities.requires_grad()));
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
    if (!total.requires_grad()) return;
    total.backward();
    REQUIRE(x.grad().defined());
    CHECK(x.grad().isfinite().all().item<bool>());
    CHECK((experts == 1 || x.grad().abs().sum().item<float>() > 0));
  });
}

TEST_CASE("what lies ahead and the batch's other sequences matter only where a router says so") {
  for_each_router([](const RouterUnderTest& router, std::int64_t experts) {
    const auto position = [](std::int64_t n) { return n % kLength; };
    const auto sequence = [](std::int64_t n) { return n / kLength; };
    for (const std::int64_t last : {std::int64_t{0}, kLength / 2}) {
      if (!router.traits.causal) break;
      check_unmoved(router, experts, [&](std::int64_t n) {
        return position(n) <= last && (!router.traits.independent || sequence(n) == 2);
      });
    }
    if (router.traits.independent) {
      check_unmoved(router, experts, [&](std::int64_t n) { return sequence(n) == 5; });
    }
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
