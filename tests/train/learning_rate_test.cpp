// The schedule against numbers worked out by hand.
#include "train/learning_rate.hpp"

#include <doctest/doctest.h>

using namespace btx;

namespace {

TrainConfig with(double warmup_fraction, Schedule schedule) {
  TrainConfig config;
  config.lr = 2;
  config.min_lr_factor = 0.1;
  config.warmup_fraction = warmup_fraction;
  config.schedule = schedule;
  return config;
}

}  // namespace

TEST_CASE("the rate climbs in equal steps to its peak at the end of warm-up") {
  const TrainConfig config = with(0.4, Schedule::cosine);  // 4 of 10 steps
  CHECK(learning_rate(config, 0, 10) == 0.5);
  CHECK(learning_rate(config, 1, 10) == 1.0);
  CHECK(learning_rate(config, 3, 10) == 2.0);
}

TEST_CASE("a part of a step counts as a step of warm-up") {
  const TrainConfig config = with(0.11, Schedule::constant);  // 1.1 of 10 steps: 2
  CHECK(learning_rate(config, 0, 10) == 1.0);
  CHECK(learning_rate(config, 1, 10) == 2.0);
}

TEST_CASE("a number of warm-up steps goes before a share of the steps, however many there are") {
  TrainConfig config = with(0.4, Schedule::cosine);  // 4 of 10 steps, 40 of 100
  config.warmup_steps = 2;
  for (const std::int64_t total : {10, 100}) {
    CHECK(learning_rate(config, 0, total) == 1.0);
    CHECK(learning_rate(config, 1, total) == 2.0);
    CHECK(learning_rate(config, 2, total) == 2.0);
  }
  CHECK(learning_rate(config, 6, 10) == doctest::Approx(1.1).epsilon(1e-12));  // half way of 8
  config.warmup_steps = 20;  // more than there are
  CHECK(learning_rate(config, 9, 10) == 1.0);
}

// After 2 steps of warm-up the cosine takes 8: half way 2 x (0.1 + 0.9 x 0.5), and in its last step
// 2 x (0.1 + 0.9 x 0.5 (1 + cos(7 pi / 8))) = 2 x (0.1 + 0.9 x 0.03806023374435663).
TEST_CASE("the cosine falls from the peak towards its smallest factor") {
  const TrainConfig config = with(0.2, Schedule::cosine);
  CHECK(learning_rate(config, 2, 10) == 2.0);
  CHECK(learning_rate(config, 6, 10) == doctest::Approx(1.1).epsilon(1e-12));
  CHECK(learning_rate(config, 9, 10) == doctest::Approx(0.26850842073984194).epsilon(1e-12));
}

TEST_CASE("the constant schedule stays at the peak, from the first step without warm-up") {
  const TrainConfig config = with(0, Schedule::constant);
  for (const std::int64_t step : {0, 1, 9}) CHECK(learning_rate(config, step, 10) == 2.0);
}
