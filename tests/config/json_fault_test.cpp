// The JSON library's messages, as it writes them, and what is made of them.
#include "config/json_fault.hpp"

#include "config/value.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

namespace {

const std::string kBefore = "[json.exception.parse_error.101] parse error at line 1, column 9: ";

std::string x(std::size_t count) {
  return std::string(count, 'x');
}

}  // namespace

TEST_CASE("a short message loses the library's number alone") {
  CHECK(json_fault("[json.exception.type_error.302] type must be string, but is number") ==
        "type must be string, but is number");
  CHECK(json_fault(kBefore + "invalid literal; last read: 'nul'; expected '}'") ==
        "parse error at line 1, column 9: invalid literal; last read: 'nul'; expected '}'");
  CHECK(json_fault("of another library: 'a'") == "of another library: 'a'");
  CHECK(json_fault("") == "");
}

TEST_CASE("of what was last read the end stays, where the fault is") {
  const std::string cut = "parse error at line 1, column 9: why; last read: '...";
  CHECK(json_fault(kBefore + "why; last read: '" + x(24) + "'") ==
        "parse error at line 1, column 9: why; last read: '" + x(24) + "'");
  CHECK(json_fault(kBefore + "why; last read: '" + x(50'000) + "\\q'") == cut + x(22) + "\\q'");
  CHECK(json_fault(kBefore + "why; last read: '" + x(50'000) + "'; expected ']'") ==
        cut + x(24) + "'; expected ']'");
  CHECK(json_fault("[json.exception.out_of_range.406] number overflow parsing '9" + x(99) + "'") ==
        "number overflow parsing '..." + x(24) + "'");
}

TEST_CASE("a character is not cut, and a text that looks like the message's end is text") {
  std::string accents;  // 2 bytes each: of 25 bytes, with the x, the first is half of one
  for (int i = 0; i < 40; ++i) accents += "\u00e9";
  const std::string said = json_fault(kBefore + "why; last read: '" + accents + "x'");
  CHECK(contains(said, "'...\u00e9\u00e9"));
  CHECK(said.size() ==
        std::string("parse error at line 1, column 9: why; last read: '...'").size() + 23);
  CHECK(json_fault(kBefore + "why; last read: 'a'; expected " + x(50'000) + "'").size() < 120);
}

TEST_CASE("messages about JSON that is read stay short, whatever its strings and numbers are") {
  for (const std::string& text : {"{\"a\": \"" + x(50'000) + "\\q\"}", "[\"" + x(50'000),
                                  std::string(50'000, '9'), "{\"" + x(50'000) + "\n\": 1}"}) {
    const std::string said = error_of([&] { from_json(text, "some.json"); });
    CHECK(contains(said, "some.json"));
    CHECK(said.size() < 300);
  }
}
