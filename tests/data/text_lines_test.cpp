// Files that are plain or compressed, whatever they are called, give the same lines.
#include "data/text_lines.hpp"

#include "data/held_source.hpp"
#include "data/request_file.hpp"
#include "plugins/gzip.hpp"

#include <doctest/doctest.h>

#include <zstd.h>

using namespace btx;
using namespace btx_test;

namespace {

using Lines = std::vector<std::string>;

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// A frame that is to be skipped, as pzstd and seekable zstd write them: its mark, 4, four bytes.
std::string skipped() {
  return std::string("\x5e\x2a\x4d\x18\x04\0\0\0", 8) + "seek";
}

Lines lines_of(const std::string& bytes) {
  const fs::path path = scratch("lines") / "file.jsonl";
  write_file(path, bytes);
  TextLines lines(path);
  Lines all;
  for (std::string line; lines.next(line);) all.push_back(line);
  return all;
}

std::string fault_of(const std::string& bytes) {
  return error_of([&] { lines_of(bytes); });
}

}  // namespace

TEST_CASE("plain text, gzip and zstd have the same lines") {
  const std::string text = "one\r\n\ntwo\nno end";
  const Lines wanted = {"one", "", "two", "no end"};
  for (const auto& bytes : {text, gzip(text), zstd(text)}) CHECK(lines_of(bytes) == wanted);
  for (const auto& bytes : {std::string(), gzip(""), zstd("")}) CHECK(lines_of(bytes).empty());
}

TEST_CASE("zstd is read frame by frame, across lines, and what is to be skipped is skipped") {
  CHECK(lines_of(zstd("a\nb") + zstd("c\nd")) == Lines{"a", "bc", "d"});
  CHECK(lines_of(skipped() + zstd("a\n")) == Lines{"a"});
  CHECK(lines_of(zstd("a\n") + skipped() + skipped() + zstd("b\n") + skipped()) == Lines{"a", "b"});
  CHECK(lines_of(skipped()).empty());
  const std::string large(300'000, 'x');  // more than a block of what is read and written
  CHECK(lines_of(zstd(large + "\n" + large)) == Lines{large, large});
}

TEST_CASE("a frame that is cut or damaged is an error that names the file and the line") {
  const std::string frame = zstd("c\n");
  for (std::size_t size = 1; size < frame.size(); ++size) {
    const std::string said = fault_of(zstd("a\nb\n") + frame.substr(0, size));
    CHECK(contains(said, "file.jsonl:3: the file is damaged or cut short: "));
  }
  for (std::size_t size = 5; size < 12; ++size) {
    CHECK(contains(fault_of(skipped().substr(0, size)), "file.jsonl:1: the file is damaged"));
  }
  CHECK(contains(fault_of(frame + "no frame at all"), "file.jsonl:2: the file is damaged"));
}

TEST_CASE("an evaluation set may be compressed by zstd") {
  const fs::path path = scratch("lines") / "set.jsonl.zst";
  write_file(path, skipped() + zstd(R"({"doc_id": 7, "idx": 0, "request": {"context": "c"}})"));
  const RequestFile file = read_requests(path);
  REQUIRE(file.rows.size() == 1);
  CHECK(file.rows[0].item == "7");
}

TEST_CASE("what is no file is refused by name") {
  const fs::path folder = scratch("lines");
  CHECK(contains(error_of([&] { TextLines(folder / "none.jsonl"); }),
                 "none.jsonl: cannot be read: there is no such file"));
  CHECK(contains(error_of([&] { TextLines{folder}; }), "it is not a regular file"));
}

TEST_CASE("a format that is not read is named, and what to do") {
  const fs::path path = scratch("lines") / "set.jsonl";
  for (const auto& [begin, name] :
       std::vector<std::pair<std::string, std::string>>{{std::string("\xfd"
                                                                     "7zXZ\0",
                                                                     6),
                                                         "xz"},
                                                        {"BZh91AY&SY", "bzip2"},
                                                        {"PK\x03\x04", "zip"},
                                                        {"PAR1\x15", "Parquet"}}) {
    write_file(path, begin + std::string(100, 'x'));
    CHECK(contains(error_of([&] { TextLines{path}; }),
                   "set.jsonl: cannot be read: it is a file of " + name +
                       "; text, gzip and zstd are read, so unpack it"));
  }
  write_file(path, "BZhang, PAR1");
  std::string line;
  CHECK(TextLines(path).next(line));
}
