#include "contract/components.hpp"

#include <btx/task.hpp>

#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;
using namespace contract_test;

namespace {

const TaskInput& two_documents() {
  static const TaskInput input{
      "sea", {{"one", "The sea is quiet."}, {"two", "\u00c9t\u00e9, the ship returns.\n"}}};
  return input;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

TEST_CASE("a task asks the same requests each time, and each has something to score") {
  for (const auto& name : names_of("task")) {
    CAPTURE(name);
    const auto task = make_component<Task>(name);
    unless_refused("task:" + name, [&] {
      const auto ask = [&] {
        return task.call([](const Task& t) { return t.requests(two_documents()); });
      };
      const auto requests = ask();
      const auto again = ask();
      CHECK(!requests.empty());
      REQUIRE(again.size() == requests.size());
      for (std::size_t i = 0; i < requests.size(); ++i) {
        CHECK(!requests[i].continuation.empty());
        CHECK(requests[i].context == again[i].context);
        CHECK(requests[i].continuation == again[i].continuation);
      }
    });
  }
}

TEST_CASE("a task's scores are the ratio of what it reports for each item") {
  for (const auto& name : names_of("task")) {
    CAPTURE(name);
    const auto task = make_component<Task>(name);
    unless_refused("task:" + name, [&] {
      const auto requests = task.call([](const Task& t) { return t.requests(two_documents()); });
      std::vector<Answer> answers;
      for (const auto& request : requests) {
        const auto tokens = static_cast<std::int64_t>(request.continuation.size());
        answers.push_back({-0.5 * static_cast<double>(tokens), tokens});
      }
      const auto scores =
          task.call([&](const Task& t) { return t.score(two_documents(), requests, answers); });
      CHECK(!scores.empty());
      for (const auto& score : scores) {
        CHECK(!score.metric.empty());
        CHECK(std::isfinite(score.value));
        REQUIRE(!score.numerator.empty());
        REQUIRE(score.numerator.size() == score.denominator.size());
        CHECK(score.value == doctest::Approx(sum(score.numerator) / sum(score.denominator)));
      }
    });
  }
}

TEST_CASE("bits per byte counts the bytes of UTF-8") {
  all_components();
  const auto task = make_component<Task>("bits_per_byte");
  const auto requests = task.get().requests(two_documents());
  REQUIRE(requests.size() == 2);
  const std::vector<Answer> answers = {{-17 * std::log(2.0), 5}, {-3 * 27 * std::log(2.0), 9}};
  const auto scores = task.get().score(two_documents(), requests, answers);
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].denominator == std::vector<double>{17, 25});
  CHECK(scores[0].value == doctest::Approx((17 + 81) / 42.0));
  CHECK(scores[0].lower_is_better);
}
