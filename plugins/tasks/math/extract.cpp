#include "math/extract.hpp"

#include <algorithm>

namespace math {
namespace {

constexpr auto kNone = std::string_view::npos;

/// The offset behind the brace that closes the one at `open`; npos if none does.
std::size_t behind_brace(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;  // \{ and \} are no braces
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return kNone;
}

/// What `command`, which ends at `from`, holds: a group, or what comes before the formula's end.
std::optional<std::string> argument(std::string_view text, std::size_t from) {
  const std::size_t start = text.find_first_not_of(' ', from);
  if (start == kNone) return std::nullopt;
  if (text[start] != '{') {
    // "\boxed" begins another word, such as "\boxedx", unless something sets it off.
    if (start == from) return std::nullopt;
    const std::size_t end = std::min(text.find_first_of("$\n", start), text.size());
    return std::string(text.substr(start, end - start));
  }
  const std::size_t end = behind_brace(text, start);
  if (end == kNone) return std::nullopt;
  return std::string(text.substr(start + 1, end - start - 2));
}

std::optional<std::string> last_of(std::string_view text, std::string_view command) {
  for (auto at = text.rfind(command); at != kNone; at = text.rfind(command, at - 1)) {
    if (auto found = argument(text, at + command.size())) return found;
    if (at == 0) break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> last_boxed(std::string_view text) {
  if (auto boxed = last_of(text, "\\boxed")) return boxed;
  return last_of(text, "\\fbox");
}

std::optional<std::string> final_answer(std::string_view solution) {
  if (auto boxed = last_boxed(solution)) return boxed;
  constexpr std::string_view kPhrase = "inal answer is";
  const std::size_t phrase = solution.find(kPhrase);
  if (phrase == kNone) return std::nullopt;
  std::string_view said = solution.substr(phrase + kPhrase.size());
  said = said.substr(0, said.find('\n'));
  said = said.substr(0, said.find(". I hope"));
  const std::size_t open = said.find('$');
  const std::size_t close = open == kNone ? kNone : said.find('$', open + 1);
  if (close != kNone && close > open + 1) said = said.substr(open + 1, close - open - 1);
  if (said.find_first_not_of(" :.$") == kNone) return std::nullopt;
  return std::string(said.substr(said.find_first_not_of(" :")));
}

}  // namespace math
