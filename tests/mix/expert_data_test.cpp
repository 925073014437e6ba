// What each expert of a mixture was trained on, by whatever strategy it was made.
#include "mix/expert_data.hpp"
#include "mix/models.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

using Data = std::map<std::string, double>;

const std::vector<Data> kData = {{{"sea", 1}}, {{"land", 2}}, {{"land", 1}, {"sea", 3}}};

}  // namespace

TEST_CASE("an expert that is a model's, or a part of it, was trained on that model's data") {
  const Models models = three("expert-data");
  const auto whole = expert_data(plan("btx", models), kData);
  CHECK(whole == kData);
  const auto split = expert_data(plan("btx", models, R"({"split": 3})"), kData);
  REQUIRE(split.size() == 9);
  for (std::size_t e = 0; e < 9; ++e) CHECK(split[e] == kData[e / 3]);
}

TEST_CASE("a blended expert was trained on all models' data alike") {
  Models models = three("expert-data");
  const std::int64_t ffn = models.inputs.front().config.ffn_size;
  REQUIRE(ffn % 3 == 0);
  for (const auto& mine : expert_data(plan("btx", models, R"({"blend": true})"), kData)) {
    const double sum = mine.at("land") + mine.at("sea");
    CHECK(mine.at("sea") / sum == doctest::Approx((1 + 0.75) / 3));
  }
}

TEST_CASE("copies were trained on the data of the model that is copied") {
  Models models = three("expert-data");
  models.inputs.resize(1);
  for (const char* strategy : {"upcycle", "drop_upcycle"}) {
    const auto data = expert_data(plan(strategy, models), {kData[2]});
    CHECK(data.size() > 1);
    for (const auto& mine : data) CHECK(mine == kData[2]);
  }
}
