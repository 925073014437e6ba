// The optimizer against two steps worked out by hand. All numbers but 1/3 are sums of few powers of
// two, so that neither float32 nor float64 rounds them.
#include "train/adamw.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;

namespace {

TrainConfig config() {
  TrainConfig c;
  c.beta1 = 0.5;
  c.beta2 = 0.75;
  c.epsilon = 2;
  c.weight_decay = 0.5;
  return c;
}

/// A matrix "matrix.weight" and a vector "vector.weight" of one element each, both 8.
struct Two {
  explicit Two(const TrainConfig& c, at::ScalarType type = at::kDouble)
      : parameters(
            {{"matrix.weight", DType::float32, {1, 1}}, {"vector.weight", DType::float32, {1}}},
            type, at::kCPU, [](const std::string& /*name*/) { return true; }),
        optimizer(parameters, c) {
    parameters.master().fill_(8.0);
  }
  void step(std::int64_t step, double gradient, double scale = 1) {
    parameters.gradient().fill_(gradient);
    optimizer.step(step, 0.25, scale);
  }
  double matrix() const { return parameters.master()[0].item<double>(); }
  double vector() const { return parameters.master()[1].item<double>(); }

  Parameters parameters;
  AdamW optimizer;
};

}  // namespace

// Step 1, g = 2:   m = 1,    v = 1,    m / 0.5 = 2,      v / 0.25 = 4,   update 0.25 x 2 / (2 + 2)
//   = 0.125; the matrix decays by 0.25 x 0.5 = 1/8 first: 8 x 7/8 - 0.125 = 6.875.
// Step 2, g = -2:  m = -0.5, v = 1.75, m / 0.75 = -2/3,  v / 0.4375 = 4, update 0.25 x (-2/3) / 4
//   = -1/24; the matrix: 6.875 x 7/8 + 1/24.
TEST_CASE("two steps are the formula's; decay acts on the matrix and not on the vector") {
  for (const auto type : {at::kDouble, at::kFloat}) {
    Two two(config(), type);
    two.step(1, 2);
    CHECK(two.vector() == 7.875);
    CHECK(two.matrix() == 6.875);
    two.step(2, -2);
    const double epsilon = type == at::kDouble ? 1e-9 : 1e-6;
    CHECK(two.vector() == doctest::Approx(7.875 + 1.0 / 24).epsilon(epsilon));
    CHECK(two.matrix() == doctest::Approx(6.015625 + 1.0 / 24).epsilon(epsilon));
    CHECK(two.optimizer.m()[0].item<double>() == -0.5);
    CHECK(two.optimizer.v()[1].item<double>() == 1.75);
  }
}

TEST_CASE("a gradient that is scaled down for clipping is the smaller gradient") {
  Two two(config());
  two.step(1, 8, 0.25);
  CHECK(two.vector() == 7.875);
  CHECK(two.matrix() == 6.875);
}

TEST_CASE("a group has a rate and a decay of its own; others keep the stage's") {
  TrainConfig c = config();
  c.group = {{"mine", {"matrix*"}, 2, 0.25}, {"late", {"*.weight"}, 4, -1}};
  Two two(c);
  two.step(1, 2);
  // The matrix: rate 0.5, decay 0.5 x 0.25 = 1/8, update 0.5 x 2 / 4. The vector: rate 1.
  CHECK(two.matrix() == 8 * 0.875 - 0.25);
  CHECK(two.vector() == 8 - 0.5);
}

TEST_CASE("neighbours of equal decay keep the rates of their groups") {
  TrainConfig c = config();
  c.group = {{"mine", {"matrix*"}, 2, 0}};
  Two two(c);
  two.step(1, 2);
  CHECK(two.matrix() == 8 - 0.25);
  CHECK(two.vector() == 8 - 0.125);
}

TEST_CASE("a group that gets no tensor is refused by its name") {
  TrainConfig c = config();
  c.group = {{"all", {"*"}, 1, -1}, {"rest", {"matrix*"}, 1, -1}};
  const auto result = btx_test::caught([&] { Two two(c); });
  CHECK(result.code == ExitCode::usage);
  CHECK(btx_test::contains(result.message, "train.group: group 'rest' gets no tensor"));
}

TEST_CASE("the norm is that of the whole buffer") {
  Two two(config());
  two.parameters.gradient()[0].fill_(3.0);
  two.parameters.gradient()[1].fill_(-4.0);
  CHECK(gradient_norm(two.parameters) == doctest::Approx(5.0).epsilon(1e-12));
}
