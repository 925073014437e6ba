#include "config/fields/field_docs.hpp"
#include "config/sample_config.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace btx_test;

namespace {

std::string docs_of(Config config) {
  btx::FieldDocs docs;
  btx::Fields fields(docs);
  config.fields(fields);
  std::string text;
  for (const auto& doc : docs.docs()) {
    text += fmt::format("{} | {} | {} | {} | {}\n", doc.path, doc.type, doc.default_text, doc.range,
                        doc.help);
  }
  return text;
}

constexpr const char* kExpected = R"(shuffle | boolean | true |  | visit in random order
cache | bytes | 4096 | >= 0 | 
lr | number | 0.0003 | >= 0 | peak learning rate
dtype | string | "float32" | one of 'float32', 'bfloat16' | of the weights
folder | path | "-" |  | where results go
seeds | array of integers | [1] | >= 0 | one run each
betas | array of numbers | [0.9, 0.95] | in [0, 1] | of AdamW
trainable | array of strings | ["*"] |  | globs
weights.<key> | number | {} | >= 0 | of the domains
schedule | table |  |  | of the learning rate
schedule.warmup_steps | integer | 200 | >= 0 | steps of linear warm-up
schedule.min_factor | number | 0.1 | in [0, 1] | final lr / peak lr
expert | array of tables |  |  | the experts
expert[].name | string | required |  | name of the expert
expert[].tokens | tokens | 1000 | >= 1 | length of the training
expert[].schedule | table |  |  | of the learning rate
expert[].schedule.warmup_steps | integer | 200 | >= 0 | steps of linear warm-up
expert[].schedule.min_factor | number | 0.1 | in [0, 1] | final lr / peak lr
data | table of tables |  |  | the domains
data.<key>.files | array of paths | [] |  | documents
)";

}  // namespace

TEST_CASE("every field is described, with one default item of each list and map") {
  CHECK(docs_of({}) == kExpected);
}

TEST_CASE("items that are there already are not described") {
  Config config;
  config.experts = {{"math", 5, {}}, {"code", 6, {}}};
  CHECK(docs_of(config) == kExpected);
}

TEST_CASE("paths start with where the config goes") {
  btx::FieldDocs docs("train.schedule");
  btx::Fields fields(docs);
  Schedule().fields(fields);
  CHECK(docs.docs().front().path == "train.schedule.warmup_steps");
}
