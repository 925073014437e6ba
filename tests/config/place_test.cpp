#include "config/place.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

using btx::ExitCode;
using btx::nearest;
using btx::Value;
using btx_test::toml;
using btx_test::usage_error_of;

namespace {

const std::string kRecipe = R"(lr = 1
[a]
b = 2
[[expert]]
name = "maths"
[expert.train]
lr = 3
)";

}  // namespace

TEST_CASE("nearest: the deepest value of a path that was written; items go by name") {
  const Value recipe = toml(kRecipe);
  const auto line = [&](const btx::ValuePath& path) { return nearest(recipe, path).place.line; };
  CHECK(line({"lr"}) == 1);
  CHECK(line({"a", "b"}) == 3);
  CHECK(line({"a", "c", "d"}) == line({"a"}));
  CHECK(line({"expert", "maths", "train", "lr"}) == 7);
  CHECK(line({"expert", "none"}) == line({"expert"}));
}

TEST_CASE("with_place puts the place in front of an error, once, and keeps its code") {
  const Value recipe = toml(kRecipe);
  const std::string place = nearest(recipe, {"a", "b"}).place.str();
  CHECK(btx::with_place(recipe, {"a", "b"}, [] { return 5; }) == 5);
  CHECK(usage_error_of([&] {
          btx::with_place(recipe, {"a", "b"}, [] { throw btx::Error(ExitCode::usage, "bad"); });
        }) == place + ": bad");
  CHECK(usage_error_of([&] {
          btx::with_place(recipe, {"a", "b"},
                          [&] { btx::fail_at(nearest(recipe, {"lr"}).place, "bad"); });
        }) == nearest(recipe, {"lr"}).place.str() + ": bad");
}

TEST_CASE("at and as refuse what a file lacks, naming it and what to do") {
  const Value json = btx::from_json(R"({"step": "two"})", "state.json");
  const auto refusal = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const btx::Error& error) {
      return error.code() == ExitCode::run ? error.what() : "another exit code";
    }
    return "no error";
  };
  const std::string rest =
      "; the file is damaged or of another version: remove it, or the folder it lies in, and run "
      "again";
  CHECK(refusal([&] { json.at("loss"); }) == "state.json: 'loss' is missing" + rest);
  CHECK(refusal([&] { json.at("step").as<std::int64_t>(); }) ==
        "state.json: string where integer belongs" + rest);
  CHECK(json.at("step").as<std::string>() == "two");
}
