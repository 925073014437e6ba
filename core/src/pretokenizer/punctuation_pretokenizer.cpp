#include "pretokenizer/punctuation_pretokenizer.hpp"

#include "pretokenizer/unicode_ranges.hpp"
#include "pretokenizer/utf8.hpp"

namespace btx {
namespace {

bool is_punctuation(CodePoint point) {
  return point.valid && in_ranges(punctuation_ranges(), point.value);
}

}  // namespace

void PunctuationPretokenizer::split(std::string_view text, WordSink emit) const {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    const std::size_t next = at + point.bytes;
    if (is_punctuation(point)) {
      if (at > begin) emit(text.substr(begin, at - begin));
      emit(text.substr(at, next - at));
      begin = next;
    }
    at = next;
  }
  if (begin < text.size()) emit(text.substr(begin));
}

}  // namespace btx
