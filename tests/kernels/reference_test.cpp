// The reference itself: against closed forms, and its gradients against finite differences.
#include "kernels/support.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {
at::Tensor doubles(at::IntArrayRef shape, std::uint64_t seed) {
  return leaf(shape, seed).detach().to(at::kDouble).set_requires_grad(true);
}

/// Largest difference between the gradient of f and a central difference, over all elements of x.
double finite_difference_error(const std::function<at::Tensor()>& f, const at::Tensor& x) {
  x.mutable_grad() = at::Tensor();
  f().backward();
  const at::Tensor gradient = x.grad().clone();
  const at::NoGradGuard no_gradient;
  double worst = 0;
  const double h = 1e-6;
  at::Tensor flat = x.view(-1);
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double before = flat[i].item<double>();
    flat[i] = before + h;
    const double up = f().item<double>();
    flat[i] = before - h;
    const double down = f().item<double>();
    flat[i] = before;
    worst = std::max(worst, std::abs((up - down) / (2 * h) - gradient.view(-1)[i].item<double>()));
  }
  return worst;
}
}  // namespace

TEST_CASE("rms_norm of equal numbers is their sign") {
  const at::Tensor x = at::ones({2, 4}) * -3.0;
  const at::Tensor w = at::ones({4});
  CHECK(error(reference_ops().rms_norm(x, {w, w}, 0.0), at::ones({2, 4}) * -1.0) < 1e-6);
}

TEST_CASE("the cross entropy of equal logits is the logarithm of their number") {
  const at::Tensor h = at::zeros({3, 2});
  const at::Tensor w = at::ones({8, 2});
  const at::Tensor loss = reference_ops().cross_entropy(h, {w, w}, at::zeros({3}, at::kLong));
  CHECK(loss[0].item<double>() == doctest::Approx(std::log(8.0)));
}

TEST_CASE("attention's first token sees itself alone, and no token sees later ones") {
  const AttentionShape shape{1, 1, 1, 2};
  at::Tensor qkv = leaf({4, 6}, 1).detach();
  const at::Tensor cosine = at::ones({4, 1});
  const at::Tensor sine = at::zeros({4, 1});
  const at::Tensor before = reference_ops().attention(qkv, shape, cosine, sine);
  CHECK(error(before[0], qkv[0].narrow(0, 4, 2)) < 1e-6);
  qkv[3].fill_(5.0);
  const at::Tensor after = reference_ops().attention(qkv, shape, cosine, sine);
  CHECK(error(after.narrow(0, 0, 3), before.narrow(0, 0, 3)) == 0.0);
}

TEST_CASE("gradients of the reference equal finite differences in float64") {
  const Ops& ops = reference_ops();
  const at::Tensor x = doubles({6, 8}, 1);
  const at::Tensor w = doubles({8}, 2);
  CHECK(finite_difference_error(
            [&] {
              return ops.rms_norm(x, {w, w}, 1e-5).pow(2).sum();
            },
            w) < 1e-6);
  CHECK(finite_difference_error([&] { return ops.swiglu(x).pow(2).sum(); }, x) < 1e-6);

  const at::Tensor qkv = doubles({6, 8}, 3);
  const at::Tensor cosine = doubles({3, 1}, 4).detach().cos();
  const at::Tensor sine = doubles({3, 1}, 4).detach().sin();
  const AttentionShape shape{2, 2, 1, 2};
  CHECK(finite_difference_error(
            [&] { return ops.attention(qkv, shape, cosine, sine).pow(2).sum(); }, qkv) < 1e-6);

  const at::Tensor gate_up = doubles({3, 6, 8}, 5);
  const at::Tensor down = doubles({3, 8, 3}, 6);
  const at::Tensor weights = doubles({6, 2}, 7);
  at::Tensor slots = at::zeros({6, 2}, at::kLong);
  slots.select(1, 1).fill_(2);
  slots[4][0] = -1;
  const auto mixture = [&] {
    return ops.expert_ffn(x, {gate_up, gate_up}, {down, down}, {slots, weights}).pow(2).sum();
  };
  CHECK(finite_difference_error(mixture, weights) < 1e-5);
  CHECK(finite_difference_error(mixture, gate_up) < 1e-5);
  CHECK(finite_difference_error(mixture, down) < 1e-5);
  CHECK(finite_difference_error(mixture, x) < 1e-5);
}

// Powers of two, so that float32 holds every number: g = 0.5 x 4 = 2; m = 0.5 x 1 + 0.5 x 2 = 1.5;
// v = 0.75 x 4 + 0.25 x 4 = 4; w = 8 (1 - 0.125 x 0.5) - 0.125 (1.5 / 0.5) / (sqrt(4 / 0.25) + 2)
//   = 7.5 - 0.375 / 6 = 7.4375.
TEST_CASE("one AdamW update is the formula's") {
  const AdamWStep step{0.125F, 0.5F, 0.75F, 2.0F, 0.5F, 0.5F, 0.25F, 0.5F};
  for (const auto type : {at::kFloat, at::kDouble}) {
    const at::Tensor w = at::full({3}, 8.0, type), gradient = at::full({3}, 4.0, type);
    const at::Tensor m = at::full({3}, 1.0, type), v = at::full({3}, 4.0, type);
    const at::Tensor copy = at::zeros({3}, at::kBFloat16);
    reference_ops().adamw(step, w, gradient, m, v, copy);
    CHECK(copy[2].item<double>() == 7.4375);
    CHECK(m[2].item<double>() == 1.5);
    CHECK(v[2].item<double>() == 4.0);
    CHECK(w[2].item<double>() == 7.4375);
    CHECK(gradient[2].item<double>() == 4.0);
  }
}

TEST_CASE("the sum of squares of 3 and 4 is 25, in float64 from float32") {
  const at::Tensor sum = reference_ops().sum_of_squares(at::tensor({3.0, 4.0}, at::kFloat));
  CHECK((sum.scalar_type() == at::kDouble));
  CHECK(sum.item<double>() == doctest::Approx(25.0).epsilon(1e-12));
}
