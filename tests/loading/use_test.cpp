#include "config/value.hpp"
#include "plugin/component.hpp"
#include "plugin/loader.hpp"
#include "support.hpp"

#include <btx/task.hpp>

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

Component<Task> task(const std::string& name, const std::string& json = "{}") {
  load_plugin(fs::path(BTX_FIXTURES) / "throws_in_use.so");
  return make_component<Task>(name, from_json(json, "the test"));
}

Caught use(const std::string& name) {
  const auto component = task(name);
  return caught([&] { component.call([](const Task& t) { return t.requests({}); }); });
}

}  // namespace

TEST_CASE("what a plugin throws carries its name and is the plugin's fault, without a backtrace") {
  const Caught result = use("throws_standard");
  CHECK(result.code == ExitCode::plugin);
  CHECK(result.message ==
        "plugin 'throws_in_use' 1.2.3: task:throws_standard: the sums do not add up");
}

TEST_CASE("an error that a plugin throws on purpose keeps its code") {
  const Caught result = use("throws_error");
  CHECK(result.code == ExitCode::usage);
  CHECK(result.message ==
        "plugin 'throws_in_use' 1.2.3: task:throws_error: count is more than there are");
}

TEST_CASE("a plugin may throw anything at all") {
  const Caught result = use("throws_number");
  CHECK(result.code == ExitCode::plugin);
  CHECK(contains(result.message, "plugin 'throws_in_use' 1.2.3: task:throws_number: threw"));
}

TEST_CASE("a constructor that throws is told with the plugin's name") {
  const Caught result = caught([] { task("throws_when_made"); });
  CHECK(result.code == ExitCode::plugin);
  CHECK(result.message == "plugin 'throws_in_use' 1.2.3: task:throws_when_made: no room");
}

TEST_CASE("parameters a component does not have, or out of range, are usage errors") {
  const Caught unknown = caught([] { task("throws_error", R"({"cuont": 2})"); });
  CHECK(unknown.code == ExitCode::usage);
  CHECK(contains(unknown.message, "unknown key 'cuont'"));
  CHECK(contains(unknown.message, "did you mean 'count'"));
  const Caught range = caught([] { task("throws_error", R"({"count": 0})"); });
  CHECK(range.code == ExitCode::usage);
  CHECK(contains(range.message, "count"));
}
