#include "config/value.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using btx::Array;
using btx::from_json;
using btx::Table;
using btx::to_json;
using btx::to_toml;
using btx::Value;
using btx_test::toml;
using btx_test::usage_error_of;

namespace {

const std::string kDocument = R"(s = "a\"b\\c\n\u0001\u007f é"
"odd key" = 1
empty = []
none = {}
mixed = [1, "a", { x = 1, y = [] }, [[]]]
f = [1.0, -0.0, 1e300, 5e-324, inf, -inf, 0.1]
n = nan
[a.b.c]
x = true
[a]
late = 2
[[e]]
name = "m"
[e.t]
q = 1
[[e]]
[[e.sub]]
[[e.sub]]
z = 9223372036854775807
)";

}  // namespace

TEST_CASE("a document written as TOML reads back equal, and writes the same again") {
  const Value document = toml(kDocument);
  const std::string text = to_toml(document);
  CHECK(toml(text) == document);
  CHECK(to_toml(toml(text)) == text);
}

TEST_CASE("TOML is written the way people write it") {
  CHECK(to_toml(toml("x = 1.0\nt = { a = 1, u = { v = 'w' } }\ne = [{ name = 'm' }, {}]")) ==
        "x = 1.0\n\n[t]\na = 1\n\n[t.u]\nv = \"w\"\n\n[[e]]\nname = \"m\"\n\n[[e]]\n");
  CHECK(to_toml(toml("a.b.c = 1")) == "[a.b]\nc = 1\n");
  CHECK(to_toml(Value()).empty());
}

TEST_CASE("floats of any bits survive both texts and stay floats") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    Value table;
    table.set("x", Value(number));
    const Value from_toml = toml(to_toml(table));
    REQUIRE(std::bit_cast<std::uint64_t>(from_toml.find("x")->as<double>()) ==
            std::bit_cast<std::uint64_t>(number));
    REQUIRE(std::bit_cast<std::uint64_t>(from_json(to_json(table), "j").find("x")->as<double>()) ==
            std::bit_cast<std::uint64_t>(number));
  }
}

TEST_CASE("strings of any characters survive both texts") {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (int k = 0; k < 8; ++k) {
      const unsigned c = random() % (k % 2 == 0 ? 0x90 : 0x3000);
      if (c < 0x80) {
        text += static_cast<char>(c);
      } else if (c < 0x800) {
        text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
      } else {
        text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
                 static_cast<char>(0x80 | (c & 63))};
      }
    }
    Value table;
    table.set(text, Value(text));
    REQUIRE(toml(to_toml(table)) == table);
    REQUIRE(from_json(to_json(table), "j") == table);
  }
}

TEST_CASE("JSON keeps the order of keys, or sorts them") {
  const Value document = toml("b = 1\na = { d = [1.0, inf], c = 'x' }");
  CHECK(to_json(document) == R"({"b":1,"a":{"d":[1.0,"inf"],"c":"x"}})");
  CHECK(to_json(document, true) == R"({"a":{"c":"x","d":[1.0,"inf"]},"b":1})");
}

TEST_CASE("JSON reads back; null members are left out") {
  CHECK(to_json(from_json(R"( {"b": [1, 2.5, {}], "n": null, "a": false} )", "j")) ==
        R"({"b":[1,2.5,{}],"a":false})");
  CHECK(from_json("3", "j") == Value(std::int64_t{3}));
}

TEST_CASE("JSON that does not fit is refused with its place") {
  const auto refused = [](std::string_view text) {
    return usage_error_of([&] { from_json(text, "x.json"); });
  };
  CHECK(refused("{\n \"a\": }").starts_with("x.json:2:7: syntax error"));
  CHECK(refused("").starts_with("x.json:1:1: "));
  CHECK(refused(R"({"a": {"k": 1, "k": 2}})") == "x.json: a: key 'k' is given twice");
  CHECK(refused(R"({"a": [null]})") == "x.json: a: null has no place here");
  CHECK(refused("18446744073709551615") == "x.json: integer 18446744073709551615 is too large");
  CHECK(refused(std::string(200000, '[')).ends_with("nested deeper than 128 levels"));
  CHECK(refused("1e999").starts_with("x.json:1:5: "));
  CHECK(from_json(std::string(128, '[') + std::string(128, ']'), "j").is<Array>());
}

TEST_CASE("equality looks at data alone, in any order of keys") {
  CHECK(toml("a = 1\nb = nan") == toml("\nb = nan\na = 1"));
  CHECK_FALSE(toml("a = 1") == toml("a = 1.0"));
  CHECK_FALSE(toml("a = 1") == toml("a = 1\nb = 1"));
  CHECK_FALSE(toml("a = [1]") == toml("a = [2]"));
}

TEST_CASE("members are found, set in place and erased") {
  Value table = toml("a = 1\nb = 2");
  table.set("a", Value("x"));
  table.set("c", Value(true));
  CHECK(to_json(table) == R"({"a":"x","b":2,"c":true})");
  CHECK(table.erase("b"));
  CHECK_FALSE(table.erase("b"));
  CHECK(table.find("b") == nullptr);
  CHECK(table.find("a")->find("a") == nullptr);
  CHECK(std::string(table.find("c")->type_name()) == "boolean");
}
