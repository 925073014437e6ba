#include "recipe/packages.hpp"
#include "config/package_path.hpp"
#include "config/toml_file.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

const std::string kDigest(64, 'a');

/// A recipe with one package, `lines` of it and then of [tokenizer].
std::string recipe(const std::string& lines, const std::string& rest = "") {
  return "[run]\nname = 'r'\nstore = '/nowhere/store'\n[[package]]\nname = 'words'\n" + lines +
         "\n[tokenizer]\nimport = 'package:words/t.json'\n" + rest;
}

std::vector<Package> declared(const std::string& text, const fs::path& file = "r.toml") {
  return declare_packages(parse_toml_text(text, file.string()));
}

std::string good(const std::string& more = "") {
  return "pypi = 'some-words==1.0'\nsha256 = '" + kDigest + "'\n" + more;
}

std::string refusal(const std::string& text) {
  const Caught refused = caught([&] { declared(text); });
  CHECK((refused.message.empty() || refused.code == ExitCode::usage));
  return refused.message;
}

std::string folder_of(const std::string& lines, const fs::path& file) {
  return declared(recipe(lines), file).at(0).folder.string();
}

}  // namespace

TEST_CASE("a package's folder is named by its digest, and known to paths") {
  const auto packages = declared(recipe(good()));
  REQUIRE(packages.size() == 1);
  CHECK(packages[0].used);
  CHECK(packages[0].folder == "/nowhere/store/packages/some-words-aaaaaaaaaaaaaaaa");
  CHECK(error_of([] { check_package_path("package:words/x", {}); }).empty());
  CHECK(declared("[run]\nname = 'r'\n").empty());
  CHECK(!error_of([] { check_package_path("package:words/x", {}); }).empty());
}

TEST_CASE("the folder's name has the script's content and what it needs, wherever they lie") {
  const fs::path folder = scratch("packages-script");
  write_file(folder / "a.py", "print(1)");
  write_file(folder / "b.py", "print(1)");
  write_file(folder / "c.py", "print(2)");
  const fs::path file = folder / "r.toml";
  const std::string a = folder_of(good("script = 'a.py'"), file);
  CHECK(a == folder_of(good("script = 'b.py'"), file));
  CHECK(a != folder_of(good("script = 'c.py'"), file));
  CHECK(a != folder_of(good("script = 'a.py'\nneeds = ['x==1']"), file));
  CHECK(a != folder_of(good(), file));
}

TEST_CASE("what a package cannot be is refused where it is written") {
  CHECK(refusal(recipe(good())).empty());
  CHECK(
      refusal(recipe("sha256 = '" + kDigest + "'")).starts_with("r.toml:4:1: package.words.pypi"));
  CHECK(refusal(recipe("pypi = 'a==1'")).starts_with("r.toml:4:1: package.words.sha256: needs"));
  CHECK(refusal(recipe("pypi = 'a==1'\nsha256 = 'abc'"))
            .starts_with("r.toml:7:10: package.words.sha256: needs the 64 hex digits"));
  for (const char* bad : {"a", "a>=1", "a==", "==1", "a==1 --index-url=x", "a==1.*", "-r==1",
                          "a==1\\n-e .", "../a==1", "a[b]==1"}) {
    CAPTURE(bad);
    const std::string lines = "pypi = \"" + std::string(bad) + "\"\nsha256 = '" + kDigest + "'";
    CHECK(contains(refusal(recipe(lines)), "r.toml:6:8: package.words.pypi: needs a name and one"));
    CHECK(contains(refusal(recipe(good("script = 's'\nneeds = [\"" + std::string(bad) + "\"]"))),
                   "package.words.needs: needs names with one version"));
  }
  CHECK(contains(refusal(recipe(good("needs = ['a==1']"))), "is for a script"));
  CHECK(contains(refusal(recipe(good("script = 'gone.py'"))), "package.words.script: there is no"));
  CHECK(contains(refusal(recipe(good(), "[[package]]\nname = 'words'\n" + good())),
                 "the name 'words' is taken"));
  CHECK(contains(refusal(recipe(good("scrip = 'x'"))), "did you mean 'script'?"));
}

TEST_CASE("what is made, or read before packages are there, does not lie in one") {
  for (const char* key : {"dir", "store"}) {
    CAPTURE(key);
    const std::string text = "[run]\nname = 'r'\n" + std::string(key) + " = 'package:words/x'\n" +
                             "[[package]]\nname = 'words'\n" + good();
    CHECK(contains(refusal(text), "r.toml:3:"));
    CHECK(contains(refusal(text), "needs a path outside the packages"));
  }
  CHECK(contains(refusal("[run]\nplugin_paths = ['package:words/x']\n"), "outside the packages"));
  CHECK(contains(refusal(recipe(good("script = 'package:words/x'"))), "outside the packages"));
}

TEST_CASE("a package that no path names is not used") {
  const std::string other = "[[package]]\nname = 'more'\npypi = 'more==2'\nsha256 = '" + kDigest;
  const auto packages = declared(recipe(good(), other + "'\n"));
  REQUIRE(packages.size() == 2);
  CHECK(packages[0].used);
  CHECK(!packages[1].used);
}
