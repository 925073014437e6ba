#include "report/set_scores.hpp"

#include "config/value.hpp"
#include "report/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace btx;

namespace {

SetResult set(const std::string& name, const std::vector<std::string>& groups, double value,
              double error, double bits = 1) {
  SetResult result;
  result.name = name;
  result.groups = groups;
  result.scores = {{"accuracy", value, error, false}, {"bits_per_byte", bits, 0.1, true}};
  return result;
}

}  // namespace

TEST_CASE("the standard error of a mean, and of a ratio") {
  const std::vector<double> ones(4, 1.0);
  CHECK(ratio_standard_error(std::vector<double>{0.5, 0, 0, 0.5}, ones) ==
        doctest::Approx(std::sqrt(0.0625 * 4 / 3) / std::sqrt(4.0)));
  // 6 bits in 4 bytes; residuals 1 - 1.5 x 1 = -0.5 and 5 - 1.5 x 3 = 0.5.
  CHECK(ratio_standard_error(std::vector<double>{1, 5}, std::vector<double>{1, 3}) ==
        doctest::Approx(std::sqrt(2 * 0.5) / 4));
  CHECK(std::isnan(ratio_standard_error(std::vector<double>{1}, std::vector<double>{1})));
}

TEST_CASE("means are of groups, and of all sets that have one, each set alike") {
  const std::vector<SetResult> results = {set("a", {"one"}, 0.5, 0.03),
                                          set("b", {"one"}, 0.7, 0.04),
                                          set("c", {"two"}, 0.2, 0.06), set("d", {}, 0.9, 0.1)};
  const auto means = set_means(results);
  REQUIRE(means.size() == 3);
  CHECK(means[0].name == "one");
  CHECK(means[0].value == doctest::Approx(0.6));
  CHECK(means[0].standard_error == doctest::Approx(0.025));
  CHECK(means[1].value == doctest::Approx(0.2));
  CHECK(means[2].name == "mean");
  CHECK(means[2].value == doctest::Approx(1.4 / 3));
  CHECK(set_means({set("d", {}, 0.9, 0.1)}).empty());
}

TEST_CASE("a column marks the best model, and knows which way is better") {
  const std::vector<ModelSets> models = {{"seed", {set("a", {"one"}, 0.5, 0.03, 0.8)}},
                                         {"mix", {set("a", {"one"}, 0.6, 0.03, 0.9)}}};
  const TextRows primary = model_set_rows(models, "");
  CHECK(primary[0] == std::vector<std::string>{"model", "a", "one mean", "mean"});
  CHECK(primary[1][1] == "50.0 ± 3.0");
  CHECK(primary[2][1] == "60.0 ± 3.0 *");
  const TextRows bits = model_set_rows(models, "bits_per_byte");
  CHECK(bits[0] == std::vector<std::string>{"model", "a"});
  CHECK(bits[1][1] == "0.8000 ± 0.1000 *");
  CHECK(shared_metrics(models[0].results) == std::vector<std::string>{"bits_per_byte"});
  CHECK(model_set_rows(models, "exact_match")[0] == std::vector<std::string>{"model"});
}
