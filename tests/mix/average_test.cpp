#include "mix/models.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace btx;
using namespace btx_test;

namespace {

MergeInputs two_inputs() {
  MergeInputs inputs;
  for (const char* name : {"code", "maths"}) inputs.models.push_back({{name, name, name}, {}, {}});
  return inputs;
}

std::string refusal(const std::map<std::string, double>& given) {
  const Caught result = caught([&] { average_weights(two_inputs(), given); });
  if (!result.message.empty()) CHECK(result.code == ExitCode::usage);
  return result.message;
}

}  // namespace

TEST_CASE("without weights all models count alike, with them in their proportion") {
  CHECK(average_weights(two_inputs(), {}) == std::vector<double>{0.5, 0.5});
  CHECK(average_weights(two_inputs(), {{"maths", 1}, {"code", 3}}) ==
        std::vector<double>{0.75, 0.25});
  CHECK(average_weights(two_inputs(), {{"maths", 0}, {"code", 3}}) == std::vector<double>{1, 0});
}

TEST_CASE("weights that do not fit the models are refused by name") {
  CHECK(refusal({{"code", 1}}) == "weights: model 'maths' needs one, 0 or more");
  CHECK(refusal({{"code", 1}, {"maths", -1}}) == "weights: model 'maths' needs one, 0 or more");
  CHECK(refusal({{"code", 1}, {"maths", 1}, {"prose", 1}}) ==
        "weights: no model is called 'prose'");
  CHECK(refusal({{"code", 0}, {"maths", 0}}) == "weights: they are all zero");
}

TEST_CASE("a weight that is not a number is refused") {
  CHECK(contains(refusal({{"code", 1}, {"maths", std::nan("")}}), "'maths'"));
  CHECK(contains(refusal({{"code", 1}, {"maths", std::numeric_limits<double>::infinity()}}),
                 "'maths'"));
}
