// merge:btx with other averages than the mean: ties and dare.
#include "plugins/merges.hpp"

using namespace btx_test;

namespace {

const std::string kNorm = "model.norm.weight";

const FunctionOrigin& function_of(const MixPlan& plan, const std::string& name) {
  return std::get<FunctionOrigin>(tensor_of(plan, name).origin);
}

/// What a function gives for these inputs, as one slice from `index` on.
Values apply(const FunctionOrigin& function, const std::vector<Values>& inputs,
             std::uint64_t index = 0) {
  const std::vector<std::span<const float>> views(inputs.begin(), inputs.end());
  Values output(inputs.front().size());
  function.apply(views, index, output);
  return output;
}

const Models& averaged() {
  static const Models models = some_models("averaged", 3);
  return models;
}

}  // namespace

TEST_CASE(
    "merge:btx: equal models merge into what they compute, whatever the gate and the average") {
  const Models models = some_models("equal-averages", 3, true);
  for (const char* params : {R"({"average":"ties"})", R"({"average":"dare"})"}) {
    const auto mixed =
        write_merged(plan_of("btx", inputs_of(models), params), models, "equal-averages");
    CHECK(difference(mixed, models.folders[0]) < 1e-5);
    CHECK(read_tensor(mixed, kNorm) == read_tensor(models.folders[0], kNorm));
  }
}

TEST_CASE("merge:btx: ties trims each task vector, elects a sign and averages those that agree") {
  const Values base = {1, 1, 1, 1, 1};
  const Values b = {5, 0, 3, 1.5, 1};       // 4, -1, 2, (0.5), 0
  const Values c = {-2, 6, 3, 1.1F, 0.8F};  // -3, 5, 2, (0.1), (-0.2)
  const auto result = [&](const std::string& params) {
    return apply(function_of(plan_of("btx", inputs_of(averaged()), params), kNorm), {base, b, c});
  };
  CHECK(result(R"({"average":"ties","density":0.6,"lambda":0.5})") == Values{3, 3.5, 2, 1, 1});
  CHECK(result(R"({"average":"ties","density":0.6})") == Values{5, 6, 3, 1, 1});
  // With a weight of 3 to 1 the first sign is c's.
  CHECK(result(R"({"average":"ties","density":0.6,"weights":{"a":4,"b":1,"c":3}})") ==
        Values{-2, 6, 3, 1, 1});
  // The largest element alone stays.
  CHECK(result(R"({"average":"ties","density":0})") == Values{5, 6, 1, 1, 1});
}

TEST_CASE("merge:btx: ties needs whole tensors, dare slices of any length") {
  CHECK(!function_of(plan_of("btx", inputs_of(averaged()), R"({"average":"ties"})"), kNorm)
             .elementwise);
  CHECK(function_of(plan_of("btx", inputs_of(averaged()), R"({"average":"dare"})"), kNorm)
            .elementwise);
}

TEST_CASE("merge:btx: dare drops at random and makes up for it") {
  const auto dare = [&](std::uint64_t seed, const std::string& tensor, double drop) {
    MergeInputs inputs = inputs_of(averaged());
    inputs.seed = seed;
    const std::string params =
        R"({"average":"dare","weights":{"a":1,"b":1,"c":0},"drop":)" + std::to_string(drop) + "}";
    return function_of(plan_of("btx", inputs, params), tensor);
  };
  const Values base(1000, 1), b(1000, 3), c(1000, 9);
  const Values out = apply(dare(7, kNorm, 0.75), {base, b, c});
  std::size_t kept = 0;
  for (const float value : out) {
    REQUIRE((value == 1 || value == 5));  // 1 + 0.5 x 2 / (1 - 0.75)
    kept += value == 5 ? 1 : 0;
  }
  CHECK(kept > 200);
  CHECK(kept < 300);
  CHECK(out == apply(dare(7, kNorm, 0.75), {base, b, c}));
  CHECK(out != apply(dare(8, kNorm, 0.75), {base, b, c}));
  CHECK(out != apply(dare(7, "model.embed_tokens.weight", 0.75), {base, b, c}));
  const Values part(400, 1), part_b(400, 3), part_c(400, 9);
  CHECK(apply(dare(7, kNorm, 0.75), {part, part_b, part_c}, 600) ==
        Values(out.begin() + 600, out.end()));
  CHECK(apply(dare(7, kNorm, 0), {base, b, c}) == Values(1000, 2));
}

TEST_CASE("merge:btx: dare that drops nothing is the mean") {
  const auto mean = write_merged(plan_of("btx", inputs_of(averaged())), averaged(), "mean");
  const auto dare = write_merged(
      plan_of("btx", inputs_of(averaged()), R"({"average":"dare","drop":0})"), averaged(), "dare");
  for (const auto& tensor : mean.tensors()) {
    const Values a = read_tensor(mean, tensor.name), b = read_tensor(dare, tensor.name);
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::abs(a[i] - b[i]) < 1e-6F);
  }
}

TEST_CASE("merge:btx: task vectors need one seed among the models") {
  MergeInputs inputs = inputs_of(averaged());
  inputs.models[0].info.domain = "sea";
  CHECK(contains(refusal("btx", inputs, R"({"average":"ties"})"), "every model has a domain"));
  inputs.models[0].info.domain = inputs.models[2].info.domain = "";
  CHECK(contains(refusal("btx", inputs, R"({"average":"dare"})"),
                 "merge:btx: task vectors need one base, but 'a' and 'c' both have no domain"));
  CHECK(refusal("btx", inputs).empty());
}

TEST_CASE("merge:btx: an average gives the same bits each time") {
  const auto bytes = [](const std::string& params) {
    const auto merged =
        write_merged(plan_of("btx", inputs_of(averaged()), params), averaged(), "again");
    return read_file(merged.path() / "model.safetensors");
  };
  for (const char* params : {R"({"average":"dare"})", R"({"average":"ties"})"}) {
    CHECK(bytes(params) == bytes(params));
  }
}
