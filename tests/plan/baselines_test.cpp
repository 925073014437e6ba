// How much a baseline is trained: the arithmetic of a fair comparison, with round numbers.
#include "base/file.hpp"
#include "config/config.hpp"
#include "pipeline/store.hpp"
#include "plan/recipe.hpp"
#include "stages/models/train.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

const std::string kDense = "[[baseline]]\nname = \"dense\"\nfrom = \"seed\"\nmatch = ";
const std::string kUpcycled =
    "[[baseline]]\nname = \"up\"\nfrom = \"seed\"\n"
    "mix = { strategy = \"upcycle\", params = { experts = 3 } }\nmatch = ";

double weight(const Stage& stage, const char* domain) {
  return stage.config.at("train").at("data").at(domain).as<double>();
}

/// Puts a training stage into the store as one that took so many seconds.
void measured(const Store& store, const Stage& stage, double seconds,
              const std::string& device = "cpu") {
  std::vector<InputArtifact> keys(stage.inputs.size(), {"0", {}});
  store.produce(stage, keys, [&](const fs::path& folder) -> std::optional<ComputedOn> {
    write_file(folder / "train.json",
               R"({"tokens": 1000, "flops": 1, "seconds": )" + std::to_string(seconds) + "}");
    return ComputedOn{device, "float32", "fast", "", 1};
  });
}

}  // namespace

TEST_CASE("match data: the experts' tokens on their data, then the finetune stage's on its own") {
  const StageGraph graph = planned(kDense + "\"data\"");
  const Stage& experts = graph.find("baseline/dense/experts");
  CHECK(experts.estimate.tokens == 2000);
  CHECK(weight(experts, "code") == weight(experts, "maths"));
  CHECK(experts.inputs[1].stage == "seed");
  const Stage& last = graph.find("baseline/dense");
  CHECK(last.estimate.tokens == 2000);
  CHECK(last.inputs[1].stage == "baseline/dense/experts");
}

TEST_CASE("match data weighs domains by the tokens that experts saw of them") {
  const StageGraph graph =
      planned("[[expert]]\nname = \"code\"\ntrain = { tokens = 3000 }\n" + kDense + "\"data\"");
  const Stage& experts = graph.find("baseline/dense/experts");
  CHECK(experts.estimate.tokens == 4000);
  CHECK(weight(experts, "code") == 3 * weight(experts, "maths"));
}

TEST_CASE("match data without a finetune stage, or without trained experts, is one stage") {
  StageGraph graph = planned("finetune = { tokens = 0 }\n" + kDense + "\"data\"");
  CHECK(graph.find_if_there("baseline/dense/experts") == nullptr);
  CHECK(graph.find("baseline/dense").estimate.tokens == 2000);
}

TEST_CASE("match flops: as many as experts and finetuning take, in whole steps") {
  const StageGraph graph = planned("router = { params = { k = 2 } }\n" + kDense + "\"flops\"\n" +
                                   kUpcycled + "\"flops\"");
  double flops = 0;
  for (const char* name : {"expert/code", "expert/maths", "finetune"}) {
    flops += graph.find(name).estimate.flops;
  }
  for (const char* name : {"baseline/dense", "baseline/up"}) {
    const StageEstimate& e = graph.find(name).estimate;
    const double step = 100 * e.flops / e.tokens;
    CHECK_MESSAGE(std::abs(e.flops - flops) <= step / 2, name);
    CHECK(std::fmod(e.tokens, 100) == 0);
  }
  // Of a dense model more tokens are trained than of a mixture that costs more per token.
  CHECK(graph.find("baseline/dense").estimate.tokens > graph.find("baseline/up").estimate.tokens);
}

TEST_CASE("match device_time waits for the times, then takes what like stages did in them") {
  const std::string changes = kDense + "\"device_time\"\n" + kUpcycled + "\"device_time\"";
  const ResolvedRecipe recipe = resolved(changes);
  const StageGraph before = plan_stages(recipe, {PlanUse::check});
  CHECK(before.deferred == std::vector<std::string>{"baseline/dense", "baseline/up"});
  CHECK(before.find_if_there("baseline/dense") == nullptr);
  const Store store{fs::path(recipe.recipe.run.store)};
  fs::remove_all(store.folder());
  make_folder(store.folder());
  measured(store, before.find("expert/code"), 10);
  measured(store, before.find("expert/maths"), 10);
  measured(store, before.find("finetune"), 60);
  const StageGraph after = plan_stages(recipe, {PlanUse::check});
  CHECK(after.deferred.empty());
  // 80 seconds: a dense model does 2000 tokens in 20, the mixture 2000 in 60.
  CHECK(after.find("baseline/dense").estimate.tokens == 8000);
  CHECK(after.find("baseline/up").estimate.tokens == 2700);
}

TEST_CASE("match device_time does not add seconds of different machines up") {
  const ResolvedRecipe recipe = resolved(kDense + "\"device_time\"");
  const StageGraph before = plan_stages(recipe, {PlanUse::check});
  const Store store{fs::path(recipe.recipe.run.store)};
  fs::remove_all(store.folder());
  make_folder(store.folder());
  measured(store, before.find("expert/code"), 10);
  measured(store, before.find("expert/maths"), 10);
  measured(store, before.find("finetune"), 20, "cuda");
  const std::string said = error_of([&] { plan_stages(recipe, {PlanUse::check}); });
  CHECK(contains(said,
                 "different machines, whose seconds do not add up (cpu in float32; cuda in "
                 "float32); give run.rates"));
}

TEST_CASE("match none: the tokens that the baseline says") {
  const StageGraph graph =
      planned("[[baseline]]\nname = \"dense\"\nfrom = \"seed\"\ntrain = { tokens = 700 }");
  CHECK(graph.find("baseline/dense").estimate.tokens == 700);
}

TEST_CASE("an average is not trained, and starts from the experts and the seed") {
  const StageGraph graph =
      planned("[[baseline]]\nname = \"average\"\nmix = { strategy = \"btm_average\" }");
  const Stage& average = graph.find("baseline/average");
  CHECK(average.kind == "mix");
  CHECK(average.inputs.size() == 3);
  CHECK(graph.find("evaluate/average").inputs[0].stage == "baseline/average");
}

namespace {

TrainWork work_of(const StageGraph& graph, const std::string& stage) {
  return read_config<TrainWork>(graph.find(stage).config, stage);
}

}  // namespace

TEST_CASE("data-matched stages read the sequences of the experts and of finetuning, once each") {
  const auto graph = planned(R"(
[[baseline]]
name = "dense"
from = "seed"
match = "data"
)");
  const TrainWork experts = work_of(graph, "baseline/dense/experts");
  REQUIRE(experts.replay.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string stage = i == 0 ? "expert/code" : "expert/maths";
    const TrainWork expert = work_of(graph, stage);
    CHECK(experts.replay[i].purpose == expert.purpose);
    CHECK(experts.replay[i].seed == expert.seed);
    CHECK(experts.replay[i].tokens == expert.train.steps() * expert.train.batch_tokens);
    CHECK(experts.replay[i].data == expert.train.data);
  }
  const TrainWork finetune = work_of(graph, "baseline/dense");
  REQUIRE(finetune.replay.size() == 1);
  CHECK(finetune.replay[0].purpose == "finetune");
  CHECK(finetune.replay[0].tokens == 2000);
}

TEST_CASE("with rates device time is planned before anything is measured") {
  const auto graph = planned(R"(
run = { rates = { dense = 10, mixture = 4 } }
[[baseline]]
name = "upcycled"
from = "seed"
mix = { strategy = "upcycle", params = { experts = 2 } }
match = "device_time"
)");
  // 2000 tokens of experts take 200 s, 2000 of finetuning 500 s; 700 s are 2800 tokens of a
  // mixture.
  CHECK(work_of(graph, "baseline/upcycled").train.tokens == 2800);
}

TEST_CASE("weights of domains replace those of [train]; an expert without any has its domain") {
  const auto resolved = btx_test::resolved(R"(
train = { data = { code = 1, maths = 1 } }
finetune = { data = { maths = 3 } }
[[baseline]]
name = "dense"
from = "seed"
match = "data"
)");
  using Data = std::map<std::string, double>;
  CHECK(resolved.experts[0].train.data == Data{{"code", 1}});
  CHECK(resolved.experts[1].train.data == Data{{"maths", 1}});
  CHECK(resolved.finetune.at(0).train.data == Data{{"maths", 3}});
  CHECK(resolved.seed_train->data == Data{{"code", 1}, {"maths", 1}});
}
