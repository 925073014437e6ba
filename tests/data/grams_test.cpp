// Runs of words that texts have in common.
#include "data/grams.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace btx;

namespace {

/// "<first> <first+1> ...", so many words.
std::string count_from(int first, int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += fmt::format("word{} ", first + i);
  return text;
}

const std::string kQuestion =
    "A train leaves the old station at nine and reaches the harbour before noon every day.";

}  // namespace

TEST_CASE("words are runs of letters and digits, in lower case; other alphabets are letters") {
  const auto same = [](const char* a, const char* b) {
    return words_of(a).hashes == words_of(b).hashes;
  };
  CHECK(same("One, two;\n\tTHREE-4!", "one two three 4"));
  CHECK(same("", " .,;\n"));
  CHECK(same("caf\u00e9 \u03b1\u03b2", "CAF\u00e9...\u03b1\u03b2"));
  CHECK(same("\u201cquoted\u201d\u2014so", "quoted so"));
  CHECK_FALSE(same("one two", "onetwo"));
  CHECK_FALSE(same("caf\u00e9", "caf"));
  CHECK(words_of(" ab  c").begins == std::vector<std::size_t>{1, 5});
}

TEST_CASE("thirteen words are found across punctuation, case and line breaks; twelve are not") {
  GramIndex index(13);
  index.add(kQuestion, 0);
  const std::string thirteen =
      "a TRAIN (leaves) the\nold station;\r\n\r\nat nine -- and \"reaches\" the harbour, Before";
  CHECK(index.find("Something else. " + thirteen + " it rains").has_value());
  CHECK(index.find(thirteen).has_value());
  const std::string twelve = thirteen.substr(2);
  CHECK_FALSE(index.find("Something else. " + twelve + " it rains").has_value());
  CHECK_FALSE(index.find(twelve).has_value());
  CHECK_FALSE(index.find("").has_value());
}

TEST_CASE("a text of 8 to 12 words counts as a whole, a shorter one does not count") {
  GramIndex index(13);
  index.add(count_from(0, 8), 0);
  index.add(count_from(100, 12), 1);
  index.add(count_from(200, 7), 2);
  CHECK(index.find("x " + count_from(0, 8) + "y") == 0);
  CHECK_FALSE(index.find(count_from(0, 7)).has_value());
  CHECK(index.find("x " + count_from(100, 12)) == 1);
  CHECK_FALSE(index.find("x " + count_from(100, 11)).has_value());
  CHECK_FALSE(index.find(count_from(200, 7)).has_value());
}

TEST_CASE("the first run of the text decides which set it is, and the first set that had it") {
  GramIndex index(13);
  index.add(count_from(0, 20), 0);
  index.add(count_from(100, 20), 1);
  index.add(count_from(0, 20), 2);
  CHECK(index.find(count_from(100, 13) + count_from(0, 13)) == 1);
  CHECK(index.find(count_from(0, 13) + count_from(100, 13)) == 0);
}

TEST_CASE("a continuation counts with the end of its context, though the context came before") {
  GramIndex index(13);
  const std::string context = count_from(0, 40);
  index.add(context, "alpha beta gamma", 0);
  index.add(context, "delta epsilon", 1);
  CHECK(index.find(count_from(5, 13)) == 0);
  CHECK(index.find(count_from(30, 10) + "alpha beta gamma") == 0);
  CHECK(index.find(count_from(29, 11) + "delta epsilon") == 1);
  CHECK(index.find(count_from(28, 12) + "delta") == 1);
  CHECK_FALSE(index.find(count_from(30, 10) + "delta epsilon zeta").has_value());
  // A short context is not text of its own; both together are.
  index.add(count_from(200, 9), count_from(209, 9), 2);
  CHECK_FALSE(index.find(count_from(200, 9)).has_value());
  CHECK(index.find(count_from(204, 13)) == 2);
  // A word may begin in the context and end in the continuation.
  index.add(count_from(300, 20) + "under", "ground", 3);
  CHECK(index.find(count_from(308, 12) + "underground") == 3);
}

TEST_CASE("random texts over few words: found if and only if a search of the words says so") {
  std::mt19937 random(7);
  const auto text = [&](int words) {
    std::string all;
    for (int i = 0; i < words; ++i) all += random() % 2 == 0 ? "yes " : "no ";
    return all;
  };
  int found = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string set = text(20), document = text(60);
    bool shared = false;
    std::istringstream in(set);
    std::vector<std::string> words(std::istream_iterator<std::string>(in), {});
    for (std::size_t first = 0; first + 9 <= words.size(); ++first) {
      std::string run = " ";
      for (std::size_t k = 0; k < 9; ++k) run += words[first + k] + " ";
      shared = shared || (" " + document).find(run) != std::string::npos;
    }
    GramIndex index(9);
    index.add(set, 0);
    CHECK(index.find(document).has_value() == shared);
    found += shared ? 1 : 0;
  }
  CHECK(found > 40);
  CHECK(found < 360);
}
