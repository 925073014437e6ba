// task:bits_per_byte on two documents, worked out by hand.
#include "plugins/load.hpp"

#include <btx/task.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace btx;
using namespace btx_test;

TEST_CASE("bits_per_byte: the bits of all documents over their bytes of UTF-8") {
  const auto task = component<Task>("bits_per_byte");
  const TaskInput input{"sea", {{"one", "quiet"}, {"two", "\u00c9t\u00e9\n"}}, {}};
  const auto requests = task.get().requests(input);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].context.empty());
  CHECK(requests[0].continuation == "quiet");
  CHECK(requests[1].continuation == "\u00c9t\u00e9\n");
  const std::vector<Answer> answers = {{-10 * std::log(2.0), 2}, {-12 * std::log(2.0), 3}};
  const auto scores = task.get().score(input, requests, answers);
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].metric == "bits_per_byte");
  CHECK(scores[0].lower_is_better);
  CHECK(scores[0].denominator == std::vector<double>{5, 6});
  CHECK(scores[0].value == doctest::Approx(2));  // 22 bits, 11 bytes
}

TEST_CASE("bits_per_byte: the rows of a request file are refused") {
  const auto task = component<Task>("bits_per_byte");
  TaskInput rows{"items", {}, {}};
  rows.rows.resize(1);
  CHECK(contains(usage_error_of([&] { task.get().requests(rows); }),
                 "'items' has the rows of a request file"));
}
