#include "plugins/tensors.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

namespace btx_test {

at::Tensor tensor_of(const Rows& rows) {
  const auto columns = static_cast<std::int64_t>(rows.front().size());
  at::Tensor out = at::empty({static_cast<std::int64_t>(rows.size()), columns}, at::kFloat);
  auto* value = out.data_ptr<float>();
  for (const auto& row : rows) {
    for (const double x : row) *value++ = static_cast<float>(x);
  }
  return out;
}

at::Tensor logs_of(Rows rows) {
  for (auto& row : rows) {
    for (double& x : row) x = std::log(x);
  }
  return tensor_of(rows);
}

at::Tensor dense_weights(const btx::Routing& r) {
  const at::Tensor kept = r.weights.masked_fill(r.slots < 0, 0);
  return at::zeros_like(r.probabilities).scatter_add(1, r.slots.clamp_min(0), kept);
}

bool near(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  return a.sizes() == b.sizes() && (a - b).abs().max().item<double>() <= tolerance;
}

bool near(const at::Tensor& a, const Rows& rows, double tolerance) {
  return near(a, tensor_of(rows), tolerance);
}

std::vector<std::int64_t> first_slots(const at::Tensor& slots) {
  std::vector<std::int64_t> all;
  for (std::int64_t n = 0; n < slots.size(0); ++n) all.push_back(number<std::int64_t>(slots, n, 0));
  return all;
}

std::vector<std::vector<std::int64_t>> all_slots(const btx::Routing& r) {
  std::vector<std::vector<std::int64_t>> all;
  for (std::int64_t n = 0; n < r.slots.size(0); ++n) all.push_back(experts_of(r, n));
  return all;
}

std::vector<double> doubles(const at::Tensor& x) {
  const at::Tensor wide = x.detach().to(at::kDouble).contiguous();
  return {wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + wide.numel()};
}

void set_bias(RouterUnderTest& router, const std::vector<double>& bias) {
  router.context.selection_bias = tensor_of({bias}).squeeze(0);
}

btx::BalanceStatistics statistics_of(const btx::Routing& r) {
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

}  // namespace btx_test
