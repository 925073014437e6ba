// source:jsonl: plain and compressed lines, and what is wrong with some.
#include "plugins/gzip.hpp"
#include "plugins/source_support.hpp"

#include <zstd.h>

using namespace btx_test;

namespace {

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

}  // namespace

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
    const auto documents = all(component<DataSource>(
        "jsonl", fmt::format(R"({{"paths": ["{}"], "text_field": "body", "id_field": "key"}})",
                             (folder / file).string())));
    REQUIRE(documents.size() == 20001);
    CHECK(documents[17].id == "17");
    CHECK(documents[17].text == "line 17");
    CHECK(documents.back().id == "last");
  }
  const auto numbered = all(component<DataSource>(
      "jsonl", fmt::format(R"({{"paths": ["{}"], "text_field": "body"}})", folder.string())));
  CHECK(numbered.size() == 3 * 20001);
  CHECK(numbered[20000].id == folder.filename().string() + "/a.jsonl#20002");
}

TEST_CASE("jsonl: zstd is known by its frames, also by one that is to be skipped") {
  const auto folder = scratch("jsonl-frames");
  const std::string lines = "{\"text\": \"a\"}\n{\"text\": \"b\"}\n";
  const std::string skipped = std::string("\x5e\x2a\x4d\x18\x04\0\0\0", 8) + "seek";
  write_file(folder / "first.jsonl", skipped + zstd(lines));
  write_file(folder / "between.jsonl", zstd(lines) + skipped + skipped + zstd(lines) + skipped);
  const auto read = [&](const char* file) {
    return all(component<DataSource>(
        "jsonl", fmt::format(R"({{"paths": ["{}"]}})", (folder / file).string())));
  };
  CHECK(read("first.jsonl").size() == 2);
  CHECK(read("between.jsonl").size() == 4);
  write_file(folder / "other.jsonl", "PK\x03\x04 and so on");
  CHECK(contains(error_of([&] { read("other.jsonl"); }), "other.jsonl: is a file of zip"));
}

namespace {

Documents documents_of(const std::string& text, const std::string& more = "") {
  const auto folder = scratch("jsonl-lines");
  write_file(folder / "a.jsonl", text);
  return all(
      component<DataSource>("jsonl", fmt::format(R"({{"paths": ["{}"], "id_field": "id"{}}})",
                                                 (folder / "a.jsonl").string(), more)));
}

}  // namespace

TEST_CASE("jsonl: what Python writes beyond JSON is read as Python reads it") {
  const auto read = documents_of(
      R"({"id": 1, "text": "NaN, Infinity", "s": NaN, "t": [-Infinity, Infinity, 1e999, -3.5e2]})"
      "\n"
      R"({"id": 2, "text": "half \ud83d pair, \ude00, whole \ud83d\ude00, \\ud83d"})"
      "\n");
  REQUIRE(read.size() == 2);
  CHECK(read[0].text == "NaN, Infinity");
  CHECK(read[1].text == "half \ufffd pair, \ufffd, whole \U0001f600, \\ud83d");
  CHECK(contains(error_of([] { documents_of(R"({"id": 1, "text": NaN})"); }),
                 "member 'text' is a number, not text"));
  CHECK(contains(error_of([] { documents_of(R"({"id": Infinity, "text": "a"})"); }),
                 "member 'id' is a number, not text"));
}

TEST_CASE("jsonl: a text that is null is an empty one, and NUL is a character") {
  const auto read =
      documents_of("{\"id\": 1, \"text\": null}\n{\"id\": 2, \"text\": \"a\\u0000b\"}");
  REQUIRE(read.size() == 2);
  CHECK(read[0].text.empty());
  CHECK(read[1].text == std::string("a\0b", 3));
}

TEST_CASE("jsonl: a byte order mark is no text, and a newline alone ends a line") {
  const auto read = documents_of(
      "\ufeff{\"id\": 1, \"text\": \"one\u2028still one\u0085and on\"}\r\n \t\r\n\n"
      "{\"id\": 2, \"text\": \"two\u2029\"}");
  REQUIRE(read.size() == 2);
  CHECK(read[0].id == "1");
  CHECK(read[0].text == "one\u2028still one\u0085and on");
  CHECK(read[1].text == "two\u2029");
}

TEST_CASE("jsonl: bad lines are left out, as empty documents, where that is asked for") {
  const std::string lines =
      "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"tex\n[3]\n{\"id\": 4, \"text\": \"d\"}\n";
  const auto read = documents_of(lines, R"(, "on_bad": "skip")");
  REQUIRE(read.size() == 4);
  CHECK(read[0].text == "a");
  CHECK(read[1].text.empty());
  CHECK(contains(read[1].id, "a.jsonl#2"));
  CHECK(read[2].text.empty());
  CHECK(read[3].id == "4");
  const std::string message = error_of([&] { documents_of(lines); });
  CHECK(contains(message, "a.jsonl:2:"));
  CHECK(contains(message, "on_bad = \"skip\""));
  const std::string huge = "{\"id\": 1, \"text\": \"" + std::string(50'000, 'x') + "\\q\"}";
  CHECK(error_of([&] { documents_of(huge); }).size() < 400);
}

TEST_CASE("jsonl: a bad line is named with file and line, a damaged file by name") {
  const auto folder = scratch("bad-jsonl");
  const fs::path path = folder / "a.jsonl";
  const auto message = [&](const std::string& data) {
    write_file(path, data);
    return error_of([&] {
      all(component<DataSource>(
          "jsonl", fmt::format(R"({{"paths": ["{}"], "id_field": "id"}})", path.string())));
    });
  };
  const std::string sound = "{\"text\": \"a\", \"id\": \"a\"}\n";
  const std::string place = path.string() + ":2: ";
  CHECK(message(sound).empty());
  const auto not_json = [&](const std::string& line) {
    const std::string said = message(sound + line);
    return contains(said, path.string() + ":2:") && contains(said, ": not JSON from here on");
  };
  CHECK(not_json("{\"text\": "));
  CHECK(contains(message(sound + "[1]"), place + "not a JSON object"));
  CHECK(contains(message(sound + "{\"id\": \"b\"}"), place + "no member 'text'"));
  CHECK(contains(message(sound + "{\"text\": 3, \"id\": 1}"), place + "member 'text' is a number"));
  CHECK(contains(message(sound + "{\"text\": \"b\"}"), place + "no member 'id'"));
  CHECK(not_json("{\"text\": \"\xff\", \"id\": 1}"));
  for (const std::string& packed : {gzip(sound + sound), zstd(sound + sound)}) {
    CHECK(contains(message(packed.substr(0, packed.size() - 3)), "damaged or cut short"));
    std::string damaged = packed;
    damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
    CHECK_FALSE(message(damaged).empty());
  }
}
