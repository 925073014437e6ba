#pragma once
// Words by WordPattern::gpt2.

#include "pretokenizer/char_scanner.hpp"
#include "pretokenizer/pretokenizer.hpp"

namespace btx {

class Gpt2Pretokenizer : public Pretokenizer {
 public:
  void split(std::string_view text, WordSink emit) const override;

 private:
  std::size_t word_end(std::string_view text, std::size_t begin) const;

  CharScanner scan_;
};

}  // namespace btx
