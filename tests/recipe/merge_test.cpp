#include "recipe/merge.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

using btx::merge;
using btx::parse_toml_text;
using btx::to_json;
using btx::Value;
using btx_test::usage_error_of;

namespace {

Value merged(const std::string& base, const std::string& over) {
  Value result = parse_toml_text(base, "base.toml");
  merge(result, parse_toml_text(over, "over.toml"));
  return result;
}

}  // namespace

TEST_CASE("tables merge key by key, the rest is replaced") {
  const Value result = merged("a = 1\n[t]\nx = 1\ny = [1, 2]\n", "b = 2\n[t]\ny = [3]\nz = 'q'\n");
  CHECK(to_json(result) == R"({"a":1,"t":{"x":1,"y":[3],"z":"q"},"b":2})");
  CHECK(result.find("t")->find("x")->place.str() == "base.toml:3:5");
  CHECK(result.find("t")->find("y")->place.str() == "over.toml:3:5");
  CHECK(result.find("t")->as<btx::Table>()[1].place.str() == "over.toml:3:1");
}

TEST_CASE("weights under `data` are replaced whole, with the place of the later ones") {
  const std::string base = "[[e]]\nname = 'a'\ntrain.data = { x = 1, y = 2 }\n";
  const Value result = merged(base, "[[e]]\nname = 'a'\ntrain.data = { z = 3.5 }\n");
  CHECK(to_json(result) == R"({"e":[{"name":"a","train":{"data":{"z":3.5}}}]})");
  const Value& train = *result.find("e")->as<btx::Array>()[0].find("train");
  CHECK(train.find("data")->place.str() == "over.toml:3:14");
  CHECK(to_json(merged("from = { x = 1 }", "from = { y = 2 }")) == R"({"from":{"y":2}})");
  // What is no weight is merged, as other tables of numbers are.
  CHECK(to_json(merged("data = { x = 1 }", "data = { y = 'b' }")) == R"({"data":{"x":1,"y":"b"}})");
  CHECK(to_json(merged("rates = { x = 1 }", "rates = { y = 2 }")) == R"({"rates":{"x":1,"y":2}})");
}

TEST_CASE("items with a name merge by it, new ones come behind") {
  const Value result = merged("[[e]]\nname = 'a'\nlr = 1\n[[e]]\nname = 'b'\n",
                              "[[e]]\nname = 'c'\n[[e]]\nname = 'a'\ntokens = 5\n");
  CHECK(to_json(result) == R"({"e":[{"name":"a","lr":1,"tokens":5},{"name":"b"},{"name":"c"}]})");
}

TEST_CASE("arrays of anything else are replaced") {
  CHECK(to_json(merged("e = [{ name = 'a' }]", "e = []")) == R"({"e":[]})");
  CHECK(to_json(merged("e = [{ name = 'a' }]", "e = [{ x = 1 }]")) == R"({"e":[{"x":1}]})");
  CHECK(to_json(merged("e = ['a']", "e = 1")) == R"({"e":1})");
}

TEST_CASE("a table and something else do not merge; both places are named") {
  CHECK(usage_error_of([] { merged("[t]\nx = 1\n", "t = 1"); }) ==
        "over.toml:1:5: t is an integer here, but a table at base.toml:1:1");
  CHECK(usage_error_of([] {
          merged("[[e]]\nname = 'a'\nx = 1\n", "[[e]]\nname = 'a'\nx.y = 1\n");
        }) == "over.toml:3:1: e.a.x is a table here, but an integer at base.toml:3:5");
}

TEST_CASE("a name given twice is refused") {
  CHECK(usage_error_of([] {
          merged("[[e]]\nname = 'a'\n", "[[e]]\nname = 'a'\n[[e]]\nname = 'a'\n");
        }) == "over.toml:3:1: e: the name 'a' is taken by the item at over.toml:1:1");
}
