#include "data/request_file.hpp"

#include "base/file.hpp"
#include "data/held_source.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <zlib.h>

#include <algorithm>
#include <set>

using namespace btx;
using namespace btx_test;

namespace {

const char* const kFull =
    R"({"request": {"context": "Q: 1\nA:", "continuation": " é", "stop_sequences": ["Q:", "\n"], )"
    R"("generation_kwargs": {"max_gen_toks": 50, "temperature": 0.0}}, "doc_id": 3, "idx": 0, )"
    R"("label": ["a", "b"], "doc": {"x": [1]}, "native_id": null})";

fs::path written(const std::string& text) {
  fs::path path = scratch("requests") / "set.jsonl";
  write_file(path, text);
  return path;
}

std::string line(const std::string& id, int choice,
                 const std::string& request = R"({"context": "c", "continuation": "d"})") {
  return R"({"doc_id": )" + id + R"(, "idx": )" + std::to_string(choice) + R"(, "request": )" +
         request + "}\n";
}

std::string refusal(const std::string& text) {
  const fs::path path = written(text);
  return error_of([&] { read_requests(path); });
}

fs::path compressed(const std::string& text, std::size_t cut = 0) {
  fs::path path = scratch("requests") / "set.jsonl.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const std::string bytes = read_file(path);
  write_file(path, bytes.substr(0, bytes.size() - cut));
  return path;
}

}  // namespace

TEST_CASE("a row has all that its line says") {
  const auto path = written(fmt::format("{}\r\n\n{}", kFull, line("\"x\"", 0)));
  const RequestFile file = read_requests(path);
  REQUIRE(file.rows.size() == 2);
  const EvalRow& row = file.rows[0];
  CHECK(row.item == "3");
  CHECK(row.choice == 0);
  CHECK(row.context == "Q: 1\nA:");
  CHECK(row.continuation == " é");
  CHECK(row.stop == std::vector<std::string>{"Q:", "\n"});
  CHECK(row.max_tokens == 50);
  CHECK(row.label == R"(["a","b"])");
  CHECK(row.doc == R"({"x":[1]})");
  CHECK(row.place == path.string() + ":1");
  CHECK(file.rows[1].item == "x");
  CHECK(file.rows[1].label == "null");
  CHECK(file.rows[1].place == path.string() + ":3");
  CHECK(file.items == 2);
}

TEST_CASE("choices without their question are left out and counted") {
  const RequestFile file = read_requests(written(line("1", 0) + line("1", 1) + line("1000001", 0)));
  CHECK(file.rows.size() == 2);
  CHECK(file.items == 1);
  CHECK(file.unconditional == 1);
  // A large number alone is a number.
  const RequestFile large = read_requests(written(line("1", 0) + line("1000002", 0)));
  CHECK(large.items == 2);
  CHECK(large.unconditional == 0);
}

TEST_CASE("a NUL does not end a line") {
  const std::string nul(1, '\0');
  CHECK(contains(refusal(line("1", 0) + line("2", 0).insert(5, nul)), "set.jsonl:2:"));
}

TEST_CASE(
    "some of the items: whole ones, the same ones each time, more of them with a larger number") {
  std::string text;
  for (int item = 0; item < 50; ++item) {
    text += line(std::to_string(item), 0) + line(std::to_string(item), 1);
  }
  const auto path = written(text);
  const auto names = [&](std::int64_t count) {
    std::set<std::string> all;
    const RequestFile file = read_requests(path, count);
    CHECK(file.rows.size() == static_cast<std::size_t>(2 * count));
    CHECK(std::is_sorted(file.rows.begin(), file.rows.end(), [](const auto& a, const auto& b) {
      return std::stoi(a.item) < std::stoi(b.item);
    }));
    for (const auto& row : file.rows) all.insert(row.item);
    return all;
  };
  const auto few = names(10), more = names(20);
  CHECK(few == names(10));
  CHECK(few.size() == 10);
  CHECK(std::includes(more.begin(), more.end(), few.begin(), few.end()));
  CHECK(contains(error_of([&] { read_requests(path, 51); }), "has 50 items, and 51 are asked for"));
}

TEST_CASE("gzip is read as it was before; a cut file is refused") {
  std::string text;
  for (int item = 0; item < 300; ++item) text += line(std::to_string(item * 797), 0);
  CHECK(read_requests(compressed(text)).items == 300);
  const auto cut = compressed(text, 200);
  CHECK(contains(error_of([&] { read_requests(cut); }), "damaged or cut short"));
}

TEST_CASE("a byte order mark is no text, and a newline alone ends a line") {
  const std::string request = "{\"context\": \"a\u2028b\u0085\", \"continuation\": \"c\"}";
  const RequestFile file =
      read_requests(written("\ufeff" + line("1", 0, request) + "\r\n" + line("2", 0)));
  REQUIRE(file.rows.size() == 2);
  CHECK(file.rows[0].context == "a\u2028b\u0085");
  CHECK(contains(file.rows[1].place, ":3"));
}

TEST_CASE("what is malformed is refused with file and line") {
  CHECK(contains(refusal(line("1", 0) + "{\n"), "set.jsonl:2:2: the line is not JSON"));
  CHECK(contains(refusal("[]\n"), ":1: a line must be"));
  const fs::path large = written(line("1", 0, R"({"context": "a", "weight": 1e400})"));
  const Caught refused = caught([&] { read_requests(large); });
  CHECK(refused.code == ExitCode::usage);
  CHECK(contains(refused.message, "set.jsonl:1: the line has a number that is too large"));
  CHECK(contains(refusal(R"({"doc_id": 1, "idx": 0})"), "'request' is missing"));
  CHECK(contains(refusal(R"({"request": {"context": "a"}, "idx": 0})"), "'doc_id' is missing"));
  CHECK(contains(refusal(R"({"request": {"context": "a"}, "doc_id": 1})"), "'idx' is missing"));
  CHECK(contains(refusal(line("1.5", 0)), "'doc_id' needs an integer or a string, got number"));
  CHECK(contains(refusal(line("1", 0, "{}")), "one of them must say something"));
  CHECK(contains(refusal(line("1", 0, R"({"context": 4})")), "'request.context' needs a string"));
  CHECK(contains(refusal(line("1", 0, R"({"context": "a", "stop_sequences": [""]})")),
                 "strings that are not empty"));
  CHECK(contains(
      refusal(line("1", 0, R"({"context": "a", "generation_kwargs": {"max_gen_toks": 0}})")),
      "an integer of at least 1"));
  CHECK(contains(refusal("{\"a\": \"\xff\"}\n"), ":1: the line is not UTF-8"));
  CHECK(contains(refusal(fmt::format("{}\n", std::string(80, '['))), "nested deeper"));
  CHECK(contains(refusal(line("1", 0) + line("2", 0) + line("1", 1)),
                 ":3: item '1' (doc_id) came before"));
  CHECK(contains(refusal(line("1", 0) + line("1", 0)),
                 ":2: choice 0 (idx) of item '1' is there twice"));
  CHECK(contains(refusal("\n"), "has no items"));
  CHECK(contains(error_of([] { read_requests("no/such.jsonl"); }), "there is no such file"));
  CHECK(contains(error_of([] { read_requests(scratch("requests")); }), "not a regular file"));
}
