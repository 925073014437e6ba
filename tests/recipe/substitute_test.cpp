#include "recipe/substitute.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using btx::substitute_env;
using btx::to_json;
using btx::Value;
using btx_test::toml;
using btx_test::usage_error_of;

namespace {

std::string substituted(const std::string& text) {
  Value tree = toml(text);
  substitute_env(tree);
  return to_json(tree);
}

}  // namespace

TEST_CASE("environment variables are put into strings, however deep") {
  ::setenv("BTX_TEST_DATA", "/data", 1);
  CHECK(substituted("a = '${env:BTX_TEST_DATA}/x'\nb = [{ c = '>${env:BTX_TEST_DATA}<' }]") ==
        R"({"a":"/data/x","b":[{"c":">/data<"}]})");
  CHECK(substituted("a = '$${env:X} $5 $$ {x}'") == R"({"a":"${env:X} $5 $$ {x}"})");
}

TEST_CASE("what cannot be substituted is refused with its place") {
  ::unsetenv("BTX_TEST_UNSET");
  ::setenv("BTX_TEST_BYTES", "\xff", 1);
  const auto refused = [](const std::string& text) {
    return usage_error_of([&] { substituted(text); });
  };
  CHECK(refused("a = 1\nb = ['', 'x${env:BTX_TEST_UNSET}']") ==
        "t.toml:2:10: environment variable BTX_TEST_UNSET is not set; set it, or write $${ for a "
        "literal ${");
  CHECK(refused("a = '${env:BTX_TEST_BYTES}'") ==
        "t.toml:1:5: environment variable BTX_TEST_BYTES is not UTF-8");
  for (const char* bad : {"a = '${HOME}'", "a = '${env:}'", "a = '${env:X'", "a = '${'"}) {
    CHECK(refused(bad) == "t.toml:1:5: ${ needs to be ${env:NAME}; write $${ for a literal ${");
  }
}

TEST_CASE("an escaped tree is substituted to itself") {
  for (const char* text : {"plain", "${env:X}", "$${", "$$$${${", "$"}) {
    Value tree;
    tree.set("x", Value(text));
    const Value before = tree;
    btx::escape_env(tree);
    substitute_env(tree);
    CHECK(tree == before);
  }
}
