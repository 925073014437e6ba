// The CPU operations against the reference, outputs and gradients, on awkward shapes.
#include "kernels/support.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/topk.h>
#include <doctest/doctest.h>

#include <tuple>

using namespace btx;
using namespace btx::testing;

namespace {

// bfloat16 keeps 8 bits: a few roundings apart are a few hundredths of the largest value.
double tolerance(at::ScalarType type) {
  return type == at::kFloat ? 2e-5 : 4e-2;
}

using Function = std::function<at::Tensor(const Ops&)>;

void compare(const Function& f, const std::vector<at::Tensor>& leaves, at::ScalarType type,
             const Ops& ops = cpu_ops()) {
  const auto fast = output_and_gradients([&] { return f(ops); }, leaves, 7);
  const auto plain = output_and_gradients([&] { return f(reference_ops()); }, leaves, 7);
  REQUIRE(fast.size() == plain.size());
  for (std::size_t i = 0; i < fast.size(); ++i) {
    CAPTURE(i);
    CHECK(fast[i].sizes() == plain[i].sizes());
    CHECK(error(fast[i], plain[i]) < tolerance(type));
  }
}

const std::vector<at::ScalarType> kTypes = {at::kFloat, at::kBFloat16};

}  // namespace

TEST_CASE("rms_norm equals its reference") {
  for (const auto type : kTypes) {
    for (const auto& [rows, width] :
         {std::pair<std::int64_t, std::int64_t>{1, 2}, {3, 7}, {65, 192}, {300, 33}}) {
      const at::Tensor x = leaf({rows, width}, 1, 3.0);
      const at::Tensor w = leaf({width}, 2);
      compare([&](const Ops& ops) { return ops.rms_norm(x.to(type), weight(w, type), 1e-5); },
              {x, w}, type);
    }
  }
}

TEST_CASE("linear equals its reference") {
  for (const auto type : kTypes) {
    const at::Tensor x = leaf({37, 19}, 1);
    const at::Tensor w = leaf({23, 19}, 2);
    compare([&](const Ops& ops) { return ops.linear(x.to(type), weight(w, type)); }, {x, w}, type);
  }
}

TEST_CASE("swiglu equals its reference, for large inputs too") {
  for (const auto type : kTypes) {
    const at::Tensor x = leaf({29, 26}, 1, 20.0);
    compare([&](const Ops& ops) { return ops.swiglu(x.to(type)); }, {x}, type);
  }
}

TEST_CASE("attention equals its reference for any number of tokens and grouping of heads") {
  struct Shape {
    std::int64_t sequences, tokens, heads, kv_heads, dim;
  };
  for (const auto type : kTypes) {
    for (const Shape s : {Shape{1, 1, 1, 1, 2},
                          {2, 5, 4, 2, 6},
                          {1, 64, 2, 1, 32},
                          {3, 65, 3, 3, 8},
                          {2, 150, 6, 2, 32}}) {
      CAPTURE(s.tokens);
      const std::int64_t width = (s.heads + 2 * s.kv_heads) * s.dim;
      const at::Tensor qkv = leaf({s.sequences * s.tokens, width}, 3);
      const at::Tensor angle = at::outer(at::arange(s.tokens, at::kFloat),
                                         at::arange(s.dim / 2, at::kFloat) * 0.3 + 0.1);
      const AttentionShape shape{s.sequences, s.heads, s.kv_heads, s.dim};
      compare(
          [&](const Ops& ops) {
            return ops.attention(qkv.to(type), shape, angle.cos(), angle.sin());
          },
          {qkv}, type);
    }
  }
}

TEST_CASE("expert_ffn equals its reference, with experts that get nothing and slots left empty") {
  struct Case {
    at::ScalarType type;
    const Ops* ops;
  };
  for (const Case c : {Case{at::kFloat, &cpu_ops()},
                       {at::kBFloat16, &cpu_ops()},
                       {at::kFloat, &sorted_ops()},
                       {at::kBFloat16, &sorted_ops()}}) {
    const at::ScalarType type = c.type;
    const std::int64_t experts = 5;
    const at::Tensor x = leaf({41, 12}, 1);
    const at::Tensor gate_up = leaf({experts, 18, 12}, 2, 0.4);
    const at::Tensor down = leaf({experts, 12, 9}, 3, 0.4);
    const at::Tensor logits = leaf({41, experts}, 4);
    at::Tensor slots = std::get<1>(at::topk(logits.detach().narrow(1, 0, 4), 2, 1)).clone();
    slots.select(0, 5).fill_(-1);  // a token that no expert gets
    slots[7][1] = -1;
    compare(
        [&](const Ops& ops) {
          const at::Tensor weights = at::softmax(logits.narrow(1, 0, 2), 1);
          return ops.expert_ffn(x.to(type), weight(gate_up, type), weight(down, type),
                                {slots, weights});
        },
        {x, gate_up, down, logits}, type, *c.ops);
    compare(
        [&](const Ops& ops) {
          const at::Tensor weights = at::softmax(logits.narrow(1, 0, 2), 1);
          return ops.expert_linear(x.to(type), weight(gate_up, type), {slots, weights});
        },
        {x, gate_up, logits}, type, *c.ops);
  }
}

TEST_CASE("experts over sorted blocks: any spread of tokens, all on one expert, none at all") {
  const std::int64_t experts = 3;
  const at::Tensor gate_up = leaf({experts, 8, 6}, 2, 0.4), down = leaf({experts, 6, 4}, 3, 0.4);
  for (const Ops* fast : {&cpu_ops(), &sorted_ops()}) {
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
            [&](const Ops& ops) {
              return ops.expert_ffn(x, weight(gate_up, at::kFloat), weight(down, at::kFloat),
                                    {slots, gates});
            },
            {x, gate_up, down, gates}, at::kFloat, *fast);
      }
    }
  }
}

TEST_CASE("cross_entropy equals its reference, rows without a target left out") {
  for (const auto type : kTypes) {
    const at::Tensor h = leaf({200, 16}, 1);
    const at::Tensor w = leaf({301, 16}, 2);
    at::Tensor targets = at::arange(200, at::kLong) % 301;
    targets[3] = -1;
    targets[199] = -1;
    compare(
        [&](const Ops& ops) {
          return ops.cross_entropy(h.to(type), weight(w, type), targets).sum() / 198.0;
        },
        {h, w}, type);
  }
}

TEST_CASE("a logit that is not finite reaches the loss") {
  at::Tensor h = leaf({4, 8}, 1).detach();
  h[2][0] = std::numeric_limits<float>::infinity();
  const at::Tensor w = leaf({11, 8}, 2).detach();
  const at::Tensor loss = cpu_ops().cross_entropy(h, {w, w}, at::arange(4, at::kLong));
  CHECK_FALSE(loss.isfinite()[2].item<bool>());
  CHECK(loss.isfinite()[1].item<bool>());
}
