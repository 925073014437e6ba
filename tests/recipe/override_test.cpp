#include "recipe/override.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

using btx::apply_override;
using btx::to_json;
using btx::Value;
using btx_test::toml;
using btx_test::usage_error_of;

namespace {

const std::string kRecipe = R"([train]
lr = 1e-3
plain = [{ x = 1 }]
[[expert]]
name = "math"
[[expert]]
name = "code"
)";

Value changed(const std::string& text, const std::string& recipe = "") {
  Value root = toml(recipe);
  apply_override(root, text);
  return root;
}

std::string json(const std::string& text) {
  return to_json(changed(text));
}
std::string refused(const std::string& text) {
  return usage_error_of([&] { changed(text, kRecipe); });
}

}  // namespace

TEST_CASE("values are TOML, or bare strings where they are none") {
  CHECK(json("router.type=switch") == R"({"router":{"type":"switch"}})");
  CHECK(json("lr=3e-4") == R"({"lr":0.0003})");
  CHECK(json("k=2") == R"({"k":2})");
  CHECK(json("flag=true") == R"({"flag":true})");
  CHECK(json("dtype=bfloat16") == R"({"dtype":"bfloat16"})");
  CHECK(json("x=[\"a\", 1]") == R"({"x":["a",1]})");
  CHECK(json("x={ a = 1 }") == R"({"x":{"a":1}})");
  CHECK(json("x='quoted = #'") == R"({"x":"quoted = #"})");
  CHECK(json("x=a=b") == R"({"x":"a=b"})");
  CHECK(json("x=") == R"({"x":""})");
  CHECK(json("x=2024-01-01") == R"({"x":"2024-01-01"})");
  CHECK(json("x=1\ny = 2") == R"({"x":"1\ny = 2"})");
  CHECK(json("x=#1") == R"({"x":"#1"})");
}

TEST_CASE("keys are spelt as in TOML") {
  CHECK(json("a.\"b.c\"=1") == R"({"a":{"b.c":1}})");
  CHECK(json("a.'x=y'.z=1") == R"({"a":{"x=y":{"z":1}}})");
  CHECK(json("a . b = 1") == R"({"a":{"b":1}})");
  CHECK(json("+a.b=1") == R"({"a":{"b":1}})");
}

TEST_CASE("items are addressed by their name") {
  const Value root = changed("expert.math.train.tokens=5M", kRecipe);
  const Value& math = root.find("expert")->as<btx::Array>()[0];
  CHECK(to_json(math) == R"({"name":"math","train":{"tokens":"5M"}})");
  CHECK(math.find("train")->find("tokens")->place.str() ==
        "command line: expert.math.train.tokens=5M");
  CHECK(to_json(*changed("expert.code={lr=1}", kRecipe).find("expert")) ==
        R"([{"name":"math"},{"lr":1,"name":"code"}])");
  CHECK(to_json(*changed("~expert.math", kRecipe).find("expert")) == R"([{"name":"code"}])");
}

TEST_CASE("a tilde removes") {
  CHECK(changed("~train.lr", kRecipe).find("train")->find("lr") == nullptr);
  CHECK(changed("~train", kRecipe).find("train") == nullptr);
}

TEST_CASE("what cannot be applied is refused") {
  CHECK(refused("lr") == "command line: lr: needs key=value, +key=value or ~key");
  CHECK(refused("~train.lrx") ==
        "command line: ~train.lrx: there is no train.lrx to remove; did you mean 'lr'?");
  CHECK(refused("~other.x") ==
        "command line: ~other.x: there is no other; there are: train, expert");
  CHECK(refused("expert.mth.lr=1") ==
        "command line: expert.mth.lr=1: there is no expert.mth; did you mean 'math'?");
  CHECK(refused("expert.wiki={}") ==
        "command line: expert.wiki={}: there is no expert.wiki; there are: math, code");
  CHECK(refused("expert.math=1") == "command line: expert.math=1: expert.math needs a table");
  CHECK(refused("train.lr.x=1") ==
        "command line: train.lr.x=1: train.lr is a float (t.toml:2:6), not a table");
  CHECK(refused("train.plain.x=1") ==
        "command line: train.plain.x=1: train.plain is an array (t.toml:3:9), not a table");
  for (const char* bad :
       {"=1", "a..b=1", "a.=1", "[a]=1", "#a=1", "a b=1", "a\nb=1", "~", "\"=1"}) {
    CAPTURE(bad);
    CHECK(refused(bad) != "");
  }
  CHECK(refused("a b=1") ==
        "command line: a b=1: 'a b' is not a key; write table.key, with parts in "
        "quotes if they hold anything but letters, digits, _ and -");
  CHECK(refused("x=\xff").ends_with("not UTF-8"));
}
