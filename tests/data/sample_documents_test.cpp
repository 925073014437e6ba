// Which documents are scored where not all are: a fair sample.
#include "data/held_source.hpp"

#include "data/fair_sample.hpp"
#include "data/sample_documents.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <set>

using namespace btx;
using namespace btx_test;

namespace {

/// Test documents of two packages, one after the other: the first has short ones, the second long
/// ones. Written as write_documents() does.
fs::path planted(const std::string& name, int seed) {
  fs::path folder = scratch("sample-" + name);
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    const bool late = i >= 150;
    lines += fmt::format("{{\"id\":\"{}/{}/{}\",\"text\":\"{}\"}}\n", seed, late ? "b" : "a", i,
                         std::string(late ? 3000 : 300, 'x'));
  }
  write_file(folder / "test.jsonl", lines);
  return folder;
}

}  // namespace

TEST_CASE("a sample has documents of every size and place as often as there are") {
  double documents = 0, late = 0, bytes = 0;
  for (int seed = 0; seed < 60; ++seed) {
    const auto sample = sample_documents(planted("fair", seed), Split::test, 33'000);
    CHECK(sample.size.documents == 20);  // 1,650 bytes each on average
    CHECK(sample.size.all_documents == 300);
    CHECK(sample.size.all_bytes == 150 * 3300);
    for (const auto& document : sample.documents) {
      ++documents;
      late += document.text.size() > 1000;
      bytes += static_cast<double>(document.text.size());
    }
  }
  // 1,200 draws without replacement: a standard deviation of 1.4 % of the share.
  CHECK(late / documents == doctest::Approx(0.5).epsilon(0.1));
  CHECK(bytes / 60 == doctest::Approx(33'000).epsilon(0.1));
}

TEST_CASE("a sample is always the same one, in the order of the file") {
  const fs::path folder = planted("same", 1);
  const auto ids = [&](std::size_t bytes) {
    std::vector<std::string> names;
    for (const auto& d : sample_documents(folder, Split::test, bytes).documents) {
      names.push_back(d.id);
    }
    return names;
  };
  CHECK(ids(33'000) == ids(33'000));
  const auto few = ids(33'000), more = ids(66'000);
  CHECK(std::set<std::string>(more.begin(), more.end()).size() == 40);
  for (const auto& id : few) CHECK(std::ranges::find(more, id) != more.end());
  CHECK(ids(1).size() == 1);
  CHECK(ids(0).size() == 300);
  CHECK(ids(1'000'000).size() == 300);
}

TEST_CASE("text that is trained on is left out before the sample is drawn") {
  const fs::path folder = scratch("sample-left-out");
  write_file(folder / "test.jsonl",
             "{\"id\":\"a\",\"text\":\"one\"}\n{\"id\":\"b\",\"text\":\"two\"}\n");
  const auto sample = sample_documents(folder, Split::test, 0, {text_hash("one")});
  REQUIRE(sample.documents.size() == 1);
  CHECK(sample.documents[0].id == "b");
  CHECK(sample.size.left_out == 1);
  CHECK(sample.size.all_documents == 1);
  CHECK(sample_documents(folder, Split::test, 0, {text_hash("one"), text_hash("two")})
            .documents.empty());
}

TEST_CASE("windows of a token file are drawn from all of it") {
  const auto chosen = fair_sample(1000, 100);
  REQUIRE(chosen.size() == 100);
  CHECK(std::is_sorted(chosen.begin(), chosen.end()));
  CHECK(std::ranges::count_if(chosen, [](std::int64_t i) { return i >= 500; }) > 35);
  CHECK(std::ranges::count_if(chosen, [](std::int64_t i) { return i >= 500; }) < 65);
  CHECK(fair_sample(3, 5) == std::vector<std::int64_t>{0, 1, 2});
}
