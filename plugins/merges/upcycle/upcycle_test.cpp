// merge:upcycle: copies and shards of one model compute what it does.
#include "plugins/merges.hpp"

using namespace btx_test;

namespace {

const Models& seed() {
  static const Models models = some_models("seed", 1);
  return models;
}

}  // namespace

TEST_CASE("upcycle: copies without noise compute what the seed does, whatever the gate") {
  const MixPlan plan = plan_of("upcycle", inputs_of(seed()), R"({"experts":3})");
  CHECK(!plan.gate_rows_by_group);
  CHECK(plan.config.ffn_size == 12);
  REQUIRE(plan.config.num_experts() == 3);
  CHECK(plan.config.experts[2].name == "copy2");
  CHECK(plan.config.experts[2].group == "copy2");
  CHECK(plan.config.experts[2].domain == "");
  const auto mixed = write_merged(plan, seed(), "upcycle");
  CHECK(difference(mixed, seed().folders[0]) < 1e-5);
  for (std::int64_t e = 0; e < 3; ++e) {
    CHECK(expert(mixed, 1, e).down == dense_ffn(seed().folders[0], 1).down);
  }
}

TEST_CASE("upcycle: only the layers that are asked for become mixtures") {
  MergeInputs inputs = inputs_of(seed());
  inputs.layers = {false, true};
  const auto mixed = write_merged(plan_of("upcycle", inputs), seed(), "upcycle-layers");
  CHECK(dense_ffn(mixed, 0).up == dense_ffn(seed().folders[0], 0).up);
  CHECK(difference(mixed, seed().folders[0]) < 1e-5);
}

TEST_CASE(
    "upcycle: shards in virtual groups compute what the seed does, with scaled down matrices") {
  for (const std::int64_t k : {2, 4, 6}) {
    CAPTURE(k);
    const MixPlan plan = plan_of("upcycle", inputs_of(seed(), k),
                                 R"({"experts":3,"granularity":2,"weight_scaling":"down"})");
    CHECK(plan.gate_rows_by_group);
    CHECK(plan.config.ffn_size == 6);
    REQUIRE(plan.config.num_experts() == 6);
    CHECK(plan.config.experts[3].name == "copy1.1");
    CHECK(plan.config.experts[3].group == "copy1");
    const auto mixed = write_merged(plan, seed(), "shards", Gates::random_by_group);
    CHECK(difference(mixed, seed().folders[0]) < 1e-5);
  }
}

TEST_CASE("upcycle: without scaling, or without groups, shards compute something else") {
  const auto plain = plan_of("upcycle", inputs_of(seed(), 4), R"({"experts":3,"granularity":2})");
  CHECK(difference(write_merged(plain, seed(), "shards-plain", Gates::random_by_group),
                   seed().folders[0]) > 1e-3);
  const auto scaled = plan_of("upcycle", inputs_of(seed(), 2),
                              R"({"experts":3,"granularity":2,"weight_scaling":"down"})");
  CHECK(difference(write_merged(scaled, seed(), "shards-apart"), seed().folders[0]) > 1e-3);
}

TEST_CASE("upcycle: cube_root scales all three matrices") {
  const auto plan = plan_of("upcycle", inputs_of(seed(), 2),
                            R"({"granularity":2,"weight_scaling":"cube_root","top_k":2})");
  const auto mixed = write_merged(plan, seed(), "cube-root");
  const Ffn whole = dense_ffn(seed().folders[0], 0);
  const Ffn second = expert(mixed, 0, 1);  // scaled by the cube root of 4 x 2^2 / 2 = 8
  for (std::size_t i = 0; i < 24; ++i) {
    CHECK(second.gate[i] == doctest::Approx(2 * whole.gate[24 + i]));
    CHECK(second.up[i] == doctest::Approx(2 * whole.up[24 + i]));
    CHECK(second.down[i] == doctest::Approx(2 * whole.down[i / 6 * 12 + 6 + i % 6]));
  }
}

TEST_CASE(
    "upcycle: noise is a share of the matrix's deviation, and another one for each expert and "
    "seed") {
  ModelConfig wide = wide_config();
  wide.ffn_size = 900;
  const Models models = some_models("noise", 1, false, wide);
  const auto noisy = [&](std::uint64_t seed, const std::string& params) {
    MergeInputs inputs = inputs_of(models);
    inputs.seed = seed;
    return expert(write_merged(plan_of("upcycle", inputs, params), models, "noise"), 0, 1);
  };
  const Values whole = dense_ffn(models.folders[0], 0).up;
  const Values up = noisy(7, R"({"noise":0.25})").up;
  Values difference;
  for (std::size_t i = 0; i < up.size(); ++i) difference.push_back(up[i] - whole[i]);
  CHECK(deviation(difference) == doctest::Approx(0.25 * deviation(whole)).epsilon(0.05));
  CHECK(up == noisy(7, R"({"noise":0.25})").up);
  CHECK(up != noisy(8, R"({"noise":0.25})").up);
  const auto two =
      write_merged(plan_of("upcycle", inputs_of(models), R"({"noise":0.25})"), models, "noise");
  CHECK(expert(two, 0, 0).up != expert(two, 0, 1).up);
  CHECK(read_tensor(two, "model.norm.weight") ==
        read_tensor(models.folders[0], "model.norm.weight"));
  // Noise and scaling of shards go together.
  const Ffn shard = noisy(7, R"({"noise":1e-6,"granularity":2,"weight_scaling":"down"})");
  CHECK(shard.down[0] ==
        doctest::Approx(2 * dense_ffn(models.folders[0], 0).down[450]).epsilon(1e-3));
}

TEST_CASE("upcycle: it copies one model and no more") {
  const Models three = some_models("refused", 3);
  CHECK(contains(refusal("upcycle", inputs_of(three)),
                 "merge:upcycle: one model is copied, but 3 are given ('a', 'b', 'c')"));
}

TEST_CASE("upcycle: it says what it cannot cut or scale") {
  MergeInputs inputs = inputs_of(seed());
  CHECK(contains(refusal("upcycle", inputs, R"({"granularity":5})"), "multiple of 5"));
  CHECK(contains(refusal("upcycle", inputs, R"({"weight_scaling":"cube_root"})"), "top_k: "));
  inputs.layers = {true, false};
  CHECK(
      contains(refusal("upcycle", inputs, R"({"granularity":2})"), "every layer to be a mixture"));
}

TEST_CASE("upcycle: a mixture of mixtures has no meaning") {
  MergeInputs inputs = inputs_of(seed());
  inputs.models.resize(1);
  inputs.models[0].config.experts = {{"x", "", "x"}, {"y", "", "y"}};
  CHECK(contains(refusal("upcycle", inputs), "'a' is a mixture of 2 experts"));
}

TEST_CASE("upcycle: a plan gives the same bits each time") {
  const auto bytes = [](const std::string& params) {
    const auto merged =
        write_merged(plan_of("upcycle", inputs_of(seed()), params), seed(), "again");
    return read_file(merged.path() / "model.safetensors");
  };
  CHECK(bytes(R"({"noise":0.1})") == bytes(R"({"noise":0.1})"));
}
