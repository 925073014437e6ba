#include "pretokenizer/metaspace_pretokenizer.hpp"

namespace btx {

void MetaspacePretokenizer::split(std::string_view text, WordSink emit) const {
  std::size_t begin = 0;
  const std::size_t size = replacement_.size();
  for (std::size_t at = 0; (at = text.find(replacement_, at)) != std::string_view::npos;) {
    const bool in_run = runs_ && text.substr(0, at).ends_with(replacement_);
    if (at > begin && !in_run) {
      emit(text.substr(begin, at - begin));
      begin = at;
    }
    at += size;
  }
  if (begin < text.size()) emit(text.substr(begin));
}

}  // namespace btx
