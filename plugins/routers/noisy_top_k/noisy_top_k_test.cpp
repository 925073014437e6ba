// router:noisy_top_k: its noise computed again, and its gradient.
#include "plugins/router_support.hpp"

#include <cmath>

using namespace btx;
using namespace btx_test;

TEST_CASE("noisy_top_k: noise of deviation softplus(x W_noise) in training, none outside") {
  auto router = make_router("noisy_top_k", 2);
  const RouterInput x{logs_of({{1, 3}}), tensor_of({std::vector<double>(16, 0.5)})};
  at::Tensor w_noise = router.context.tensors.at("w_noise");
  CHECK(w_noise.sizes() == at::IntArrayRef({2, 16}));
  CHECK(w_noise.abs().sum().item<float>() == 0);
  w_noise[1].fill_(0.25);  // x W_noise is (0, 2)
  w_noise.requires_grad_(true);

  const Routing noisy = router.route(x);
  const std::vector<double> u = doubles(router.context.uniform("noise", 4));
  const auto normal = [&](std::size_t e) {
    return std::sqrt(-2 * std::log(u[e])) * std::cos(2 * std::acos(-1.0) * u[e + 2]);
  };
  const double difference =
      normal(0) * std::log(2.0) - (std::log(3.0) + normal(1) * std::log(1 + std::exp(2.0)));
  const at::Tensor weights = dense_weights(noisy);
  CHECK(std::log(weights[0][0].item<double>() / weights[0][1].item<double>()) ==
        doctest::Approx(difference).epsilon(1e-5));
  CHECK(near(noisy.probabilities, {{0.25, 0.75}}));
  weights[0][0].backward();
  CHECK(w_noise.grad().abs().sum().item<float>() > 0);

  router.set_training(false);
  CHECK(near(dense_weights(router.route(x)), {{0.25, 0.75}}));
}

TEST_CASE("noisy_top_k: a k beyond the number of experts is a usage error that says what to do") {
  CHECK(contains(refusal("noisy_top_k", 4, R"({"k": 5})"),
                 "k is 5, but there are 4 experts; give a k of at most 4"));
}
