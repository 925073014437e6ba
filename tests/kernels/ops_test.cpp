// Every table of operations against the reference, outputs and gradients, on awkward shapes.
#include "kernels/support.hpp"
#include "kernels/tables.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <tuple>

using namespace btx;
using namespace btx_test;

namespace {

// bfloat16 keeps 8 bits: a few roundings apart are a few hundredths of the largest value.
double tolerance(at::ScalarType type) {
  return type == at::kFloat ? 2e-5 : 4e-2;
}

/// Compares f(On), a function of the leaves, and its gradients by them, with the reference's on the
/// CPU: for every table and type.
void compare(const std::function<at::Tensor(const On&)>& f, const std::vector<at::Tensor>& leaves) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const On oracle{reference_ops(), at::kCPU, type};
    const auto plain = output_and_gradients([&] { return f(oracle); }, leaves, 7);
    for (const btx_test::Table& table : tables_under_test()) {
      CAPTURE(table.name);
      const On on{table.ops, table.device, type};
      const auto fast = output_and_gradients([&] { return f(on); }, leaves, 7);
      REQUIRE(fast.size() == plain.size());
      for (std::size_t i = 0; i < fast.size(); ++i) {
        CAPTURE(i);
        CHECK(fast[i].sizes() == plain[i].sizes());
        CHECK(error(fast[i], plain[i]) < tolerance(type));
      }
    }
  }
}

}  // namespace

TEST_CASE("rms_norm equals its reference") {
  for (const auto& [rows, width] :
       {std::pair<std::int64_t, std::int64_t>{1, 2}, {3, 7}, {65, 192}, {300, 33}}) {
    const at::Tensor x = leaf({rows, width}, 1, 3.0);
    const at::Tensor w = leaf({width}, 2);
    compare([&](const On& on) { return on.ops.rms_norm(on(x), on.weight(w), 1e-5); }, {x, w});
  }
}

TEST_CASE("add_rms_norm equals its reference, gradients of both results") {
  for (const auto& [rows, width] :
       {std::pair<std::int64_t, std::int64_t>{1, 2}, {3, 7}, {65, 192}}) {
    const at::Tensor x = leaf({rows, width}, 1, 3.0), added = leaf({rows, width}, 3);
    const at::Tensor w = leaf({width}, 2);
    compare(
        [&](const On& on) {
          const NormedSum out = on.ops.add_rms_norm(on(x), on(added), on.weight(w), 1e-5);
          return at::cat({out.sum, out.normed}, 1);
        },
        {x, added, w});
  }
}

TEST_CASE("add_rms_norm with one of its results alone") {
  const at::Tensor x = leaf({9, 24}, 1), added = leaf({9, 24}, 3), w = leaf({24}, 2);
  for (const bool normed : {false, true}) {
    compare(
        [&](const On& on) {
          const NormedSum out = on.ops.add_rms_norm(on(x), on(added), on.weight(w), 1e-5);
          return normed ? out.normed : out.sum;
        },
        {x, added, w});
  }
}

TEST_CASE("linear equals its reference") {
  const at::Tensor x = leaf({37, 19}, 1);
  const at::Tensor w = leaf({23, 19}, 2);
  compare([&](const On& on) { return on.ops.linear(on(x), on.weight(w)); }, {x, w});
}

TEST_CASE("swiglu equals its reference, for large inputs too") {
  const at::Tensor x = leaf({29, 26}, 1, 20.0);
  compare([&](const On& on) { return on.ops.swiglu(on(x)); }, {x});
}

TEST_CASE("attention equals its reference for any number of tokens and grouping of heads") {
  struct Shape {
    std::int64_t sequences, tokens, heads, kv_heads, dim;
  };
  for (const Shape s : {Shape{1, 1, 1, 1, 2},
                        {2, 5, 4, 2, 6},
                        {1, 64, 2, 1, 32},
                        {3, 65, 3, 3, 8},
                        {2, 150, 6, 2, 32}}) {
    CAPTURE(s.tokens);
    const std::int64_t width = (s.heads + 2 * s.kv_heads) * s.dim;
    const at::Tensor qkv = leaf({s.sequences * s.tokens, width}, 3);
    const at::Tensor angle =
        at::outer(at::arange(s.tokens, at::kFloat), at::arange(s.dim / 2, at::kFloat) * 0.3 + 0.1);
    const AttentionShape shape{s.sequences, s.heads, s.kv_heads, s.dim};
    compare(
        [&](const On& on) {
          return on.ops.attention(on(qkv), shape, on.as_is(angle.cos()), on.as_is(angle.sin()));
        },
        {qkv});
  }
}

TEST_CASE("expert_ffn equals its reference, with experts that get nothing and slots left empty") {
  const std::int64_t experts = 5;
  const at::Tensor x = leaf({41, 12}, 1);
  const at::Tensor gate_up = leaf({experts, 18, 12}, 2, 0.4);
  const at::Tensor down = leaf({experts, 12, 9}, 3, 0.4);
  const at::Tensor logits = leaf({41, experts}, 4);
  at::Tensor slots = std::get<1>(at::topk(logits.detach().narrow(1, 0, 4), 2, 1)).clone();
  slots.select(0, 5).fill_(-1);  // a token that no expert gets
  slots[7][1] = -1;
  const auto dispatch = [&](const On& on) {
    return Dispatch{on.as_is(slots), at::softmax(on.as_is(logits).narrow(1, 0, 2), 1)};
  };
  compare(
      [&](const On& on) {
        return on.ops.expert_ffn(on(x), on.weight(gate_up), on.weight(down), dispatch(on));
      },
      {x, gate_up, down, logits});
  compare(
      [&](const On& on) { return on.ops.expert_linear(on(x), on.weight(gate_up), dispatch(on)); },
      {x, gate_up, logits});
}

TEST_CASE("experts of widths that a grouped product takes, some without tokens") {
  const std::int64_t experts = 4;
  const at::Tensor x = leaf({50, 16}, 1), gates = leaf({50, 2}, 4);
  const at::Tensor gate_up = leaf({experts, 48, 16}, 2, 0.4);
  const at::Tensor down = leaf({experts, 16, 24}, 3, 0.4);
  at::Tensor slots = at::arange(100, at::kLong).view({50, 2}) % 2 * 2;  // experts 0 and 2
  slots[4][0] = -1;
  slots.select(0, 9).fill_(-1);
  compare(
      [&](const On& on) {
        return on.ops.expert_ffn(on(x), on.weight(gate_up), on.weight(down),
                                 {on.as_is(slots), on.as_is(gates)});
      },
      {x, gate_up, down, gates});
  compare(
      [&](const On& on) {
        return on.ops.expert_linear(on(x), on.weight(gate_up), {on.as_is(slots), on.as_is(gates)});
      },
      {x, gate_up, gates});
}

TEST_CASE("experts over sorted blocks: any spread of tokens, all on one expert, none at all") {
  const std::int64_t experts = 3;
  const at::Tensor gate_up = leaf({experts, 8, 6}, 2, 0.4), down = leaf({experts, 6, 4}, 3, 0.4);
  for (const std::int64_t tokens : {1, 31, 33, 100}) {
    const at::Tensor x = leaf({tokens, 6}, 1), gates = leaf({tokens, 2}, 4);
    for (const std::int64_t expert : {-1, 0, 2}) {
      at::Tensor slots = at::arange(2 * tokens, at::kLong).view({tokens, 2}) % experts;
      slots.select(1, 0).fill_(expert);
      if (expert < 0) slots.fill_(-1);
      if (expert >= 0) slots.select(1, 1).copy_((slots.select(1, 1) + expert + 1) % experts);
      const at::Tensor twice = slots.select(1, 0) == slots.select(1, 1);
      slots.select(1, 1).masked_fill_(twice, -1);
      compare(
          [&](const On& on) {
            return on.ops.expert_ffn(on(x), on.weight(gate_up), on.weight(down),
                                     {on.as_is(slots), on.as_is(gates)});
          },
          {x, gate_up, down, gates});
    }
  }
}

TEST_CASE("cross_entropy equals its reference, rows without a target left out") {
  const at::Tensor h = leaf({200, 16}, 1);
  const at::Tensor w = leaf({301, 16}, 2);
  at::Tensor targets = at::arange(200, at::kLong) % 301;
  targets[3] = -1;
  targets[199] = -1;
  compare(
      [&](const On& on) {
        return on.ops.cross_entropy(on(h), on.weight(w), on.as_is(targets)).sum() / 198.0;
      },
      {h, w});
}

TEST_CASE("a logit that is not finite reaches the loss") {
  at::Tensor h = leaf({4, 8}, 1).detach();
  h[2][0] = std::numeric_limits<float>::infinity();
  const at::Tensor w = leaf({11, 8}, 2).detach();
  for (const btx_test::Table& table : tables_under_test()) {
    CAPTURE(table.name);
    const On on{table.ops, table.device, at::kFloat};
    const at::Tensor loss =
        on.ops.cross_entropy(on(h), on.weight(w), on.as_is(at::arange(4, at::kLong)));
    CHECK_FALSE(loss.isfinite()[2].item<bool>());
    CHECK(loss.isfinite()[1].item<bool>());
  }
}

TEST_CASE("adamw equals its reference, in one block and in several") {
  at::set_num_threads(3);  // blocks are shared out
  const AdamWStep step{0.01F, 0.9F, 0.95F, 1e-8F, 0.1F, 0.271F, 0.142625F, 0.5F};
  for (const std::int64_t size : {1, 17, 200'000}) {
    const auto run = [&](const On& on) {
      std::vector<at::Tensor> all;  // w, gradient, m, v, and w in bfloat16
      for (const int i : {1, 2, 3, 4}) {
        all.push_back(on.as_is(leaf({size}, static_cast<std::uint64_t>(i)).detach()).clone());
      }
      all[3].abs_();
      all.push_back(at::zeros({size}, all[0].options().dtype(at::kBFloat16)));
      on.ops.adamw(step, all[0], all[1], all[2], all[3], all[4]);
      return all;
    };
    const auto plain = run({reference_ops(), at::kCPU, at::kFloat});
    for (const btx_test::Table& table : tables_under_test()) {
      CAPTURE(table.name);
      const auto fast = run({table.ops, table.device, at::kFloat});
      for (std::size_t i = 0; i < 4; ++i) CHECK(error(fast[i], plain[i]) < 1e-6);
      CHECK(at::equal(fast[4], fast[0].to(at::kBFloat16)));
    }
  }
}

TEST_CASE("sum_of_squares equals its reference, in one block and in several") {
  at::set_num_threads(3);  // blocks are shared out
  for (const std::int64_t size : {0, 1, 17, 200'000}) {
    const at::Tensor x = leaf({size}, 1).detach();
    const double plain = reference_ops().sum_of_squares(x).item<double>();
    for (const btx_test::Table& table : tables_under_test()) {
      CAPTURE(table.name);
      const at::Tensor sum = table.ops.sum_of_squares(x.to(table.device));
      CHECK((sum.scalar_type() == at::kDouble));
      CHECK(sum.item<double>() == doctest::Approx(plain).epsilon(1e-6));
    }
  }
}
