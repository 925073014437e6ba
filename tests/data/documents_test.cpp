#include "data/held_source.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace btx;
using namespace btx_test;

TEST_CASE("documents come back in order, each in one split, about 1 in 20 held out twice") {
  const auto folder = write("order", numbered(2000));
  std::size_t total = 0;
  for (const Split split : kSplits) {
    const auto documents = read(folder, split);
    total += documents.size();
    int last = -1;
    for (const auto& document : documents) {
      const int number = std::stoi(document.id.substr(1));
      CHECK(number > last);
      CHECK(document.text == fmt::format("The sea, number {}.\n", number));
      last = number;
    }
    if (split == Split::train) continue;
    CHECK(documents.size() > 60);
    CHECK(documents.size() < 140);
  }
  CHECK(total == 2000);
}

TEST_CASE("a document stays on its side when others come and go and when its text changes") {
  auto documents = numbered(200);
  const auto before = splits(write("before", documents));
  for (auto& document : documents) document.text += "And more.";
  documents.erase(documents.begin() + 7);
  documents.push_back({"new", "Another."});
  std::reverse(documents.begin(), documents.end());
  const auto after = splits(write("after", documents));
  for (const auto& [id, split] : after) {
    if (id != "new") CHECK(split == before.at(id));
  }
  CHECK(splits(write("seed", documents, {20, 20, 1})) != after);
}

TEST_CASE("changing the share of dev leaves test alone") {
  for (int i = 0; i < 500; ++i) {
    const std::string id = std::to_string(i);
    CHECK((split_of({20, 20, 0}, id) == Split::test) == (split_of({5, 20, 0}, id) == Split::test));
  }
}

TEST_CASE(
    "a text that came before is dropped, trailing white space aside, and so is an empty one") {
  auto documents = numbered(100);
  documents.push_back({"copy", "The sea, number 0. \n\n"});
  documents.push_back({"d3", documents[3].text});
  documents.push_back({"empty", " \n\t"});
  const auto folder = write("duplicates", documents);
  const auto kept = splits(folder);
  CHECK(kept.size() == 100);
  CHECK(kept.count("copy") + kept.count("empty") == 0);
  const std::string summary = read_file(folder / "documents.json");
  CHECK(contains(summary, "\"duplicates\": 2"));
  CHECK(contains(summary, "\"empty\": 1"));
}

TEST_CASE("text survives whatever JSON must escape") {
  auto documents = numbered(100);
  for (auto& document : documents) document.text += "\"\\\t\x01 \u00e9\U0001F600\r\n";
  const auto folder = write("escapes", documents);
  for (const Split split : kSplits) {
    for (const auto& document : read(folder, split)) {
      CHECK(document.text ==
            documents[static_cast<std::size_t>(std::stoi(document.id.substr(1)))].text);
    }
  }
}

TEST_CASE("a document that is not UTF-8 is named with the place, and nothing is left") {
  for (const std::string& bad : {std::string("\xff"), std::string("\xc3(")}) {
    auto documents = numbered(50);
    documents[9].text = "one\ntwo " + bad;
    const std::string message = error_of([&] { write("bad", documents); });
    CHECK(contains(message, "domain 'sea': document 'd9', line 2: byte 0x"));
    CHECK(contains(message, "at offset 8 "));
    CHECK(fs::is_empty(scratch_path("bad")));
  }
}

TEST_CASE("NUL is a character of a text like others") {
  auto documents = numbered(50);
  documents[9].text = std::string("one\0two", 7);
  write("nul", documents);
  std::size_t found = 0;
  for (const Split split : kSplits) {
    read_documents(scratch_path("nul"), split, [&](const Document& document) {
      found += document.text == documents[9].text ? 1 : 0;
    });
  }
  CHECK(found == 1);
}

TEST_CASE("what cannot be split is refused with the reason") {
  CHECK(error_of([] { write("none", {}); }) == "domain 'sea': its source gives no text");
  CHECK(contains(error_of([] {
                   write("blank", {{"a", " "}, {"b", ""}});
                 }),
                 "only 2 empty documents"));
  CHECK(contains(error_of([] { write("few", numbered(3)); }), "only 3 different ones"));
  auto documents = numbered(60);
  documents.push_back({"d5", "another text"});
  CHECK(contains(error_of([&] { write("same", documents); }), "have the id 'd5'"));
  documents.back() = {"", "no id"};
  CHECK(contains(error_of([&] { write("no-id", documents); }), "an id that is empty"));
}

TEST_CASE("a line that is not a document is named with its place") {
  const auto folder = write("lines", numbered(100));
  const fs::path path = folder / "dev.jsonl";
  const std::string sound = read_file(path);
  for (const std::string line :
       {"{", "[]", "{\"id\":\"a\"}", "{\"id\":1,\"text\":\"a\"}", "\xff", ""}) {
    write_file(path, sound + line + "\n");
    const auto lines = std::count(sound.begin(), sound.end(), '\n') + 1;
    CHECK(error_of([&] { read(folder, Split::dev); }) ==
          fmt::format("{}:{}: not a document ({{\"id\": ..., \"text\": ...}})", path.string(),
                      lines));
  }
  write_file(path, sound.substr(0, sound.size() - 5));
  CHECK(contains(error_of([&] { read(folder, Split::dev); }), "not a document"));
  fs::remove(path);
  CHECK(error_of([&] { read(folder, Split::dev); }) == "cannot read " + path.string());
}
