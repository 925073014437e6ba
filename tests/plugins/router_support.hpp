#pragma once
// Small inputs for one router, with numbers that can be checked by hand.

#include "contract/perturb.hpp"

#include <btx/balance.hpp>

#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace router_test {

using contract_test::RouterInput;
using contract_test::RouterUnderTest;
using Rows = std::vector<std::vector<double>>;

/// A router of build/plugins with these parameters, for one sequence of `tokens` tokens of a later
/// mixture layer, in training.
inline RouterUnderTest make_router(const std::string& name, std::int64_t experts,
                                   const std::string& params = "{}", std::int64_t tokens = 1) {
  contract_test::all_components();
  RouterUnderTest router(name, experts, btx::from_json(params, "the test"));
  router.set_batch(1, tokens);
  return router;
}

inline at::Tensor tensor_of(const Rows& rows) {
  const auto columns = static_cast<std::int64_t>(rows.front().size());
  at::Tensor out = at::empty({static_cast<std::int64_t>(rows.size()), columns}, at::kFloat);
  auto* value = out.data_ptr<float>();
  for (const auto& row : rows) {
    for (const double x : row) *value++ = static_cast<float>(x);
  }
  return out;
}

/// Logits whose softmax is each row divided by its sum.
inline at::Tensor logs_of(Rows rows) {
  for (auto& row : rows) {
    for (double& x : row) x = std::log(x);
  }
  return tensor_of(rows);
}

/// [N, E]: what each expert's output is multiplied by, 0 where it does not run.
inline at::Tensor dense_weights(const btx::Routing& r) {
  const at::Tensor kept = r.weights.masked_fill(r.slots < 0, 0);
  return at::zeros_like(r.probabilities).scatter_add(1, r.slots.clamp_min(0), kept);
}

inline bool near(const at::Tensor& a, const at::Tensor& b, double tolerance = 1e-6) {
  return a.sizes() == b.sizes() && (a - b).abs().max().item<double>() <= tolerance;
}
inline bool near(const at::Tensor& a, const Rows& rows, double tolerance = 1e-6) {
  return near(a, tensor_of(rows), tolerance);
}

/// The slots of a router with one slot a token.
inline std::vector<std::int64_t> first_slots(const at::Tensor& slots) {
  std::vector<std::int64_t> all;
  for (std::int64_t n = 0; n < slots.size(0); ++n) {
    all.push_back(contract_test::number<std::int64_t>(slots, n, 0));
  }
  return all;
}

/// The experts of every token, in order.
inline std::vector<std::vector<std::int64_t>> all_slots(const btx::Routing& r) {
  std::vector<std::vector<std::int64_t>> all;
  for (std::int64_t n = 0; n < r.slots.size(0); ++n) {
    all.push_back(contract_test::experts_of(r, n));
  }
  return all;
}

inline std::vector<double> doubles(const at::Tensor& x) {
  const at::Tensor wide = x.detach().to(at::kDouble).contiguous();
  return {wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + wide.numel()};
}

/// The means a balance sees, as the core gathers them.
inline btx::BalanceStatistics statistics_of(const btx::Routing& r) {
  const auto count = [&](const at::Tensor& slots) {
    const at::Tensor kept = (slots >= 0).to(at::kFloat);
    return doubles(
        at::zeros_like(r.probabilities).scatter_add(1, slots.clamp_min(0), kept).mean(0));
  };
  btx::BalanceStatistics s;
  s.u = doubles(dense_weights(r).mean(0));
  s.p = doubles(r.probabilities.mean(0));
  s.load = count(r.slots);
  s.chosen = count(r.chosen.defined() ? r.chosen : r.slots);
  s.tokens = static_cast<double>(r.slots.size(0));
  return s;
}

inline double balance_value(const std::string& name, const btx::Routing& r) {
  return btx::make_component<btx::Balance>(name).get().evaluate(statistics_of(r)).value;
}

}  // namespace router_test
