// Text coloured by expert, for a terminal and as a page.
#include "report/text/routed_text.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <regex>

using namespace btx;
using namespace btx_test;

namespace {

const std::vector<std::string> kExperts = {"code", "<maths>"};
const std::vector<RoutedToken> kTokens = {{"<b>", {0.9, 0.1}, false},
                                          {" x & y", {0.25, 0.75}, false},
                                          {"\n", {}, false},
                                          {" \u00e9t\u00e9\n", {0.5, 0.5}, true},
                                          {" last", {}, true}};

std::string without_colours(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

}  // namespace

TEST_CASE("on a terminal: the legend, then the text as it is") {
  const std::string ansi = to_ansi(kTokens, kExperts);
  CHECK(without_colours(ansi) == " code   <maths>  \n\n<b> x & y\n \u00e9t\u00e9\n last\n");
}

TEST_CASE(
    "on a terminal: the colour of the largest share, of equals the first; underlined is new") {
  const std::string ansi = to_ansi(kTokens, kExperts);
  const std::string legend = ansi.substr(0, ansi.find('\n'));
  const auto colour = [&](const std::string& text, const std::string& of) {
    const std::size_t at = of.find(text + "\x1b");
    REQUIRE(at != std::string::npos);
    const std::size_t begin = of.rfind("48;2;", at);
    return of.substr(begin, of.find('m', begin) - begin);
  };
  const std::string body = ansi.substr(ansi.find("\n\n"));
  CHECK(colour("<b>", body) == colour(" code ", legend));
  CHECK(colour(" x & y", body) == colour(" <maths> ", legend));
  CHECK(colour(" \u00e9t\u00e9", body) == colour(" code ", legend));
  CHECK(colour(" code ", legend) != colour(" <maths> ", legend));
  CHECK(contains(body, "\x1b[4;38"));
  CHECK(body.find("\x1b[4;") > body.find(" x & y"));
  CHECK(contains(body, "\x1b[4m last\x1b[0m"));
  CHECK_FALSE(contains(body, "\n\x1b[0m"));  // no colour runs over the end of a line
}

TEST_CASE("as a page: shares in tooltips, and no text is markup") {
  const std::string html = to_html(kTokens, kExperts);
  CHECK(contains(html, "title=\"code 90 %, &lt;maths&gt; 10 %\">&lt;b&gt;</span>"));
  CHECK(contains(html, "<span class=\"e1\" title=\"code 25 %, &lt;maths&gt; 75 %\"> x &amp; y<"));
  CHECK(contains(html, "<span class=\"e0 g\""));
  CHECK(contains(html, "<span class=\"g\"> last</span>"));
  CHECK_FALSE(contains(html, "<b>"));
  CHECK_FALSE(contains(html, "<maths>"));
  CHECK_FALSE(contains(html, "http"));
}
