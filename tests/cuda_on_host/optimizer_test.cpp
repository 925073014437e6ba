// adamw and sum_of_squares.
#include "cuda_on_host/support.hpp"

namespace {

using namespace cuda_test;

struct Step {
  float lr, beta1, beta2, epsilon, weight_decay, correction1, correction2, gradient_scale;
};
constexpr Step kStep{1e-2F, 0.9F, 0.95F, 1e-8F, 0.1F, 0.1F, 0.05F, 0.5F};

struct State {
  Floats w, m, v;
  Typed copy;
  bool operator==(const State&) const = default;
};

State before(Index n, Index shift) {
  Values v = random_values(n, 4, 0.1);
  for (double& one : v) one *= one;
  return {floats(random_values(n, 1), shift), floats(random_values(n, 3), shift), floats(v, shift),
          Typed(Type::bfloat16, n, shift)};
}

State after(Index n, Index shift, bool copied) {
  State state = before(n, shift);
  Floats gradient = floats(random_values(n, 2), shift);
  CHECK(btx_cuda_adamw(nullptr, kStep.lr, kStep.beta1, kStep.beta2, kStep.epsilon,
                       kStep.weight_decay, kStep.correction1, kStep.correction2,
                       kStep.gradient_scale, n, state.w.data(), gradient.data(), state.m.data(),
                       state.v.data(), copied ? state.copy.data() : nullptr) == 0);
  return state;
}

void check_step(Index n, Index shift, bool copied) {
  const State old = before(n, 0);
  Values w = wide(old.w), m = wide(old.m), v = wide(old.v);
  const Values gradient = wide(floats(random_values(n, 2)));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double g = gradient[i] * kStep.gradient_scale;
    m[i] = kStep.beta1 * m[i] + (1.0 - kStep.beta1) * g;
    v[i] = kStep.beta2 * v[i] + (1.0 - kStep.beta2) * g * g;
    const double denominator = std::sqrt(v[i] / kStep.correction2) + kStep.epsilon;
    w[i] = w[i] * (1.0 - kStep.lr * kStep.weight_decay) -
           kStep.lr * m[i] / kStep.correction1 / denominator;
  }
  const State got = in_both_orders([&] { return after(n, shift, copied); });
  CHECK(difference(wide(got.w), w) < 1e-6);
  CHECK(difference(wide(got.m), m) < 1e-6);
  CHECK(difference(wide(got.v), v, 1e-3) < 1e-6);
  const Values copy(at(n), -77);
  CHECK(got.copy.values() == (copied ? Typed(Type::bfloat16, wide(got.w)).values() : copy));
}

TEST_CASE("adamw") {
  for (const Index n : {0, 1, 3, 4, 7, 257, 1024, 1027, 5000}) {
    for (const Index shift : {0, 1}) {
      for (const bool copied : {false, true}) check_step(n, shift, copied);
    }
  }
}

std::vector<double> squares(const Values& x, Index shift) {
  Floats in = floats(x, shift);
  std::vector<double> partial(at(btx::cuda::kSumPartials)), out(1, -77);
  CHECK(btx_cuda_sum_of_squares(nullptr, in.data(), static_cast<Index>(x.size()), partial.data(),
                                out.data()) == 0);
  return out;
}

TEST_CASE("sum_of_squares, the same for any alignment") {
  for (const Index n : {0, 1, 3, 257, 4097, 300001, 1200003}) {
    const Values x = wide(floats(random_values(n, 1)));
    double want = 0;
    for (const double one : x) want += one * one;
    const auto got = in_both_orders([&] { return squares(x, 0); });
    CHECK(got == squares(x, 1));
    CHECK(difference(got, {want}) < 1e-12);
  }
  CHECK(std::isnan(squares({1, NAN, 2}, 0)[0]));
  CHECK(std::isinf(squares({1, INFINITY, 2}, 0)[0]));
}

}  // namespace
