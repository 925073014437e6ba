// Why a stage has to be made anew, against the most similar artifact.
#include "pipeline/store.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

const std::vector<std::string> kKeys = {"0123456789abcdef"};

Stage scoring(std::int64_t batch_size) {
  Stage stage;
  stage.name = "evaluate/seed";
  stage.kind = "evaluate";
  stage.config.set("batch_size", Value(batch_size));
  stage.inputs = {{"model", "seed"}};
  stage.components = {{"task", "choices", "0.1.0", "aa"}};
  stage.files = {"p1 1111"};
  stage.places = {{"set/p1", "/here/p1.jsonl"}};
  set_key(stage, kKeys);
  return stage;
}

Store store_with(const Stage& stage, const std::string& name) {
  Store store(scratch(name));
  std::vector<InputArtifact> inputs;
  for (const auto& key : kKeys) inputs.push_back({key, {}});
  store.produce(stage, inputs, [](const fs::path& folder) -> std::optional<ComputedOn> {
    write_file(folder / "scores", "1");
    return std::nullopt;
  });
  return store;
}

}  // namespace

TEST_CASE("where files lie is neither part of a key nor of an explanation") {
  const Store store = store_with(scoring(16), "explain-places");
  Stage moved = scoring(16);
  moved.places = {{"set/p1", "/elsewhere/p1.jsonl"}};
  set_key(moved, kKeys);
  CHECK(moved.key == scoring(16).key);
  CHECK(config_digest(moved) == config_digest(scoring(16)));
  Stage changed = scoring(8);
  changed.places = moved.places;
  set_key(changed, kKeys);
  CHECK(explain_miss(store, changed, kKeys) == "batch_size changed 16 -> 8");
}

TEST_CASE("every sort of reason is named: a setting, an input, a plugin, a file") {
  const Store store = store_with(scoring(16), "explain-reasons");
  CHECK(explain_miss(store, scoring(16), {"fedcba9876543210"}) == "its artifact is damaged");
  Stage stage = scoring(16);
  set_key(stage, {"fedcba9876543210"});
  CHECK(explain_miss(store, stage, {"fedcba9876543210"}) == "seed changed");
  stage = scoring(16);
  stage.components[0].digest = "bb";
  set_key(stage, kKeys);
  CHECK(explain_miss(store, stage, kKeys) == "plugin task:choices was rebuilt or is new");
  stage = scoring(16);
  stage.files = {"p1 2222"};
  set_key(stage, kKeys);
  CHECK(explain_miss(store, stage, kKeys) == "file p1 changed or is new");
  stage = scoring(16);
  stage.numerics = 2;
  set_key(stage, kKeys);
  CHECK(explain_miss(store, stage, kKeys) ==
        "results of 'evaluate' stages changed in this version");
}

TEST_CASE("a stage of another name explains nothing") {
  const Store store = store_with(scoring(16), "explain-new");
  Stage stage = scoring(16);
  stage.name = "evaluate/mixture";
  stage.config.set("window", Value(std::int64_t{8}));
  set_key(stage, kKeys);
  CHECK(explain_miss(store, stage, kKeys) == "not made before");
}
