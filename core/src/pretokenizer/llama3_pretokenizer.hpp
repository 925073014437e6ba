#pragma once
// Words by WordPattern::llama3 and its kin, which differ in the length of numbers.

#include "pretokenizer/char_scanner.hpp"
#include "pretokenizer/pretokenizer.hpp"

namespace btx {

class Llama3Pretokenizer : public Pretokenizer {
 public:
  /// `max_digits`: number characters in a word.
  explicit Llama3Pretokenizer(std::size_t max_digits) : max_digits_(max_digits) {}
  void split(std::string_view text, WordSink emit) const override;

 private:
  std::size_t word_end(std::string_view text, std::size_t begin) const;
  std::size_t other_end(std::string_view text, std::size_t begin) const;

  std::size_t max_digits_;
  CharScanner scan_;
};

}  // namespace btx
