#include "gsm8k/number.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tasks {
namespace {

struct Found {
  std::size_t begin = 0;  ///< of the sign, if it has one
  std::size_t end = 0;
  std::string number;
};

bool digit_at(std::string_view text, std::size_t i) {
  return i < text.size() && text[i] >= '0' && text[i] <= '9';
}

std::size_t digits_from(std::string_view text, std::size_t i) {
  while (digit_at(text, i)) ++i;
  return i;
}

/// Where three digits and no fourth begin behind a separator at `i`, which is then one of
/// thousands, not of a list: "," or how TeX sets it. npos if there is none.
std::size_t thousands_at(std::string_view text, std::size_t i) {
  constexpr std::array<std::string_view, 10> kSeparators = {
      ",", "{,}", ",\\!", "\\,", "{\\,}", "\\;", "\\:", "\\thinspace ", "\u2009", "\u202f"};
  for (const auto separator : kSeparators) {
    const std::size_t digits = i + separator.size();
    if (i < text.size() && text.substr(i).starts_with(separator) &&
        digits_from(text, digits) == digits + 3) {
      return digits;
    }
  }
  return std::string_view::npos;
}

constexpr std::array<std::string_view, 5> kCurrencies = {"$", "\u20ac", "\u00a3", "\u00a5",
                                                         "\u20b9"};

/// Where the currency sign that ends at `i` begins; `i` if there is none.
std::size_t currency_before(std::string_view text, std::size_t i) {
  for (const auto sign : kCurrencies) {
    if (text.substr(0, i).ends_with(sign)) return i - sign.size();
  }
  return i;
}

std::string canonical(bool negative, std::string whole, std::string fraction) {
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  std::string number = whole.empty() ? "0" : whole;
  if (!fraction.empty()) number += "." + fraction;
  return (negative && number != "0" ? "-" : "") + number;
}

/// Where the minus sign that ends at `i` begins, an ASCII one or U+2212; npos if there is none.
std::size_t sign_before(std::string_view text, std::size_t i) {
  if (i > 0 && text[i - 1] == '-') return i - 1;
  if (i > 2 && text.substr(i - 3, 3) == "\u2212") return i - 3;
  return std::string_view::npos;
}

/// Where the minus sign of the number at `i` begins, perhaps with a currency sign or white space
/// between; npos if there is none, or if it subtracts: "20-5", "20 - 5".
std::size_t minus_before(std::string_view text, std::size_t i) {
  i = currency_before(text, i);
  if (i > 0 && text[i - 1] == '\\') --i;
  const std::size_t spaced = i;
  while (i > 0 && text[i - 1] == ' ') --i;
  const std::size_t sign = sign_before(text, i);
  if (sign == std::string_view::npos || sign == 0) return sign;
  if (i == spaced) {
    const auto before = static_cast<unsigned char>(text[sign - 1]);
    return std::isalnum(before) != 0 || before == ')' ? std::string_view::npos : sign;
  }
  const auto before = text.find_last_not_of(' ', sign - 1);
  const bool alone = before == std::string_view::npos || text[before] == '=' || text[before] == '(';
  return alone ? sign : std::string_view::npos;
}

/// The number whose first digit, or whose decimal point, is at `start`.
Found number_at(std::string_view text, std::size_t start) {
  std::size_t i = digits_from(text, start);
  std::string whole(text.substr(start, i - start));
  const bool groups = i > start && i - start <= 3;
  for (auto next = thousands_at(text, i); groups && next != std::string_view::npos;
       next = thousands_at(text, i)) {
    whole += text.substr(next, 3);
    i = next + 3;
  }
  std::string fraction;
  if (i < text.size() && text[i] == '.' && digit_at(text, i + 1)) {
    const std::size_t end = digits_from(text, i + 1);
    fraction = text.substr(i + 1, end - i - 1);
    i = end;
  }
  const std::size_t sign = minus_before(text, start);
  const bool negative = sign != std::string_view::npos;
  Found found{negative ? sign : start, i, canonical(negative, whole, fraction)};
  // 1/2 is neither 1 nor 2.
  if (i < text.size() && text[i] == '/' && digit_at(text, i + 1)) {
    found.end = digits_from(text, i + 1);
    found.number += text.substr(i, found.end - i);
  }
  return found;
}

std::optional<Found> next_number(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    const bool point = text[i] == '.' && digit_at(text, i + 1);
    if (digit_at(text, i) || point) return number_at(text, i);
  }
  return std::nullopt;
}

std::optional<std::string> first_number(std::string_view text) {
  const auto found = next_number(text, 0);
  if (!found) return std::nullopt;
  return found->number;
}

std::optional<std::string> last_number(std::string_view text) {
  std::optional<std::string> last;
  for (auto found = next_number(text, 0); found; found = next_number(text, found->end)) {
    last = found->number;
  }
  return last;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Whether nothing is left but currency and per cent signs, white space and full stops.
bool only_signs(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = currency_before(text, text.size());
    const bool rest = std::string_view(" \t\r\n%.\\").find(text.back()) != std::string_view::npos;
    if (end == text.size() && !rest) return false;
    text = text.substr(0, std::min(end, text.size() - 1));
  }
  return true;
}

/// The rest of the sentence: up to the end of the line or to a full stop before white space.
std::string_view sentence(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  return text.substr(0, text.find(". "));
}

}  // namespace

std::optional<std::string> final_number(std::string_view answer) {
  if (const auto mark = answer.find("####"); mark != std::string_view::npos) {
    return first_number(sentence(answer.substr(mark + 4)));
  }
  constexpr std::string_view kPhrase = "answer is";
  if (const auto mark = lower(answer).rfind(kPhrase); mark != std::string::npos) {
    std::string_view said = sentence(answer.substr(mark + kPhrase.size()));
    // "The answer is 20 - 5 = 15."
    if (const auto equals = said.rfind('='); equals != std::string_view::npos) {
      if (auto number = first_number(said.substr(equals))) return number;
    }
    if (auto number = first_number(said)) return number;
  }
  return last_number(answer);
}

std::optional<std::string> only_number(std::string_view text) {
  const auto found = next_number(text, 0);
  if (!found) return std::nullopt;
  if (!only_signs(text.substr(0, found->begin)) || !only_signs(text.substr(found->end))) {
    return std::nullopt;
  }
  return found->number;
}

}  // namespace tasks
