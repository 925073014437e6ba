#include "config/package_path.hpp"
#include "config/fields/field_reader.hpp"
#include "config/folder.hpp"
#include "recipe/load.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

using namespace btx;
using btx_test::Folder;
using btx_test::usage_error_of;

namespace {

/// Two packages, one of which is there.
void set_two(const Folder& folder) {
  folder.write("here/models/tiny.gguf", "x");
  folder.write("here/models/tiny.txt", "x");
  folder.write("here/notes.txt", "x");
  set_packages({{"here", "some-model==1.0", folder.path() / "here"},
                {"away", "other==2", folder.path() / "away"}});
}

struct PathConfig {
  std::string file;
  std::vector<std::string> files;
  std::string text;
  void fields(Fields& f) {
    f("file", file, "", {.path = true});
    f("files", files, "", {.path = true});
    f("text", text, "");
  }
};

PathConfig read(const Value& table, PackagePaths packages) {
  FieldReader reader(table, "", packages);
  Fields fields(reader);
  PathConfig config;
  config.fields(fields);
  reader.finish();
  return config;
}

std::string refusal(const std::string& text) {
  return usage_error_of([&] { check_package_path(text, {"r.toml", 3, 5}); });
}

}  // namespace

TEST_CASE("a path into a package names one that there is, and stays in it") {
  const Folder folder;
  set_two(folder);
  CHECK(refusal("package:here/models/tiny.gguf") == "");
  CHECK(refusal("package:away/not/looked/at") == "");
  CHECK(refusal("package:her/x") ==
        "r.toml:3:5: package:her/x: no package is called 'her'; did you mean 'here'? known: here, "
        "away");
  CHECK(refusal("package:here") ==
        "r.toml:3:5: package:here: needs package:here/ and a path in the package");
  CHECK(refusal("package:here/").find("needs package:here/") != std::string::npos);
  for (const char* inner : {"../x", "models/../../x", "..", "/etc/passwd", "models/.."}) {
    CAPTURE(inner);
    CHECK(refusal(std::string("package:here/") + inner).find("leads out") != std::string::npos);
  }
  CHECK(refusal("package:here/a..b/c") == "");
  set_packages({});
  CHECK(refusal("package:here/x").find("the recipe has no [[package]]") != std::string::npos);
}

TEST_CASE("a path becomes the file on this machine, or says what is missing") {
  const Folder folder;
  set_two(folder);
  CHECK(local_path("/some/file") == "/some/file");
  CHECK(local_path("") == "");
  CHECK(local_path("package:here/models/tiny.gguf") ==
        (folder.path() / "here/models/tiny.gguf").string());
  CHECK(local_path("package:here/models") == (folder.path() / "here/models").string());
  CHECK(usage_error_of([] { local_path("package:here/models/tiny.ggu"); }) ==
        "package 'here' (some-model==1.0) has no 'models/tiny.ggu'; did you mean 'tiny.gguf'? "
        "'models' holds tiny.gguf, tiny.txt");
  CHECK(usage_error_of([] { local_path("package:here/model/x"); }) ==
        "package 'here' (some-model==1.0) has no 'model/x'; did you mean 'models'? the package "
        "holds models, notes.txt");
  CHECK(is_fetched("package:here/nothing"));
  CHECK(is_fetched("/some/file"));
  CHECK(!is_fetched("package:away/x"));
  try {
    local_path("package:away/x");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::run);  // the recipe is right
    CHECK(std::string(error.what()).find("'away' (other==2) has not been fetched") !=
          std::string::npos);
  }
}

TEST_CASE("reading keeps paths into packages, so that stages' keys are the same everywhere") {
  const Folder folder;
  set_two(folder);
  folder.write("sub/r.toml",
               "file = 'package:here/notes.txt'\nfiles = ['a', 'package:here/models']\n"
               "text = 'package:no/path'\n");
  const Value table = load_recipe("sub/r.toml").tree;
  const PathConfig kept = read(table, PackagePaths::keep);
  CHECK(kept.file == "package:here/notes.txt");
  CHECK(kept.files ==
        std::vector<std::string>{(fs::current_path() / "sub/a").string(), "package:here/models"});
  const PathConfig opened = read(table, PackagePaths::open);
  CHECK(opened.file == (folder.path() / "here/notes.txt").string());
  CHECK(opened.files[1] == (folder.path() / "here/models").string());
  CHECK(opened.text == "package:no/path");  // only paths are looked at
  CHECK(usage_error_of([&] {
          read(load_recipe("sub/r.toml", {"file=package:hre/x"}).tree, PackagePaths::keep);
        }).starts_with("command line: file=package:hre/x: package:hre/x: no package is called"));
}
