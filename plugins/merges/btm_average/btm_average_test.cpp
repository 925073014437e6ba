// merge:btm_average of two models: uniform, given and posterior weights.
#include "plugins/merges.hpp"

using namespace btx_test;

namespace {

const std::string kNorm = "model.norm.weight";

const Models& two() {
  static const Models models = some_models("two", 2);
  return models;
}

}  // namespace

TEST_CASE("btm_average: every tensor is the mean of the models', and no layer becomes a mixture") {
  const auto mean = write_merged(plan_of("btm_average", inputs_of(two())), two(), "mean");
  CHECK(mean.config().num_experts() == 0);
  const Values a = read_tensor(two().folders[0], kNorm), b = read_tensor(two().folders[1], kNorm);
  const Values merged = read_tensor(mean, kNorm);
  REQUIRE(merged.size() == 4);
  for (std::size_t i = 0; i < merged.size(); ++i) {
    CHECK(merged[i] == doctest::Approx((a[i] + b[i]) / 2));
  }
}

TEST_CASE("btm_average: it weighs by the posterior of the domains") {
  MergeInputs inputs = inputs_of(two());
  inputs.domains = {"sea", "sky"};
  const auto weights = [&](const std::string& params) {
    const MixPlan plan = plan_of("btm_average", inputs, params);
    return std::get<WeightedSumOrigin>(tensor_of(plan, kNorm).origin).weights;
  };
  const std::string params = R"({"weighting":"posterior","temperature_tokens":2})";
  CHECK(weights(params) == std::vector<double>{0.5, 0.5});  // while planning
  // sea: 9 to 1 after two tokens; sky: alike.
  inputs.dev_loss = {{1, 2}, {1 + std::log(3.0), 2}};
  CHECK(weights(params)[0] == doctest::Approx(0.7));
  CHECK(weights(params)[1] == doctest::Approx(0.3));
  CHECK(weights("{}") == std::vector<double>{0.5, 0.5});
  CHECK(weights(R"({"weighting":"uniform"})") == std::vector<double>{0.5, 0.5});
  CHECK(weights(R"({"weights":{"a":1,"b":3}})") == std::vector<double>{0.25, 0.75});
  CHECK(
      contains(refusal("btm_average", inputs, R"({"weighting":"uniform","weights":{"a":1,"b":3}})"),
               "read with weighting = \"given\" alone"));
  inputs.dev_loss[1][1] = std::nan("");
  CHECK(contains(error_of([&] { weights(params); }), "the dev loss of 'b' in domain 'sky' is nan"));
}

TEST_CASE("btm_average: it asks for dev losses where it weighs by them") {
  const auto needs = [](const std::string& params) {
    return component<MergeStrategy>("btm_average", params).get().needs_dev_loss();
  };
  CHECK(needs(R"({"weighting":"posterior"})"));
  CHECK(!needs("{}"));
}

TEST_CASE("btm_average: mixtures can be averaged") {
  MergeInputs inputs = inputs_of(two());
  inputs.models.resize(1);
  inputs.models[0].config.experts = {{"x", "", "x"}, {"y", "", "y"}};
  CHECK(refusal("btm_average", inputs).empty());
}
