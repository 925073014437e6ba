// Texts that were damaged at random: whatever they hold, they are read or refused.

#include "config/fields/field_reader.hpp"
#include "config/folder.hpp"
#include "config/sample_config.hpp"
#include "recipe/override.hpp"
#include "recipe/substitute.hpp"

#include <doctest/doctest.h>

#include <random>

using btx::Value;

namespace {

const std::string kToml = R"(# a recipe
extends = ["base/a.toml"]
s = "esc \u00e9 \n"  # comment
m = """
multi "" line \
  x"""
l = '''lit'''
i = 0x1F
f = -1.5e-3
d = "1979-05-27T07:32:00Z"
a.b."c d".e = [1, [2, {x = 1, y.z = "q"}], true, inf, nan]
[t.u]
k = '${env:HOME}'
[[expert]]
name = "math"
[[expert.sub]]
x = 1_000
)";
const std::string kJson =
    R"({"a": [1, -2.5e3, "x\u00e9\ud83d\ude00", {"b": null, "c": true}], "d": {}, "e": 12345678901})";
const std::string kOverride = R"(expert."math x".train.tokens=[1, {a = "5M"}])";

std::string mutated(std::string text, std::mt19937& random) {
  using namespace std::string_view_literals;
  constexpr auto kAlphabet = "[]{}\"'\\=.,#\n\r \t0123eE+-_:TZuUx\x00\x7f\x80\xc3\xff"sv;
  for (auto count = random() % 6 + 1; count > 0; --count) {
    const auto at = random() % (text.size() + 1);
    switch (random() % 4) {
      case 0: text.insert(at, 1, kAlphabet[random() % kAlphabet.size()]); break;
      case 1: text.erase(at, random() % 5); break;
      case 2: text.insert(at, text.substr(random() % (text.size() + 1), random() % 12)); break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random() % 256);
    }
  }
  return text;
}

std::string noise(std::mt19937& random) {
  std::string text(random() % 64, '\0');
  for (auto& c : text) c = static_cast<char>(random() % 256);
  return text;
}

/// True if the text was read, false if it was refused (usage); any other exception fails the test.
template <class Action>
bool survives(const Action& action) {
  try {
    action();
    return true;
  } catch (const btx::Error& error) {
    if (error.code() != btx::ExitCode::usage) throw;
    return false;
  }
}

void use(Value tree) {
  survives([&] {
    btx_test::Config config;
    btx::FieldReader reader(tree, "");
    btx::Fields fields(reader);
    config.fields(fields);
  });
  survives([&] { btx::substitute_env(tree); });
}

}  // namespace

TEST_CASE("damaged TOML is read or refused, and what is read is written faithfully") {
  std::mt19937 random(1);
  int read = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string text = i % 10 == 0 ? noise(random) : mutated(kToml, random);
    read += survives([&] {
      const Value tree = btx_test::toml(text);
      REQUIRE(btx_test::toml(btx::to_toml(tree)) == tree);
      use(tree);
    });
  }
  CHECK(read > 20);
  CHECK(read < 6000);
}

TEST_CASE("damaged JSON is read or refused, and what is read is written faithfully") {
  std::mt19937 random(2);
  int read = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string text = i % 10 == 0 ? noise(random) : mutated(kJson, random);
    read += survives([&] {
      const Value tree = btx::from_json(text, "x.json");
      REQUIRE(btx::from_json(btx::to_json(tree), "y.json") == tree);
    });
  }
  CHECK(read > 20);
  CHECK(read < 6000);
}

TEST_CASE("damaged overrides are applied or refused") {
  std::mt19937 random(3);
  int applied = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string text = i % 10 == 0 ? noise(random) : mutated(kOverride, random);
    applied += survives([&] {
      Value root = btx_test::toml("[[expert]]\nname = 'math x'\n");
      btx::apply_override(root, text);
    });
  }
  CHECK(applied > 20);
  CHECK(applied < 4000);
}
