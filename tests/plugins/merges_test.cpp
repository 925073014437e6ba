// merge:btx beside its plain form, which tests/mix has: other averages, split and blended experts.
// And merge:btm_average.

#include "plugins/merges.hpp"

using namespace merges_test;

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

std::vector<std::string> names_of(const ModelConfig& config) {
  std::vector<std::string> names;
  for (const auto& e : config.experts) names.push_back(e.name + "/" + e.domain + "/" + e.group);
  return names;
}

const Models& three() {
  static const Models models = some_models("three", 3);
  return models;
}

}  // namespace

TEST_CASE("merge:btx of equal models computes what they do, whatever the gate") {
  const Models models = some_models("equal", 3, true);
  for (const char* params : {"{}", R"({"average":"ties"})", R"({"average":"dare"})"}) {
    const auto mixed = write_merged(plan_of("btx", inputs_of(models), params), models, "equal");
    CHECK(difference(mixed, models.folders[0]) < 1e-5);
    CHECK(read_tensor(mixed, kNorm) == read_tensor(models.folders[0], kNorm));
  }
}

TEST_CASE("ties trims each task vector, elects a sign and averages those that agree") {
  const Values base = {1, 1, 1, 1, 1};
  const Values b = {5, 0, 3, 1.5, 1};       // 4, -1, 2, (0.5), 0
  const Values c = {-2, 6, 3, 1.1F, 0.8F};  // -3, 5, 2, (0.1), (-0.2)
  const auto result = [&](const std::string& params) {
    return apply(function_of(plan_of("btx", inputs_of(three()), params), kNorm), {base, b, c});
  };
  CHECK(result(R"({"average":"ties","density":0.6,"lambda":0.5})") == Values{3, 3.5, 2, 1, 1});
  CHECK(result(R"({"average":"ties","density":0.6})") == Values{5, 6, 3, 1, 1});
  // With a weight of 3 to 1 the first sign is c's.
  CHECK(result(R"({"average":"ties","density":0.6,"weights":{"a":4,"b":1,"c":3}})") ==
        Values{-2, 6, 3, 1, 1});
  // The largest element alone stays.
  CHECK(result(R"({"average":"ties","density":0})") == Values{5, 6, 1, 1, 1});
}

TEST_CASE("ties needs whole tensors, dare slices of any length") {
  CHECK(
      !function_of(plan_of("btx", inputs_of(three()), R"({"average":"ties"})"), kNorm).elementwise);
  CHECK(
      function_of(plan_of("btx", inputs_of(three()), R"({"average":"dare"})"), kNorm).elementwise);
}

TEST_CASE("dare drops at random and makes up for it") {
  const auto dare = [&](std::uint64_t seed, const std::string& tensor, double drop) {
    MergeInputs inputs = inputs_of(three());
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

TEST_CASE("dare that drops nothing is the mean") {
  const auto mean = write_merged(plan_of("btx", inputs_of(three())), three(), "mean");
  const auto dare = write_merged(
      plan_of("btx", inputs_of(three()), R"({"average":"dare","drop":0})"), three(), "dare");
  for (const auto& tensor : mean.tensors()) {
    const Values a = read_tensor(mean, tensor.name), b = read_tensor(dare, tensor.name);
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::abs(a[i] - b[i]) < 1e-6F);
  }
}

TEST_CASE("task vectors need one seed among the models") {
  MergeInputs inputs = inputs_of(three());
  inputs.models[0].info.domain = "sea";
  CHECK(contains(refusal("btx", inputs, R"({"average":"ties"})"), "every model has a domain"));
  inputs.models[0].info.domain = inputs.models[2].info.domain = "";
  CHECK(contains(refusal("btx", inputs, R"({"average":"dare"})"),
                 "merge:btx: task vectors need one base, but 'a' and 'c' both have no domain"));
  CHECK(refusal("btx", inputs).empty());
}

TEST_CASE("split experts are rows and columns of the FFN, and add up to it") {
  const MixPlan plan = plan_of("btx", inputs_of(three()), R"({"split":3})");
  CHECK(plan.config.ffn_size == 4);
  CHECK(names_of(plan.config) == std::vector<std::string>{"a.0//a", "a.1//a", "a.2//a",
                                                          "b.0/domain_b/b", "b.1/domain_b/b",
                                                          "b.2/domain_b/b", "c.0/domain_c/c",
                                                          "c.1/domain_c/c", "c.2/domain_c/c"});
  const auto mixed = write_merged(plan, three(), "split");
  for (std::int64_t model = 0; model < 3; ++model) {
    const Ffn whole = dense_ffn(three().folders[static_cast<std::size_t>(model)], 1);
    std::vector<double> sum;
    for (std::int64_t chunk = 0; chunk < 3; ++chunk) {
      add(sum, run(expert(mixed, 1, model * 3 + chunk)));
    }
    check_near(sum, run(whole));
    const Ffn second = expert(mixed, 1, model * 3 + 1);
    CHECK(second.up == Values(whole.up.begin() + 16, whole.up.begin() + 32));
    CHECK(second.down[4] == whole.down[12 + 4]);  // row 1, column 4 of 12
  }
}

TEST_CASE("split_scale makes up for gates over more experts") {
  const Models models = some_models("split-equal", 2, true);
  const auto plan = plan_of("btx", inputs_of(models, 4), R"({"split":2,"split_scale":true})");
  const auto mixed = write_merged(plan, models, "split-scale", Gates::zero);
  CHECK(difference(mixed, models.folders[0]) < 1e-5);
  const auto shrunk = write_merged(plan_of("btx", inputs_of(models, 4), R"({"split":2})"), models,
                                   "split-plain", Gates::zero);
  CHECK(difference(shrunk, models.folders[0]) > 1e-3);
  CHECK(expert(mixed, 0, 1).up == expert(shrunk, 0, 1).up);
}

TEST_CASE("blended experts have a part of every FFN, and their mean is the mean of the FFNs") {
  const MixPlan plan = plan_of("btx", inputs_of(three()), R"({"blend":true})");
  CHECK(plan.config.ffn_size == 12);
  CHECK(names_of(plan.config) ==
        std::vector<std::string>{"blend0//blend0", "blend1//blend1", "blend2//blend2"});
  const auto mixed = write_merged(plan, three(), "blend");
  std::vector<double> mean, wanted;
  for (std::int64_t i = 0; i < 3; ++i) {
    const Ffn whole = dense_ffn(three().folders[static_cast<std::size_t>(i)], 0);
    add(mean, run(expert(mixed, 0, i)), 1.0 / 3);
    add(wanted, run(whole), 1.0 / 3);
    // The last expert's rows 4 i.. are the model's rows 8..
    const Ffn last = expert(mixed, 0, 2);
    const auto rows = [](const Values& v, std::ptrdiff_t first) {
      return Values(v.begin() + first * 4, v.begin() + first * 4 + 16);
    };
    CHECK(rows(last.gate, 4 * i) == rows(whole.gate, 8));
    CHECK(last.down[static_cast<std::size_t>(4 * i)] == whole.down[8]);
    CHECK(last.down[static_cast<std::size_t>(24 + 4 * i + 3)] == whole.down[24 + 11]);
  }
  check_near(mean, wanted);
}

TEST_CASE("blended experts of equal models compute what those do where all run alike") {
  const Models models = some_models("blend-equal", 2, true);
  const auto mixed = write_merged(plan_of("btx", inputs_of(models), R"({"blend":true})"), models,
                                  "blend-equal", Gates::zero);
  CHECK(difference(mixed, models.folders[0]) < 1e-5);
}

TEST_CASE("merge:btx says why FFNs cannot be cut") {
  MergeInputs inputs = inputs_of(three());
  CHECK(contains(refusal("btx", inputs, R"({"split":5})"), "multiple of 5, but it is 12"));
  CHECK(contains(refusal("btx", inputs, R"({"split":2,"blend":true})"), "split = 1, got 2"));
  inputs.layers = {true, false};
  CHECK(contains(refusal("btx", inputs, R"({"split":2})"), "every layer to be a mixture"));
  CHECK(refusal("btx", inputs, R"({"blend":true})").empty());
  for (auto& model : inputs.models) model.config.ffn_size = 10;
  CHECK(contains(refusal("btx", inputs, R"({"blend":true})"),
                 "3 models need an ffn_size that is a multiple of 3, but it is 10"));
}

TEST_CASE("a mixture of mixtures has no meaning, their average does") {
  for (const char* strategy : {"btx", "btm_average", "upcycle", "drop_upcycle"}) {
    CAPTURE(strategy);
    MergeInputs inputs = inputs_of(three());
    inputs.models.resize(1);
    inputs.models[0].config.experts = {{"x", "", "x"}, {"y", "", "y"}};
    const std::string message = refusal(strategy, inputs);
    if (std::string(strategy) == "btm_average") {
      CHECK(message.empty());
    } else {
      CHECK(contains(message, "'a' is a mixture of 2 experts"));
    }
  }
}

TEST_CASE("a plan is the same and gives the same bits each time") {
  const Models one = some_models("again", 1);
  const auto bytes = [&](const std::string& strategy, const std::string& params) {
    const Models& models = strategy == "btx" ? three() : one;
    const auto merged = write_merged(plan_of(strategy, inputs_of(models), params), models, "again");
    return read_file(merged.path() / "model.safetensors");
  };
  for (const char* params :
       {R"({"average":"dare"})", R"({"average":"ties"})", R"({"split":2})", R"({"blend":true})"}) {
    CHECK(bytes("btx", params) == bytes("btx", params));
  }
  CHECK(bytes("upcycle", R"({"noise":0.1})") == bytes("upcycle", R"({"noise":0.1})"));
  CHECK(bytes("drop_upcycle", "{}") == bytes("drop_upcycle", "{}"));
}

TEST_CASE("btm_average weighs by the posterior of the domains") {
  MergeInputs inputs = inputs_of(three());
  inputs.models.resize(2);
  inputs.domains = {"sea", "sky"};
  const auto weights = [&](const std::string& params) {
    const MixPlan plan = plan_of("btm_average", inputs, params);
    return std::get<MeanOrigin>(tensor_of(plan, kNorm).origin).weights;
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

TEST_CASE("btm_average asks for dev losses where it weighs by them") {
  load_plugin(fs::path(BTX_BUILD_DIR) / "plugins/btm_average.so");
  const auto needs = [](const std::string& params) {
    return make_component<MergeStrategy>("btm_average", from_json(params, "the test"))
        .get()
        .needs_dev_loss();
  };
  CHECK(needs(R"({"weighting":"posterior"})"));
  CHECK(!needs("{}"));
}
