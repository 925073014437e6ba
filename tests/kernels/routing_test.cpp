// Operations of routing, of every table: choices against a sort of their own, gradients against the
// reference, random numbers against the host's.
#include "kernels/support.hpp"
#include "kernels/tables.hpp"

#include <btx/random.hpp>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The k first of a row, as choose() has them.
std::vector<std::int64_t> first_of(const at::Tensor& row, std::int64_t k) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(row.numel()));
  std::iota(order.begin(), order.end(), 0);
  const float* score = row.const_data_ptr<float>();
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return std::isnan(score[a]) ? !std::isnan(score[b]) : score[a] > score[b];
  });
  order.resize(static_cast<std::size_t>(k));
  return order;
}

/// Checks the choice of every table; scores and bias are on the host.
void check_choice(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k) {
  const at::Tensor biased = bias.defined() ? scores + bias : scores;
  for (const btx_test::Table& table : tables_under_test()) {
    CAPTURE(table.name);
    const On on{table.ops, table.device};
    const at::Tensor slots =
        on.ops.choose(on.as_is(scores), bias.defined() ? on.as_is(bias) : bias, k).cpu();
    REQUIRE(slots.sizes() == at::IntArrayRef{scores.size(0), k});
    REQUIRE((slots.scalar_type() == at::kLong));
    for (std::int64_t n = 0; n < scores.size(0); ++n) {
      CAPTURE(n);
      const std::int64_t* row = slots.const_data_ptr<std::int64_t>() + n * k;
      CHECK(std::vector<std::int64_t>(row, row + k) == first_of(biased[n], k));
    }
  }
}

struct Shape {
  std::int64_t groups, tokens, experts, k;
};

/// Slots of which some are of no expert, and no token has one twice.
at::Tensor some_slots(std::int64_t tokens, std::int64_t experts, std::int64_t k) {
  const at::Tensor slot = at::arange(tokens * k, at::kLong).view({tokens, k}) % experts;
  return slot.masked_fill(at::arange(tokens * k, at::kLong).view({tokens, k}) % 5 == 3, -1);
}

}  // namespace

TEST_CASE("the experts with the largest scores are chosen, of equal ones the first") {
  for (const Shape s : {Shape{1, 1, 1, 1}, {1, 37, 4, 2}, {1, 300, 5, 5}, {1, 9, 130, 7}}) {
    const at::Tensor scores = leaf({s.tokens, s.experts}, 3).detach();
    check_choice(scores, {}, s.k);
    check_choice((scores * 2).round(), {}, s.k);  // many are equal
    check_choice(scores, leaf({s.experts}, 4).detach(), s.k);
  }
}

TEST_CASE("scores that are no numbers are chosen first, infinite ones in their order") {
  const at::Tensor scores = at::tensor({1.0F, kNan, 2.0F, kNan,               //
                                        -kInfinity, 0.0F, -kInfinity, -0.0F,  //
                                        kInfinity, 5.0F, kNan, kInfinity})
                                .view({3, 4});
  for (const std::int64_t k : {1, 2, 4}) check_choice(scores, {}, k);
}

TEST_CASE("top_k equals its reference, gradients of both softmaxes") {
  for (const Shape s : {Shape{1, 1, 1, 1}, {1, 37, 4, 2}, {1, 130, 5, 5}, {1, 65, 33, 3}}) {
    CAPTURE(s.experts);
    const at::Tensor logits = leaf({s.tokens, s.experts}, 5, 2.0), bias = leaf({s.experts}, 6);
    for (const bool both : {false, true}) {
      const auto result = [&](const On& on) {
        const TopKRouting out = on.ops.top_k(on.as_is(logits), on.as_is(bias.detach()), s.k);
        return both ? at::cat({out.weights, out.probabilities}, 1) : out.weights;
      };
      const On oracle{reference_ops(), at::kCPU};
      const auto plain = output_and_gradients([&] { return result(oracle); }, {logits}, 7);
      for (const btx_test::Table& table : tables_under_test()) {
        CAPTURE(table.name);
        const On on{table.ops, table.device};
        const auto fast = output_and_gradients([&] { return result(on); }, {logits}, 7);
        CHECK(error(fast[0], plain[0]) < 2e-6);
        CHECK(error(fast[1], plain[1]) < 2e-5);
        CHECK(on.ops.top_k(on.as_is(logits), on.as_is(bias.detach()), s.k)
                  .slots.cpu()
                  .equal(oracle.ops.choose(logits, bias.detach(), s.k)));
      }
    }
  }
}

TEST_CASE("a gate equals its reference in both types, its logits in float32") {
  struct Gate {
    std::int64_t tokens, width, experts;
  };
  for (const Gate s : {Gate{1, 1, 1},
                       {37, 12, 2},
                       {130, 64, 4},
                       {65, 33, 7},
                       {9, 520, 16},
                       {70, 24, 33},
                       {5, 16, 128}}) {
    CAPTURE(s.experts);
    const at::Tensor x = leaf({s.tokens, s.width}, 1), w = leaf({s.experts, s.width}, 2);
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto logits = [&](const On& on) { return on.ops.gate(on(x), on.weight(w)); };
      const On oracle{reference_ops(), at::kCPU, type};
      const auto plain = output_and_gradients([&] { return logits(oracle); }, {x, w}, 7);
      for (const btx_test::Table& table : tables_under_test()) {
        CAPTURE(table.name);
        const On on{table.ops, table.device, type};
        const auto fast = output_and_gradients([&] { return logits(on); }, {x, w}, 7);
        CHECK((fast[0].scalar_type() == at::kFloat));
        CHECK(error(fast[0], plain[0]) < 2e-6);
        CHECK(error(fast[1], plain[1]) < (type == at::kFloat ? 2e-5 : 8e-3));
        CHECK(error(fast[2], plain[2]) < 2e-5);
      }
    }
  }
}

TEST_CASE("the gradient of a gate's weights is added to what their buffer holds") {
  const at::Tensor x = leaf({65, 24}, 1).detach(), w = leaf({4, 24}, 2).detach();
  for (const btx_test::Table& table : tables_under_test()) {
    CAPTURE(table.name);
    const On on{table.ops, table.device, at::kBFloat16};
    const at::Tensor master =
        w.to(table.device, at::kFloat, false, /*copy=*/true).set_requires_grad(true);
    const at::Tensor rows = on(x);
    const at::Tensor buffer = at::full_like(master, 3.0);
    master.mutable_grad() = buffer;
    on.ops.gate(rows, {master, master.detach().to(at::kBFloat16)}).sum().backward();
    CHECK(master.grad().is_same(buffer));
    const at::Tensor want = rows.cpu().to(at::kFloat).sum(0).expand({4, 24}) + 3.0;
    CHECK(error(buffer, want) < 2e-6);
  }
}

TEST_CASE("sums of routing equal their reference, with padding, empty slots and chosen ones") {
  for (const Shape s : {Shape{1, 1, 1, 1}, {3, 7, 4, 2}, {2, 150, 5, 3}, {1, 40, 33, 2}}) {
    CAPTURE(s.experts);
    const std::int64_t rows = s.groups * s.tokens;
    const at::Tensor weights = leaf({rows, s.k}, 1), probabilities = leaf({rows, s.experts}, 2);
    const at::Tensor logits = leaf({rows, s.experts}, 3, 2.0);
    const at::Tensor slots = some_slots(rows, s.experts, s.k);
    const at::Tensor chosen = at::arange(rows, at::kLong).view({rows, 1}) % s.experts;
    const at::Tensor padding = at::arange(rows, at::kLong) % 3 == 1;
    for (const bool all : {false, true}) {
      const auto sums = [&](const On& on) {
        return on.ops.routing_sums({on.as_is(slots), all ? on.as_is(chosen) : at::Tensor(),
                                    on.as_is(weights), on.as_is(probabilities), on.as_is(logits),
                                    all ? on.as_is(padding) : at::Tensor(), s.groups});
      };
      const On oracle{reference_ops(), at::kCPU};
      const std::vector<at::Tensor> leaves = {weights, probabilities, logits};
      const auto plain = output_and_gradients([&] { return sums(oracle); }, leaves, 7);
      for (const btx_test::Table& table : tables_under_test()) {
        CAPTURE(table.name);
        const On on{table.ops, table.device};
        const auto fast = output_and_gradients([&] { return sums(on); }, leaves, 7);
        REQUIRE(fast[0].sizes() == at::IntArrayRef{s.groups, 4 * s.experts + 2});
        for (std::size_t i = 0; i < fast.size(); ++i) {
          CAPTURE(i);
          CHECK(error(fast[i], plain[i]) < 2e-5);
        }
      }
    }
  }
}

TEST_CASE("uniform numbers of a tensor of counters are those of the counters, bit for bit") {
  std::vector<std::int64_t> counters;
  for (std::int64_t i = 0; i < 1000; ++i) counters.push_back(i);
  for (unsigned bit = 10; bit < 64; ++bit) {
    counters.push_back(static_cast<std::int64_t>(std::uint64_t{1} << bit));
    counters.push_back(static_cast<std::int64_t>(~(std::uint64_t{1} << bit)));
  }
  const at::Tensor index = at::tensor(counters, at::kLong);
  std::vector<btx_test::Table> tables = tables_under_test();
  tables.push_back({"reference", reference_ops(), at::kCPU});
  for (const btx_test::Table& table : tables) {
    CAPTURE(table.name);
    const On on{table.ops, table.device};
    for (const std::uint64_t key : {std::uint64_t{0}, random_key(3, "noise"), ~std::uint64_t{0}}) {
      for (const std::uint64_t columns : {1, 3}) {
        const at::Tensor found =
            on.ops.uniform(key, on.as_is(index), static_cast<std::int64_t>(columns)).cpu();
        REQUIRE((found.scalar_type() == at::kFloat));
        int different = 0;
        for (std::uint64_t i = 0; i < columns * counters.size(); ++i) {
          const std::uint64_t counter =
              static_cast<std::uint64_t>(counters[i / columns]) * columns + i % columns;
          different += found.const_data_ptr<float>()[i] != random_uniform(key, counter) ? 1 : 0;
        }
        CHECK(different == 0);
      }
    }
  }
}
