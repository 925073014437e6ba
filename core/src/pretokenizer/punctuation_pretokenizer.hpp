#pragma once
// Each punctuation character apart from everything else (Hugging Face: Punctuation, isolated).

#include "pretokenizer/pretokenizer.hpp"

namespace btx {

class PunctuationPretokenizer : public Pretokenizer {
 public:
  void split(std::string_view text, WordSink emit) const override;
};

}  // namespace btx
