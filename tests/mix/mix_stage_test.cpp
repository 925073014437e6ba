// The stage around a merge: from folders to a folder.

#include "mix/models.hpp"
#include "pipeline/stage_context.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace btx;
using namespace btx_test;
using namespace mix_test;

namespace {

StageContext context_for(const Models& models, const std::string& name) {
  StageContext context;
  context.name = context.kind = "mix";
  context.config.set("purpose", Value("mix"));
  context.config.set("seed", Value(std::int64_t{1}));
  context.config.set("strategy", Value("btx"));
  context.config.set("params", from_json("{}", "the test"));
  context.config.set("router", router_value(top_k_router()));
  context.config.set("domains", Value(Array{}));
  Array infos;
  for (std::size_t i = 0; i < models.inputs.size(); ++i) {
    infos.push_back(to_value(models.inputs[i].info));
    context.inputs.emplace_back("model/" + models.inputs[i].info.name, models.folders[i].path());
  }
  context.config.set("models", Value(std::move(infos)));
  context.output = scratch("mix-stage-" + name);
  return context;
}

void mix(const StageContext& context) {
  stage_functions().at("mix")(context);
}

}  // namespace

TEST_CASE("a mixed folder is a checkpoint with the tokenizer, and says where each tensor is from") {
  const Models models = three("stage");
  const StageContext context = context_for(models, "good");
  mix(context);
  const ModelFolder mixed(context.output);
  CHECK(mixed.config().num_experts() == 3);
  CHECK(mixed.config().router.type == "top_k");
  CHECK(read_file(context.output / "tokenizer.json") == "{}");
  const auto told = nlohmann::json::parse(read_file(context.output / "mix.json"));
  CHECK(told["origins"].size() == mixed.tensors().size());
  CHECK(told["origins"][tensor_names::expert_ffn(1, 2, "up_proj")] ==
        nlohmann::json::array({"model/c:model.layers.1.mlp.up_proj.weight"}));
  CHECK(told["read"].size() == 3);
}

TEST_CASE("models with different tokenizers are refused by name") {
  const Models models = three("tokenizers");
  write_file(models.folders[2].path() / "tokenizer.json", "{ }");
  const Caught result = caught([&] { mix(context_for(models, "tokenizers")); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "model/a and model/c have different tokenizers"));
}

TEST_CASE("models with different shapes are refused by name") {
  Models models = three("shapes");
  ModelConfig other = tiny_config();
  other.ffn_size = 5;
  models.folders.pop_back();
  models.folders.emplace_back(write_model(scratch("mix-shapes-other"), other, random_numbers(1)));
  const Caught result = caught([&] { mix(context_for(models, "shapes")); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "ffn_size is 3 in 'a' and 5 in 'c'"));
}

TEST_CASE("a router that does not fit the number of experts is refused with its name") {
  const Models models("many", tiny_config(), {random_numbers(1), random_numbers(2)});
  StageContext context = context_for(models, "many");
  RouterConfig router = top_k_router();
  router.params = from_json(R"({"k":3})", "the test");
  context.config.set("router", router_value(router));
  const Caught result = caught([&] { mix(context); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "router:top_k: k is 3, but there are 2 experts"));
}
