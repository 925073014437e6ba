#include "tokenizer/gpt2_pretokenizer.hpp"

namespace btx {
namespace {

/// Length of 's 't 're 've 'm 'll 'd after an apostrophe at `at`, with it; 0 if there is none.
std::size_t contraction(std::string_view text, std::size_t at) {
  const char first = at + 1 < text.size() ? text[at + 1] : '\0';
  const char second = at + 2 < text.size() ? text[at + 2] : '\0';
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  const bool two = (first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
                   (first == 'l' && second == 'l');
  return two ? 3 : 0;
}

}  // namespace

void Gpt2Pretokenizer::split(std::string_view text, WordSink emit) const {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = word_end(text, begin);
    emit(text.substr(begin, end - begin));
    begin = end;
  }
}

Char Gpt2Pretokenizer::at(std::string_view text, std::size_t pos) const {
  const Char here = char_at(classes_, text, pos);
  return here.kind == CharClass::new_number ? Char{CharClass::other, here.bytes} : here;
}

std::size_t Gpt2Pretokenizer::word_end(std::string_view text, std::size_t begin) const {
  if (text[begin] == '\'') {
    if (const std::size_t length = contraction(text, begin)) return begin + length;
  }
  std::size_t first = begin;
  if (text[begin] == ' ' && begin + 1 < text.size()) ++first;
  const Char here = at(text, first);
  if (here.kind == CharClass::space) return spaces_end(text, begin);
  return run_end(text, first + here.bytes, here.kind);
}

std::size_t Gpt2Pretokenizer::run_end(std::string_view text, std::size_t begin,
                                      CharClass kind) const {
  while (begin < text.size()) {
    const Char here = at(text, begin);
    if (here.kind != kind) break;
    begin += here.bytes;
  }
  return begin;
}

std::size_t Gpt2Pretokenizer::spaces_end(std::string_view text, std::size_t begin) const {
  std::size_t last = begin;
  std::size_t end = begin;
  while (end < text.size()) {
    const Char here = at(text, end);
    if (here.kind != CharClass::space) break;
    last = end;
    end += here.bytes;
  }
  // Before a word the last space stays behind, to go with it if it can: \s+(?!\S).
  return end < text.size() && last > begin ? last : end;
}

}  // namespace btx
