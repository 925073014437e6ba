#include "config/fields/field_writer.hpp"
#include "config/config.hpp"
#include "config/fields/field_reader.hpp"
#include "config/folder.hpp"
#include "config/sample_config.hpp"

#include <doctest/doctest.h>

using btx::Fields;
using btx::Value;
using namespace btx_test;

namespace {

Value written(Config config) {
  btx::FieldWriter writer;
  Fields fields(writer);
  config.fields(fields);
  return writer.take();
}

Config read_back(const Value& table) {
  Config config;
  btx::FieldReader reader(table, "");
  Fields fields(reader);
  config.fields(fields);
  reader.finish();
  return config;
}

Config sample() {
  Config config;
  config.shuffle = false;
  config.cache = 1LL << 40;
  config.lr = 1.0;
  config.dtype = "bfloat16";
  config.folder = "/runs/a";
  config.seeds = {};
  config.betas = {0.1, 1.0, 1e-300};
  config.trainable = {"router.*", "a \"b\"\n"};
  config.weights = {{"math", 1.0}, {"odd key", 0.3}};
  config.schedule = {0, 1.0};
  config.experts = {{"math", 20'000'000, {}}, {"code", 1, {7, 0.25}}};
  config.data = {{"web", {{"/a", "-"}}}, {"empty", {}}};
  return config;
}

}  // namespace

TEST_CASE("what is written reads back equal, also through TOML and JSON") {
  for (const Config& config : {Config{}, sample()}) {
    const Value table = written(config);
    CHECK(read_back(table) == config);
    CHECK(read_back(toml(to_toml(table))) == config);
    CHECK(read_back(btx::from_json(btx::to_json(table), "j")) == config);
  }
}

TEST_CASE("every field is written, in order, with units as plain integers") {
  CHECK(btx::to_json(written(Config{})) ==
        R"({"shuffle":true,"cache":4096,"lr":0.0003,"dtype":"float32","folder":"-","seeds":[1],)"
        R"("betas":[0.9,0.95],"trainable":["*"],"weights":{},)"
        R"("schedule":{"warmup_steps":200,"min_factor":0.1},"expert":[],"data":{}})");
}

TEST_CASE("the places of what was given go to the resolved tree, the rest stays default") {
  const Value given = toml("lr = 1\n[[expert]]\nname = 'math'\ntokens = '20M'\n");
  Value resolved = written(read_back(given));
  btx::copy_sources(resolved, given);
  CHECK(resolved.find("lr")->place.str() == "t.toml:1:6");
  CHECK(resolved.find("dtype")->place.str() == "default");
  const Value& math = resolved.find("expert")->as<btx::Array>()[0];
  CHECK(math.find("tokens")->place.str() == "t.toml:4:10");
  CHECK(math.find("schedule")->place.str() == "default");
}

TEST_CASE("raw keys are written as they are") {
  btx::FieldWriter writer;
  writer.raw("params", toml("k = 2"));
  CHECK(btx::to_toml(writer.take()) == "[params]\nk = 2\n");
}

namespace {

struct Item {
  std::int64_t x = 1;
  void fields(Fields& f) { f("x", x, "-"); }
};

/// One optional field of every shape.
struct Added {
  std::string text;
  double number = 0;
  std::vector<std::int64_t> numbers;
  std::map<std::string, double> weights;
  std::vector<Item> items;
  std::map<std::string, Item> entries;
  void fields(Fields& f) {
    f("text", text, "-", {.omit_default = true});
    f("number", number, "-", {.omit_default = true});
    f("numbers", numbers, "-", {.omit_default = true});
    f("weights", weights, "-", {.omit_default = true});
    f("items", items, "-", {.omit_default = true});
    f("entries", entries, "-", {.omit_default = true});
  }
};

}  // namespace

TEST_CASE("of fields that are left out at their default nothing is written, whatever their shape") {
  CHECK(btx::to_json(btx::write_config(Added{}, btx::Defaults::omit)) == "{}");
  CHECK(btx::to_json(btx::write_config(Added{})) ==
        R"({"text":"","number":0.0,"numbers":[],"weights":{},"items":[],"entries":{}})");
  Added given;
  given.items = {{}, {}};
  given.entries["a"] = {};
  CHECK(btx::to_json(btx::write_config(given, btx::Defaults::omit)) ==
        R"({"items":[{"x":1},{"x":1}],"entries":{"a":{"x":1}}})");
}
