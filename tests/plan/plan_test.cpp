// From a recipe to stages.
#include "plan/recipe.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

/// "name: role=stage ...", a line each.
std::string listed(const StageGraph& graph) {
  std::string text;
  for (const auto& stage : graph.stages) {
    text += stage.name + ":";
    for (const auto& input : stage.inputs) {
      text += " " + (input.role == input.stage ? input.role : input.role + "=" + input.stage);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a recipe of two experts has these stages, in an order in which inputs come first") {
  CHECK(listed(planned()) ==
        "documents/code:\n"
        "documents/maths:\n"
        "tokenizer: documents/code documents/maths\n"
        "tokens/code: documents=documents/code tokenizer\n"
        "tokens/maths: documents=documents/maths tokenizer\n"
        "seed: tokenizer tokens/code tokens/maths\n"
        "expert/code: tokenizer init=seed tokens/code tokens/maths\n"
        "expert/maths: tokenizer init=seed tokens/code tokens/maths\n"
        "mix: model/code=expert/code model/maths=expert/maths model/seed=seed\n"
        "finetune: tokenizer init=mix tokens/code tokens/maths\n"
        "evaluate/seed: model=seed documents/code documents/maths\n"
        "evaluate/code: model=expert/code documents/code documents/maths\n"
        "evaluate/maths: model=expert/maths documents/code documents/maths\n"
        "evaluate/mix: model=mix documents/code documents/maths\n"
        "evaluate/mixture: model=finetune documents/code documents/maths\n"
        "report: evaluate/seed evaluate/code evaluate/maths evaluate/mix evaluate/mixture "
        "train/expert/code=expert/code train/expert/maths=expert/maths train/finetune=finetune\n");
}

TEST_CASE("stages are estimated: tokens in whole steps, parameters, active parameters") {
  const StageGraph graph = planned("finetune = { tokens = 1901 }");
  CHECK(graph.find("seed").estimate.tokens == 5000);
  CHECK(graph.find("finetune").estimate.tokens == 2000);
  const auto& mix = graph.find("mix").estimate;
  // Two layers of two more FFNs of 3 x 8 x 16, and gates of 3 x 8.
  const std::int64_t ffn = 3L * 8 * 16, gate = 3L * 8;
  CHECK(mix.parameters == graph.find("seed").estimate.parameters + 2 * (2 * ffn + gate));
  CHECK(mix.active_parameters == static_cast<double>(mix.parameters - 4 * ffn));
}

TEST_CASE("a change of one setting changes the keys of what rests on it, and no others") {
  const StageGraph before = planned();
  const StageGraph after = planned("finetune = { lr = 0.5 }");
  for (const auto& stage : before.stages) {
    const bool rests =
        stage.name == "finetune" || stage.name == "evaluate/mixture" || stage.name == "report";
    CHECK_MESSAGE((after.find(stage.name).key != stage.key) == rests, stage.name);
  }
}

TEST_CASE("a seed of some stages alone leaves the others' keys") {
  const StageGraph before = planned();
  const StageGraph after = planned("run = { seeds = { expert = 9 } }");
  CHECK(after.find("seed").key == before.find("seed").key);
  CHECK(after.find("expert/code").key != before.find("expert/code").key);
  CHECK(after.find("expert/code").config.at("seed").as<std::int64_t>() == 9);
  CHECK(after.find("finetune").config.at("seed").as<std::int64_t>() == 1);
}

TEST_CASE("the machine that plans, and its threads, are in no key") {
  const StageGraph one = planned("engine = { threads = 1, device = \"auto\", dtype = \"auto\" }");
  const StageGraph seven = planned("engine = { threads = 7, device = \"auto\", dtype = \"auto\" }");
  for (const auto& stage : one.stages) CHECK(seven.find(stage.name).key == stage.key);
  const Value& engine = one.find("seed").config.at("engine");
  CHECK(engine.at("device").as<std::string>() == "auto");
  CHECK(engine.at("dtype").as<std::string>() == "auto");
  CHECK(engine.find("threads") == nullptr);
}

TEST_CASE("a run on a GPU is planned on a machine without one") {
  const StageGraph graph = planned("engine = { device = \"cuda\" }");
  CHECK(graph.find("seed").estimate.device_bytes > 0);
  CHECK(graph.find("evaluate/seed").estimate.device_bytes > 0);
  CHECK(graph.find("mix").estimate.device_bytes == 0);
  CHECK(graph.find("seed").key != planned().find("seed").key);
}

TEST_CASE("what is frozen has no gradients and moments in the plan's memory") {
  const std::string gpu = "engine = { device = \"cuda\" }\n";
  const auto bytes = [&](const std::string& changes) {
    return planned(gpu + changes).find("finetune").estimate.device_bytes;
  };
  // Of two layers the three experts' FFNs of 3 x 8 x 16.
  CHECK(bytes("") - bytes("finetune = { frozen = [\"*.experts.*\"] }") ==
        12.0 * 2 * 3 * 3 * 8 * 16);
}
