// merge:btx beside its plain form, which tests/mix has: split and blended experts.
#include "plugins/merges.hpp"

using namespace btx_test;

namespace {

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

TEST_CASE("merge:btx: equal models merge into what they compute, whatever the gate") {
  const Models models = some_models("equal", 3, true);
  const auto mixed = write_merged(plan_of("btx", inputs_of(models)), models, "equal");
  CHECK(difference(mixed, models.folders[0]) < 1e-5);
}

TEST_CASE("merge:btx: split experts are rows and columns of the FFN, and add up to it") {
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

TEST_CASE("merge:btx: split_scale makes up for gates over more experts") {
  const Models models = some_models("split-equal", 2, true);
  const auto plan = plan_of("btx", inputs_of(models, 4), R"({"split":2,"split_scale":true})");
  const auto mixed = write_merged(plan, models, "split-scale", Gates::zero);
  CHECK(difference(mixed, models.folders[0]) < 1e-5);
  const auto shrunk = write_merged(plan_of("btx", inputs_of(models, 4), R"({"split":2})"), models,
                                   "split-plain", Gates::zero);
  CHECK(difference(shrunk, models.folders[0]) > 1e-3);
  CHECK(expert(mixed, 0, 1).up == expert(shrunk, 0, 1).up);
}

TEST_CASE(
    "merge:btx: blended experts have a part of every FFN, and their mean is the mean of the FFNs") {
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

TEST_CASE("merge:btx: blended experts of equal models compute what those do where all run alike") {
  const Models models = some_models("blend-equal", 2, true);
  const auto mixed = write_merged(plan_of("btx", inputs_of(models), R"({"blend":true})"), models,
                                  "blend-equal", Gates::zero);
  CHECK(difference(mixed, models.folders[0]) < 1e-5);
}

TEST_CASE("merge:btx: it says why FFNs cannot be cut") {
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

TEST_CASE("merge:btx: a mixture of mixtures has no meaning") {
  MergeInputs inputs = inputs_of(three());
  inputs.models.resize(1);
  inputs.models[0].config.experts = {{"x", "", "x"}, {"y", "", "y"}};
  CHECK(contains(refusal("btx", inputs), "'a' is a mixture of 2 experts"));
}

TEST_CASE("merge:btx: a plan gives the same bits each time") {
  const auto bytes = [](const std::string& params) {
    const auto merged = write_merged(plan_of("btx", inputs_of(three()), params), three(), "again");
    return read_file(merged.path() / "model.safetensors");
  };
  for (const char* params : {R"({"split":2})", R"({"blend":true})"}) {
    CHECK(bytes(params) == bytes(params));
  }
}
