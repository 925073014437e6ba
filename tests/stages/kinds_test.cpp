// A stage's settings: what is written is what is read, and nothing else is.
#include "stages/kinds.hpp"
#include "stages/data/documents.hpp"
#include "stages/data/tokenizer.hpp"
#include "stages/models/train.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace btx;
using namespace btx_test;

TEST_CASE("kinds have names of their own and a numerics version") {
  std::set<std::string> names;
  for (const auto& kind : base_kinds()) {
    CHECK(names.insert(kind.name).second);
    CHECK(kind.numerics > 0);
    CHECK((find_kind(kind.name).run == kind.run));
  }
  CHECK(names.count("documents") == 1);
}

TEST_CASE("settings that are off leave no trace, so that keys of earlier results hold") {
  const DocumentsWork plain{"code", "text_files", {}, {}, {}};
  CHECK(to_json(make_stage("documents/code", plain).config) ==
        R"({"domain":"code","source":"text_files","params":{},)"
        R"("split":{"dev_every":20,"test_every":20,"seed":0}})");
  DocumentsWork cleaned = plain;
  cleaned.split.decontaminate = 13;
  cleaned.sets = {{"arc", true}};
  const Value config = make_stage("documents/code", cleaned).config;
  CHECK(to_json(config.at("sets")) == R"([{"name":"arc","requests":true}])");
  CHECK(config.at("split").at("decontaminate").as<std::int64_t>() == 13);
  CHECK(to_json(make_stage("tokenizer", TokenizerWork{true, "", 300, 9, true}).config) ==
        R"({"import":true})");
}

TEST_CASE("a stage reads its settings back as they were written") {
  TrainWork work;
  work.purpose = "seed";
  work.seed = 7;
  work.model = ModelShape{};
  work.model->layers = 3;
  work.domains = {"code", "maths"};
  work.train.schedule = Schedule::constant;
  const Stage stage = make_stage("seed", work);
  const auto read = read_config<TrainWork>(stage.config, "seed");
  CHECK(read.purpose == "seed");
  CHECK(read.model->layers == 3);
  CHECK(read.train.schedule == Schedule::constant);
  CHECK(!read.balance);
  CHECK(!read.balance_scope);
  CHECK(write_config(read, Defaults::omit) == stage.config);
}

TEST_CASE("a setting that no stage of the kind has is refused with the stage's name") {
  Value config = make_stage("seed", TrainWork{}).config;
  config.set("moddel", Value(Table{}));
  CHECK(contains(error_of([&] { read_config<TrainWork>(config, "seed"); }),
                 "unknown key 'moddel' in [seed]; did you mean 'model'?"));
}
