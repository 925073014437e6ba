// The stage around a merge: from folders to a folder.

#include "stages/models/mix.hpp"
#include "mix/models.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace btx;
using namespace btx_test;

namespace {

struct Mix {
  MixWork work;
  StageContext context;

  void go() const { run(work, context); }
};

Mix mix_of(const Models& models, const std::string& name) {
  Mix mix;
  const RouterConfig router = top_k_router();
  mix.work.purpose = mix.context.name = "mix";
  mix.work.seed = 1;
  mix.work.strategy = "btx";
  mix.work.router = MergedRouter{router.type,        router.params, router.layers,
                                 router.granularity, router.init,   router.by_layer};
  for (std::size_t i = 0; i < models.inputs.size(); ++i) {
    mix.work.models.push_back({models.inputs[i].info});
    mix.context.inputs.emplace_back("model/" + models.inputs[i].info.name,
                                    models.folders[i].path());
  }
  mix.context.output = scratch("mix-stage-" + name);
  return mix;
}

}  // namespace

TEST_CASE("a mixed folder is a checkpoint with the tokenizer, and says where each tensor is from") {
  const Models models = three("stage");
  const Mix mix = mix_of(models, "good");
  mix.go();
  const fs::path& output = mix.context.output;
  const ModelFolder mixed(output);
  CHECK(mixed.config().num_experts() == 3);
  CHECK(mixed.config().router.type == "top_k");
  CHECK(read_file(output / "tokenizer.json") == "{}");
  const auto told = nlohmann::json::parse(read_file(output / "mix.json"));
  CHECK(told["origins"].size() == mixed.tensors().size());
  CHECK(told["origins"][tensor_names::expert_ffn(1, 2, "up_proj")] ==
        nlohmann::json::array({"model/c:model.layers.1.mlp.up_proj.weight"}));
  CHECK(told["read"].size() == 3);
}

TEST_CASE("models with different tokenizers are refused by name") {
  const Models models = three("tokenizers");
  write_file(models.folders[2].path() / "tokenizer.json", "{ }");
  const Caught result = caught([&] { mix_of(models, "tokenizers").go(); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "model/a and model/c have different tokenizers"));
}

TEST_CASE("models with different shapes are refused by name") {
  Models models = three("shapes");
  ModelConfig other = tiny_config();
  other.ffn_size = 5;
  models.folders.pop_back();
  models.folders.emplace_back(write_model(scratch("mix-shapes-other"), other, random_numbers(1)));
  const Caught result = caught([&] { mix_of(models, "shapes").go(); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "ffn_size is 3 in 'a' and 5 in 'c'"));
}

TEST_CASE("a router that does not fit the number of experts is refused with its name") {
  const Models models("many", tiny_config(), {random_numbers(1), random_numbers(2)});
  Mix mix = mix_of(models, "many");
  mix.work.router->params = from_json(R"({"k":3})", "the test");
  const Caught result = caught([&] { mix.go(); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "router:top_k: k is 3, but there are 2 experts"));
}
