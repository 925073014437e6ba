// Models compared on evaluation sets: by task, and by the means over sets.
#include "config/config.hpp"
#include "fake_runs.hpp"
#include "report/set_scores.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using btx_test::caught;
using btx_test::contains;
using btx_test::domains;
using btx_test::FakeRun;
using btx_test::FakeSet;
using btx_test::scored;

namespace {

/// `right` of `items` answers are right, the first ones.
std::vector<double> answers(std::size_t items, std::size_t right) {
  std::vector<double> all(items, 0.0);
  std::fill_n(all.begin(), right, 1.0);
  return all;
}

/// Three sets with a group, one without; `right` of each.
std::vector<FakeSet> four_sets(const std::vector<std::size_t>& right) {
  return {{"arc", "choices", "accuracy", {"reasoning"}, answers(20, right[0])},
          {"piqa", "choices", "accuracy", {"reasoning", "ablation"}, answers(100, right[1])},
          {"gsm8k", "gsm8k", "exact_match", {"math"}, answers(50, right[2])},
          {"hellaswag", "choices", "accuracy", {}, answers(40, right[3])}};
}

FakeRun run_of(int seed, const std::vector<std::size_t>& base,
               const std::vector<std::size_t>& mix) {
  FakeRun run{fmt::format("s{}", seed),
              fmt::format("run.seed = {}", seed),
              {{"base", domains({200, 220, 240, 260})}, {"mix", domains({190, 210, 230, 250})}},
              true};
  run.sets = {{"base", four_sets(base)}, {"mix", four_sets(mix)}};
  return run;
}

const btx::MetricComparison& table(const btx::RunComparison& all, const std::string& metric) {
  const auto found = std::ranges::find(all.metrics, metric, &btx::MetricComparison::metric);
  REQUIRE(found != all.metrics.end());
  return *found;
}

const btx::ModelDifference& difference(const btx::RunComparison& all, const std::string& metric) {
  return *table(all, metric).rows.back().difference;
}

}  // namespace

TEST_CASE("means over sets have tables: each group, and all sets that have one") {
  const auto all =
      btx::compare_runs(scored("means", {run_of(1, {4, 20, 10, 0}, {16, 70, 30, 40})}), {});
  std::vector<std::string> metrics;
  for (const auto& one : all.metrics) metrics.push_back(one.metric);
  CHECK(metrics == std::vector<std::string>{"bits_per_byte", "choices/accuracy",
                                            "gsm8k/exact_match", "mean of reasoning",
                                            "mean of ablation", "mean of math",
                                            "mean of all sets"});
  CHECK(table(all, "mean of all sets").domains == std::vector<std::string>{"arc", "gsm8k", "piqa"});
  const auto& mean = difference(all, "mean of all sets");
  CHECK(mean.value == doctest::Approx((0.6 + 0.5 + 0.4) / 3));
  CHECK(mean.documents->low > 0.3);
  CHECK(mean.verdict == "better with this seed");
  CHECK(difference(all, "mean of reasoning").value == doctest::Approx((0.6 + 0.5) / 2));
  CHECK(difference(all, "mean of ablation").value == doctest::Approx(0.5));
  CHECK(contains(btx::to_text(all), "mean of all sets on evaluation sets (higher is better)"));
  CHECK(contains(btx::to_text(all), "mean of reasoning: mean over sets against base"));
}

TEST_CASE("means over sets are the report's") {
  const auto runs = scored("report", {run_of(1, {4, 20, 10, 0}, {16, 70, 30, 40})});
  const auto all = btx::compare_runs(runs, {});
  const auto scores =
      btx::read_config_file<btx::ModelScores>(runs[0].path / "stages/evaluate+mix" / btx::kScores);
  const auto means = btx::set_means(btx::set_results(scores));
  REQUIRE(means.size() == 4);
  for (const auto& mean : means) {
    const std::string metric = "mean of " + (mean.name == "mean" ? "all sets" : mean.name);
    CHECK(table(all, metric).rows.back().mean == doctest::Approx(mean.value));
  }
}

TEST_CASE("a set without a group is in no mean beside sets with one, but shown") {
  const auto all =
      btx::compare_runs(scored("group", {run_of(1, {4, 20, 10, 0}, {16, 70, 30, 40})}), {});
  const auto& choices = table(all, "choices/accuracy");
  CHECK(choices.domains == std::vector<std::string>{"arc", "hellaswag", "piqa"});
  CHECK(choices.in_no_mean == std::vector<std::string>{"hellaswag"});
  CHECK(choices.rows.back().values == std::vector<double>{0.8, 1.0, 0.7});
  CHECK(choices.rows.back().mean == doctest::Approx(0.75));
  CHECK(difference(all, "choices/accuracy").value == doctest::Approx((0.6 + 0.5) / 2));
  CHECK(contains(btx::to_markdown(all), "hellaswag (in no mean)"));
  auto run = run_of(1, {4, 20, 10, 0}, {16, 70, 30, 40});
  for (auto& [model, sets] : run.sets) {
    for (auto& set : sets) set.groups.clear();
  }
  const auto none = btx::compare_runs(scored("no-group", {run}), {});
  CHECK(none.metrics.size() == 3);
  CHECK(table(none, "choices/accuracy").rows.back().mean == doctest::Approx((0.8 + 1 + 0.7) / 3));
}

TEST_CASE("accuracies that differ by the same number of items in two seeds resolve nothing") {
  const auto all =
      btx::compare_runs(scored("equal-accuracy", {run_of(1, {4, 20, 10, 9}, {5, 22, 11, 9}),
                                                  run_of(2, {6, 25, 12, 9}, {7, 27, 13, 9})}),
                        {});
  for (const char* metric : {"choices/accuracy", "gsm8k/exact_match", "mean of all sets"}) {
    const auto& found = difference(all, metric);
    REQUIRE(found.seeds.has_value());
    CHECK(found.seeds->low < 0);
    CHECK(found.seeds->p > 0.05);
    CHECK(found.verdict == "no difference resolved");
  }
  // Of gsm8k: s = 0, error = 1/50 / sqrt(12 x 2); t = sqrt(24).
  CHECK(difference(all, "gsm8k/exact_match").seeds->p ==
        doctest::Approx(1 - 2 * std::atan(std::sqrt(24.0)) / std::acos(-1.0)));
  // Both seeds have the same bits: the verdict rests on documents.
  CHECK_FALSE(difference(all, "bits_per_byte").seeds.has_value());
  CHECK(difference(all, "bits_per_byte").documents->p == doctest::Approx(1 / 128.0).epsilon(0.2));
}

TEST_CASE("text of a set is not averaged with the domains' held-out text") {
  auto run = run_of(1, {4, 20, 10, 0}, {16, 70, 30, 40});
  for (auto& [model, sets] : run.sets) {
    sets.push_back({"passage", "bits_per_byte", "bits_per_byte", {}, {9, 9, 9}});
  }
  const auto all = btx::compare_runs(scored("passage", {run}), {});
  CHECK(table(all, "bits_per_byte").domains == std::vector<std::string>{"code", "maths"});
  CHECK(table(all, "bits_per_byte/bits_per_byte").facts.of_sets);
}

TEST_CASE("runs with other sets are refused, whichever has more") {
  auto one = run_of(1, {4, 20, 10, 0}, {16, 70, 30, 40});
  auto other = run_of(2, {4, 20, 10, 0}, {16, 70, 30, 40});
  for (auto& [model, sets] : other.sets) {
    sets.push_back({"siqa", "choices", "accuracy", {}, {1, 0}});
  }
  for (const auto& runs : {std::vector<FakeRun>{one, other}, std::vector<FakeRun>{other, one}}) {
    const auto error = caught([&] { btx::compare_runs(scored("sets", runs), {}); });
    CHECK(error.code == btx::ExitCode::usage);
    CHECK(contains(error.message, "choices/accuracy of"));
  }
}

TEST_CASE("of too few documents the verdict says so") {
  const auto verdict = [](const std::vector<double>& base, const std::vector<double>& mix) {
    const auto runs = scored(
        "few", {{"few", "run.seed = 1", {{"base", {{"code", base}}}, {"mix", {{"code", mix}}}}}});
    return difference(btx::compare_runs(runs, {}), "bits_per_byte").verdict;
  };
  CHECK(verdict({200}, {100}) == "too few documents");
  CHECK(verdict({200, 201, 202, 203, 204}, {100, 101, 102, 103, 104}) == "too few documents");
  CHECK(verdict({200, 201, 202, 203, 204, 205}, {100, 101, 102, 103, 104, 105}) ==
        "better with this seed");
  CHECK(verdict({200, 201, 202, 203, 204, 205}, {100, 301, 102, 303, 104, 305}) ==
        "no difference resolved");
}

TEST_CASE("runs that scored a set of other questions under the same name and size are refused") {
  const auto run = [](int seed, const std::string& digest) {
    FakeRun one = run_of(seed, {4, 20, 10, 0}, {16, 70, 30, 40});
    for (auto& [model, sets] : one.sets) sets[1].digest = digest;
    return one;
  };
  btx::compare_runs(scored("digests-same", {run(1, "a0"), run(2, "a0")}), {});
  const auto error = caught([&] {
    btx::compare_runs(scored("digests", {run(1, "a0"), run(2, "b1")}), {});
  });
  CHECK(error.code == btx::ExitCode::usage);
  CHECK(contains(error.message, "what was scored of 'piqa' differs, its digest is a0"));
}
