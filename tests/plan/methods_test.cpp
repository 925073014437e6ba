// What of a method can be said for one model of a recipe alone: its router, the stages it is
// trained in, where it starts, what it is trained on.
#include "config/config.hpp"
#include "plan/recipe.hpp"
#include "stages/models/ensemble.hpp"
#include "stages/models/gates.hpp"
#include "stages/models/mix.hpp"
#include "stages/models/train.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

using Data = std::map<std::string, double>;

template <class Work>
Work work_of(const StageGraph& graph, const std::string& stage) {
  return read_config<Work>(graph.find(stage).config, stage);
}

std::string input_of(const StageGraph& graph, const std::string& stage, const std::string& role) {
  for (const auto& input : graph.find(stage).inputs) {
    if (input.role == role) return input.stage;
  }
  return "";
}

const std::string kSwitched = R"(
[[baseline]]
name = "switched"
mix = { strategy = "btx" }
router = { type = "switch", balance = {}, init = { params = { std = 0.5 } } }
)";

}  // namespace

TEST_CASE("a baseline has its own router, gates and balances, and the recipe's other settings") {
  const auto graph = planned("router = { layers = [1], balance_scope = \"sequence\" }\n" +
                             kSwitched + "train = { tokens = 300 }");
  const auto mix = work_of<MixWork>(graph, "baseline/switched/mix");
  REQUIRE(mix.router);
  CHECK(mix.router->type == "switch");
  CHECK(mix.router->params.find("k") == nullptr);
  CHECK(mix.router->init.type == "normal");
  CHECK(mix.router->init.params.at("std").as<double>() == 0.5);
  CHECK(mix.router->layers == std::vector<std::int64_t>{1});
  const auto train = work_of<TrainWork>(graph, "baseline/switched");
  CHECK(train.balance->as<Table>().empty());
  CHECK(train.balance_scope == BalanceScope::sequence);
  CHECK(work_of<MixWork>(graph, "mix").router->type == "top_k");
  CHECK(work_of<TrainWork>(graph, "finetune").balance->find("btx") != nullptr);
}

TEST_CASE("a model that is merged from the experts is matched with the finetune stage alone") {
  for (const std::string match : {"data", "flops"}) {
    const auto graph = planned(kSwitched + "match = \"" + match + "\"");
    CHECK(graph.find_if_there("baseline/switched/experts") == nullptr);
    const auto& stage = graph.find("baseline/switched");
    const double finetune = graph.find("finetune").estimate.flops;
    const double step = 100 * stage.estimate.flops / stage.estimate.tokens;
    if (match == "flops") CHECK(std::abs(stage.estimate.flops - finetune) <= step / 2);
    if (match == "data") CHECK(stage.estimate.tokens == 2000);
  }
}

TEST_CASE("for the same compute a cheaper router sees more tokens") {
  const auto graph = planned("router = { params = { k = 2 } }\n" + kSwitched + "match = \"flops\"");
  CHECK(graph.find("baseline/switched").estimate.tokens > graph.find("finetune").estimate.tokens);
}

TEST_CASE("with rates a cheaper router sees as many more tokens as it takes fewer FLOPs") {
  const std::string rates = "run = { rates = { dense = 10, mixture = 4 } }\n";
  const auto graph =
      planned(rates + "router = { params = { k = 2 } }\n" + kSwitched + "match = \"device_time\"");
  const auto& own = graph.find("baseline/switched").estimate;
  const auto& finetune = graph.find("finetune").estimate;
  const double step = 100 * own.flops / own.tokens;
  CHECK(std::abs(own.flops - finetune.flops) <= step / 2);
}

TEST_CASE("finetuning in phases is a stage for each, each laid on the table") {
  const auto graph = planned(R"(
[finetune]
tokens = 0
lr = 0.5
[[finetune.phase]]
name = "router"
tokens = 200
frozen = ["model.embed_tokens.weight"]
data = { code = 2 }
[[finetune.phase]]
name = "all"
tokens = 700
[[baseline]]
name = "dense"
from = "seed"
match = "data"
[[baseline]]
name = "flops"
from = "seed"
match = "flops"
)");
  CHECK(input_of(graph, "finetune/router", "init") == "mix");
  CHECK(input_of(graph, "finetune", "init") == "finetune/router");
  const auto router = work_of<TrainWork>(graph, "finetune/router");
  CHECK(router.train.tokens == 200);
  CHECK(router.train.lr == 0.5);
  CHECK(router.train.frozen == std::vector<std::string>{"model.embed_tokens.weight"});
  CHECK(router.train.data == Data{{"code", 2}});
  const auto all = work_of<TrainWork>(graph, "finetune");
  CHECK(all.train.tokens == 700);
  CHECK(all.train.frozen.empty());
  CHECK(all.train.data == Data{{"code", 1}, {"maths", 1}});
  CHECK(input_of(graph, "baseline/dense/router", "init") == "baseline/dense/experts");
  const auto replayed = work_of<TrainWork>(graph, "baseline/dense/router").replay;
  REQUIRE(replayed.size() == 1);
  CHECK(replayed[0].purpose == "finetune/router");
  CHECK(work_of<TrainWork>(graph, "baseline/dense").replay[0].purpose == "finetune");
  CHECK(work_of<TrainWork>(graph, "baseline/flops").train.data ==
        Data{{"code", 200 + 350}, {"maths", 350}});
}

TEST_CASE("a recipe with phases that is written as resolved gives the same stages") {
  const std::string changes =
      "finetune = { phase = [{ name = \"a\", tokens = 100 }, { name = \"b\", lr = 0.1 }] }\n" +
      kSwitched +
      "train = { phase = [{ name = \"c\", tokens = 100 }, { name = \"d\", tokens = 300 }] }";
  const ResolvedRecipe first = resolved(changes);
  LoadedRecipe written;
  written.tree = parse_toml_text(to_toml(first.tree), "resolved.toml");
  const ResolvedRecipe second = resolve_recipe(written);
  const auto a = plan_stages(first, {PlanUse::check});
  const auto b = plan_stages(second, {PlanUse::check});
  REQUIRE(a.stages.size() == b.stages.size());
  for (std::size_t i = 0; i < a.stages.size(); ++i) CHECK(a.stages[i].key == b.stages[i].key);
  CHECK(a.find("baseline/switched/c").estimate.tokens == 100);
  CHECK(a.find("finetune").estimate.tokens == 2000);
}

TEST_CASE("training is told in FLOPs as well, in whole steps") {
  const auto graph = planned("finetune = { tokens = 0, flops = 1e8 }");
  const auto& stage = graph.find("finetune").estimate;
  CHECK(std::abs(stage.flops - 1e8) <= 50 * stage.flops / stage.tokens);
  CHECK(work_of<TrainWork>(graph, "finetune").train.flops == 0);
  CHECK(work_of<TrainWork>(graph, "finetune").train.tokens == stage.tokens);
}

TEST_CASE("an expert starts from another one, or from an average, wherever that stands") {
  const auto graph = planned(R"(
[[expert]]
name = "code"
from = { maths = 1 }
[[expert]]
name = "both"
train = { tokens = 100, data = { code = 1, maths = 3 } }
from = { code = 1, maths = 2, seed = 1 }
)");
  CHECK(input_of(graph, "expert/code", "init") == "expert/maths");
  CHECK(input_of(graph, "expert/maths", "init") == "seed");
  CHECK(input_of(graph, "expert/both", "init") == "expert/both/start");
  const auto start = work_of<MixWork>(graph, "expert/both/start");
  CHECK(start.strategy.empty());
  CHECK(start.params.at("weights").at("maths").as<double>() == 2);
  CHECK(start.models.size() == 3);
  CHECK(graph.find("mix").inputs.size() == 4);
}

TEST_CASE("an expert of several domains has no domain, and is known by what it was trained on") {
  const std::string changes = R"(
[[expert]]
name = "generalist"
train = { tokens = 100, data = { code = 1, maths = 3 } }
)";
  const auto recipe = resolved(changes);
  CHECK(recipe.experts[2].domain == "generalist");
  CHECK(recipe.experts[2].data == Data{{"code", 1}, {"maths", 3}});
  const auto graph = plan_stages(recipe, {PlanUse::check});
  CHECK(work_of<TrainWork>(graph, "expert/generalist").train.data ==
        Data{{"code", 1}, {"maths", 3}});
  const auto probed = planned("router = { init = { type = \"domain_mean\" } }\n" + changes);
  const auto gates = work_of<GatesWork>(probed, "mix");
  CHECK(gates.data[2].model == "generalist");
  CHECK(gates.data[2].domains == Data{{"code", 1}, {"maths", 3}});
}

TEST_CASE("an ensemble is told what each member was trained on, the seed included") {
  const auto graph = planned(R"(
seed_model = { train = { data = { code = 3, maths = 1 } } }
[[expert]]
name = "maths"
train = { data = { code = 1, maths = 9 } }
[[baseline]]
name = "btm"
ensemble = { type = "tfidf" }
)");
  std::map<std::string, Data> data;
  for (const auto& member : work_of<EnsembleWork>(graph, "baseline/btm").data) {
    data[member.model] = member.domains;
  }
  CHECK(data == std::map<std::string, Data>{{"code", {{"code", 1}}},
                                            {"maths", {{"code", 1}, {"maths", 9}}},
                                            {"seed", {{"code", 3}, {"maths", 1}}}});
}

TEST_CASE("layers have routers of their own, with what [router] says where they say nothing") {
  const auto graph = planned(R"(
[router]
params = { k = 2 }
[[router.by_layer]]
name = "narrow"
layers = [1]
params = { k = 1 }
[[router.by_layer]]
name = "other"
layers = [0]
type = "switch"
)");
  const auto router = *work_of<MixWork>(graph, "mix").router;
  REQUIRE(router.by_layer.size() == 2);
  CHECK(router.by_layer[0].type == "top_k");
  CHECK(router.by_layer[0].params.at("k").as<std::int64_t>() == 1);
  CHECK(router.by_layer[1].params.find("capacity_factor") != nullptr);
  std::vector<std::string> plugins;
  for (const auto& used : graph.find("finetune").components) plugins.push_back(used.name);
  CHECK(plugins == std::vector<std::string>{"btx", "switch", "top_k"});
  const auto dense = planned("");
  const auto both = planned(
      "router = { params = { k = 2 }, by_layer = [{ name = \"a\", layers = [0, 1], params = { k = "
      "1 "
      "} }] }");
  CHECK(both.find("finetune").estimate.flops == dense.find("finetune").estimate.flops);
}

TEST_CASE("what a layer's router leaves out is the model's own router's, in baselines as well") {
  const auto graph = planned(R"(
[router]
params = { k = 2 }
by_layer = [{ name = "one", layers = [1] }]
[[baseline]]
name = "narrow"
mix = { strategy = "btx" }
router = { params = { k = 1 } }
[[baseline]]
name = "switched"
mix = { strategy = "btx" }
router = { type = "switch" }
)");
  const auto own = [&](const std::string& stage) {
    return work_of<MixWork>(graph, stage).router->by_layer.at(0);
  };
  CHECK(own("mix").params.at("k").as<std::int64_t>() == 2);
  CHECK(own("baseline/narrow").params.at("k").as<std::int64_t>() == 1);
  CHECK(own("baseline/switched").type == "switch");
}

TEST_CASE("experts that a strategy cuts are told apart by what their models were trained on") {
  const std::string probed = "router = { init = { type = \"domain_mean\" } }\n";
  const auto gates = work_of<GatesWork>(
      planned(probed + "mix = { params = { split = 2 }, include_seed_expert = false }"), "mix");
  REQUIRE(gates.data.size() == 4);
  CHECK(gates.data[1].model == "code.1");
  CHECK(gates.data[1].domains == Data{{"code", 1}});
  CHECK(gates.data[2].domains == Data{{"maths", 1}});
}
