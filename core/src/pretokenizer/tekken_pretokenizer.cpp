#include "pretokenizer/tekken_pretokenizer.hpp"

namespace btx {

void TekkenPretokenizer::split(std::string_view text, WordSink emit) const {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = word_end(text, begin);
    emit(text.substr(begin, end - begin));
    begin = end;
  }
}

LetterCase TekkenPretokenizer::case_at(std::string_view text, std::size_t at) const {
  const CodePoint point = decode_utf8(text, at);
  return point.valid ? cases_[point.value] : LetterCase::none;
}

std::size_t TekkenPretokenizer::word_end(std::string_view text, std::size_t begin) const {
  const std::size_t letters = letters_end(text, begin);
  if (letters > begin) return letters;
  const Char here = scan_.at(text, begin);
  const std::size_t next = begin + here.bytes;
  if (here.kind == CharClass::number) return next;
  if (here.kind == CharClass::other) return other_end(text, begin);
  const bool other_next = next < text.size() && scan_.at(text, next).kind == CharClass::other;
  if (text[begin] == ' ' && other_next) return other_end(text, next);
  return scan_.lines_end(text, begin);
}

/// [^\r\n\p{L}\p{N}]?U*W+|[^\r\n\p{L}\p{N}]?U+W*, or `begin`; U is a letter that is not small or a
/// mark, W one that is no capital.
std::size_t TekkenPretokenizer::letters_end(std::string_view text, std::size_t begin) const {
  const Char here = scan_.at(text, begin);
  const bool letter = here.kind == CharClass::letter;
  const bool prefix = !letter && here.kind != CharClass::number && !is_newline(text[begin]);
  const std::size_t word = prefix ? begin + here.bytes : begin;
  if (const std::size_t end = camel_end(text, word); end > word) return end;
  // A mark may go before letters, or be one.
  if (const std::size_t end = camel_end(text, begin); end > begin) return end;
  const std::size_t end = capitals_end(text, word);
  return end > word ? end : begin;
}

/// U*
std::size_t TekkenPretokenizer::capitals_end(std::string_view text, std::size_t begin) const {
  while (begin < text.size()) {
    const LetterCase here = case_at(text, begin);
    if (here != LetterCase::upper && here != LetterCase::any) break;
    begin += decode_utf8(text, begin).bytes;
  }
  return begin;
}

/// W*
std::size_t TekkenPretokenizer::small_end(std::string_view text, std::size_t begin) const {
  while (begin < text.size()) {
    const LetterCase here = case_at(text, begin);
    if (here != LetterCase::lower && here != LetterCase::any) break;
    begin += decode_utf8(text, begin).bytes;
  }
  return begin;
}

/// U*W+, or `begin`: U* gives back what W+ needs, which is the last letter that both take.
std::size_t TekkenPretokenizer::camel_end(std::string_view text, std::size_t begin) const {
  const std::size_t capitals = capitals_end(text, begin);
  const std::size_t end = small_end(text, capitals);
  if (end > capitals) return end;
  std::size_t last = begin;
  for (std::size_t at = begin; at < capitals;) {
    const bool both = case_at(text, at) == LetterCase::any;
    at += decode_utf8(text, at).bytes;
    if (both) last = at;
  }
  return last;
}

///  ?[^\s\p{L}\p{N}]+[\r\n/]* after its space
std::size_t TekkenPretokenizer::other_end(std::string_view text, std::size_t begin) const {
  std::size_t end = scan_.run_end(text, begin, CharClass::other);
  while (end < text.size() && (is_newline(text[end]) || text[end] == '/')) ++end;
  return end;
}

}  // namespace btx
