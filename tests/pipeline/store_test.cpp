#include "pipeline/store.hpp"

#include "config/sealed_json.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace btx;
using namespace btx_test;

namespace {

Stage sample_stage() {
  Stage stage;
  stage.name = "seed";
  stage.kind = "train";
  stage.config.set("lr", Value(0.5));
  stage.inputs = {{"tokenizer", "tokenizer"}};
  set_key(stage, {"0123456789abcdef"});
  return stage;
}

bool make(const Store& store, const Stage& stage) {
  return store.produce(stage, {{"0123456789abcdef", {}}},
                       [](const fs::path& folder) -> std::optional<ComputedOn> {
                         write_file(folder / "model", "numbers");
                         return std::nullopt;
                       });
}

/// Puts these bytes into a file that is read-only.
void overwrite(const fs::path& file, const std::string& bytes) {
  fs::remove(file);
  write_file(file, bytes);
}

}  // namespace

TEST_CASE("an artifact is made once, and again when its files are missing or cut") {
  const Store store(scratch("store"));
  const Stage stage = sample_stage();
  CHECK(!store.has(stage));
  CHECK(make(store, stage));
  CHECK(store.has(stage));
  CHECK(!make(store, stage));
  const fs::path folder = store.artifact(stage);
  overwrite(folder / "model", "num");
  CHECK(!store.has(stage));
  CHECK(make(store, stage));
  CHECK(read_file(folder / "model") == "numbers");
  fs::remove(folder / "model");
  CHECK(make(store, stage));
  CHECK(!find_damage(folder));
  overwrite(folder / "model", "NUMBERS");  // as long as it was: found when one asks
  CHECK(store.has(stage));
  CHECK(contains(find_damage(folder).value_or(""), "has changed"));
  CHECK(!fs::exists(store.work(stage).string() + ".lock"));
}

TEST_CASE("a manifest of any bytes counts as good or as absent") {
  const Store store(scratch("store-manifest"));
  const Stage stage = sample_stage();
  make(store, stage);
  const fs::path file = store.artifact(stage) / "manifest.json";
  const std::string good = read_file(file);
  std::mt19937 random(5);  // NOLINT: the same every time
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(32 + random() % 95);
    if (round % 3 == 0) bad.resize(random() % bad.size());
    overwrite(file, bad);
    const bool there = store.has(stage);
    CHECK(store.manifests("train").size() <= 1);
    if (!there) CHECK(make(store, stage));
    CHECK(store.has(stage));
  }
}

TEST_CASE("what fails leaves nothing") {
  const Store store(scratch("store-fails"));
  const Stage stage = sample_stage();
  const auto fail = [](const fs::path& folder) -> std::optional<ComputedOn> {
    write_file(folder / "model", "half");
    throw Error("no");
  };
  CHECK(error_of([&] { store.produce(stage, {{"0123456789abcdef", {}}}, fail); }) == "no");
  CHECK(!store.has(stage));
  CHECK(!fs::exists(store.work(stage).string() + ".new"));
  CHECK(make(store, stage));
}

TEST_CASE("an artifact of a version that wrote no contents into manifests is used as before") {
  const Store store(scratch("store-earlier"));
  const Stage stage = sample_stage();
  CHECK(make(store, stage));
  const fs::path file = store.artifact(stage) / "manifest.json";
  Value manifest = read_sealed_json(file);
  for (const char* key : {"content", "rests_on", "made_from", "digest"}) manifest.erase(key);
  fs::permissions(store.artifact(stage), fs::perms::owner_all, fs::perm_options::add);
  fs::remove(file);
  write_sealed_json(file, std::move(manifest), true);
  CHECK(store.has(stage));
  CHECK(read_manifest(store.artifact(stage)).rests_on.empty());
}
