// Models that bring their tokenizer: what ends their documents, and which tokens may have no row.
#include "plan/recipe.hpp"
#include "tiny_model.hpp"
#include "tokenizer/sample.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace btx;
using namespace btx_test;

namespace {

struct Imported {
  std::int64_t rows = 258;              ///< of the embedding
  std::vector<std::int64_t> told = {};  ///< eos_token_id of config.json
  std::vector<std::string> added = {};  ///< special tokens after the 256 bytes
};

/// The model's folder, with a tokenizer of bytes and added tokens.
fs::path folder_of(const Imported& imported) {
  ModelConfig config = tiny_config();
  config.vocab_size = imported.rows;
  config.context = 10;
  config.special_tokens.eos = imported.told;
  fs::path folder = write_model(scratch("plan-import"), config, random_numbers(1));
  TokenizerSpec spec = byte_spec();
  for (const auto& content : imported.added) {
    spec.added.push_back({.id = static_cast<std::int32_t>(spec.tokens.size()),
                          .content = content,
                          .in_vocab = false});
    spec.tokens.push_back(content);
  }
  write_file(folder / "tokenizer.json", Tokenizer(spec).file_text());
  return folder;
}

StageGraph planned_with(const Imported& imported) {
  return planned(fmt::format("seed_model = {{ import = \"{}\", train = {{ tokens = 0 }} }}\n",
                             folder_of(imported).string()));
}

std::string refusal(const Imported& imported) {
  return error_of([&] { planned_with(imported); });
}

/// The setting `end` of the tokenizer stage; "" if it has none.
std::string end_in_key(const Imported& imported) {
  for (const auto& stage : planned_with(imported).stages) {
    if (stage.kind != "tokenizer") continue;
    const Value* end = stage.config.find("end");
    return end == nullptr ? "" : end->as<std::string>();
  }
  return "no tokenizer stage";
}

}  // namespace

TEST_CASE("the token that config.json names ends documents, and is in the key if no name tells") {
  const Imported named{.added = {"</s>", "<end>"}};
  CHECK(end_in_key(named).empty());
  Imported told = named;
  told.told = {256};
  CHECK(end_in_key(told).empty());  // as its name says
  told.told = {257, 256};
  CHECK(end_in_key(told) == "<end>");
}

TEST_CASE("a tokenizer whose documents nothing ends is refused before anything runs") {
  CHECK(refusal({.told = {257}, .added = {"<a>", "<b>"}}).empty());
  CHECK(contains(refusal({.added = {"<a>", "<b>"}}), "need a token that ends a document"));
}

TEST_CASE("added tokens may lie beyond the embedding, words and the end of a document may not") {
  CHECK(refusal({.rows = 257, .added = {"</s>", "[PAD]"}}).empty());
  CHECK(refusal({.rows = 400, .added = {"</s>"}}).empty());
  CHECK(contains(refusal({.rows = 257, .added = {"[PAD]", "</s>"}}),
                 "its embedding has 257 rows, the run's tokenizer needs 258"));
  CHECK(contains(refusal({.rows = 200, .added = {"</s>"}}), "has 200 rows"));
}

TEST_CASE(
    "an imported baseline has its own shape and tokenizer, and is scored in its own context") {
  const fs::path folder = folder_of({.rows = 258, .added = {"</s>"}});
  const auto graph = planned(fmt::format(R"(
eval = {{ window = 0 }}
model = {{ context = 50 }}
[[baseline]]
name = "other"
import = "{}"
cost = {{ tokens = 7, flops = 9 }}
)",
                                         folder.string()));
  const Stage& stage = graph.find("baseline/other");
  CHECK(stage.kind == "import");
  CHECK(stage.inputs.empty());
  CHECK(graph.find("evaluate/other").config.at("window").as<std::int64_t>() == 10);
  CHECK(graph.find("evaluate/seed").config.at("window").as<std::int64_t>() == 50);
}

// The seed is imported, so that the dense baseline's token costs as much as an expert's.
TEST_CASE("what an imported expert cost counts where a baseline is matched by FLOPs") {
  const std::string folder = folder_of({.rows = 258, .added = {"</s>"}}).string();
  const auto graph = [&](double flops) {
    return planned(fmt::format(R"(
seed_model = {{ import = "{0}", train = {{ tokens = 0 }} }}
[[expert]]
name = "maths"
import = "{0}"
cost = {{ flops = {1} }}
train = {{ tokens = 0 }}
[[baseline]]
name = "dense"
from = "seed"
match = "flops"
[[baseline]]
name = "average"
mix = {{ strategy = "btm_average" }}
match = "flops"
)",
                               folder, flops));
  };
  const auto free = graph(0);
  const double expert = free.find("expert/code").estimate.flops;  // of 1000 tokens
  const auto paid = graph(5 * expert);
  const auto more = [&](const std::string& stage) {
    return paid.find(stage).estimate.tokens - free.find(stage).estimate.tokens;
  };
  CHECK(more("baseline/dense") == 5000);
  CHECK(more("baseline/average") == 0);  // it is made of the imported expert itself
}
