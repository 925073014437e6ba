#include "report/text/routed_text.hpp"

#include "base/terminal.hpp"
#include "report/text/escape_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace btx {
namespace {

/// Light backgrounds that can be told apart, for dark text (Paul Tol's "light" scheme and two
/// more).
struct Colour {
  int red, green, blue;
};
constexpr std::array<Colour, 10> kColours = {{{119, 170, 221},
                                              {238, 221, 136},
                                              {170, 170, 0},
                                              {255, 170, 187},
                                              {153, 221, 255},
                                              {238, 136, 102},
                                              {68, 187, 153},
                                              {187, 204, 51},
                                              {221, 221, 221},
                                              {204, 170, 238}}};

const Colour& colour_of(std::size_t expert) {
  return kColours[expert % kColours.size()];
}

std::size_t strongest(const RoutedToken& token) {
  return static_cast<std::size_t>(std::max_element(token.shares.begin(), token.shares.end()) -
                                  token.shares.begin());
}

std::string painted(const std::string& text, std::size_t expert, bool underlined) {
  const Colour& c = colour_of(expert);
  return fmt::format("\x1b[{}38;2;0;0;0;48;2;{};{};{}m{}\x1b[0m", underlined ? "4;" : "", c.red,
                     c.green, c.blue, text);
}

std::string painted(const std::string& text, const RoutedToken& token) {
  if (!token.shares.empty()) return painted(text, strongest(token), token.generated);
  return token.generated ? fmt::format("\x1b[4m{}\x1b[0m", text) : text;
}

std::string css_class(std::size_t expert) {
  return fmt::format("e{}", expert % kColours.size());
}

std::string style() {
  std::string css =
      "body{font:16px/1.7 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
      "background:#fff;color:#222}pre{white-space:pre-wrap;font:inherit}span{color:#000}"
      ".g{border-bottom:2px solid #444}.legend span{padding:.1rem .6rem;margin-right:.5rem}";
  for (std::size_t i = 0; i < kColours.size(); ++i) {
    const Colour& c = kColours[i];
    css += fmt::format(".{}{{background:rgb({},{},{})}}", css_class(i), c.red, c.green, c.blue);
  }
  return css;
}

std::string tooltip(const RoutedToken& token, const std::vector<std::string>& experts) {
  std::string text;
  for (std::size_t e = 0; e < experts.size(); ++e) {
    text += fmt::format("{}{} {:.0f} %", e == 0 ? "" : ", ", experts[e], 100 * token.shares[e]);
  }
  return escape_html(text);
}

}  // namespace

std::string to_ansi(const std::vector<RoutedToken>& tokens,
                    const std::vector<std::string>& experts) {
  std::string out;
  for (std::size_t e = 0; e < experts.size(); ++e)
    out += painted(" " + printable(experts[e]) + " ", e, false) + " ";
  out += "\n\n";
  for (const auto& token : tokens) {
    // Colour behind a line break would run to the terminal's edge.
    const std::size_t end = token.text.find_last_not_of('\n') + 1;
    out += painted(printable_lines(token.text.substr(0, end)), token) + token.text.substr(end);
  }
  return out + "\n";
}

std::string to_html(const std::vector<RoutedToken>& tokens,
                    const std::vector<std::string>& experts) {
  std::string out = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\"><title>Tokens by expert</title><style>{}</style>"
      "<p class=legend>",
      style());
  for (std::size_t e = 0; e < experts.size(); ++e) {
    out += fmt::format("<span class={}>{}</span>", css_class(e), escape_html(experts[e]));
  }
  out +=
      "</p><p>Each token has the colour of the expert with the largest share over the mixture "
      "layers; what the model wrote is underlined. Without a colour are tokens that went through "
      "no "
      "expert, such as the last one written.</p><pre>";
  for (const auto& token : tokens) {
    if (token.shares.empty()) {
      out += fmt::format(fmt::runtime(token.generated ? "<span class=\"g\">{}</span>" : "{}"),
                         escape_html(token.text));
      continue;
    }
    out +=
        fmt::format("<span class=\"{}{}\" title=\"{}\">{}</span>", css_class(strongest(token)),
                    token.generated ? " g" : "", tooltip(token, experts), escape_html(token.text));
  }
  return out + "</pre></html>\n";
}

}  // namespace btx
