// Documents that share text with evaluation sets.
#include "data/held_source.hpp"

#include "config/value.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

const std::string kLong =
    "a train leaves the old station at nine and reaches the harbour before noon";  // 14 words
const std::string kShort = "seven grey geese fly over the frozen lake";            // 8 words

Decontamination two_sets() {
  Decontamination sets(13, {"trains", "geese", "unused"});
  sets.grams().add(kLong, 0);
  sets.grams().add(kShort, 1);
  return sets;
}

fs::path write_clean(const std::string& name, Documents documents, Decontamination* sets) {
  auto folder = scratch(name);
  const Component<DataSource> source(std::make_shared<HeldSource>(std::move(documents)),
                                     "the test's source");
  write_documents(source, {{"all", "1"}}, {"", "", "sea"}, {20, 20, 0, 13}, folder, sets);
  return folder;
}

Value summary(const fs::path& folder) {
  return from_json(read_file(folder / "documents.json"), "documents.json");
}

}  // namespace

TEST_CASE("what shares text with a set is in no split, and is counted by the set met first") {
  Documents documents = numbered(200);
  const Documents planted = {{"p0",
                              "It is said: A TRAIN leaves,\nthe old station at nine and "
                              "reaches\tthe harbour before noon."},
                             {"p1", "Seven grey geese fly over the frozen lake! And " + kLong},
                             {"p2", kShort}};
  documents.insert(documents.begin() + 50, planted.begin(), planted.end());
  documents.push_back({"near", "A train leaves the old station at nine, reaches the harbour."});
  auto sets = two_sets();
  const auto folder = write_clean("decontaminated", documents, &sets);
  const auto kept = splits(folder);
  CHECK(kept.size() == 201);
  CHECK(kept.count("near") == 1);
  for (const auto& document : planted) CHECK(kept.count(document.id) == 0);
  const Value counts = summary(folder).at("decontaminated");
  const auto number = [](const Value& table, const char* key) {
    return table.at(key).as<std::int64_t>();
  };
  CHECK(number(counts, "words") == 13);
  CHECK(number(counts, "documents") == 3);
  CHECK(number(counts.at("sets").at("trains"), "documents") == 1);
  CHECK(number(counts.at("sets").at("geese"), "documents") == 2);
  CHECK(counts.at("sets").find("unused") == nullptr);
  CHECK(number(counts.at("sets").at("trains"), "bytes") == std::ssize(planted[0].text));
  CHECK(number(counts, "bytes") ==
        std::ssize(planted[0].text) + std::ssize(planted[1].text) + std::ssize(planted[2].text));
}

TEST_CASE("no document goes to another split for it, and without it the files say nothing") {
  auto sets = two_sets();
  const auto with = write_clean("clean-with", numbered(200), &sets);
  const auto without = write_clean("clean-without", numbered(200), nullptr);
  CHECK(splits(with) == splits(without));
  CHECK(summary(with).find("decontaminated") != nullptr);
  CHECK(summary(without).find("decontaminated") == nullptr);
}

TEST_CASE("a domain that loses too much is refused with the reason") {
  auto sets = two_sets();
  CHECK(contains(error_of([&] {
                   write_clean("all-dropped", {{"a", kLong}, {"b", kShort}}, &sets);
                 }),
                 "gives no text (2 more share text with evaluation sets and were dropped"));
}
