#include "data/support.hpp"

#include "plugin/loader.hpp"
#include "recipe/toml_file.hpp"

#include <doctest/doctest.h>

#include <zlib.h>
#include <zstd.h>

#include <cstdlib>

using namespace btx;
using namespace data_test;

namespace {

using Source = Component<DataSource>;

Source source(const std::string& name, const std::string& json) {
  load_plugin(fs::path(BTX_BUILD_DIR) / "plugins" / (name + ".so"));
  return make_component<DataSource>(name, from_json(json, "the test"));
}

/// Every document of a source.
Documents all(const Source& source, const SourceContext& context = {"", "", "sea"}) {
  Documents documents;
  source.call([&](const DataSource& s) {
    for (const Shard& shard : s.shards(context)) {
      const auto reader = s.open(shard, context);
      Document document;
      while (reader->next(document)) documents.push_back(document);
    }
  });
  return documents;
}

std::vector<std::string> ids(const Documents& documents) {
  std::vector<std::string> result;
  for (const auto& document : documents) result.push_back(document.id);
  return result;
}

std::string gzip(const std::string& text) {
  std::string out(text.size() + 100, '\0');
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// A package "tiny" with the files given, in the folder of downloads; false without dpkg-deb.
bool write_deb(const fs::path& downloads, const std::map<std::string, std::string>& files) {
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
  if (std::system(command.c_str()) == 0) return true;
  MESSAGE("skipped: no dpkg-deb that works");
  return false;
}

SourceContext context_in(const fs::path& folder) {
  make_folder(folder / "scratch");
  return {(folder / "downloads").string(), (folder / "scratch").string(), "sea"};
}

}  // namespace

TEST_CASE("text_files: files and folders, one document a file, in order of name") {
  const auto folder = scratch("text");
  make_folder(folder / "b/deep");
  for (const char* name : {"z.txt", "b/2.txt", "b/1.txt", "b/deep/0.txt", "b/no.bin"}) {
    write_file(folder / name, fmt::format("text of {}", name));
  }
  const auto documents = all(source(
      "text_files",
      fmt::format(R"({{"paths": ["{0}/z.txt", "{0}/b/"], "files": ["*.txt"]}})", folder.string())));
  CHECK(ids(documents) == std::vector<std::string>{"z.txt", "b/1.txt", "b/2.txt", "b/deep/0.txt"});
  CHECK(documents[3].text == "text of b/deep/0.txt");
}

TEST_CASE("text_files: paragraphs are put together up to a size, and none is cut") {
  const auto folder = scratch("paragraphs");
  const std::string path = (folder / "a.txt").string();
  write_file(path, "\none\nmore\n\ntwo\n\n\nthree is a long one, longer than a document\n \nfour");
  const auto documents = all(source(
      "text_files",
      fmt::format(R"({{"paths": ["{}"], "document": "paragraphs", "max_bytes": 24}})", path)));
  CHECK(ids(documents) == std::vector<std::string>{"a.txt#1", "a.txt#2", "a.txt#3"});
  CHECK(documents[0].text == "\none\nmore\n\ntwo\n\n\n");
  CHECK(documents[1].text == "three is a long one, longer than a document\n \n");
  CHECK(documents[2].text == "four\n");
}

TEST_CASE("text_files: what cannot be read is named") {
  const auto folder = scratch("unreadable");
  const auto message = [&](const std::string& path) {
    return error_of(
        [&] { all(source("text_files", fmt::format(R"({{"paths": ["{}"]}})", path))); });
  };
  CHECK(contains(message((folder / "no").string()), "no: no such file or folder"));
  CHECK(contains(message(folder.string()), "no file in it matches *"));
  CHECK(contains(message("/dev/null/x"), "no such file or folder"));
  CHECK(contains(error_of([] { source("text_files", "{}"); }), "paths"));
}

TEST_CASE("jsonl: plain, gzip and zstd give the same documents") {
  const auto folder = scratch("jsonl");
  std::string lines;
  for (int i = 0; i < 20000; ++i) {
    lines += fmt::format("{{\"key\": {}, \"body\": \"line {}\", \"other\": null}}\r\n", i, i);
  }
  lines += "\n{\"key\": \"last\", \"body\": \"no line end\"}";
  write_file(folder / "a.jsonl", lines);
  write_file(folder / "b.jsonl.gz", gzip(lines.substr(0, 1000)) + gzip(lines.substr(1000)));
  write_file(folder / "c.jsonl.zst", zstd(lines.substr(0, 1000)) + zstd(lines.substr(1000)));
  for (const char* file : {"a.jsonl", "b.jsonl.gz", "c.jsonl.zst"}) {
    const auto documents = all(source(
        "jsonl", fmt::format(R"({{"paths": ["{}"], "text_field": "body", "id_field": "key"}})",
                             (folder / file).string())));
    REQUIRE(documents.size() == 20001);
    CHECK(documents[17].id == "17");
    CHECK(documents[17].text == "line 17");
    CHECK(documents.back().id == "last");
  }
  const auto numbered = all(source(
      "jsonl", fmt::format(R"({{"paths": ["{}"], "text_field": "body"}})", folder.string())));
  CHECK(numbered.size() == 3 * 20001);
  CHECK(numbered[20000].id == folder.filename().string() + "/a.jsonl#20002");
}

TEST_CASE("jsonl: a bad line is named with file and line, a damaged file by name") {
  const auto folder = scratch("bad-jsonl");
  const fs::path path = folder / "a.jsonl";
  const auto message = [&](const std::string& data) {
    write_file(path, data);
    return error_of([&] {
      all(source("jsonl", fmt::format(R"({{"paths": ["{}"], "id_field": "id"}})", path.string())));
    });
  };
  const std::string sound = "{\"text\": \"a\", \"id\": \"a\"}\n";
  const std::string place = path.string() + ":2: ";
  CHECK(message(sound).empty());
  CHECK(contains(message(sound + "{\"text\": "), place + "not JSON"));
  CHECK(contains(message(sound + "[1]"), place + "not a JSON object"));
  CHECK(contains(message(sound + "{\"id\": \"b\"}"), place + "no member 'text'"));
  CHECK(contains(message(sound + "{\"text\": 3, \"id\": 1}"), place + "member 'text' is a number"));
  CHECK(contains(message(sound + "{\"text\": \"b\"}"), place + "no member 'id'"));
  CHECK(contains(message(sound + "{\"text\": \"\xff\", \"id\": 1}"), place + "not JSON"));
  for (const std::string& packed : {gzip(sound + sound), zstd(sound + sound)}) {
    CHECK(contains(message(packed.substr(0, packed.size() - 3)), "damaged or cut short"));
    std::string damaged = packed;
    damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
    CHECK_FALSE(message(damaged).empty());
  }
}

TEST_CASE("debian_packages: files become documents by the steps of the recipe") {
  const auto folder = scratch("deb");
  const auto context = context_in(folder);
  const std::string data = "head\n1 sea_side | by the sea\n2 ship | a boat\n3 oar | a pole\n";
  if (!write_deb(context.cache_dir, {{"usr/a.txt", data},
                                     {"usr/b.txt", "plain"},
                                     {"usr/c.z", "junk" + gzip("= one\n1\n= two\n2\n") + "junk"}}))
    return;
  const auto s = source("debian_packages", R"json({"extract": [
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

TEST_CASE("debian_packages: the identity of a shard is that of the package") {
  const auto folder = scratch("identity");
  const auto context = context_in(folder);
  if (!write_deb(context.cache_dir, {{"usr/a", "text"}})) return;
  const auto s = source("debian_packages", R"({"extract": [{"package": "tiny", "files": ["*"]}]})");
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

TEST_CASE("debian_packages: what does not fit a package is said") {
  const auto folder = scratch("bad-deb");
  const auto context = context_in(folder);
  if (!write_deb(context.cache_dir, {{"usr/a", "text"}})) return;
  const auto message = [&](const std::string& rule) {
    return error_of([&] {
      all(source("debian_packages", R"({"extract": [{"package": "tiny", )" + rule + "}]}"),
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
                   source("debian_packages",
                          R"({"extract": [{"package": "-o=x", "files": ["*"]}]})");
                 }),
                 "'-o=x' is no name of a Debian package"));
  fs::remove_all(context.scratch_dir);
  write_file(fs::path(context.cache_dir) / "tiny_1%3a2.0-1_all.deb", "no package");
  CHECK(contains(message(R"("files": ["*"])"), "cannot unpack"));
}

TEST_CASE("debian_packages: without a package the lines for one's own text are shown") {
  const auto folder = scratch("no-deb");
  const auto s = source("debian_packages",
                        R"({"extract": [{"package": "btx-no-such-package", "files": ["*"]}]})");
  const std::string message = error_of([&] { all(s, context_in(folder)); });
  CHECK(contains(message, "domain 'sea': package 'btx-no-such-package' is neither in"));
  CHECK_FALSE(fs::exists(folder / "downloads"));
  const std::string lines = message.substr(message.find("\n\n[data.sea]\n"));
  const Value data = *parse_toml_text(lines, "the message").find("data")->find("sea");
  Value params = *data.find("params");
  write_file(folder / "mine.txt", "My own text.");
  params.set("paths", Value(Array{Value((folder / "mine.txt").string())}));
  source("text_files", R"({"paths": ["x"]})");
  const auto own = make_component<DataSource>(data.find("source")->as<std::string>(), params);
  CHECK(all(own).at(0).text == "My own text.\n");
}
