#include "config/toml_file.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

using btx::parse_toml;
using btx_test::Folder;
using btx_test::toml;
using btx_test::usage_error_of;

namespace {

std::string refused(const std::string& text) {
  return usage_error_of([&] { toml(text); });
}

}  // namespace

TEST_CASE("keys and values know their places, and keys keep their order") {
  const btx::Value document = toml("z = 1\n[train]\n  lr = 3e-4\na.b = [1, 2]\n");
  const auto& train = document.as<btx::Table>()[1];
  CHECK(document.as<btx::Table>()[0].key == "z");
  CHECK(train.place.str() == "t.toml:2:2");
  CHECK(train.value.as<btx::Table>()[0].place.str() == "t.toml:3:3");
  CHECK(train.value.find("lr")->place.str() == "t.toml:3:8");
  CHECK(train.value.find("a")->find("b")->as<btx::Array>()[1].place.str() == "t.toml:4:11");
}

TEST_CASE("what is not TOML is refused with its place") {
  CHECK(refused("a = 1\nb = = 2").starts_with("t.toml:2:5: "));
  CHECK(refused("a = 1\na = 2").starts_with("t.toml:2:"));
  CHECK(refused("a = \"x\xff\"").starts_with("t.toml:1:"));
  CHECK(refused("a = 99999999999999999999").starts_with("t.toml:1:"));
  CHECK(refused("\n d = 2024-01-01") ==
        "t.toml:2:6: dates and times are not used here; write a string in quotes");
}

TEST_CASE("letters outside ASCII are text in strings and refused elsewhere") {
  CHECK(toml("a = \"\"\"x\\\n  é\"\"\" # é").find("a")->as<std::string>() == "xé");
  CHECK(refused("é = 1").starts_with("t.toml:1:1: "));
  CHECK(refused("a =\u00a0 1").starts_with("t.toml:1:4: "));
  CHECK(refused("[=]").starts_with("t.toml:1:2: "));
}

TEST_CASE("nesting without end is refused before it can exhaust the stack") {
  const auto repeat = [](const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  CHECK(refused(repeat("a.", 200000) + "a = 1") == "t.toml:1:258: nested deeper than 128 levels");
  CHECK(refused("a = " + repeat("[", 200000)) == "t.toml:1:133: nested deeper than 128 levels");
  CHECK(refused("x = 1\na = " + repeat("{a.a.a=", 200000)).starts_with("t.toml:2:"));
  CHECK(refused("[" + repeat("a.", 100) + "b]\n" + repeat("c.", 100) + "d = 1")
            .find("nested deeper than 128 levels") != std::string::npos);
  CHECK(refused("a = '" + repeat(".", 500) + "'\nb = \"\"\"\"\"" + repeat("[", 500) +
                "\"\"\"\"\" # " + repeat("{", 500) + "\nc = [" + repeat("1.5,", 500) + "]") == "");
}

TEST_CASE("a missing file is named, with what is near it") {
  const Folder folder;
  folder.write("recipes/quickstart.toml", "");
  folder.write("recipes/sweep.toml", "");
  CHECK(usage_error_of([] { parse_toml("recipes/quikstart.toml"); }) ==
        "recipes/quikstart.toml: no such file; did you mean 'quickstart.toml'?");
  CHECK(usage_error_of([] { parse_toml("recipes/zzzz.bin"); }) ==
        "recipes/zzzz.bin: no such file; its folder has quickstart.toml, sweep.toml");
  CHECK(usage_error_of([] {
          parse_toml("no/x.toml", {"r.toml", 1, 2});
        }) == "r.toml:1:2: no/x.toml: no such file");
  CHECK(usage_error_of([] { parse_toml("recipes"); }) == "recipes: not a file");
  CHECK(usage_error_of([] { parse_toml("/dev/zero"); }) == "/dev/zero: not a file");
}

TEST_CASE("a file is read under the name it was asked by") {
  const Folder folder;
  folder.write("a.toml", "\xEF\xBB\xBFx = 1\r\n");
  CHECK(parse_toml("./a.toml").find("x")->place.file == "./a.toml");
}
