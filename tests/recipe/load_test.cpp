#include "recipe/load.hpp"
#include "config/folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using btx::load_recipe;
using btx::to_json;
using btx_test::Folder;
using btx_test::usage_error_of;

TEST_CASE("extends comes first, in order, then the file, then the command line") {
  const Folder folder;
  folder.write("base/a.toml", "a = 'a'\nb = 'a'\nc = 'a'\nd = 'a'\n");
  folder.write("base/b.toml", "extends = 'deep/z.toml'\nb = 'b'\nc = 'b'\nd = 'b'\n");
  folder.write("base/deep/z.toml", "z = 'z'\nb = 'z'\n");
  folder.write("main.toml", "extends = ['base/a.toml', 'base/b.toml']\nc = 'main'\nd = 'main'\n");
  const auto recipe = load_recipe("main.toml", {"d=one", "d=two"});
  CHECK(to_json(recipe.tree, true) == R"({"a":"a","b":"b","c":"main","d":"two","z":"z"})");
  CHECK(recipe.files ==
        std::vector<btx::fs::path>{"main.toml", "base/a.toml", "base/b.toml", "base/deep/z.toml"});
  CHECK(recipe.tree.find("z")->place.str() == "base/deep/z.toml:1:5");
}

TEST_CASE("weights of domains replace those of the file that is extended, one may be changed") {
  const Folder folder;
  folder.write("base.toml",
               "data.code.source = 'a'\nfinetune = { lr = 1, data = { code = 3, maths = 0.5 } }\n");
  folder.write("main.toml",
               "extends = 'base.toml'\ndata.prose.source = 'b'\nfinetune.data = { prose = 2 }\n");
  const std::string domains = R"({"data":{"code":{"source":"a"},"prose":{"source":"b"}},)";
  CHECK(to_json(load_recipe("main.toml").tree) ==
        domains + R"("finetune":{"lr":1,"data":{"prose":2}}})");
  CHECK(to_json(load_recipe("main.toml", {"finetune.data.code=1"}).tree) ==
        domains + R"("finetune":{"lr":1,"data":{"prose":2,"code":1}}})");
  folder.write("none.toml", "extends = 'base.toml'\nfinetune.data = {}\ndata = {}\n");
  CHECK(to_json(load_recipe("none.toml").tree) ==
        R"({"data":{"code":{"source":"a"}},"finetune":{"lr":1,"data":{}}})");
}

TEST_CASE("a file may be reached on two ways") {
  const Folder folder;
  folder.write("z.toml", "z = 1\n");
  folder.write("a.toml", "extends = 'z.toml'\n");
  folder.write("main.toml", "extends = ['a.toml', './z.toml']\n");
  CHECK(load_recipe("main.toml").files.size() == 3);
}

TEST_CASE("a recipe that extends itself is refused with the chain") {
  const Folder folder;
  folder.write("a.toml", "\nextends = 'sub/b.toml'\n");
  folder.write("sub/b.toml", "extends = ['../a.toml']\n");
  CHECK(usage_error_of([] { load_recipe("a.toml"); }) ==
        "sub/b.toml:1:12: a recipe extends itself: a.toml -> sub/b.toml -> a.toml");
  CHECK(usage_error_of([] { load_recipe("./a.toml"); }) ==
        "sub/b.toml:1:12: a recipe extends itself: ./a.toml -> sub/b.toml -> a.toml");
}

TEST_CASE("chains and trees of recipes are bounded") {
  const Folder folder;
  for (int i = 0; i < 40; ++i) {
    const std::string next = "'" + std::to_string(i + 1) + ".toml'";
    folder.write(std::to_string(i) + ".toml", i < 39 ? "extends = " + next : "");
    folder.write("w/" + std::to_string(i) + ".toml",
                 i < 39 ? "extends = [" + next + ", " + next + "]" : "");
  }
  CHECK(usage_error_of([] {
          load_recipe("0.toml");
        }).starts_with("31.toml:1:11: more than 32 recipes extend one another: 0.toml -> "));
  CHECK(load_recipe("8.toml").files.size() == 32);
  CHECK(usage_error_of([] { load_recipe("w/15.toml"); }).find("more than 1000 recipes") !=
        std::string::npos);
}

TEST_CASE("what is extended must be files that exist") {
  const Folder folder;
  folder.write("base/tiny.toml", "");
  folder.write("a.toml", "extends = 'base/tinny.toml'\n");
  folder.write("b.toml", "extends = [1]\n");
  folder.write("c.toml", "extends = ''\n");
  CHECK(usage_error_of([] { load_recipe("a.toml"); }) ==
        "a.toml:1:11: base/tinny.toml: no such file; did you mean 'tiny.toml'?");
  CHECK(usage_error_of([] { load_recipe("b.toml"); }) ==
        "b.toml:1:12: extends: needs a file name or a list of them, got 1");
  CHECK(usage_error_of([] { load_recipe("c.toml"); }) ==
        "c.toml:1:11: extends: needs a file name or a list of them, got \"\"");
}

TEST_CASE("environment variables are looked up only where the result needs them") {
  const Folder folder;
  ::setenv("BTX_TEST_BASE", "base", 1);
  ::unsetenv("BTX_TEST_UNSET");
  folder.write("base.toml", "x = '${env:BTX_TEST_UNSET}'\ny = '${env:BTX_TEST_BASE}'\n");
  folder.write("main.toml", "extends = '${env:BTX_TEST_BASE}.toml'\nx = 'own'\n");
  CHECK(to_json(load_recipe("main.toml").tree) == R"({"x":"own","y":"base"})");
  CHECK(usage_error_of([] {
          load_recipe("base.toml");
        }).starts_with("base.toml:1:5: environment variable BTX_TEST_UNSET is not set"));
}
