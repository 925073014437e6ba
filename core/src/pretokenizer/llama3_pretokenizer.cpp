#include "pretokenizer/llama3_pretokenizer.hpp"

#include "pretokenizer/contraction.hpp"

#include <algorithm>

namespace btx {

void Llama3Pretokenizer::split(std::string_view text, WordSink emit) const {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = word_end(text, begin);
    emit(text.substr(begin, end - begin));
    begin = end;
  }
}

std::size_t Llama3Pretokenizer::word_end(std::string_view text, std::size_t begin) const {
  if (text[begin] == '\'') {
    if (const std::size_t length = contraction(text, begin, true)) return begin + length;
  }
  const Char here = scan_.at(text, begin);
  const std::size_t next = begin + here.bytes;
  if (here.kind == CharClass::letter) return scan_.run_end(text, next, CharClass::letter);
  if (here.kind == CharClass::number) {
    return scan_.run_end(text, next, CharClass::number, max_digits_ - 1);
  }
  const bool letter_next = next < text.size() && scan_.at(text, next).kind == CharClass::letter;
  if (letter_next && !is_newline(text[begin])) return scan_.run_end(text, next, CharClass::letter);
  if (here.kind == CharClass::other) return other_end(text, begin);
  const bool other_next = next < text.size() && scan_.at(text, next).kind == CharClass::other;
  if (text[begin] == ' ' && other_next) return other_end(text, next);
  return scan_.lines_end(text, begin);
}

/// [^\s\p{L}\p{N}]+[\r\n]*
std::size_t Llama3Pretokenizer::other_end(std::string_view text, std::size_t begin) const {
  const std::size_t end = scan_.run_end(text, begin, CharClass::other);
  const auto rest = text.substr(end);
  return end + static_cast<std::size_t>(std::ranges::find_if_not(rest, is_newline) - rest.begin());
}

}  // namespace btx
