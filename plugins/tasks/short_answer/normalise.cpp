#include "short_answer/normalise.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace tasks {
namespace {

/// Composed, so that a letter and its accent compare equal however they are encoded. What is not
/// UTF-8 stays as it is.
std::string composed(std::string_view text) {
  utf8proc_uint8_t* made = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &made,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

/// ASCII's 32 marks, as the published script removes, and beyond ASCII what Unicode calls
/// punctuation, quotation marks and dashes among it.
bool is_punctuation(utf8proc_int32_t code) {
  if (code == 0xB4) return true;  // an acute accent that stands for an apostrophe
  const auto category = utf8proc_category(code);
  const bool mark = category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
  const bool symbol = category >= UTF8PROC_CATEGORY_SM && category <= UTF8PROC_CATEGORY_SO;
  return mark || (code < 128 && symbol);
}

bool is_space(utf8proc_int32_t code) {
  if (code >= 9 && code <= 13) return true;
  const auto category = utf8proc_category(code);
  return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
}

void append(std::string& text, utf8proc_int32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(code, bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

/// Lower-case words without punctuation.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  const auto* next = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t code = 0;
    const auto size = utf8proc_iterate(next, left, &code);
    if (size < 0) {
      words.back() += static_cast<char>(*next);
    } else if (is_space(code)) {
      if (!words.back().empty()) words.emplace_back();
    } else if (!is_punctuation(code)) {
      append(words.back(), utf8proc_tolower(code));
    }
    next += size < 0 ? 1 : size;
    left -= size < 0 ? 1 : size;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string joined(const std::vector<std::string>& words, bool articles) {
  std::string text;
  for (const auto& word : words) {
    if (!articles && (word == "a" || word == "an" || word == "the")) continue;
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace

std::string normalised(std::string_view text) {
  const auto words = words_of(composed(text));
  // "The Who" is "who", but "A", a blood group, stays.
  std::string without = joined(words, /*articles=*/false);
  if (!without.empty()) return without;
  std::string with = joined(words, /*articles=*/true);
  if (!with.empty()) return with;
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string_view first_line(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return "";
  text = text.substr(start);
  return text.substr(0, text.find('\n'));
}

}  // namespace tasks
