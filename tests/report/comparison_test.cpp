// A run's table of models: what training cost, and that all were scored on the same items.
#include "report/comparison.hpp"

#include "config/config.hpp"
#include "report/train_summary.hpp"
#include "support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace btx;
using namespace btx_test;

namespace {

/// Artifacts of training stages that took these seconds, 100 tokens and 1000 FLOPs each.
fs::path stages(const std::string& name, const std::map<std::string, double>& seconds) {
  fs::path folder = btx_test::scratch("comparison-" + name);
  for (const auto& [stage, took] : seconds) {
    make_folder(folder / "train" / stage);
    TrainSummary summary;
    summary.tokens = 100;
    summary.flops = 1000;
    summary.seconds = took;
    write_file(folder / "train" / stage / kTrainSummary, to_json(write_config(summary)));
  }
  make_folder(folder / "evaluate/mixture");
  write_file(folder / "evaluate/mixture/scores.json", R"({"scores":[]})");
  return folder;
}

ModelRow row(const fs::path& folder, const ComparedModelStages& model) {
  ComparedModels compared;
  compared.models = {model};
  return gather_comparison(compared, [&](const std::string& role) { return folder / role; })
      .models.front();
}

}  // namespace

TEST_CASE("device time is the sum of the stages, the wall clock has experts side by side") {
  const fs::path folder = stages("time", {{"a", 5}, {"b", 7}, {"finetune", 3}});
  ComparedModelStages mixture;
  mixture.name = "mixture";
  mixture.training = {{"a", {}}, {"b", {}}, {"finetune", {"a", "b"}}};
  const ModelRow found = row(folder, mixture);
  CHECK(found.cost.tokens == 300);
  CHECK(found.cost.flops == 3000);
  CHECK(found.cost.seconds == 15);
  CHECK(found.cost.wall == 10);
  CHECK(found.unknown_costs.empty());
}

TEST_CASE("an imported expert costs what the recipe says, or the table says that it is not known") {
  const fs::path folder = stages("imported", {{"finetune", 3}});
  ComparedModelStages mixture;
  mixture.name = "mixture";
  mixture.training = {{"finetune", {}}};
  mixture.imported = {{"known", 500, 7000}, {"unknown", 0, 0}};
  ComparedModels compared;
  compared.models = {mixture};
  const Comparison all =
      gather_comparison(compared, [&](const std::string& role) { return folder / role; });
  CHECK(all.models[0].cost.tokens == 600);
  CHECK(all.models[0].cost.flops == 8000);
  CHECK(all.models[0].unknown_costs == std::vector<std::string>{"unknown"});
  CHECK(btx_test::contains(to_text(all), "leaves out what was imported"));
}

TEST_CASE("tasks that share the name of a metric have a column each") {
  const fs::path folder = stages("metrics", {});
  ModelScores scores;
  for (const std::string task : {"bits", "first_bits", "bits_per_byte"}) {
    ScoreRow score;
    score.task = task;
    score.metric = "bits_per_byte";
    score.domain = "code";
    score.value = static_cast<double>(task.size());
    scores.scores.push_back(score);
  }
  write_file(folder / "evaluate/mixture/scores.json", to_json(write_config(scores)));
  ComparedModels compared;
  compared.domains = {"code"};
  compared.models.resize(1);
  compared.models[0].name = "mixture";
  const Comparison all =
      gather_comparison(compared, [&](const std::string& role) { return folder / role; });
  CHECK(all.metrics == std::vector<std::string>{"bits/bits_per_byte", "first_bits/bits_per_byte",
                                                "bits_per_byte"});
  CHECK(all.models[0].means == std::vector<double>{4, 10, 13});
}

namespace {

ModelScores scores_on(const std::string& digest, std::size_t items) {
  ModelScores scores;
  SetFacts set;
  set.name = "choose";
  set.items = static_cast<std::int64_t>(items);
  set.digest = digest;
  scores.sets = {set};
  ScoreRow row;
  row.task = "choices";
  row.metric = "accuracy";
  row.set = "choose";
  row.primary = true;
  row.numerator.assign(items, 1);
  row.denominator.assign(items, 1);
  scores.scores = {row};
  return scores;
}

std::string error_with(const std::string& name, const ModelScores& other) {
  const auto folder = scratch(name);
  ComparedModels compared;
  for (const char* model : {"seed", "mixture"}) {
    compared.models.emplace_back();
    compared.models.back().name = model;
  }
  const auto folder_of = [&](const std::string& role) {
    fs::path of_role = folder / role;
    make_folder(of_role);
    write_file(of_role / kScores,
               to_json(write_config(role.ends_with("seed") ? scores_on("one", 4) : other)));
    return of_role;
  };
  return error_of([&] { gather_comparison(compared, folder_of); });
}

}  // namespace

TEST_CASE("models that were scored on other items are refused, by name") {
  CHECK(error_with("same", scores_on("one", 4)).empty());
  const std::string other = error_with("other-file", scores_on("two", 4));
  CHECK(contains(other, "models 'seed' and 'mixture' were scored on different evaluation sets"));
  auto fewer = scores_on("one", 4);
  fewer.scores[0].denominator.pop_back();
  CHECK(contains(error_with("fewer", fewer), "scored on different documents or items"));
}

TEST_CASE("a report says where its models were computed, of each where it is not the same") {
  Comparison all;
  all.models.resize(2);
  all.models[0].name = "seed";
  all.models[1].name = "mixture";
  all.models[0].computed = all.models[1].computed = {"cpu in float32"};
  CHECK(btx_test::contains(to_text(all), "Computed on cpu in float32.\n"));
  all.models[1].computed = {"cpu in float32", "NVIDIA H200 in bfloat16"};
  CHECK(btx_test::contains(to_text(all),
                           "of different machines: NVIDIA H200 in bfloat16 (mixture); cpu in "
                           "float32 (seed, mixture).\n"));
}

TEST_CASE("the routing of a group is the mean of its sets, each alike") {
  const fs::path folder = stages("groups", {});
  const auto routed = [](const std::string& set, double tokens, double first, double second) {
    return fmt::format(R"({{"domain":"{}","tokens":{},"layers":[{{"layer":"0","counts":[{},{}],)"
                       R"("weights":[{},{}]}}]}})",
                       set, tokens, first, second, first / 2, second / 4);
  };
  const auto set = [](const std::string& name, const std::string& groups) {
    return fmt::format(R"({{"name":"{}","digest":"d","items":1,"groups":{}}})", name, groups);
  };
  write_file(folder / "evaluate/mixture/scores.json",
             fmt::format(R"({{"scores":[],"sets":[{},{},{}],"routing":[{},{},{}]}})",
                         set("sums", R"(["maths"])"), set("proofs", R"(["maths","hard"])"),
                         set("code", R"(["code"])"), routed("sums", 4, 3, 1),
                         routed("proofs", 16, 1, 15), routed("code", 9, 9, 0)));
  ComparedModelStages mixture;
  mixture.name = "mixture";
  const auto tables = row(folder, mixture).routing;
  REQUIRE(tables.size() == 4);  // a group of one set has what the set has
  CHECK(tables[3].domain == "mean of maths");
  CHECK(tables[3].slots[0][0] == doctest::Approx((3 / 4.0 + 1 / 16.0) / 2));
  CHECK(tables[3].slots[0][1] == doctest::Approx((1 / 4.0 + 15 / 16.0) / 2));
  // Weights 1.5 and 0.25; 0.5 and 3.75.
  CHECK(tables[3].weights[0][0] == doctest::Approx((1.5 / 1.75 + 0.5 / 4.25) / 2));
}

TEST_CASE("no model is the best of a metric whose units are not the same") {
  const fs::path folder = stages("units", {});
  const auto scored = [&](const std::string& model, double value, int tokens) {
    make_folder(folder / "evaluate" / model);
    write_file(folder / "evaluate" / model / "scores.json",
               fmt::format(R"({{"scores":[{{"task":"perplexity","metric":"token","domain":"d",)"
                           R"("value":{},"numerator":[1],"denominator":[{}]}},{{"task":"bpb",)"
                           R"("metric":"bpb","domain":"d","value":{},"numerator":[1],)"
                           R"("denominator":[9]}}]}})",
                           value, tokens, value));
  };
  scored("seed", 3, 5);
  scored("other", 2, 7);
  ComparedModels compared;
  compared.domains = {"d"};
  compared.models.resize(2);
  compared.models[0].name = "seed";
  compared.models[1].name = "other";
  const Comparison all =
      gather_comparison(compared, [&](const std::string& role) { return folder / role; });
  CHECK_FALSE(all.is_best(0, 0, 1));
  CHECK(all.is_best(1, 0, 1));
  CHECK(btx_test::contains(to_text(all), "Of perplexity/token no model is marked the best"));
}
