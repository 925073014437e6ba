#include "math/normalise.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

namespace tasks {
namespace {

constexpr auto kNone = std::string::npos;

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Replaces; a command ("\left") only where it is not the beginning of a longer one.
void replace_all(std::string& text, std::string_view old, std::string_view by) {
  const bool command = old.size() > 1 && old[0] == '\\' && is_letter(old.back());
  for (auto at = text.find(old); at != kNone; at = text.find(old, at)) {
    const std::size_t end = at + old.size();
    if (command && end < text.size() && is_letter(text[end])) {
      at = end;
      continue;
    }
    text.replace(at, old.size(), by);
    at += by.size();
  }
}

std::string stripped(const std::string& text, const char* characters = " \t\n") {
  const auto first = text.find_first_not_of(characters);
  if (first == kNone) return "";
  return text.substr(first, text.find_last_not_of(characters) - first + 1);
}

/// Ways of writing that do not change what is meant. Rows of a matrix end in ';' from here on.
void unify_commands(std::string& text) {
  static const std::vector<std::pair<const char*, const char*>> rules = {{"\n", " "},
                                                                         {"\\\\", ";"},
                                                                         {",\\!", ""},
                                                                         {"{,}", ""},
                                                                         {"\\!", ""},
                                                                         {"\\(", ""},
                                                                         {"\\)", ""},
                                                                         {"\\[", ""},
                                                                         {"\\]", ""},
                                                                         {"\\,", " "},
                                                                         {"\\;", " "},
                                                                         {"\\:", " "},
                                                                         {"\\ ", " "},
                                                                         {"~", " "},
                                                                         {"\\$", ""},
                                                                         {"$", ""},
                                                                         {"\\%", ""},
                                                                         {"%", ""},
                                                                         {"\\left", ""},
                                                                         {"\\right", ""},
                                                                         {"\\displaystyle", ""},
                                                                         {"\\dfrac", "\\frac"},
                                                                         {"\\tfrac", "\\frac"},
                                                                         {"\\cfrac", "\\frac"},
                                                                         {"\\degree", "^\\circ"},
                                                                         {"^{\\circ}", ""},
                                                                         {"^\\circ", ""},
                                                                         {"\\mbox", "\\text"},
                                                                         {"\\mathrm", "\\text"},
                                                                         {"\\textbf", "\\text"},
                                                                         {"\\textit", "\\text"},
                                                                         {"\\textrm", "\\text"},
                                                                         {"\\mathbf", "\\text"},
                                                                         {"\\text {", "\\text{"},
                                                                         {"\\ldots", "..."},
                                                                         {"\\dots", "..."},
                                                                         {"\\cdots", "..."},
                                                                         {"\\in", "="},
                                                                         {"\\leq", "\\le"},
                                                                         {"\\geq", "\\ge"},
                                                                         {"\\neq", "\\ne"},
                                                                         {"\u2212", "-"},
                                                                         {"\u00b0", ""},
                                                                         {"\u20ac", ""},
                                                                         {"\u00a3", ""},
                                                                         {"\u00a5", ""},
                                                                         {"\u03c0", "\\pi"},
                                                                         {"\u221e", "\\infty"},
                                                                         {"\u221a", "\\sqrt"}};
  for (const auto& [old, by] : rules) replace_all(text, old, by);
}

/// The offset behind the group at `open`, which is a '{'; the end if nothing closes it.
std::size_t behind_group(const std::string& text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

/// "12\text{ cm}^2" has a unit, "\text{Friday}" is an answer, "1\text{ and }2" are two.
void open_texts(std::string& text) {
  constexpr std::string_view kText = "\\text{";
  for (auto at = text.find(kText); at != kNone; at = text.find(kText, at)) {
    const std::size_t end = behind_group(text, at + kText.size() - 1);
    const std::string inner =
        text.substr(at + kText.size(), end - at - kText.size() - (text[end - 1] == '}' ? 1 : 0));
    const std::string word = stripped(inner);
    const std::string rest = stripped(text.substr(end), " .");
    const bool power =
        rest.empty() || rest == "^2" || rest == "^3" || rest == "^{2}" || rest == "^{3}";
    const bool words = std::none_of(inner.begin(), inner.end(), is_digit);
    if (word == "and" || word == "or") {
      text.replace(at, end - at, ",");
    } else if (power && words && !stripped(text.substr(0, at)).empty()) {
      text.erase(at);
    } else {
      text.replace(at, end - at, inner);
    }
  }
}

/// "x = 5" is 5; so are "f(x) = 5" and "x \in 5". An equation stays one.
void drop_name(std::string& text) {
  const auto equals = text.find('=');
  if (equals == kNone || text.find('=', equals + 1) != kNone) return;
  std::string name = stripped(text.substr(0, equals));
  if (name.size() > 3 && name[name.size() - 3] == '(' && name.back() == ')') {
    name.erase(name.size() - 3);
  }
  if (const auto index = name.find('_'); index != kNone) name.erase(index);
  if (name.size() == 1 && is_letter(name[0])) text.erase(0, equals + 1);
}

/// Words at the end that say what the number counts: the list of Minerva's authors, and its kin.
void drop_units(std::string& text) {
  static const std::vector<std::string> units = {
      "square", "cubic",  "units",    "unit",     "ways",    "integers",  "dollars", "dollar",
      "mph",    "inches", "inch",     "in",       "ft",      "feet",      "foot",    "hours",
      "hour",   "km",     "points",   "minutes",  "digits",  "cents",     "degrees", "degree",
      "cm",     "mm",     "m",        "gm",       "g",       "kg",        "pounds",  "meters",
      "meals",  "edges",  "students", "children", "tickets", "multiples", "seconds", "days",
      "years",  "miles",  "percent",  "people",   "numbers", "yards",     "liters",  "th"};
  text = stripped(text);
  text.erase(text.find_last_not_of(" .") + 1);
  while (true) {
    std::string body = text;
    for (const char* power : {"^2", "^3", "^{2}", "^{3}"}) {
      if (body.ends_with(power)) body.erase(body.size() - std::string_view(power).size());
    }
    std::size_t start = body.size();
    while (start > 0 && is_letter(body[start - 1])) --start;
    const bool apart = start > 1 && body[start - 1] == ' ';
    const std::string word = body.substr(start);
    if (!apart || std::find(units.begin(), units.end(), word) == units.end()) return;
    text = stripped(body.substr(0, start));
  }
}

/// An argument at `i`: a group, or the one character or command that TeX takes.
std::string take_argument(const std::string& text, std::size_t& i) {
  if (i >= text.size()) return "";
  const std::size_t start = i;
  if (text[i] == '{') {
    i = behind_group(text, i);
    return text.substr(start + 1, i - start - (text[i - 1] == '}' ? 2 : 1));
  }
  ++i;
  if (text[start] == '\\') {
    while (i < text.size() && is_letter(text[i])) ++i;
  }
  return text.substr(start, i - start);
}

/// What an entry of a list, a matrix or a group comes after.
constexpr std::string_view kOpens = "([{,;&=|";

/// \frac12, \frac{1}2 and \sqrt3 with all their braces; a minus sign stands before the fraction.
void add_braces(std::string& text) {
  for (const auto& [command, arguments] : {std::pair{std::string("\\frac"), 2}, {"\\sqrt", 1}}) {
    for (auto at = text.find(command); at != kNone; at = text.find(command, at)) {
      std::size_t i = at + command.size();
      if (i < text.size() && text[i] == '[') {  // \sqrt[3]{2} has its braces
        at = i;
        continue;
      }
      std::string written = command;
      for (int k = 0; k < arguments; ++k) {
        std::string argument = take_argument(text, i);
        const bool begins = at == 0 || kOpens.find(text[at - 1]) != kNone ||
                            text.substr(0, at).ends_with("matrix}");
        if (k == 0 && arguments == 2 && begins && argument.size() > 1 && argument[0] == '-' &&
            all_digits(argument.substr(1))) {
          argument.erase(0, 1);
          written.insert(0, "-");
        }
        written += "{" + argument + "}";
      }
      text.replace(at, i - at, written);
      at += written.find(command) + command.size();
    }
  }
}

/// x^{2} is x^2 to TeX.
void drop_single_braces(std::string& text) {
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    const bool script = text[i] == '^' || text[i] == '_';
    if (script && text[i + 1] == '{' && text[i + 3] == '}')
      text = text.erase(i + 3, 1).erase(i + 1, 1);
  }
}

/// "12,345" is one number; in "(1,2)" and "1,234" of a list with other lengths commas stay.
void join_thousands(std::string& text) {
  std::string joined;
  std::size_t i = text.find_first_not_of('-');
  if (i == kNone) return;
  std::size_t comma = text.find(',', i);
  if (comma == kNone || comma - i > 3 || !all_digits(text.substr(i, comma - i))) return;
  joined = text.substr(0, comma);
  while (comma < text.size() && text[comma] == ',') {
    const std::string group = text.substr(comma + 1, 3);
    if (group.size() != 3 || !all_digits(group)) return;
    joined += group;
    comma += 4;
  }
  const std::string rest = comma < text.size() ? text.substr(comma) : "";
  if (rest.empty() || (rest[0] == '.' && all_digits(rest.substr(1)))) text = joined + rest;
}

/// Where the digits that end at `end` begin.
std::size_t digits_before(const std::string& text, std::size_t end) {
  while (end > 0 && is_digit(text[end - 1])) --end;
  return end;
}

/// Whether a number that ends here is whole: a command such as "\\pi" might be one of its factors.
bool ends_operand(std::string_view rest) {
  if (!rest.starts_with('\\')) return true;
  for (const std::string_view known :
       {"\\end", "\\}", "\\cup", "\\cap", "\\le", "\\ge", "\\ne", "\\pm", "\\cdot", "\\times"}) {
    if (rest.starts_with(known)) return true;
  }
  return false;
}

/// 3/4 is a fraction, also within an expression, unless what is beside it may belong to one side of
/// the stroke alone: "2^3/4", "3/4x", "1/2/3".
void unify_fractions(std::string& text) {
  for (auto slash = text.find('/'); slash != kNone; slash = text.find('/', slash + 1)) {
    const std::size_t begin = digits_before(text, slash);
    std::size_t end = slash + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    const char before = begin == 0 ? ' ' : text[begin - 1];
    const char after = end == text.size() ? ' ' : text[end];
    if (begin == slash || end == slash + 1) continue;
    if (!ends_operand(std::string_view(text).substr(end))) continue;
    if (is_letter(before) || std::string_view("^_./)}]").find(before) != kNone) continue;
    if (is_letter(after) || std::string_view("^_./({[").find(after) != kNone) continue;
    const std::string written = "\\frac{" + text.substr(begin, slash - begin) + "}{" +
                                text.substr(slash + 1, end - slash - 1) + "}";
    text.replace(begin, end - begin, written);
    slash = begin + written.size() - 1;
  }
}

/// .5 is 0.5.
void unify_decimals(std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool first = i == 0 || (!is_digit(text[i - 1]) && text[i - 1] != '.');
    if (text[i] == '.' && is_digit(text[i + 1]) && first) text.insert(i++, "0");
  }
}

/// "(C)" and "C" are the same choice, "East" and "east" the same word.
void unify_words(std::string& text) {
  const bool choice = text.size() == 3 && text.front() == '(' && text.back() == ')';
  if (choice && std::isupper(static_cast<unsigned char>(text[1])) != 0) text = text.substr(1, 1);
  if (text.size() < 3 || !std::all_of(text.begin(), text.end(), is_letter)) return;
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

}  // namespace

std::string normalised(std::string answer) {
  unify_commands(answer);
  open_texts(answer);
  drop_name(answer);
  drop_units(answer);
  std::erase_if(answer, [](char c) { return c == ' ' || c == '\t'; });
  if (answer.ends_with('.')) answer.pop_back();
  replace_all(answer, ",,", ",");
  add_braces(answer);
  drop_single_braces(answer);
  join_thousands(answer);
  unify_decimals(answer);
  unify_fractions(answer);
  unify_words(answer);
  return answer;
}

}  // namespace tasks
