#include "report/run_comparison.hpp"

#include "fake_runs.hpp"

#include <doctest/doctest.h>

using btx_test::caught;
using btx_test::contains;
using btx_test::domains;
using btx_test::FakeRun;
using btx_test::scored;

namespace {

const btx::ComparedModelRow& row(const btx::RunComparison& all, std::size_t point,
                                 const std::string& model) {
  for (const auto& one : all.metrics.front().rows) {
    if (one.point == point && one.model == model) return one;
  }
  FAIL("no row of " << model);
  return all.metrics.front().rows.front();
}

/// Two models over three seeds: "base", and "new", which is better by 10 bits of 100 bytes.
std::vector<FakeRun> three_seeds() {
  std::vector<FakeRun> runs;
  for (int seed = 1; seed <= 3; ++seed) {
    const double chance = 0.3 * seed * seed;
    runs.push_back({fmt::format("s{}", seed),
                    fmt::format("run.seed = {}", seed),
                    {{"base", domains({200, 220, 240, 260}, chance)},
                     {"new", domains({191, 209, 231, 249}, -chance)}}});
  }
  return runs;
}

}  // namespace

TEST_CASE("a row has means over seeds and domains, and costs") {
  const auto all = btx::compare_runs(scored("row", three_seeds()), {});
  CHECK(all.baseline == "base");
  CHECK(all.points == std::vector<std::string>{""});
  const auto& base = row(all, 0, "base");
  CHECK(base.seeds == 3);
  CHECK(base.values == std::vector<double>{base.mean, base.mean});
  CHECK(base.mean == doctest::Approx(2.30 + 0.01 * 0.3 * 14 / 3));
  CHECK(base.deviation > 0);
  CHECK(base.parameters == 100);
  CHECK(base.active_parameters == 50);
  CHECK(base.cost.tokens == 10);
  CHECK(base.cost.flops == 2e6);
  CHECK(base.cost.seconds == 3);
  CHECK_FALSE(base.difference.has_value());
}

TEST_CASE("with seeds the verdict rests on paired t, without on the bootstrap") {
  const auto runs = scored("verdicts", three_seeds());
  const auto all = btx::compare_runs(runs, {});
  const auto& several = *row(all, 0, "new").difference;
  CHECK(several.pairs == 3);
  CHECK(several.value == doctest::Approx(-0.10 - 0.02 * 0.3 * 14 / 3));
  REQUIRE(several.seeds.has_value());
  CHECK(several.decisive() == &*several.seeds);
  CHECK(*several.adjusted_p == several.seeds->p);
  CHECK(several.verdict == "better");
  const auto one = btx::compare_runs({runs[0]}, {"new", 0.95});
  const auto& single = *row(one, 0, "base").difference;
  CHECK(single.pairs == 1);
  CHECK_FALSE(single.seeds.has_value());
  REQUIRE(single.documents.has_value());
  CHECK(single.documents->low > 0);
  CHECK(single.verdict == "worse with this seed");
}

TEST_CASE("an interval with zero inside resolves nothing") {
  const auto all = btx::compare_runs(scored("zero", {{"a",
                                                      "run.seed = 1",
                                                      {{"base", domains({200, 220, 240, 260})},
                                                       {"other", domains({210, 210, 250, 251})}}}}),
                                     {});
  CHECK(row(all, 0, "other").difference->verdict == "no difference resolved");
  CHECK(contains(btx::to_text(all), "no difference resolved"));
}

TEST_CASE("seeds that reach neither model are no evidence") {
  auto runs = three_seeds();
  for (auto& run : runs) {
    run.settings = fmt::format("run.seeds.finetune = {}", run.name.back());
    run.models["base"] = domains({200, 220, 240, 260});
    run.models["expert"] = domains({190, 215, 235, 250});
  }
  const auto all = btx::compare_runs(scored("reach", runs), {});
  CHECK(row(all, 0, "expert").seeds == 1);
  CHECK(row(all, 0, "expert").difference->pairs == 1);
  CHECK_FALSE(row(all, 0, "expert").difference->seeds.has_value());
  CHECK(row(all, 0, "new").difference->pairs == 3);
}

// Accuracies of few items are equal often; that makes them no less results of their own.
TEST_CASE("equal scores of several seeds count several times, as they are of several stages") {
  std::vector<FakeRun> runs;
  const std::vector<double> bits = {20, 20, 10, 20, 20};
  for (int seed = 1; seed <= 5; ++seed) {
    const double mine = bits[static_cast<std::size_t>(seed) - 1];
    runs.push_back({fmt::format("s{}", seed),
                    fmt::format("run.seed = {}", seed),
                    {{"base", {{"code", {0, 0}}}}, {"new", {{"code", {mine, mine}}}}},
                    true});
  }
  const auto all = btx::compare_runs(scored("equal", runs), {});
  CHECK(row(all, 0, "base").seeds == 5);
  const auto& found = row(all, 0, "new");
  CHECK(found.mean == doctest::Approx(0.18));
  CHECK(found.deviation == doctest::Approx(0.044721).epsilon(1e-4));
  CHECK(found.difference->pairs == 5);
  // t = 0.18 / (0.044721 / sqrt 5) = 9; of four degrees of freedom 97.5 % lie below 2.776.
  CHECK(found.difference->seeds->low == doctest::Approx(0.18 - 2.776 * 0.02).epsilon(1e-3));
}

TEST_CASE("runs that scored other text under the same names and sizes are refused") {
  auto runs = three_seeds();
  runs[0].texts = "one";
  runs[1].texts = "other";
  const auto error = caught([&] { btx::compare_runs(scored("texts", {runs[0], runs[1]}), {}); });
  CHECK(error.code == btx::ExitCode::usage);
  CHECK(contains(error.message, "what was scored of 'code' differs"));
}

TEST_CASE("points are compared with the first one's baseline under the same seeds") {
  auto runs = three_seeds();
  for (int seed = 2; seed <= 4; ++seed) {
    auto run = three_seeds()[0];
    run.name = fmt::format("b{}", seed);
    run.settings = fmt::format("run.seed = {}\ntrain.lr = 2", seed);
    run.models["new"] = domains({180, 200, 221, 240}, seed);
    runs.push_back(run);
  }
  for (int i = 0; i < 3; ++i) runs[static_cast<std::size_t>(i)].settings += "\ntrain.lr = 1";
  const auto all = btx::compare_runs(scored("points", runs), {});
  CHECK(all.points == std::vector<std::string>{"train.lr = 1", "train.lr = 2"});
  CHECK(row(all, 1, "new").seeds == 3);
  CHECK(row(all, 1, "new").difference->pairs == 2);
  CHECK(contains(btx::to_markdown(all), "| train.lr = 2 | new |"));
}

TEST_CASE("a model that an earlier point has too stands there once") {
  auto runs = three_seeds();
  for (auto run : three_seeds()) {
    run.name += "b";
    run.settings += "\nfinetune.lr = 2";
    run.models["new"] = domains({180, 200, 221, 240});
    runs.push_back(run);
  }
  const auto all = btx::compare_runs(scored("repeats", runs), {});
  CHECK(all.metrics[0].rows.size() == 3);
  CHECK(all.metrics[0].repeats == 1);
  CHECK(contains(btx::to_text(all), "from the same stages: 1."));
}

TEST_CASE("Holm counts the rows of the table") {
  auto runs = three_seeds();
  for (auto& run : runs) run.models["third"] = domains({199, 221, 239, 261}, run.name.back() - '0');
  const auto all = btx::compare_runs(scored("holm", runs), {});
  const auto& found = *row(all, 0, "new").difference;
  CHECK(*found.adjusted_p == doctest::Approx(2 * found.seeds->p));
}

TEST_CASE("what has no common ground is refused") {
  const auto parent = btx_test::scratch("report-refused");
  const auto good = btx_test::write_run(parent, three_seeds()[0]);
  const auto refusal = [&](FakeRun run, double bytes = 100) {
    run.name = "other";
    const auto other = btx_test::write_run(parent, run, bytes);
    const auto error = caught([&] {
      btx::compare_runs({btx::read_scored_run(good), btx::read_scored_run(other)}, {});
    });
    CHECK(error.code == btx::ExitCode::usage);
    CHECK(contains(error.message, "refused/s1 and "));
    return error.message;
  };
  auto run = three_seeds()[1];
  CHECK(contains(refusal(run, 101), "test document 1 differs, its denominator is 100 against 101"));
  run.models["new"]["code"].pop_back();
  CHECK(contains(refusal(run), "domain 'code', model 'new': 4 test documents against 3"));
  for (auto& [model, scores] : run.models) scores.erase("code");
  CHECK(contains(refusal(run), "domains code, maths against maths"));
  const auto baseline = caught([&] {
    btx::compare_runs({btx::read_scored_run(good)}, {"bas", 0.95});
  });
  CHECK(contains(baseline.message, "has no model 'bas' to be the baseline; did you mean 'base'?"));
  btx::fs::remove_all(good / "stages/report");
  CHECK(contains(caught([&] { btx::read_scored_run(good); }).message, "s1 is not finished"));
}

TEST_CASE("JSON says what the verdict rests on") {
  const std::string json =
      btx::to_json(btx::to_value(btx::compare_runs(scored("json", three_seeds()), {})));
  CHECK(contains(json, R"("rests_on":"paired_t_over_seeds")"));
  CHECK(contains(json, R"("verdict":"better")"));
  CHECK(contains(json, R"("domains":{"code":)"));
}
