// source:debian_packages on a package that the test makes.
#include "config/toml_file.hpp"
#include "plugins/gzip.hpp"
#include "plugins/source_support.hpp"

#include <cstdlib>
#include <map>

using namespace btx_test;

namespace {

doctest::skip needs_dpkg_deb() {
  return doctest::skip(!fs::exists("/usr/bin/dpkg-deb"));
}

/// A package "tiny" with the files given, in the folder of downloads.
void write_deb(const fs::path& downloads, const std::map<std::string, std::string>& files) {
  const fs::path tree = downloads.parent_path() / "tree";
  make_folder(tree / "DEBIAN");
  make_folder(downloads);
  write_file(tree / "DEBIAN/control",
             "Package: tiny\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: a <a@b>\n"
             "Description: for a test\n");
  for (const auto& [name, text] : files) {
    make_folder((tree / name).parent_path());
    write_file(tree / name, text);
  }
  const std::string deb = (downloads / "tiny_1%3a2.0-1_all.deb").string();
  const std::string command =
      fmt::format("dpkg-deb --build --root-owner-group '{}' '{}' > '{}' 2>&1", tree.string(), deb,
                  (tree / "DEBIAN/log").string());
  REQUIRE(std::system(command.c_str()) == 0);
}

SourceContext context_in(const fs::path& folder) {
  make_folder(folder / "scratch");
  return {(folder / "downloads").string(), (folder / "scratch").string(), "sea"};
}

}  // namespace

TEST_CASE("debian_packages: files become documents by the steps of the recipe" * needs_dpkg_deb()) {
  const auto folder = scratch("deb");
  const auto context = context_in(folder);
  const std::string data = "head\n1 sea_side | by the sea\n2 ship | a boat\n3 oar | a pole\n";
  write_deb(context.cache_dir, {{"usr/a.txt", data},
                                {"usr/b.txt", "plain"},
                                {"usr/c.z", "junk" + gzip("= one\n1\n= two\n2\n") + "junk"}});
  const auto s = component<DataSource>("debian_packages", R"json({"extract": [
    {"package": "tiny", "files": ["*.txt"], "exclude": ["*/b*"], "document": "{file} block {n}",
     "steps": [
      {"do": "match", "pattern": "(?m)^\\d (\\S+) \\| (.*)$", "with": "$1: $2 for $$1."},
      {"do": "replace", "pattern": "_(?=\\S*: )", "with": " "},
      {"do": "join", "count": 2}]},
    {"package": "tiny", "files": ["usr/b.txt"]},
    {"package": "tiny", "files": ["*.z"], "max_bytes": 8, "steps": [
      {"do": "inflate"}, {"do": "split", "pattern": "(?m)^= "}]}]})json");
  const auto documents = all(s, context);
  CHECK(ids(documents) == std::vector<std::string>{"usr/a.txt block 1", "usr/a.txt block 2",
                                                   "usr/b.txt", "usr/c.z#1"});
  CHECK(documents[0].text == "sea side: by the sea for $1.\nship: a boat for $1.");
  CHECK(documents[2].text == "plain");
  CHECK(documents[3].text == "= one\n1\n");
}

TEST_CASE("debian_packages: the identity of a shard is that of the package" * needs_dpkg_deb()) {
  const auto folder = scratch("identity");
  const auto context = context_in(folder);
  write_deb(context.cache_dir, {{"usr/a", "text"}});
  const auto s = component<DataSource>("debian_packages",
                                       R"({"extract": [{"package": "tiny", "files": ["*"]}]})");
  const auto identity = [&] {
    return s.call([&](const DataSource& d) { return d.shards(context).at(0).identity; });
  };
  const std::string before = identity();
  CHECK(contains(before, "tiny_1%3a2.0-1_all.deb sha256="));
  CHECK(before.size() == 94);
  CHECK(identity() == before);
  fs::remove_all(folder / "tree");
  write_deb(context.cache_dir, {{"usr/a", "other text"}});
  CHECK(identity() != before);
}

TEST_CASE("debian_packages: what does not fit a package is said" * needs_dpkg_deb()) {
  const auto folder = scratch("bad-deb");
  const auto context = context_in(folder);
  write_deb(context.cache_dir, {{"usr/a", "text"}});
  const auto message = [&](const std::string& rule) {
    return error_of([&] {
      all(component<DataSource>("debian_packages",
                                R"({"extract": [{"package": "tiny", )" + rule + "}]}"),
          context);
    });
  };
  CHECK(message(R"("files": ["*"])").empty());
  CHECK(contains(message(R"("files": ["*.py"])"), "package 'tiny': no file matches *.py"));
  CHECK(contains(message(R"("files": ["*"], "steps": [{"do": "match", "pattern": "("}])"),
                 "regular expression '(': missing closing parenthesis at offset 1"));
  CHECK(contains(message(R"("files": ["*"], "steps": [{"do": "match"}])"), "needs a pattern"));
  CHECK(contains(message(R"("files": ["*"], "steps": [{"do": "inflate"}])"),
                 "package 'tiny', usr/a: inflate: found no gzip or zlib stream"));
  CHECK(contains(error_of([] {
                   component<DataSource>("debian_packages",
                                         R"({"extract": [{"package": "-o=x", "files": ["*"]}]})");
                 }),
                 "'-o=x' is not a name of a Debian package"));
  fs::remove_all(context.scratch_dir);
  write_file(fs::path(context.cache_dir) / "tiny_1%3a2.0-1_all.deb", "no package");
  CHECK(contains(message(R"("files": ["*"])"), "cannot unpack"));
}

TEST_CASE("debian_packages: without a package the lines for one's own text are shown") {
  const auto folder = scratch("no-deb");
  const auto s = component<DataSource>(
      "debian_packages", R"({"extract": [{"package": "btx-no-such-package", "files": ["*"]}]})");
  const std::string message = error_of([&] { all(s, context_in(folder)); });
  CHECK(contains(message, "domain 'sea': package 'btx-no-such-package' is neither in"));
  CHECK_FALSE(fs::exists(folder / "downloads"));
  const std::string lines = message.substr(message.find("\n\n[data.sea]\n"));
  const Value data = *parse_toml_text(lines, "the message").find("data")->find("sea");
  Value params = *data.find("params");
  write_file(folder / "mine.txt", "My own text.");
  params.set("paths", Value(Array{Value((folder / "mine.txt").string())}));
  component<DataSource>("text_files", R"({"paths": ["x"]})");
  const auto own = make_component<DataSource>(data.find("source")->as<std::string>(), params);
  CHECK(all(own).at(0).text == "My own text.\n");
}
