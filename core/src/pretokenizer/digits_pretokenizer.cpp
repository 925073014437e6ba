#include "pretokenizer/digits_pretokenizer.hpp"

namespace btx {

void DigitsPretokenizer::split(std::string_view text, WordSink emit) const {
  std::size_t begin = 0;
  bool in_number = false;
  for (std::size_t at = 0; at < text.size();) {
    const Char here = char_at(classes_, text, at);
    const bool number = here.kind == CharClass::number || here.kind == CharClass::new_number;
    const bool cut = number != in_number || (number && individual_);
    if (cut && at > begin) {
      emit(text.substr(begin, at - begin));
      begin = at;
    }
    in_number = number;
    at += here.bytes;
  }
  if (begin < text.size()) emit(text.substr(begin));
}

}  // namespace btx
