#include "pretokenizer/gpt2_pretokenizer.hpp"

#include "pretokenizer/contraction.hpp"

namespace btx {
void Gpt2Pretokenizer::split(std::string_view text, WordSink emit) const {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = word_end(text, begin);
    emit(text.substr(begin, end - begin));
    begin = end;
  }
}

std::size_t Gpt2Pretokenizer::word_end(std::string_view text, std::size_t begin) const {
  if (text[begin] == '\'') {
    if (const std::size_t length = contraction(text, begin, false)) return begin + length;
  }
  std::size_t first = begin;
  if (text[begin] == ' ' && begin + 1 < text.size()) ++first;
  const Char here = scan_.at(text, first);
  if (here.kind == CharClass::space) return scan_.spaces_end(text, begin);
  return scan_.run_end(text, first + here.bytes, here.kind);
}

}  // namespace btx
