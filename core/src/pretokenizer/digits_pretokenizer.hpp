#pragma once
// Numbers apart from everything else (Hugging Face: Digits).

#include "pretokenizer/char_class.hpp"
#include "pretokenizer/pretokenizer.hpp"

namespace btx {

class DigitsPretokenizer : public Pretokenizer {
 public:
  /// `individual`: each number character is a word of its own, else each run of them.
  explicit DigitsPretokenizer(bool individual) : individual_(individual) {}
  void split(std::string_view text, WordSink emit) const override;

 private:
  bool individual_;
  const CharClass* classes_ = char_classes();
};

}  // namespace btx
