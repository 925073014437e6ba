#include "report/run_points.hpp"

#include "fake_runs.hpp"

#include <doctest/doctest.h>

using btx_test::caught;
using btx_test::contains;
using btx_test::FakeRun;
using btx_test::scored;

namespace {

FakeRun run(const std::string& name, const std::string& settings) {
  return {name, settings, {{"seed", btx_test::domains({100, 200})}}};
}

}  // namespace

TEST_CASE("runs that differ in name, place and seeds alone are one point") {
  const auto runs = scored("seeds", {run("a", "run.seed = 1\nrun.dir = \"x\""),
                                     run("b", "run.seed = 2"), run("c", "run.seeds.expert = 3"),
                                     run("d", "run.seed = 4\nsweep.\"run.seed\" = [4]")});
  const auto all = btx::group_runs(runs);
  REQUIRE(all.points.size() == 1);
  CHECK(all.points[0].label.empty());
  CHECK(all.points[0].runs == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(all.notes.empty());
  CHECK(btx::seeds_note(runs) ==
        "Seeds: run.seed = 1, 2, 4; varied in the seed model's training (1, 2, 4), the experts' "
        "training (1, 2, 3, 4), mixing, gates, finetuning, baselines and what routers draw in "
        "scoring (1, 2, 4); nowhere else.");
}

TEST_CASE("the seeds that varied are named, and no others") {
  const auto runs =
      scored("one-stage", {run("a", "run.seeds.finetune = 1"), run("b", "run.seeds.finetune = 2")});
  CHECK(btx::seeds_note(runs) ==
        "Seeds: run.seed = 1; varied in mixing, gates, finetuning, baselines and what routers draw "
        "in scoring (1, 2); nowhere "
        "else.");
  CHECK(btx::seeds_note({runs[0]}) == "Seeds: run.seed = 1; no stage had more than one.");
}

TEST_CASE("points are labelled by what differs; what changes with it is noted") {
  const auto all = btx::group_runs(scored(
      "labels", {run("a", "train.lr = 0.1\nexpert = [{name = \"x\", lr = 0.1}]\nmodel.layers = 2"),
                 run("b", "train.lr = 0.2\nexpert = [{name = \"x\", lr = 0.2}]\nmodel.layers = 2"),
                 run("c",
                     "train.lr = 0.2\nexpert = [{name = \"x\", lr = 0.2}]\nmodel.layers = 2\n"
                     "run.seed = 2")}));
  REQUIRE(all.points.size() == 2);
  CHECK(all.points[0].label == "train.lr = 0.1");
  CHECK(all.points[1].label == "train.lr = 0.2");
  CHECK(all.points[1].runs == std::vector<std::size_t>{1, 2});
  CHECK(all.notes == std::vector<std::string>{"Changed with train.lr: expert.x.lr."});
}

TEST_CASE("keys that some points lack are in labels only where they are needed") {
  const std::string a = "router.type = \"top_k\"\nrouter.params.k = ";
  const std::string b = "router.type = \"switch\"\nrouter.params.capacity = 1.5";
  auto all = btx::group_runs(scored("lacking", {run("a", a + "1"), run("b", b)}));
  CHECK(all.points[0].label == "router.type = top_k");
  CHECK(all.points[1].label == "router.type = switch");
  CHECK(all.notes.size() == 1);
  all = btx::group_runs(scored("needed", {run("a", a + "1"), run("b", b), run("c", a + "2")}));
  CHECK(all.points[0].label == "router.type = top_k, router.params.k = 1");
  CHECK(all.points[1].label == "router.type = switch, router.params.k = none");
  CHECK(all.points[2].label == "router.type = top_k, router.params.k = 2");
}

TEST_CASE("the same recipe and seeds twice are refused") {
  const auto runs =
      scored("twice",
             {run("a", "run.seed = 3"),
              run("b", "run.seeds.seed_model = 3\nrun.seeds.expert = 3\nrun.seeds.finetune = 3")});
  const auto error = caught([&] { btx::group_runs(runs); });
  CHECK(error.code == btx::ExitCode::usage);
  CHECK(contains(error.message, "have the same recipe and the same seeds"));
}
