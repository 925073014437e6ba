#include "model_spec/rope.hpp"

#include "model/checks.hpp"
#include "model/rotary.hpp"
#include "support.hpp"

#include <btx/error.hpp>

#include <ATen/ops/equal.h>
#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;
using btx_test::caught;
using btx_test::contains;

namespace {

RopeScaling linear(double factor) {
  RopeScaling s;
  s.type = RopeType::linear;
  s.factor = factor;
  return s;
}

RopeScaling llama3(double factor, double low, double high, std::int64_t length) {
  return {RopeType::llama3, factor, low, high, length};
}

/// theta^(-2j/d).
double plain(double theta, double d, double j) {
  return std::pow(theta, -2 * j / d);
}

std::string refusal(const RopeScaling& scaling) {
  const auto result = caught([&] { check_rope_scaling(scaling); });
  if (!result.message.empty()) CHECK(result.code == ExitCode::usage);
  return result.message;
}

}  // namespace

TEST_CASE("linear scaling divides every frequency") {
  CHECK(scaled_frequency(linear(4), 1.0) == 0.25);
  CHECK(scaled_frequency(linear(4), 0.5) == 0.125);
  CHECK(scaled_frequency({}, 0.5) == 0.5);
}

// Llama 3.1: theta 500000, heads of 128, factor 8, low 1, high 4, pretrained on 8192 tokens. Waves
// of less than 2048 tokens are pairs 0 to 28; of more than 8192, 35 to 63.
TEST_CASE("llama3 scaling leaves short waves, divides long ones and blends between") {
  const RopeScaling s = llama3(8, 1, 4, 8192);
  const auto scaled = [&](double j) { return scaled_frequency(s, plain(500000, 128, j)); };
  for (const double j : {0.0, 1.0, 28.0}) CHECK(scaled(j) == plain(500000, 128, j));
  for (const double j : {35.0, 40.0, 63.0}) CHECK(scaled(j) == plain(500000, 128, j) / 8);
  CHECK(scaled(63) == doctest::Approx(3.068925988914511e-07).epsilon(1e-12));
  // Pair 32: wavelength 2 pi / 0.00141421... = 4442.88 tokens, 8192 / 4442.88 = 1.843842; so
  // (1.843842 - 1) / 3 = 0.281281 of the frequency stays and the rest is divided by 8.
  CHECK(plain(500000, 128, 32) == doctest::Approx(0.00141421356237).epsilon(1e-10));
  CHECK(scaled(32) == doctest::Approx(0.0005248461609929547).epsilon(1e-10));
  CHECK(scaled(29) == doctest::Approx(0.002166570763503359).epsilon(1e-10));
  CHECK(scaled(34) == doctest::Approx(0.0001785078127679964).epsilon(1e-10));
}

TEST_CASE("numbers that no scaling has are refused by name") {
  CHECK(refusal({}).empty());
  CHECK(refusal(linear(1)).empty());
  CHECK(refusal(llama3(8, 1, 4, 8192)).empty());
  CHECK(contains(refusal(linear(0.5)), "factor must be 1 or more, got 0.5"));
  CHECK(contains(refusal(linear(std::nan(""))), "factor"));
  CHECK(contains(refusal(llama3(8, 0, 4, 8192)), "low_freq_factor must be above 0"));
  CHECK(contains(refusal(llama3(8, 4, 4, 8192)), "high_freq_factor must be above low_freq_factor"));
  CHECK(contains(refusal(llama3(8, 1, 4, 0)), "original_max_position_embeddings must be 1"));
}

TEST_CASE("the tables hold cosine and sine of position x scaled frequency") {
  ModelConfig c = small_config(0);
  c.context = 50;
  c.head_dim = 8;
  c.rope_theta = 100;
  // Wavelengths 6.3, 19.9, 62.8, 198.7: kept, blended, divided, divided.
  for (const auto& scaling : {RopeScaling{}, linear(3), llama3(4, 1, 4, 40)}) {
    c.rope_scaling = scaling;
    const RotaryTables tables = rotary_tables(c, c.context, at::TensorOptions(at::kDouble));
    REQUIRE(tables.cosine.sizes() == at::IntArrayRef({50, 4}));
    double worst = 0;
    for (std::int64_t p = 0; p < 50; ++p) {
      for (std::int64_t j = 0; j < 4; ++j) {
        const double angle = static_cast<double>(p) *
                             scaled_frequency(scaling, plain(100, 8, static_cast<double>(j)));
        worst = std::max({worst, std::abs(tables.cosine[p][j].item<double>() - std::cos(angle)),
                          std::abs(tables.sine[p][j].item<double>() - std::sin(angle))});
      }
    }
    CHECK(worst < 1e-12);
  }
}

TEST_CASE("tables grow with what is used, with the same numbers, up to the context") {
  ModelConfig c = small_config(0);
  c.context = 100'000;
  const at::TensorOptions options(at::kFloat);
  const GrowingRotaryTables tables(c, options);
  CHECK(tables.at_least(1).cosine.size(0) == 4096);
  CHECK(tables.at_least(5000).cosine.size(0) == 8192);
  CHECK(tables.at_least(3).cosine.size(0) == 8192);
  const RotaryTables whole = rotary_tables(c, c.context, options);
  CHECK(at::equal(tables.at_least(5000).sine, whole.sine.narrow(0, 0, 8192)));
  CHECK(tables.at_least(c.context).cosine.size(0) == c.context);
}

TEST_CASE("a model's scaling changes its losses, one that leaves all waves alone no bit") {
  ModelConfig c = small_config(0);
  const Batch batch = small_batch(2);
  const auto loss = [&](const RopeScaling& scaling) {
    c.rope_scaling = scaling;
    SmallModel model(c, at::kFloat, cpu_ops(), 2, {});
    ForwardPass pass;
    return model.decoder.loss(batch, pass).clone();
  };
  const at::Tensor none = loss({});
  CHECK(loss(linear(1)).equal(none));
  CHECK(loss(llama3(8, 1, 4, 1 << 20)).equal(none));
  CHECK(!loss(linear(2)).equal(none));
  CHECK(loss(llama3(2, 1, 4, 1)).equal(loss(linear(2))));  // every wave is long
}
