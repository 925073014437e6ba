// What files' texts may do to a terminal: nothing.
#include "base/terminal.hpp"
#include "support.hpp"

#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

TEST_CASE("control characters and bytes that are no text are shown, text stays as it is") {
  CHECK(printable("caf\u00e9, \u65e5\u672c") == "caf\u00e9, \u65e5\u672c");
  CHECK(printable("\x1b]0;x\x07\n\terror: y\x7f") ==
        "\\u001b]0;x\\u0007\\u000a\\u0009error: y\\u007f");
  CHECK(printable("a\xc2\x9b"
                  "31m") == "a\\u009b31m");  // the same sequence in one character
  CHECK(printable(std::string_view("a\0b\xff", 4)) == "a\\u0000b\\ufffd");
  CHECK(printable_lines("one\n\ttwo\r\x1b[2J\n") == "one\n\ttwo\\u000d\\u001b[2J\n");
}

TEST_CASE("a very long text loses its middle, on a terminal alone") {
  std::string many = "begin";
  many.resize(50'000'005, 'x');
  const std::string shown = printable(many + "end");
  CHECK(shown.size() < 5000);
  CHECK(shown.starts_with("beginxx"));
  CHECK(contains(shown, "xxend (50000008 bytes)"));
  CHECK(printable_lines(std::string(50'000, 'x')).size() == 50'000);
  std::string wide;
  for (int i = 0; i < 2000; ++i) wide += "\u65e5";
  CHECK(find_invalid_utf8(printable(wide)) == std::string_view::npos);
}
